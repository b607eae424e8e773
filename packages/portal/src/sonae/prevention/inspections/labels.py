from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sonae.prevention.inspections.vocabulary import ExportRefusal, MinistryProblem, RowStanding, SheetStanding

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
    MinistryProblem: {
        MinistryProblem.HEADER_MISSING: _(
            "No sheet has a row of headers with “チェック項目” and, beside it, “確認結果”, “確認日” or “回答”."
        ),
        MinistryProblem.SEVERAL_SHEETS: _(
            "Several sheets hold a form (%(sheets)s). Please keep one of them in the file."
        ),
        MinistryProblem.YEAR_UNKNOWN: _("Above the headers, one fiscal year such as “令和8年度” is expected."),
        MinistryProblem.FORM_UNKNOWN: _(
            "Above the headers, one of “医療機関・薬局確認用”, “医療機関確認用”, “薬局確認用” and “事業者確認用” is "
            "expected."
        ),
        MinistryProblem.NO_ROWS: _("Below the headers no row of the checklist was found."),
        MinistryProblem.TOO_MANY_ROWS: _("The sheet has more than %(most)s rows."),
        MinistryProblem.TEXT_MISSING: _("This row has the number “%(value)s” and no text."),
        MinistryProblem.NUMBER_MISSING: _("This row asks for an answer and has no number: “%(value)s”."),
        MinistryProblem.NUMBER_TWICE: _(
            "The number “%(value)s” stands in row %(first)s already, for the same devices."
        ),
        MinistryProblem.SECTION_UNKNOWN: _(
            "“%(value)s” does not say in which section it stands, and no heading before it does."
        ),
        MinistryProblem.TARGET_UNKNOWN: _("“%(value)s” names no class of device that the checklist knows."),
        MinistryProblem.LEFT_OUT: _("Left out, because it is neither a row nor a heading: “%(value)s”."),
    },
    ExportRefusal: {
        ExportRefusal.NOT_HANDED_IN: _("The self-check has not been submitted yet."),
        ExportRefusal.NOTHING_TO_DO: _("No row was answered with a “no”: there is nothing to plan."),
        ExportRefusal.NOTHING_OPEN: _("Nothing that this visit found is still to be mended: there is nothing to plan."),
    },
}
