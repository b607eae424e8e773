from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sonae.prevention.inspections.vocabulary import ExportRefusal, RowStanding, SheetStanding

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    RowStanding: {
        RowStanding.COMPLETE: _("Nothing missing"),
        RowStanding.LACKING: _("Something is missing"),
        RowStanding.MAY_STAY_EMPTY: _("For reference, may stay empty"),
        RowStanding.NOT_ASKED: _("Not asked after your other answers"),
    },
    SheetStanding: {
        SheetStanding.NOT_BEGUN: _("Not begun"),
        SheetStanding.NOT_ASKED: _("Begun, but the vendor has not been asked"),
        SheetStanding.ASKED: _("The link was sent and has not been opened"),
        SheetStanding.OPENED: _("The vendor opened the link and is answering"),
        SheetStanding.OUT_OF_REACH: _("The link does not open any more"),
        SheetStanding.RETURNED: _("Returned to be put right"),
        SheetStanding.HANDED_IN: _("Submitted"),
    },
    ExportRefusal: {
        ExportRefusal.NOT_HANDED_IN: _("The self-check has not been submitted yet."),
        ExportRefusal.NOTHING_TO_DO: _("No row was answered with a “no”: there is nothing to plan."),
    },
}
