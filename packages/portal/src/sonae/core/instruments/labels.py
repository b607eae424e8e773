from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.core.instruments.vocabulary import (
    AcceptanceOutcome,
    AnswerKind,
    Basis,
    BookProblem,
    Change,
    Comparison,
    Consequence,
    DefinitionProblem,
    DraftRefusal,
    DraftState,
    EvidenceSource,
    ExpressionFault,
    FileForm,
    FilePurpose,
    FindingReason,
    FormProblem,
    LinkRefusal,
    LinkState,
    MapRefusal,
    Origin,
    Respondent,
    ResponseRefusal,
    ResponseState,
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
        ExpressionFault.PATTERNS_TOO_LARGE: _("All patterns of the form together are larger than %(most)s steps."),
        ExpressionFault.TOO_COSTLY: _("Working this out would take too long; it was given up."),
    },
    DraftState: {
        DraftState.FAULTY: _("Has faults"),
        DraftState.WAITING: _("Not published yet"),
        DraftState.PUBLISHED: _("Published"),
        DraftState.WITHDRAWN: pgettext_lazy("form", "Taken back"),
    },
    DraftRefusal: {
        DraftRefusal.OVER: _("This form was published or taken back already. Please take the file in anew."),
        DraftRefusal.FAULTY: _("The file has faults. Please correct them and send the file again."),
        DraftRefusal.CHANGED_MEANWHILE: _(
            "Somebody else changed something meanwhile. Please look at this form anew first."
        ),
        DraftRefusal.FILE_KIND: _("The file must be a workbook in the manner of XLSForm (.xlsx) or YAML (.yaml)."),
        DraftRefusal.NOTE_TOO_LONG: _("The note has %(length)s characters; at most %(most)s are kept."),
        DraftRefusal.NOT_IN_YAML: _(
            "This form has parts that only a workbook can carry. Please download it as a workbook (.xlsx)."
        ),
    },
    Consequence: {
        Consequence.NEW_INSTRUMENT: _("A new survey or checklist comes into being."),
        Consequence.NEW_EDITION: _("A new edition comes beside the earlier ones, which stay as they are."),
        Consequence.REPLACES: _("It takes the place of the published form, which nobody has begun to answer."),
        Consequence.NEXT_VERSION: _(
            "It becomes the next version of this edition. What was begun under the version before goes on under it."
        ),
        Consequence.NOTHING: _("The same file is published already; nothing would change."),
    },
    Change: {
        Change.ADDED: pgettext_lazy("question", "Added"),
        Change.REMOVED: pgettext_lazy("question", "Removed"),
        Change.REWORDED: pgettext_lazy("question", "Reworded"),
        Change.OPTIONS: pgettext_lazy("question", "Other options"),
        Change.RULES: pgettext_lazy("question", "Other number, kind, condition or limit"),
    },
    Comparison: {
        Comparison.SAME: _("The same question"),
        Comparison.REWORDED: _("The same matter in other words"),
        Comparison.NOT_COMPARABLE: _("Not comparable"),
    },
    Basis: {
        Basis.SHIPPED: _("From the file that comes with Sonae"),
        Basis.CONFIRMED: _("Confirmed"),
        Basis.PROPOSED: _("To be confirmed"),
    },
    MapRefusal: {
        MapRefusal.NOT_EARLIER: _("Only an edition is compared with an earlier one of the same survey or checklist."),
        MapRefusal.QUESTION_UNKNOWN: _("The form has no question “%(value)s”."),
        MapRefusal.QUESTION_MISSING: _("Please name the question of the earlier form with which this one compares."),
        MapRefusal.WHY_MISSING: _("Please say why: it stands beside the figures of the two years."),
        MapRefusal.WHY_TOO_LONG: _("The reason has %(length)s characters; at most %(most)s are kept."),
        MapRefusal.NOTHING_TO_CONFIRM: _("No question that stayed word for word waits to be confirmed."),
        MapRefusal.NOT_A_MAP: _("This is no table of questions as it is downloaded here (CSV, UTF-8)."),
        MapRefusal.NOTHING_SAID: _("The table says nothing: please fill in the column “comparison”."),
        MapRefusal.COMPARISON_UNKNOWN: _("“%(value)s” is none of: %(choices)s."),
        MapRefusal.TWICE: _("The question “%(value)s” stands twice in the table."),
        MapRefusal.CHANGED_MEANWHILE: _("Somebody else established this meanwhile. Please look at it anew first."),
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
    BookProblem: {
        BookProblem.NOT_OURS: _(
            "This workbook was not downloaded from Sonae, or its hidden sheet is gone. Please download it once more."
        ),
        BookProblem.BROKEN: _("The workbook cannot be read (%(value)s). Please save it as .xlsx and send it again."),
        BookProblem.OTHER_RESPONSE: _("This workbook was downloaded for another response."),
        BookProblem.OTHER_EDITION: _(
            "The form was replaced after this workbook was downloaded. Please download it once more."
        ),
        BookProblem.SHEET_MISSING: _("The sheet “%(value)s” is missing. Please give it its name back."),
        BookProblem.QUESTION_UNKNOWN: _(
            "The form has no question “%(value)s”. Please leave the hidden column as it was."
        ),
        BookProblem.QUESTION_TWICE: _(
            "The question of this row stands in the sheet twice. Please delete one of the rows."
        ),
        BookProblem.ROW_WITHOUT_QUESTION: _("“%(value)s” stands in a place to which no question belongs."),
        BookProblem.COLUMNS_CHANGED: _(
            "The columns of the sheet “%(value)s” are not as they were. Please download the file once more and copy "
            "your answers into it."
        ),
        BookProblem.ANSWERED_AND_UNKNOWN: _(
            "This question is answered and said not to be known (%(value)s). Please empty one of the two cells."
        ),
        BookProblem.MOMENT_UNREADABLE: _("“%(value)s” is no moment. Please write it as 2026-11-23 06:00."),
        BookProblem.FORMULA_WITHOUT_VALUE: _(
            "This cell holds a formula whose result is not in the file. Please open the file in Excel and save it, or"
            " enter the value."
        ),
        BookProblem.TOO_MANY_ROWS: _("A sheet has more than %(most)s rows of answers."),
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
        FindingReason.UNKNOWN_NOT_POSSIBLE: _(
            "“Not known yet” is not possible here, because other questions or the purpose of the form depend on the"
            " answer. Please find it out and enter it."
        ),
        FindingReason.UNKNOWN_IN_FUTURE: _(
            "The moment as of which this is not known lies in the future: %(value)s. Please enter when you last looked."
        ),
        FindingReason.OUT_OF_SCOPE_NOT_POSSIBLE: _(
            "“Out of scope” is not possible here, because the question concerns everybody. Please choose yes or no."
        ),
        FindingReason.CHECK_DATE_MISSING: _("Please enter the date on which this was checked."),
        FindingReason.CHECK_DATE_IN_FUTURE: _("The date of the check lies in the future: %(value)s."),
        FindingReason.CHECK_DATE_OUTSIDE_YEAR: _(
            "The date of the check, %(value)s, must lie inside the fiscal year of the form, from %(first)s to %(last)s."
        ),
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
        FindingReason.TOO_MUCH_TO_CHECK: _(
            "The response has more rows than all its rules could be worked out for in time. Please leave out rows that"
            " are not needed, or report this."
        ),
    },
    DefinitionProblem: {
        DefinitionProblem.EXPRESSION: _("The expression has a fault."),
        DefinitionProblem.CYCLE: _("These questions wait for each other: %(names)s."),
        DefinitionProblem.ID_TWICE: _("The name “%(value)s” was already given."),
        DefinitionProblem.CHOICES_MISSING: _("There is no list of choices “%(value)s”."),
        DefinitionProblem.CONTROL_UNKNOWN: _("The catalogue has no control “%(value)s”."),
        DefinitionProblem.NEVER_UNKNOWN: _(
            "Only questions that are answered by themselves may be “not known yet”: no tables, notes or calculations."
        ),
        DefinitionProblem.NEVER_OUT_OF_SCOPE: _("Only questions with a yes or no may be “out of scope”."),
        DefinitionProblem.PREFILL_UNKNOWN: _(
            "There is no source “%(value)s” to fill this in from; there are: %(known)s."
        ),
        DefinitionProblem.NEVER_PREFILLED: _(
            "Only questions that are answered by themselves are filled in beforehand."
        ),
        DefinitionProblem.BOUNDS_CROSSED: _("The smallest possible number is larger than the largest."),
        DefinitionProblem.TOO_LARGE: _(
            "An instrument has at most %(questions)s questions and %(letters)s letters of rules."
        ),
        DefinitionProblem.ENDS_BEFORE_IT_BEGINS: _("The edition would end before it begins."),
    },
    FormProblem: {
        FormProblem.FILE_TOO_LARGE: _("A form of more than %(most)s MB is not read."),
        FormProblem.NOT_A_FORM: _("This is no workbook, whatever its name says."),
        FormProblem.OLD_WORKBOOK: _(
            "This is a workbook in the old format (.xls). Please save it as .xlsx in Excel and send that."
        ),
        FormProblem.WORKBOOK_BROKEN: _("The workbook cannot be read."),
        FormProblem.TOO_MANY_CELLS: _("The workbook has more than %(most)s cells."),
        FormProblem.SETTING_MISSING: _(
            "The sheet “settings” needs the column “%(column)s”, with a value below it, for instance “%(example)s”."
        ),
        FormProblem.CELL_TOO_LONG: _("A cell has more than %(most)s characters."),
        FormProblem.NOT_UTF8: _("The file is not text in UTF-8."),
        FormProblem.NOT_CSV: _("The file is not readable as CSV."),
        FormProblem.SHEET_UNKNOWN: _("A form has no sheet of this name; it may have: %(accepted)s."),
        FormProblem.SURVEY_MISSING: _("The form has no sheet “survey” with the names of its columns in the first row."),
        FormProblem.HEADER_TWICE: _("This column means the same as the column “%(other)s”."),
        FormProblem.HEADER_MISSING: _("The sheet has no column “%(name)s”."),
        FormProblem.TYPE_MISSING: _("The question has no type."),
        FormProblem.TYPE_UNKNOWN: _("There is no question type of this name."),
        FormProblem.NAME_MISSING: _("The question or group has no name."),
        FormProblem.NAME_MALFORMED: _(
            "A name begins with a letter and holds letters, digits, hyphens, points and underscores only."
        ),
        FormProblem.NAME_TWICE: _("This name is already used beside it."),
        FormProblem.NAME_RESERVED: _("The name “meta” is reserved."),
        FormProblem.LABEL_MISSING: _("The question has neither label nor hint."),
        FormProblem.END_WITHOUT_BEGIN: _("There is no open “%(kind)s” that this row could close."),
        FormProblem.BEGIN_WITHOUT_END: _("The %(kind)s “%(name)s” is never closed."),
        FormProblem.NESTED_TOO_DEEP: _("Groups are nested more than %(most)s levels deep."),
        FormProblem.TOO_MANY_QUESTIONS: _("The form has more than %(most)s questions once its loops are written out."),
        FormProblem.LOOP_WITHOUT_LIST: _("The loop does not say over which list it goes."),
        FormProblem.INCLUDE_UNSUPPORTED: _("Other forms cannot be included."),
        FormProblem.ENTITIES_UNSUPPORTED: _("Sonae does not keep entities of ODK. Please take this out of the form."),
        FormProblem.CHOICES_SHEET_MISSING: _("The form has no sheet “%(sheet)s” with lists of choices."),
        FormProblem.LIST_UNKNOWN: _("There is no list of choices “%(name)s” in the form."),
        FormProblem.CHOICE_NAME_MISSING: _("A choice of the list “%(name)s” has no name."),
        FormProblem.CHOICE_TWICE: _("This choice stands twice in the list “%(name)s”."),
        FormProblem.CHOICE_WITH_SPACE: _(
            "Where several can be chosen, names of choices have no spaces (list “%(name)s”)."
        ),
        FormProblem.OTHER_WITH_FILTER: _("A question with “or_other” cannot filter its choices."),
        FormProblem.OTHER_WITHOUT_CHOICES: _("A question with “or_other” needs choices of its own."),
        FormProblem.FILE_ENDING: _("The file of the choices must end with one of: %(accepted)s."),
        FormProblem.FILTER_IN_TABLE: _("Choices cannot be filtered in a group drawn as a table."),
        FormProblem.LISTS_DIFFER_IN_TABLE: _("A group drawn as a table uses one list; the first row uses “%(first)s”."),
        FormProblem.SEARCH_MIXED: _("Another question uses this list without search(); please use two lists."),
        FormProblem.CALCULATION_MISSING: _("The calculation is missing."),
        FormProblem.CALCULATION_UNWANTED: _("A question of this type has no calculation."),
        FormProblem.TRIGGER_MISSING: _("The question that triggers this is missing."),
        FormProblem.TRIGGER_MALFORMED: _("A trigger is written ${name}; several are separated by commas."),
        FormProblem.TRIGGER_UNKNOWN: _("There is no question “%(name)s” that could trigger this."),
        FormProblem.TRIGGER_NOT_SHOWN: _("The question “%(name)s” is not shown, so it cannot trigger this."),
        FormProblem.PARAMETERS_MALFORMED: _("Parameters are written name=value, with spaces between."),
        FormProblem.PARAMETER_UNKNOWN: _("This type has no parameter “%(name)s”; it may have: %(accepted)s."),
        FormProblem.PARAMETER_VALUE: _("The parameter “%(name)s” cannot be “%(value)s”."),
        FormProblem.PARAMETER_MISSING: _("The parameter “%(name)s” is needed beside the others."),
        FormProblem.BIG_IMAGE_ALONE: _("A big image needs an image."),
        FormProblem.MEDIA_UNKNOWN: _("There is no kind of media of this name; there are: %(accepted)s."),
        FormProblem.AUDIT_NAMED: _("A row of type audit has no other name than “audit”."),
        FormProblem.INSTANCE_ID_NEEDED: _("Without an instance ID nothing can be encrypted."),
        FormProblem.VALUE_UNKNOWN: _("This is not possible here. Possible is for example: %(accepted)s."),
        FormProblem.YAML_TOO_DEEP: _("The file is nested more than %(most)s levels deep."),
        FormProblem.ROWS_IN_ROWS: _(
            "“%(value)s” repeats inside of “%(around)s”. Rows within rows can be answered neither on a page nor in a"
            " spreadsheet; please take them apart."
        ),
        FormProblem.YAML_ALIAS: _("Aliases are not read. Please write this out."),
    },
    FileForm: {
        FileForm.YAML: _("YAML file"),
        FileForm.XLSFORM: _("XLSForm workbook"),
    },
    ResponseState: {
        ResponseState.DRAFT: _("Draft"),
        ResponseState.SUBMITTED: _("Submitted"),
        ResponseState.RETURNED: _("Returned for correction"),
        ResponseState.ACCEPTED: _("Accepted"),
    },
    Origin: {
        Origin.TYPED: _("Entered on the page"),
        Origin.WORKBOOK: _("Read from the workbook"),
        Origin.REGISTER: _("Taken from the register"),
        Origin.EVIDENCE: _("Taken from evidence"),
        Origin.EARLIER_RESPONSE: _("Taken from an earlier response"),
        Origin.EARLIER_REWORDED: _("Earlier response, to a question in other words"),
        Origin.PROXY: _("Entered on behalf of the institution"),
        Origin.VENDOR: _("Entered by the vendor"),
    },
    FilePurpose: {
        FilePurpose.ANSWER: _("Answer to a question"),
    },
    EvidenceSource: {
        EvidenceSource.SUBMISSION: _("Answer in a submitted response"),
    },
    LinkState: {
        LinkState.SENT: _("Sent, not opened yet"),
        LinkState.OPENED: _("Opened by the vendor"),
        LinkState.REPLACED: _("Replaced by a newer link"),
        LinkState.REVOKED: _("Revoked by the institution"),
        LinkState.EXPIRED: _("Expired"),
    },
    LinkRefusal: {
        LinkRefusal.ADDRESS_INVALID: _("This is no e-mail address."),
        LinkRefusal.NAME_MISSING: _(
            "Please give the name of the person who gets the link, in %(most)s letters at most."
        ),
        LinkRefusal.NAME_NO_NAME: _(
            "The name holds an address of the web or a line break. Please write the name of the person only."
        ),
        LinkRefusal.TOO_MANY_HERE: _(
            "%(most)s links were sent to vendors by this institution within a day. Please wait until tomorrow."
        ),
        LinkRefusal.NOT_FOR_A_VENDOR: _("A link is sent only for the form of a vendor."),
        LinkRefusal.TOO_MANY: _(
            "%(most)s links were sent for this response within a day. Please wait until tomorrow, or call the vendor."
        ),
        LinkRefusal.NONE_TO_REVOKE: _("There is no link that still opens."),
        LinkRefusal.USED: _(
            "This link was opened before; it works once. Please go on in the browser in which it was opened, or ask the"
            " institution to send a new one."
        ),
        LinkRefusal.REPLACED: _("The institution has sent a newer link. Please use the one in the latest mail."),
        LinkRefusal.REVOKED: _("The institution has taken this link back. Please ask it whether you should answer."),
        LinkRefusal.EXPIRED: _("This link expired at %(expired_at)s. Please ask the institution to send a new one."),
        LinkRefusal.TOO_OFTEN: _("There were many requests from here. Please wait a minute and try again."),
        LinkRefusal.SIGNATURE_MISSING: _("Please give your name and your position, each in %(most)s letters at most."),
        LinkRefusal.NOT_BY_VENDOR: _("Only what a vendor submitted by its link is returned to it; this is: %(state)s."),
        LinkRefusal.VENDOR_ENDED: _("By the register the vendor does not work for the institution any more."),
        LinkRefusal.SENDER_LEFT: _(
            "Whoever sent this link does not answer for the institution any more. Please ask the institution to send a"
            " new one."
        ),
    },
    ResponseRefusal: {
        ResponseRefusal.EDITION_NOT_IN_FORCE: _("This edition can be answered from %(valid_from)s."),
        ResponseRefusal.EDITION_REPLACED: _("This edition has a newer version. Please go on with that one."),
        ResponseRefusal.RESPONDENT_IS_OTHER: _("This form is filled in by somebody else: %(respondent)s."),
        ResponseRefusal.NOT_OPEN_FOR_ANSWERS: _(
            "The answers cannot be changed now (%(state)s). If something has to be put right, please ask for the"
            " response to be returned."
        ),
        ResponseRefusal.QUESTION_UNKNOWN: _("The form has no question “%(question)s”."),
        ResponseRefusal.QUESTION_TAKES_NO_ANSWER: _(
            "“%(title)s” is worked out from other answers, or stands in a table; it is not answered by itself."
        ),
        ResponseRefusal.ANSWER_TOO_LARGE: _(
            "The answer to “%(title)s” has %(size)s bytes; at most %(most)s are kept. Please shorten it."
        ),
        ResponseRefusal.ANSWER_NOT_STORABLE: _(
            "The answer to “%(title)s” holds something that cannot be kept: a control character, a number without"
            " end, or too many levels. Please enter it anew."
        ),
        ResponseRefusal.RESPONSE_TOO_LARGE: _(
            "All answers together have %(size)s bytes; at most %(most)s are kept. Please shorten them."
        ),
        ResponseRefusal.CHANGED_MEANWHILE: _(
            "Somebody else changed this at %(at)s. Theirs stands; please look at it and decide."
        ),
        ResponseRefusal.NOT_COMPLETE: _("%(count)s points are still open. Please settle each of them first."),
        ResponseRefusal.NOT_SUBMITTED: _("Only what was submitted is accepted or returned; this is: %(state)s."),
        ResponseRefusal.NOTHING_SUBMITTED: _("Nothing has been submitted yet."),
        ResponseRefusal.REASON_MISSING: _("Please write what has to be put right, so that it can be."),
        ResponseRefusal.REASON_TOO_LONG: _("The reason has %(length)s characters; at most %(most)s are kept."),
        ResponseRefusal.OWN_RESPONSE: _(
            "Whoever submitted a response does not decide about it. Please ask a colleague."
        ),
        ResponseRefusal.COLLEAGUE_MAY_NOT_ANSWER: _(
            "This person has no role at the institution. Please have them invited first."
        ),
        ResponseRefusal.OCCASION_IS_OTHERS: _(
            "A response on the occasion “%(occasion)s” is begun on the page that asks for it, such as that of a "
            "survey. Please begin it there."
        ),
        ResponseRefusal.NOT_A_FILE_QUESTION: _(
            "“%(title)s” does not ask for a file. Please attach files where the form asks for one."
        ),
        ResponseRefusal.FILE_NOT_ON_RECORD: _(
            "The file for “%(title)s” is not among the documents of the institution. Please attach it anew."
        ),
        ResponseRefusal.FILE_NOT_BY_LINK: _(
            "Files cannot be attached by the link of a mail. Please hand the file to the institution, which attaches "
            "it."
        ),
        ResponseRefusal.NOTHING_TO_ACCEPT: _("This list shows nothing that is submitted and waits to be accepted."),
        ResponseRefusal.ACCEPTING_ALREADY: _("The responses are being accepted. Please wait until that is done."),
        ResponseRefusal.NOT_ACCEPTING: _("Nothing is being accepted any more, so there is nothing to cancel."),
    },
    AcceptanceOutcome: {
        AcceptanceOutcome.WAITING: pgettext_lazy("acceptance", "Waiting"),
        AcceptanceOutcome.ACCEPTED: pgettext_lazy("acceptance", "Accepted"),
        AcceptanceOutcome.REFUSED: pgettext_lazy("acceptance", "Refused by a rule"),
    },
}
