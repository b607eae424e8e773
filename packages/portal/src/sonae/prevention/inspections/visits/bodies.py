"""What a tablet sends, read strictly: the body as a whole, and each entry by itself."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from sonae.core.web.operations import Day, Id, Moment, Strict, is_storable
from sonae.kernel.errors import BadInput, Problem
from sonae.prevention.inspections.visits import rules
from sonae.prevention.inspections.visits.vocabulary import Entry, EntryRefused, VisitRefusal, Written

MOST_BYTES = 4_000_000
HIGHEST_REVISION = 2**31 - 1


class EntryBody(Strict):
    """One entry of a batch."""

    id: Id
    item: str
    value: str = ""
    note: str = ""
    finding: str = ""
    advice: str = ""
    due_on: Day | None = None
    seen_revision: int
    recorded_at: Moment


class BatchBody(Strict):
    """A batch; its entries are read one by one, so that one that cannot be read does not hold up the others."""

    device: Id
    entries: list[dict[str, Any]]


class SignatureBody(Strict):
    id: Id
    side: str
    name: str
    strokes: list[Any] = []
    signed_at: Moment
    seen_revision: int


class ChoiceBody(Strict):
    """Which side of a conflict counts; with `seen_revision` only while the row stands there.

    `seen_conflicts` are all conflicts of the row that were shown: they end with this choice.
    """

    take: str
    seen_revision: int | None = None
    seen_conflicts: list[Id] = []


@dataclass(frozen=True, slots=True)
class Batch:
    """What could be read of a batch, and what could not."""

    device: UUID
    entries: tuple[Entry, ...]
    refused: tuple[EntryRefused, ...]


def batch(raw: bytes) -> Batch:
    """A batch as it came; raises BadInput where the body as a whole cannot be read, or an entry has no id."""
    body = body_of(BatchBody, raw)
    if len(body.entries) > rules.MOST_ENTRIES:
        raise _unreadable(f"entries: more than {rules.MOST_ENTRIES}")
    read, refused = [], []
    for number, given in enumerate(body.entries):
        if not is_storable(given):
            refused.append(_unsound(given, number=number))
            continue
        try:
            read.append(entry_of(EntryBody.model_validate(given)))
        except ValidationError as wrong:
            refused.append(_refused(given, wrong, number=number))
    return Batch(body.device, tuple(read), tuple(refused))


def entry_of(body: EntryBody) -> Entry:
    """An entry as the rules take it; a revision that no row can have is one that is not known."""
    written = Written(body.value, body.note.strip(), body.finding.strip(), body.advice.strip(), body.due_on)
    seen = body.seen_revision if 0 <= body.seen_revision <= HIGHEST_REVISION else HIGHEST_REVISION
    return Entry(body.id, body.item, written, seen, body.recorded_at)


def body_of[Body: Strict](kind: type[Body], raw: bytes) -> Body:
    """A body as JSON; raises BadInput that names the place.

    Texts that no database holds are refused here too, but for the entries of a batch, which are looked at one by one.
    """
    if len(raw) > MOST_BYTES:
        raise _unreadable(f"more than {MOST_BYTES:,} bytes")
    try:
        given = json.loads(raw)
        whole = {**given, "entries": []} if kind is BatchBody and isinstance(given, dict) else given
        if not is_storable(whole):
            raise _unreadable("text")
        return kind.model_validate(given)
    except ValidationError as wrong:
        raise _unreadable(_place_of(wrong)) from wrong
    except (ValueError, RecursionError) as wrong:
        raise _unreadable("JSON") from wrong


def _unsound(given: dict[str, Any], *, number: int) -> EntryRefused:
    """An entry with a text that no database holds; its row is named where that can be written."""
    item = given.get("item")
    named = item if isinstance(item, str) and is_storable(item) else ""
    return EntryRefused(_id_of(given, number=number), named, VisitRefusal.TEXT_UNSOUND)


def _refused(given: dict[str, Any], wrong: ValidationError, *, number: int) -> EntryRefused:
    id_, item = _id_of(given, number=number), given.get("item")
    place = _place_of(wrong)
    reason = VisitRefusal.DUE_UNREADABLE if place.startswith("due_on") else VisitRefusal.BODY_UNREADABLE
    return EntryRefused(id_, item if isinstance(item, str) else "", reason, {"place": place})


def _id_of(given: dict[str, Any], *, number: int) -> UUID:
    try:
        return UUID(given["id"])
    except (KeyError, ValueError, TypeError, AttributeError) as without:
        raise _unreadable(f"entries.{number}.id") from without


def _place_of(wrong: ValidationError) -> str:
    return ".".join(str(part) for part in wrong.errors()[0]["loc"])[:100] or "JSON"


def _unreadable(place: str) -> BadInput:
    return BadInput([Problem(VisitRefusal.BODY_UNREADABLE, facts={"place": place})])
