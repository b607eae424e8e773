from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from sonae.kernel.events import Event

_NO_FACTS: Mapping[str, object] = MappingProxyType({})


class ExpressionFault(StrEnum):
    """What can be wrong with an expression of a form, and with a pattern in it."""

    EMPTY = "expression_empty"
    TOO_LONG = "expression_too_long"
    TOO_DEEP = "expression_too_deep"
    TOO_MANY_PARTS = "expression_too_many_parts"
    ENDS_EARLY = "expression_ends_early"
    TEXT_NOT_CLOSED = "expression_text_not_closed"
    UNEXPECTED = "expression_unexpected"
    REFERENCE_MALFORMED = "expression_reference_malformed"
    UNKNOWN_NAME = "expression_unknown_name"
    AMBIGUOUS_NAME = "expression_ambiguous_name"
    UNKNOWN_FUNCTION = "expression_unknown_function"
    WRONG_NUMBER_OF_ARGUMENTS = "expression_wrong_number_of_arguments"
    NAME_NOT_WRITTEN_OUT = "expression_name_not_written_out"
    PATH_LEADS_NOWHERE = "expression_path_leads_nowhere"
    PATTERN_MALFORMED = "pattern_malformed"
    PATTERN_UNSUPPORTED = "pattern_unsupported"
    PATTERN_TOO_LARGE = "pattern_too_large"
    PATTERNS_TOO_LARGE = "patterns_too_large"
    TOO_COSTLY = "expression_too_costly"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of an expression: what, at which column (from 1), and the facts of its sentence."""

    reason: ExpressionFault
    column: int = 1
    facts: Mapping[str, object] = field(default_factory=lambda: _NO_FACTS)


class Respondent(StrEnum):
    """Who fills an instrument in."""

    FACILITY = "facility"
    PHARMACY = "pharmacy"
    VENDOR = "vendor"
    INSPECTOR = "inspector"


class Target(StrEnum):
    """Which devices a question of the checklist is about (全 stands for all medical information systems)."""

    ALL = "all"
    SERVER = "server"
    PC = "pc"
    NETWORK_DEVICE = "network_device"


class AnswerKind(StrEnum):
    """What an answer is; the variants of a kind (which picture, which place) are kept beside it."""

    YES_NO = "yes_no"
    SINGLE = "single"
    MULTIPLE = "multiple"
    RANKING = "ranking"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    MOMENT = "moment"
    TEXT = "text"
    TICK = "tick"
    LOCATION = "location"
    FILE = "file"
    TABLE = "table"
    NOTE = "note"
    CALCULATE = "calculate"
    # Filled in by the program that shows the form: its start, its end, the device.
    AUTOMATIC = "automatic"


class YesNo(StrEnum):
    """The answers of a row of the checklist; out of scope is for rows that a missing contract makes void."""

    YES = "yes"
    NO = "no"
    OUT_OF_SCOPE = "out_of_scope"


# The value of an answer that is not among the choices (`or_other`).
OTHER = "other"


class FindingReason(StrEnum):
    """What the re-check of a response found about one answer."""

    MISSING = "answer_missing"
    NOT_RELEVANT = "answer_not_relevant"
    QUESTION_UNKNOWN = "answer_question_unknown"
    CONSTRAINT_BROKEN = "answer_constraint_broken"
    NOT_TEXT = "answer_not_text"
    TEXT_TOO_LONG = "answer_text_too_long"
    NOT_A_NUMBER = "answer_not_a_number"
    NOT_WHOLE = "answer_not_whole"
    TOO_SMALL = "answer_too_small"
    TOO_LARGE = "answer_too_large"
    NOT_A_DATE = "answer_not_a_date"
    NOT_A_TIME = "answer_not_a_time"
    NOT_A_MOMENT = "answer_not_a_moment"
    NOT_A_LOCATION = "answer_not_a_location"
    NOT_A_FILE = "answer_not_a_file"
    NOT_A_TICK = "answer_not_a_tick"
    NOT_A_LIST = "answer_not_a_list"
    NOT_FIELDS = "answer_not_fields"
    UNIT_IS_OTHER = "answer_unit_is_other"
    CHOICE_UNKNOWN = "answer_choice_unknown"
    CHOICE_NOT_OFFERED = "answer_choice_not_offered"
    CHOICE_TWICE = "answer_choice_twice"
    UNKNOWN_NOT_POSSIBLE = "answer_unknown_not_possible"
    UNKNOWN_IN_FUTURE = "answer_unknown_in_future"
    OUT_OF_SCOPE_NOT_POSSIBLE = "answer_out_of_scope_not_possible"
    CHECK_DATE_MISSING = "answer_check_date_missing"
    CHECK_DATE_IN_FUTURE = "answer_check_date_in_future"
    CHECK_DATE_OUTSIDE_YEAR = "answer_check_date_outside_year"
    TOO_MANY_CHECK_DATES = "answer_too_many_check_dates"
    TARGET_DATE_MISSING = "answer_target_date_missing"
    TARGET_DATE_OUTSIDE_YEAR = "answer_target_date_outside_year"
    TOO_FEW_ROWS = "answer_too_few_rows"
    TOO_MANY_ROWS = "answer_too_many_rows"
    ROW_UNKNOWN = "answer_row_unknown"
    ROW_TWICE = "answer_row_twice"
    NOT_DECIDED = "answer_not_decided"
    TOO_MUCH_TO_CHECK = "answer_too_much_to_check"


class DefinitionProblem(StrEnum):
    """What makes an instrument no instrument, however it was written down."""

    EXPRESSION = "definition_expression"
    CYCLE = "definition_cycle"
    ID_TWICE = "definition_id_twice"
    CHOICES_MISSING = "definition_choices_missing"
    CONTROL_UNKNOWN = "definition_control_unknown"
    NEVER_UNKNOWN = "definition_never_unknown"
    NEVER_OUT_OF_SCOPE = "definition_never_out_of_scope"
    PREFILL_UNKNOWN = "definition_prefill_unknown"
    NEVER_PREFILLED = "definition_never_prefilled"
    BOUNDS_CROSSED = "definition_bounds_crossed"
    ENDS_BEFORE_IT_BEGINS = "definition_ends_before_it_begins"
    TOO_LARGE = "definition_too_large"


class FormProblem(StrEnum):
    """What can be wrong with a file that holds an instrument: a workbook in the manner of XLSForm, or YAML."""

    FILE_TOO_LARGE = "form_file_too_large"
    NOT_A_FORM = "form_not_a_form"
    OLD_WORKBOOK = "form_old_workbook"
    WORKBOOK_BROKEN = "form_workbook_broken"
    TOO_MANY_CELLS = "form_too_many_cells"
    CELL_TOO_LONG = "form_cell_too_long"
    SETTING_MISSING = "form_setting_missing"
    NOT_UTF8 = "form_not_utf8"
    NOT_CSV = "form_not_csv"
    SHEET_UNKNOWN = "form_sheet_unknown"
    SURVEY_MISSING = "form_survey_missing"
    HEADER_TWICE = "form_header_twice"
    HEADER_MISSING = "form_header_missing"
    TYPE_MISSING = "form_type_missing"
    TYPE_UNKNOWN = "form_type_unknown"
    NAME_MISSING = "form_name_missing"
    NAME_MALFORMED = "form_name_malformed"
    NAME_TWICE = "form_name_twice"
    NAME_RESERVED = "form_name_reserved"
    LABEL_MISSING = "form_label_missing"
    END_WITHOUT_BEGIN = "form_end_without_begin"
    BEGIN_WITHOUT_END = "form_begin_without_end"
    NESTED_TOO_DEEP = "form_nested_too_deep"
    TOO_MANY_QUESTIONS = "form_too_many_questions"
    LOOP_WITHOUT_LIST = "form_loop_without_list"
    INCLUDE_UNSUPPORTED = "form_include_unsupported"
    ENTITIES_UNSUPPORTED = "form_entities_unsupported"
    CHOICES_SHEET_MISSING = "form_choices_sheet_missing"
    LIST_UNKNOWN = "form_list_unknown"
    CHOICE_NAME_MISSING = "form_choice_name_missing"
    CHOICE_TWICE = "form_choice_twice"
    CHOICE_WITH_SPACE = "form_choice_with_space"
    OTHER_WITH_FILTER = "form_other_with_filter"
    OTHER_WITHOUT_CHOICES = "form_other_without_choices"
    FILE_ENDING = "form_file_ending"
    FILTER_IN_TABLE = "form_filter_in_table"
    LISTS_DIFFER_IN_TABLE = "form_lists_differ_in_table"
    SEARCH_MIXED = "form_search_mixed"
    CALCULATION_MISSING = "form_calculation_missing"
    CALCULATION_UNWANTED = "form_calculation_unwanted"
    TRIGGER_MISSING = "form_trigger_missing"
    TRIGGER_MALFORMED = "form_trigger_malformed"
    TRIGGER_UNKNOWN = "form_trigger_unknown"
    TRIGGER_NOT_SHOWN = "form_trigger_not_shown"
    PARAMETERS_MALFORMED = "form_parameters_malformed"
    PARAMETER_UNKNOWN = "form_parameter_unknown"
    PARAMETER_VALUE = "form_parameter_value"
    PARAMETER_MISSING = "form_parameter_missing"
    BIG_IMAGE_ALONE = "form_big_image_alone"
    MEDIA_UNKNOWN = "form_media_unknown"
    AUDIT_NAMED = "form_audit_named"
    INSTANCE_ID_NEEDED = "form_instance_id_needed"
    VALUE_UNKNOWN = "form_value_unknown"
    YAML_TOO_DEEP = "form_yaml_too_deep"
    YAML_ALIAS = "form_yaml_alias"
    ROWS_IN_ROWS = "form_rows_in_rows"


class FileForm(StrEnum):
    """How the file of an instrument is written."""

    YAML = "yaml"
    XLSFORM = "xlsform"


class DraftState(StrEnum):
    """Where a form is that somebody took in: with faults, waiting to be published, published, or taken back."""

    FAULTY = "faulty"
    WAITING = "waiting"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class DraftRefusal(StrEnum):
    """Why a form is not taken in, not published, or not handed out."""

    OVER = "form_draft_over"
    FAULTY = "form_draft_faulty"
    CHANGED_MEANWHILE = "form_draft_changed_meanwhile"
    FILE_KIND = "form_draft_file_kind"
    NOTE_TOO_LONG = "form_draft_note_too_long"
    NOT_IN_YAML = "form_not_in_yaml"


class Consequence(StrEnum):
    """What comes of publishing a form."""

    NEW_INSTRUMENT = "new_instrument"
    NEW_EDITION = "new_edition"
    REPLACES = "replaces"
    NEXT_VERSION = "next_version"
    NOTHING = "nothing"


class Change(StrEnum):
    """How a question stands to the one of the same id in another version."""

    ADDED = "added"
    REMOVED = "removed"
    REWORDED = "reworded"
    OPTIONS = "options"
    RULES = "rules"


class Comparison(StrEnum):
    """Whether the answers to a question of one edition may be set beside those of another edition."""

    SAME = "same"
    REWORDED = "reworded"
    NOT_COMPARABLE = "not_comparable"


class Basis(StrEnum):
    """On what it rests how two questions compare: a file of Sonae, a person, or only a proposal."""

    SHIPPED = "shipped"
    CONFIRMED = "confirmed"
    PROPOSED = "proposed"


class MapRefusal(StrEnum):
    """Why two questions, or two editions, are not compared so."""

    NOT_EARLIER = "map_not_earlier"
    QUESTION_UNKNOWN = "map_question_unknown"
    QUESTION_MISSING = "map_question_missing"
    WHY_MISSING = "map_why_missing"
    WHY_TOO_LONG = "map_why_too_long"
    NOTHING_TO_CONFIRM = "map_nothing_to_confirm"
    NOT_A_MAP = "map_not_a_map"
    NOTHING_SAID = "map_nothing_said"
    COMPARISON_UNKNOWN = "map_comparison_unknown"
    TWICE = "map_twice"
    CHANGED_MEANWHILE = "map_changed_meanwhile"


class ResponseState(StrEnum):
    """Where a response is on its way from the institution to whoever asked."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"


