"""What is accepted for which purpose, what a file may be called, and whether it may be handed out."""

from datetime import datetime, timedelta
from unicodedata import category, normalize

from sonae.core.documents.vocabulary import (
    KIND_OF_EXTENSION,
    DocumentRefusal,
    FileRefusal,
    Kind,
    Limits,
    Purpose,
    ScanState,
    Sensitivity,
)
from sonae.kernel.decision import ALLOWED, Decision, Refused

SHORTEST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(days=1)
MEGABYTE = 1_000_000
LONGEST_NAME = 120

_PAPERS = frozenset({Kind.PDF, Kind.DOCX, Kind.XLSX, Kind.CSV, Kind.TEXT})
_PICTURES = frozenset({Kind.PNG, Kind.JPEG})
_RECORDS = frozenset({Kind.JSON, Kind.XML, Kind.ZIP})

# What the purposes of the ground floor accept; a room above brings its own with its purpose.
LIMITS: dict[Purpose, Limits] = {
    Purpose.EVIDENCE: Limits(20 * MEGABYTE, _PAPERS | _PICTURES),
    # Logs and telemetry of an attack are large.
    Purpose.INCIDENT: Limits(60 * MEGABYTE, _PAPERS | _PICTURES | _RECORDS),
    Purpose.BULLETIN: Limits(10 * MEGABYTE, frozenset({Kind.PDF, Kind.CSV, Kind.TEXT, Kind.JSON}) | _PICTURES),
    # Whom an institution calls when its systems fail: a drawing, however it was made.
    Purpose.CONTACT_DIAGRAM: Limits(20 * MEGABYTE, frozenset({Kind.PDF, Kind.DOCX, Kind.XLSX}) | _PICTURES),
}
# What only the people of an institution say about it: a file of somebody else never takes its place.
OF_THE_HOUSE = frozenset({Purpose.CONTACT_DIAGRAM})


def kind_of(name: str) -> Kind | None:
    """The kind that a file's name claims."""
    _, dot, extension = name.rpartition(".")
    return KIND_OF_EXTENSION.get(extension.lower()) if dot else None


def may_store(kind: Kind | None, *, limits: Limits, size_bytes: int) -> Decision:
    """Whether a file of this kind and size is accepted for the purpose, before anyone looks inside."""
    accepted = ", ".join(sorted(limits.kinds))
    if kind is None:
        return Refused(FileRefusal.KIND_UNKNOWN, {"accepted": accepted})
    if kind not in limits.kinds:
        return Refused(FileRefusal.KIND_NOT_FOR_PURPOSE, {"kind": kind, "accepted": accepted})
    if size_bytes == 0:
        return Refused(FileRefusal.EMPTY)
    if size_bytes > limits.most_bytes:
        return Refused(FileRefusal.TOO_LARGE, {"most": limits.most_bytes // MEGABYTE})
    return ALLOWED


def may_belong(sensitivity: Sensitivity, *, has_institution: bool) -> Decision:
    """Whether a file of this sensitivity may belong to the nation rather than to an institution."""
    if sensitivity is Sensitivity.INSTITUTION_ONLY and not has_institution:
        return Refused(DocumentRefusal.NEEDS_INSTITUTION)
    return ALLOWED


def tidy_name(name: str) -> str:
    """The last part of a path, without characters that hide or turn text; the extension always stays."""
    last = normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    # Cc: control, Cf: marks that turn the reading direction ("gpj.exe" shown as "exe.jpg"), Cs, Co, Cn: no characters.
    visible = "".join(character for character in last if category(character)[0] != "C").strip(" .")
    stem, dot, extension = visible.rpartition(".")
    if not dot:
        return visible[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(extension) - 1]}.{extension}" if len(extension) <= 8 else visible[:LONGEST_NAME]


def may_hand_out(scan: ScanState, *, has_scanner: bool, is_own: bool, is_confirmed: bool) -> Decision:
    """Whether the bytes go out. With a scanner, what it has not seen goes only to whoever's own it is and says so.

    `is_own`: stored by the very person, or at the institution of the person by somebody who works there.
    """
    if scan is ScanState.INFECTED:
        return Refused(DocumentRefusal.IS_INFECTED)
    if not has_scanner or scan is ScanState.CLEAN:
        return ALLOWED
    if scan is ScanState.LOST:
        return Refused(DocumentRefusal.BYTES_LOST)
    if is_own:
        return ALLOWED if is_confirmed else Refused(DocumentRefusal.NEEDS_CONFIRMATION)
    return Refused(DocumentRefusal.TOO_LARGE_TO_SCAN if scan is ScanState.TOO_LARGE else DocumentRefusal.NOT_SCANNED)


def scan_again_at(tried_before: datetime | None, *, now: datetime) -> datetime:
    """When a file is tried again that got no answer: twice as long after as the last time, a day at the most.

    `tried_before` is the try before this one; after the first it is five minutes.
    """
    waited = 2 * (now - tried_before) if tried_before else SHORTEST_WAIT
    return now + min(max(waited, SHORTEST_WAIT), LONGEST_WAIT)


def reading_is_recorded(sensitivity: Sensitivity) -> bool:
    """Whether each look at a file is written to the audit log."""
    return sensitivity is not Sensitivity.PUBLIC
