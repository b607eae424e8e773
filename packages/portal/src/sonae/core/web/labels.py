from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sonae.core.web.components import StepState, Tone
from sonae.core.web.navigation import Section
from sonae.core.web.theme import Theme
from sonae.core.web.vocabulary import WebRefusal

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    Tone: {
        Tone.NEUTRAL: _("Note"),
        Tone.INFO: _("Information"),
        Tone.SUCCESS: _("Done"),
        Tone.WARNING: _("Caution"),
        Tone.DANGER: _("Important"),
    },
    StepState: {
        StepState.DONE: _("Finished"),
        StepState.CURRENT: _("Current step"),
        StepState.TODO: _("Not yet"),
    },
    Section: {
        Section.TOP: _("Home and duties"),
        Section.PREVENTION: _("Prevention"),
        Section.RESPONSE: _("Response"),
        Section.RECOVERY: _("Recovery"),
        Section.SECTOR: _("Sector"),
        Section.ADMINISTRATION: _("Administration"),
    },
    Theme: {
        Theme.AUTO: _("As the device"),
        Theme.LIGHT: _("Light"),
        Theme.DARK: _("Dark"),
    },
    WebRefusal: {
        WebRefusal.CSRF_FAILED: _("The form is no longer valid. Please reload the page and send it again."),
        WebRefusal.FIELD_INVALID: _("This value is not accepted: %(why)s"),
        WebRefusal.CURSOR_UNKNOWN: _("This cursor was not given by this server. Please start from the first page."),
        WebRefusal.KEY_REUSED: _("This idempotency key was already used for another request. Please use a new one."),
        WebRefusal.KEY_MALFORMED: _("An idempotency key has 1 to 100 visible ASCII characters."),
        WebRefusal.BODY_TOO_LARGE: _("What was sent is too large. The limit is %(limit_bytes)s bytes."),
    },
}