class BookProblem(StrEnum):
    """Why the workbook of a response cannot be taken back."""

    NOT_OURS = "book_not_ours"
    BROKEN = "book_broken"
    OTHER_RESPONSE = "book_other_response"
    OTHER_EDITION = "book_other_edition"
    SHEET_MISSING = "book_sheet_missing"
    QUESTION_UNKNOWN = "book_question_unknown"
    QUESTION_TWICE = "book_question_twice"
    ROW_WITHOUT_QUESTION = "book_row_without_question"
    COLUMNS_CHANGED = "book_columns_changed"
    ANSWERED_AND_UNKNOWN = "book_answered_and_unknown"
    MOMENT_UNREADABLE = "book_moment_unreadable"
    TOO_MANY_ROWS = "book_too_many_rows"
    FORMULA_WITHOUT_VALUE = "book_formula_without_value"


class Origin(StrEnum):
    """Where an answer comes from."""

    TYPED = "typed"
    WORKBOOK = "workbook"
    REGISTER = "register"
    EVIDENCE = "evidence"
    EARLIER_RESPONSE = "earlier_response"
    # To a question in other words: whoever answers looks whether it still is the answer.
    EARLIER_REWORDED = "earlier_reworded"
    PROXY = "proxy"
    VENDOR = "vendor"


