from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sonae.core.audit.vocabulary import Damage, EntryKind

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    EntryKind: {
        EntryKind.CHANGE: _("Change"),
        EntryKind.READ: _("Read"),
    },
    Damage: {
        Damage.ALTERED: _("This row was altered after it was written."),
        Damage.MISSING: _("Rows are missing from here on."),
        Damage.CUT_SHORT: _("The chain ends before its recorded end."),
        Damage.BEYOND_END: _("This row stands behind the recorded end of the chain."),
        Damage.REBUILT: _("This is not the row whose seal was kept elsewhere."),
    },
}
