import dataclasses
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

# A plan shows what a file would do to the ledger as it was; after this long nobody remembers what it meant.
PLAN_KEPT_FOR = timedelta(days=7)


class FileFormat(StrEnum):
    """What a file is, by its content and not by its name."""

    TABLE_CSV = "csv"
    TABLE_XLSX = "xlsx"
    CYCLONEDX_JSON = "cyclonedx_json"
    CYCLONEDX_XML = "cyclonedx_xml"
    SPDX_JSON = "spdx_json"
    SPDX_TAG = "spdx_tag"
    SPDX_YAML = "spdx_yaml"
    SPDX3 = "spdx3_jsonld"
    NMAP = "nmap"


TABLES = frozenset({FileFormat.TABLE_CSV, FileFormat.TABLE_XLSX})
BOMS = frozenset(
    {
        FileFormat.CYCLONEDX_JSON, FileFormat.CYCLONEDX_XML, FileFormat.SPDX_JSON, FileFormat.SPDX_TAG,
        FileFormat.SPDX_YAML, FileFormat.SPDX3,
    }
)  # fmt: skip


class ImportState(StrEnum):
    """Where an import stands."""

    MAPPING = "mapping"
    PLANNING = "planning"
    PLANNED = "planned"
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


AT_WORK = frozenset({ImportState.PLANNING, ImportState.APPLYING, ImportState.UNDOING})
# What ends by itself when nobody goes on with it.
OPEN_STATES = (ImportState.MAPPING, ImportState.PLANNED)


