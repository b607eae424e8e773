"""What may be done with a response, decided from its state and who asks."""

import copy
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sonae.core.instruments.vocabulary import Origin, Respondent, ResponseRefusal, ResponseState
from sonae.kernel.decision import ALLOWED, Decision, Refused

# Bytes. Answers are held whole in memory and compared on every page: a table of a thousand rows fits, a book does not.
LARGEST_ANSWER = 300_000
LARGEST_RESPONSE = 3_000_000
LONGEST_ID = 80  # letters of an unknown name that are shown
LONGEST_REASON = 2_000
LONGEST_SOURCE = 200
# A table in a repeat, with the fields of an answer inside, is six deep.
DEEPEST_ANSWER = 10
LARGEST_NUMBER = 10**15
# NUL and halves of a surrogate pair: one database refuses them, the other keeps what no page can show.
UNKEPT = re.compile("[\x00\ud800-\udfff]")
OPEN_FOR_ANSWERS = frozenset({ResponseState.DRAFT, ResponseState.RETURNED})


@dataclass(frozen=True, slots=True)
class TakenRow:
    """A row of a table that was taken over, by its fingerprint: a row that somebody changed since is theirs."""

    print: str
    origin: Origin
    source: str
    as_of: date


@dataclass(frozen=True, slots=True)
class Mark:
    """The last word on one question: who gave it, when, where it comes from, and the number of the change."""

    revision: int
    at: datetime
    by: UUID | None
    origin: Origin = Origin.TYPED
    # What the origin is called: an edition, an evidence id, a file name.
    source: str = ""
    # Of what nobody answered but a source knew: as of when; and whether somebody has looked at it since.
    as_of: date | None = None
    is_looked_at: bool = True
    # The rows of a table that were taken over, also those that somebody changed or emptied since.
    rows: tuple[TakenRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """Where one answer stands: in which rows (from 1) of which repeats or tables, the outermost first."""

    repeats: tuple[str, ...]
    rows: tuple[int, ...]
    question: str


def without(answers: Mapping[str, object], ways: Iterable[Way]) -> dict[str, object]:
    """The answers that change when what stands at the end of these ways is taken out, as they are then.

    An answer of the response itself becomes empty; in a row the field goes, and the row stays. `answers` stays as it
    is.
    """
    changed: dict[str, object] = {}
    for way in ways:
        if not way.repeats:
            changed[way.question] = None
            continue
        outermost = way.repeats[0]
        fields = changed.setdefault(outermost, copy.deepcopy(answers[outermost]))
        for repeat, number in zip((*way.repeats[1:], ""), way.rows, strict=True):
            row = fields[number - 1]  # type: ignore[index]  # a finding names only rows that are there
            fields = row[repeat] if repeat else row
        del fields[way.question]  # type: ignore[attr-defined]
    return changed


def may_open(
    *, respondent: Respondent, is_vendor: bool, valid_from: date | None, is_replaced: bool, today: date
) -> Decision:
    """Whether somebody may begin a response: the edition is in force already, and it asks somebody like them.

    An edition whose time is over may still be answered: whoever was asked in March answers in April.
    """
    if is_replaced:
        return Refused(ResponseRefusal.EDITION_REPLACED)
    if valid_from is not None and today < valid_from:
        return Refused(ResponseRefusal.EDITION_NOT_IN_FORCE, {"valid_from": valid_from})
    # The record of an inspector is not filled in by those whom they inspect.
    if respondent is Respondent.INSPECTOR or (respondent is Respondent.VENDOR) is not is_vendor:
        return Refused(ResponseRefusal.RESPONDENT_IS_OTHER, {"respondent": respondent})
    return ALLOWED


def may_name(occasion: str, *, is_claimed: bool) -> Decision:
    """Whether whoever answers of their own accord may name this occasion: not one on which another room asks."""
    return Refused(ResponseRefusal.OCCASION_IS_OTHERS, {"occasion": occasion}) if is_claimed else ALLOWED


def may_answer(state: ResponseState) -> Decision:
    """Whether answers may still change: not while somebody reads them, and not after they were accepted."""
    return ALLOWED if state in OPEN_FOR_ANSWERS else Refused(ResponseRefusal.NOT_OPEN_FOR_ANSWERS, {"state": state})


def may_hold(
    question: str, value: object, *, known: Collection[str], takes: Collection[str], title: object = ""
) -> Decision:
    """Whether a value may stand as the answer to a question, right or wrong; `known` and `takes` are question ids.

    `title` is what the question is called where somebody reads why not; its id where nobody says.
    """
    if question not in known:
        return Refused(ResponseRefusal.QUESTION_UNKNOWN, {"question": question[:LONGEST_ID]})
    about = {"question": question, "title": title or question}
    if question not in takes:
        return Refused(ResponseRefusal.QUESTION_TAKES_NO_ANSWER, about)
    if not is_storable(value):
        return Refused(ResponseRefusal.ANSWER_NOT_STORABLE, about)
    size = size_bytes(value)
    if size > LARGEST_ANSWER:
        return Refused(ResponseRefusal.ANSWER_TOO_LARGE, {**about, "size": size, "most": LARGEST_ANSWER})
    return ALLOWED


def size_bytes(value: object) -> int:
    """How many bytes a value takes where it is kept: a Japanese letter takes three."""
    return len(json.dumps(value, ensure_ascii=False).encode())


def is_storable(value: object, *, depth: int = 0) -> bool:
    """Whether both databases keep this value as it is: text that can be encoded, finite numbers, no deep nesting."""
    match value:
        case None | bool():
            return True
        case int() | float():
            # Also false for what is no number and for infinity; an int may be too large to become a float.
            return abs(value) <= LARGEST_NUMBER
        case str():
            return not UNKEPT.search(value)
        case Mapping():
            parts = [part for pair in value.items() for part in pair]
            return all(isinstance(name, str) for name in value) and _all_storable(parts, depth)
        case list() | tuple():
            return _all_storable(value, depth)
    return False


def _all_storable(parts: Sequence[object], depth: int) -> bool:
    return depth < DEEPEST_ANSWER and all(is_storable(part, depth=depth + 1) for part in parts)


def may_grow(answers: Mapping[str, object] | Sequence[object]) -> Decision:
    """Whether all answers together, or all that was worked out from them, may be kept."""
    size = size_bytes(answers)
    if size > LARGEST_RESPONSE:
        return Refused(ResponseRefusal.RESPONSE_TOO_LARGE, {"size": size, "most": LARGEST_RESPONSE})
    return ALLOWED


def is_same(one: object, other: object) -> bool:
    """Whether two answers are the same as JSON has them: 1 and true are not, 1 and 1.0 are, nothing is not a blank."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(is_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    return one == other


def may_replace(mark: Mark | None, *, seen: int) -> Decision:
    """Whether whoever last saw change number `seen` of a response may change this answer: nobody did so after."""
    # What was filled in beforehand gives way to whoever answers.
    if mark is None or mark.revision <= seen or not mark.is_looked_at:
        return ALLOWED
    return Refused(ResponseRefusal.CHANGED_MEANWHILE, {"by": mark.by, "at": mark.at, "revision": mark.revision})


def may_attach(*, is_file_question: bool, is_by_link: bool, title: object) -> Decision:
    """Whether a file may be attached as the answer to a question; not by the link of a vendor, who stores no files."""
    if not is_file_question:
        return Refused(ResponseRefusal.NOT_A_FILE_QUESTION, {"title": title})
    return Refused(ResponseRefusal.FILE_NOT_BY_LINK) if is_by_link else ALLOWED


def may_fill_in(mark: Mark | None, *, is_blank: bool) -> bool:
    """Whether a source may fill in an answer: nobody answered it, nor took the answer of a source away."""
    return is_blank if mark is None else not mark.is_looked_at


def is_as_seen(revision: int, *, seen: int, at: datetime) -> Decision:
    """Whether a response still is what somebody looked at before they decided about the whole of it."""
    if revision == seen:
        return ALLOWED
    return Refused(ResponseRefusal.CHANGED_MEANWHILE, {"at": at, "revision": revision})


def may_submit(state: ResponseState, *, open_findings: int) -> Decision:
    """Whether a response may go to whoever asked: every rule of its instrument holds."""
    decision = may_answer(state)
    if not decision.ok or not open_findings:
        return decision
    return Refused(ResponseRefusal.NOT_COMPLETE, {"count": open_findings})


def may_decide(state: ResponseState, *, by: UUID | None, submitted_by: UUID | None) -> Decision:
    """Whether somebody may accept or return a response: it was submitted, and by somebody else."""
    if state is not ResponseState.SUBMITTED:
        return Refused(ResponseRefusal.NOT_SUBMITTED, {"state": state})
    if by is not None and by == submitted_by:
        return Refused(ResponseRefusal.OWN_RESPONSE)
    return ALLOWED


def may_accept_many(count: int) -> Decision:
    """Whether there is anything to accept; of each response its own rule is asked when its turn comes."""
    return ALLOWED if count else Refused(ResponseRefusal.NOTHING_TO_ACCEPT)


def may_cancel_accepting(*, is_running: bool) -> Decision:
    return ALLOWED if is_running else Refused(ResponseRefusal.NOT_ACCEPTING)


def may_accept_again(*, is_running: bool, is_given_up: bool) -> Decision:
    """Whether a run can be gone on with: one that is neither over nor being gone on with by a job."""
    if not is_running:
        return Refused(ResponseRefusal.NOT_ACCEPTING)
    return ALLOWED if is_given_up else Refused(ResponseRefusal.ACCEPTING_ALREADY)


def may_return(reason: str) -> Decision:
    """Whether this is a reason that helps whoever has to mend the answers."""
    if not reason.strip():
        return Refused(ResponseRefusal.REASON_MISSING)
    if len(reason) > LONGEST_REASON:
        return Refused(ResponseRefusal.REASON_TOO_LONG, {"length": len(reason), "most": LONGEST_REASON})
    return ALLOWED