class EvidenceSource(StrEnum):
    """What this room rests evidence on (see `assurance.SOURCES`)."""

    SUBMISSION = "submission"


class FilePurpose(StrEnum):
    """What this room keeps files for (see `documents.PURPOSES`)."""

    ANSWER = "answer"


class LinkState(StrEnum):
    """Where the link is by which a vendor answers."""

    SENT = "sent"
    OPENED = "opened"
    REPLACED = "replaced"
    REVOKED = "revoked"
    EXPIRED = "expired"


class LinkRefusal(StrEnum):
    """Why a link is not sent, or does not open."""

    ADDRESS_INVALID = "link_address_invalid"
    NAME_MISSING = "link_name_missing"
    NAME_NO_NAME = "link_name_no_name"
    NOT_FOR_A_VENDOR = "link_not_for_a_vendor"
    TOO_MANY = "link_too_many"
    TOO_MANY_HERE = "link_too_many_here"
    NONE_TO_REVOKE = "link_none_to_revoke"
    USED = "link_used"
    REPLACED = "link_replaced"
    REVOKED = "link_revoked"
    EXPIRED = "link_expired"
    TOO_OFTEN = "link_too_often"
    SIGNATURE_MISSING = "link_signature_missing"
    NOT_BY_VENDOR = "link_not_by_vendor"
    VENDOR_ENDED = "link_vendor_ended"
    SENDER_LEFT = "link_sender_left"


