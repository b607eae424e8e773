from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sonae.core.instruments.vocabulary import (
    AnswerKind,
    DefinitionProblem,
    ExpressionFault,
    FindingReason,
    Respondent,
    Target,
    YesNo,
)

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    ExpressionFault: {
        ExpressionFault.EMPTY: _("Nothing is written here."),
        ExpressionFault.TOO_LONG: _("The expression has %(length)s characters; at most %(most)s are read."),
        ExpressionFault.TOO_DEEP: _("The expression is nested more than %(most)s levels deep."),
        ExpressionFault.TOO_MANY_PARTS: _("The expression has more than %(most)s parts."),
        ExpressionFault.ENDS_EARLY: _("The expression ends where something is still expected."),
        ExpressionFault.TEXT_NOT_CLOSED: _("The quotation mark that opens this text is never closed."),
        ExpressionFault.UNEXPECTED: _("“%(found)s” cannot stand here."),
        ExpressionFault.REFERENCE_MALFORMED: _("“%(found)s” is no reference; it is written ${name}."),
        ExpressionFault.UNKNOWN_NAME: _("There is no question “%(name)s”."),
        ExpressionFault.AMBIGUOUS_NAME: _(
            "Several questions are called “%(name)s”, so it is not clear which one is meant."
        ),
        ExpressionFault.UNKNOWN_FUNCTION: _("There is no function “%(name)s”."),
        ExpressionFault.WRONG_NUMBER_OF_ARGUMENTS: _(
            "The function “%(name)s” takes %(least)s to %(most)s values, not %(given)s."
        ),
        ExpressionFault.NAME_NOT_WRITTEN_OUT: _("In “%(name)s” the name must be written out, not computed."),
        ExpressionFault.PATH_LEADS_NOWHERE: _("The path leads to “%(name)s”, which the form does not have here."),
        ExpressionFault.PATTERN_MALFORMED: _("The pattern cannot be read from here on."),
        ExpressionFault.PATTERN_UNSUPPORTED: _(
            "Patterns with “%(found)s” are not read here, because deciding them can take without end."
        ),
        ExpressionFault.PATTERN_TOO_LARGE: _("The pattern is larger than %(most)s steps."),
        ExpressionFault.TOO_COSTLY: _("Working this out would take too long; it was given up."),
    },
    Respondent: {
        Respondent.FACILITY: _("Medical institution"),
        Respondent.PHARMACY: _("Pharmacy"),
        Respondent.VENDOR: _("Vendor"),
        Respondent.INSPECTOR: _("Inspector"),
    },
    Target: {
        Target.ALL: _("All medical information systems"),
        Target.SERVER: _("Servers"),
        Target.PC: _("Terminal PCs"),
        Target.NETWORK_DEVICE: _("Network devices"),
    },
    AnswerKind: {
        AnswerKind.YES_NO: _("Yes or no"),
        AnswerKind.SINGLE: _("One choice"),
        AnswerKind.MULTIPLE: _("Several choices"),
        AnswerKind.RANKING: _("Choices in order"),
        AnswerKind.NUMBER: _("Numeric value"),
        AnswerKind.DATE: _("Date"),
        AnswerKind.TIME: _("Time of day"),
        AnswerKind.MOMENT: _("Date and time"),
        AnswerKind.TEXT: _("Text"),
        AnswerKind.TICK: _("Acknowledgement"),
        AnswerKind.LOCATION: _("Location"),
        AnswerKind.FILE: _("File"),
        AnswerKind.TABLE: _("Table"),
        AnswerKind.NOTE: _("Explanatory note"),
        AnswerKind.CALCULATE: _("Calculated"),
        AnswerKind.AUTOMATIC: _("Filled in by the program"),
    },
    YesNo: {
        YesNo.YES: _("Yes"),
        YesNo.NO: _("No"),
        YesNo.OUT_OF_SCOPE: _("Out of scope"),
    },
    FindingReason: {
        FindingReason.MISSING: _("Please answer this question."),
        FindingReason.NOT_RELEVANT: _("This question is not asked after the other answers. Please leave it empty."),
        FindingReason.QUESTION_UNKNOWN: _("This edition has no question “%(name)s”."),
        FindingReason.CONSTRAINT_BROKEN: _("This answer is not possible here."),
        FindingReason.NOT_TEXT: _("A text is expected."),
        FindingReason.TEXT_TOO_LONG: _("At most %(most)s characters are kept."),
        FindingReason.NOT_A_NUMBER: _("A number is expected, not “%(value)s”."),
        FindingReason.NOT_WHOLE: _("A whole number is expected, not “%(value)s”."),
        FindingReason.TOO_SMALL: _("The smallest possible number is %(least)s."),
        FindingReason.TOO_LARGE: _("The largest possible number is %(most)s."),
        FindingReason.NOT_A_DATE: _("A date such as 2026-04-01 is expected, not “%(value)s”."),
        FindingReason.NOT_A_TIME: _("A time such as 13:30 is expected, not “%(value)s”."),
        FindingReason.NOT_A_MOMENT: _("A date and time such as 2026-04-01T13:30+09:00 is expected, not “%(value)s”."),
        FindingReason.NOT_A_LOCATION: _("A latitude and a longitude are expected, not “%(value)s”."),
        FindingReason.NOT_A_FILE: _("A file is expected."),
        FindingReason.NOT_A_TICK: _("Only a tick is possible here."),
        FindingReason.NOT_A_LIST: _("A list of answers is expected."),
        FindingReason.NOT_FIELDS: _("Answers with their names are expected."),
        FindingReason.UNIT_IS_OTHER: _("The unit is “%(unit)s”, not “%(value)s”."),
        FindingReason.CHOICE_UNKNOWN: _("“%(value)s” is not among the choices."),
        FindingReason.CHOICE_NOT_OFFERED: _("After the other answers “%(value)s” is not among the choices."),
        FindingReason.CHOICE_TWICE: _("“%(value)s” is chosen twice."),
        FindingReason.CHECK_DATE_MISSING: _("Please enter the date on which this was checked."),
        FindingReason.CHECK_DATE_IN_FUTURE: _("The date of the check lies in the future: %(value)s."),
        FindingReason.TOO_MANY_CHECK_DATES: _("At most %(most)s dates of checks are kept."),
        FindingReason.TARGET_DATE_MISSING: _("A no needs the date by which it will be a yes."),
        FindingReason.TARGET_DATE_OUTSIDE_YEAR: _(
            "The target date must lie inside the fiscal year, from %(first)s to %(last)s."
        ),
        FindingReason.TOO_FEW_ROWS: _("At least %(least)s rows are expected."),
        FindingReason.TOO_MANY_ROWS: _("At most %(most)s rows are possible."),
        FindingReason.ROW_UNKNOWN: _("The table has no row “%(value)s”."),
        FindingReason.ROW_TWICE: _("The row “%(value)s” stands here twice."),
        FindingReason.NOT_DECIDED: _("The rule of this question could not be worked out in time. Please report this."),
    },
    DefinitionProblem: {
        DefinitionProblem.EXPRESSION: _("The expression has a fault."),
        DefinitionProblem.CYCLE: _("These questions wait for each other: %(names)s."),
        DefinitionProblem.ID_TWICE: _("The name “%(value)s” was already given."),
        DefinitionProblem.CHOICES_MISSING: _("There is no list of choices “%(value)s”."),
        DefinitionProblem.CONTROL_UNKNOWN: _("The catalogue has no control “%(value)s”."),
        DefinitionProblem.BOUNDS_CROSSED: _("The smallest possible number is larger than the largest."),
        DefinitionProblem.ENDS_BEFORE_IT_BEGINS: _("The edition would end before it begins."),
    },
}
