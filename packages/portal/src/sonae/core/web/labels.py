from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.core.web.components import StepState, Tone
from sonae.core.web.navigation import Section
from sonae.core.web.theme import Theme
from sonae.core.web.vocabulary import Environment, Tlp, WebRefusal

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    Tone: {
        Tone.NEUTRAL: pgettext_lazy("tone", "Note"),
        Tone.INFO: pgettext_lazy("tone", "Information"),
        Tone.SUCCESS: pgettext_lazy("tone", "Done"),
        Tone.WARNING: pgettext_lazy("tone", "Caution"),
        Tone.DANGER: pgettext_lazy("tone", "Important"),
    },
    StepState: {
        StepState.DONE: pgettext_lazy("step", "Finished"),
        StepState.CURRENT: pgettext_lazy("step", "Current step"),
        StepState.TODO: pgettext_lazy("step", "Not yet"),
    },
    Section: {
        Section.TOP: pgettext_lazy("section", "Home and duties"),
        Section.PREVENTION: pgettext_lazy("section", "Prevention"),
        Section.RESPONSE: pgettext_lazy("section", "Response"),
        Section.RECOVERY: pgettext_lazy("section", "Recovery"),
        Section.SECTOR: pgettext_lazy("section", "Sector"),
        Section.ADMINISTRATION: pgettext_lazy("section", "Administration"),
    },
    Theme: {
        Theme.AUTO: pgettext_lazy("theme", "As the device"),
        Theme.LIGHT: pgettext_lazy("theme", "Light"),
        Theme.DARK: pgettext_lazy("theme", "Dark"),
    },
    Environment: {
        Environment.DEMO: pgettext_lazy("environment", "Demonstration"),
        Environment.TRAINING: pgettext_lazy("environment", "Training"),
        Environment.TEST: pgettext_lazy("environment", "Test"),
    },
    Tlp: {
        Tlp.RED: _("TLP:RED – only those who decide at the named institutions"),
        Tlp.AMBER_STRICT: _("TLP:AMBER+STRICT – only the receiving institutions themselves"),
        Tlp.AMBER: _("TLP:AMBER – the receiving institutions, who inspects them and who works for them"),
        Tlp.GREEN: _("TLP:GREEN – everyone in the sector"),
        Tlp.CLEAR: _("TLP:CLEAR – may be made public"),
    },
    WebRefusal: {
        WebRefusal.CSRF_FAILED: _("The form is no longer valid. Please reload the page and send it again."),
        WebRefusal.FIELD_INVALID: _("This value is not accepted: %(why)s"),
        WebRefusal.CURSOR_UNKNOWN: _("This cursor was not given by this server. Please start from the first page."),
        WebRefusal.KEY_REUSED: _("This idempotency key was already used for another request. Please use a new one."),
        WebRefusal.KEY_OF_FORMER_ROLES: _(
            "This request was carried out when your roles or scopes were others. Please read its result anew."
        ),
        WebRefusal.KEY_MALFORMED: _("An idempotency key has 1 to 100 visible ASCII characters."),
        WebRefusal.BODY_TOO_LARGE: _("What was sent is too large. The limit is %(limit_bytes)s bytes."),
    },
}