class Verdict(StrEnum):
    """What is to become of one row."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    VANISHED = "vanished"
    # Of a source that is not the ledger itself: a device that nobody recorded. It is asked about, not added.
    UNKNOWN = "unknown"
    NOT_UNDERSTOOD = "not_understood"


class LedgerField(StrEnum):
    """What a column of a list can say of a device: a field of the ledger."""

    NAME = "name"
    KIND = "kind"
    MAKER = "maker"
    PRODUCT = "product"
    MODEL_NUMBER = "model_number"
    VERSION = "version"
    OS = "os"
    FIRMWARE = "firmware"
    ASSET_NUMBER = "asset_number"
    SERIAL = "serial"
    HOSTNAME = "hostname"
    MAC_ADDRESS = "mac_address"
    IP_ADDRESS = "ip_address"
    UDI = "udi"
    EXTERNAL_KEY = "external_key"
    ZONE = "zone"
    INTERNET_FACING = "internet_facing"
    CRITICALITY = "criticality"
    PLACE = "place"
    RESPONSIBLE = "responsible"
    ACQUIRED_ON = "acquired_on"
    SUPPORT_ENDS_ON = "support_ends_on"
    NOTE = "note"


class Identity(StrEnum):
    """By what a row of a list is recognised in the ledger."""

    ASSET_NUMBER = "asset_number"
    SERIAL = "serial"
    EXTERNAL_KEY = "external_key"
    HOSTNAME_MAC = "hostname_mac"
    MAC_ADDRESS = "mac_address"
    IP_ADDRESS = "ip_address"
    NAME_PLACE = "name_place"


# These count only where nothing stronger stands on both sides: two terminals at one desk may be called alike, and an
# address may have gone to another device.
WEAK = frozenset({Identity.IP_ADDRESS, Identity.NAME_PLACE})
DEFAULT_PRIORITY = (
    Identity.ASSET_NUMBER, Identity.SERIAL, Identity.EXTERNAL_KEY, Identity.HOSTNAME_MAC, Identity.NAME_PLACE,
)  # fmt: skip
# What a scan of a network sees of a device.
SCAN_PRIORITY = (Identity.MAC_ADDRESS, Identity.IP_ADDRESS)


class Newcomers(StrEnum):
    """What is done with a device that the ledger does not have."""

    ADD = "add"
    ASK = "ask"


class RowProblem(StrEnum):
    """Why a row, or a field of it, is not understood."""

    # The row as a whole: nothing of it is written.
    NO_NAME = "no_name"
    NO_IDENTITY = "no_identity"
    AMBIGUOUS = "ambiguous"
    CONTRADICTORY = "contradictory"
    REPEATED = "repeated"
    # One field: it keeps what the ledger says.
    DAY_UNREADABLE = "day_unreadable"
    ADDRESS_UNREADABLE = "address_unreadable"
    KIND_UNKNOWN = "kind_unknown"
    ANSWER_UNREADABLE = "answer_unreadable"
    TOO_LONG = "too_long"


# What keeps a row out of the ledger; the others only keep a field from being written.
OF_THE_ROW = frozenset(
    {RowProblem.NO_NAME, RowProblem.NO_IDENTITY, RowProblem.AMBIGUOUS, RowProblem.CONTRADICTORY, RowProblem.REPEATED}
)


class IntakeRefusal(StrEnum):
    """Why a file or a step is refused."""

    FORMAT_UNKNOWN = "format_unknown"
    NEEDS_AN_ASSET = "needs_an_asset"
    OLD_WORKBOOK = "old_workbook"
    WORKBOOK_BROKEN = "workbook_broken"
    NO_TABLE = "no_table"
    TOO_MANY_COLUMNS = "too_many_columns"
    TOO_MANY_ROWS = "too_many_rows"
    BOM_MALFORMED = "bom_malformed"
    BOM_TOO_DEEP = "bom_too_deep"
    XML_MALFORMED = "xml_malformed"
    XML_ENTITIES = "xml_entities"
    FILE_GONE = "file_gone"
    NO_COLUMN_FOR_NAME = "no_column_for_name"
    COLUMN_UNKNOWN = "column_unknown"
    FIELD_TWICE = "field_twice"
    NOT_AT_THIS_STEP = "not_at_this_step"
    PLAN_STALE = "plan_stale"
    PLAN_EXPIRED = "plan_expired"
    NOTHING_TO_APPLY = "nothing_to_apply"
    CHANGED_SINCE = "changed_since"
    CANCELLED = "cancelled"
    ALREADY_ANSWERED = "already_answered"
    REASON_MISSING = "reason_missing"
    ANSWER_NOT_FOR_THIS = "answer_not_for_this"
    ONLY_PEOPLE_ANSWER = "only_people_answer"
    PLACE_MISSING = "place_missing"


class QuestionKind(StrEnum):
    """What a file leaves to a person."""

    VANISHED = "vanished"
    UNKNOWN = "unknown"


class QuestionState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    # The import that asked was taken back.
    WITHDRAWN = "withdrawn"


class QuestionAnswer(StrEnum):
    """What a person says: of a device that vanished, then of one that nobody recorded."""

    RETIRE = "retire"
    KEEP = "keep"
    MOVED = "moved"
    ADD = "add"
    NOT_OURS = "not_ours"


ANSWERS: dict[QuestionKind, tuple[QuestionAnswer, ...]] = {
    QuestionKind.VANISHED: (QuestionAnswer.RETIRE, QuestionAnswer.KEEP, QuestionAnswer.MOVED),
    QuestionKind.UNKNOWN: (QuestionAnswer.ADD, QuestionAnswer.NOT_OURS),
}


@dataclass(frozen=True, slots=True)
class Mapping:
    """Where the columns of a table go. `columns` has a LedgerField or "" for each column, from the first."""

    sheet: str
    header_line: int
    data_line: int
    columns: tuple[str, ...]
    priority: tuple[Identity, ...] = DEFAULT_PRIORITY
    newcomers: Newcomers = Newcomers.ADD
    default_kind: str = "pc"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with a field of a row, or with the row (`field` empty)."""

    reason: RowProblem
    field: str = ""
    value: str = ""
    facts: dict[str, object] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Device:
    """What a file says of one device: its fields as they are kept (days as ISO texts), and what was not readable."""

    line: int
    values: dict[str, str]
    problems: tuple[FieldProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A component as a list of components names it."""

    name: str
    version: str = ""
    supplier: str = ""
    cpe: str = ""
    purl: str = ""
    hash_algorithm: str = ""
    hash_value: str = ""
