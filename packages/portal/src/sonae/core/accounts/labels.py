from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sonae.core.accounts.vocabulary import AccountRefusal, Language, Role

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    Role: {
        Role.MINISTRY_OFFICER: _("Ministry officer"),
        Role.INSPECTOR: _("Inspector"),
        Role.SHARING_ANALYST: _("Sharing analyst"),
        Role.RESPONDER: _("First responder"),
        Role.INSTITUTION_MANAGER: _("Institution manager"),
        Role.EXECUTIVE: _("Executive"),
        Role.STAFF: _("Staff"),
        Role.VENDOR: _("Vendor"),
        Role.OPERATOR: _("System operator"),
        Role.AUDITOR: _("Auditor"),
    },
    Language: {
        Language.JAPANESE: _("Japanese"),
        Language.ENGLISH: _("English"),
    },
    AccountRefusal: {
        AccountRefusal.INVITATION_EXPIRED: _(
            "This invitation has expired. Please ask the person who invited you for a new one."
        ),
        AccountRefusal.INVITATION_USED: _(
            "This invitation has already been used. Please sign in with your e-mail address."
        ),
        AccountRefusal.INVITATION_WITHDRAWN: _("This invitation was withdrawn. Please ask the person who invited you."),
        AccountRefusal.ADDRESS_TAKEN: _("An account with this e-mail address exists already. Please sign in with it."),
        AccountRefusal.SECOND_FACTOR_MISSING: _(
            "Your role needs a second factor. Please set up an authenticator app or a passkey."
        ),
    },
}