class AcceptanceOutcome(StrEnum):
    """What came of a response that was to be accepted with others."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class ResponseRefusal(StrEnum):
    """Why a response is not taken, or not changed."""

    EDITION_NOT_IN_FORCE = "response_edition_not_in_force"
    EDITION_REPLACED = "response_edition_replaced"
    RESPONDENT_IS_OTHER = "response_respondent_is_other"
    NOT_OPEN_FOR_ANSWERS = "response_not_open_for_answers"
    QUESTION_UNKNOWN = "response_question_unknown"
    QUESTION_TAKES_NO_ANSWER = "response_question_takes_no_answer"
    ANSWER_TOO_LARGE = "response_answer_too_large"
    ANSWER_NOT_STORABLE = "response_answer_not_storable"
    RESPONSE_TOO_LARGE = "response_too_large"
    REASON_TOO_LONG = "response_reason_too_long"
    CHANGED_MEANWHILE = "response_changed_meanwhile"
    NOT_COMPLETE = "response_not_complete"
    NOT_SUBMITTED = "response_not_submitted"
    NOTHING_SUBMITTED = "response_nothing_submitted"
    REASON_MISSING = "response_reason_missing"
    OWN_RESPONSE = "response_own_response"
    COLLEAGUE_MAY_NOT_ANSWER = "response_colleague_may_not_answer"
    OCCASION_IS_OTHERS = "response_occasion_is_others"
    NOT_A_FILE_QUESTION = "response_not_a_file_question"
    FILE_NOT_BY_LINK = "response_file_not_by_link"
    FILE_NOT_ON_RECORD = "response_file_not_on_record"
    NOTHING_TO_ACCEPT = "response_nothing_to_accept"
    NOT_ACCEPTING = "response_not_accepting"
    ACCEPTING_ALREADY = "response_accepting_already"


@dataclass(frozen=True, slots=True)
class ResponseMoved(Event):
    """A step of a response, and what was handed in that it is about."""

    response_id: UUID
    edition_id: UUID
    institution_id: int
    occasion: str
    now: datetime
    submission_id: UUID
    # Who handed it in; without an account it was a vendor.
    handed_in_by: UUID | None


@dataclass(frozen=True, slots=True)
class ResponseSubmitted(ResponseMoved):
    """A response was handed in; every rule of its instrument held."""


@dataclass(frozen=True, slots=True)
class ResponseReturned(ResponseMoved):
    """What was handed in was given back to be put right; the reason is in the history of the response."""


@dataclass(frozen=True, slots=True)
class ResponseAccepted(ResponseMoved):
    """What was handed in was accepted; it never changes after."""
