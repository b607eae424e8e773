"""Writing to the chain. There is no verb to change or remove an entry, and the database refuses both.

Writing locks nothing: the entry goes into the caller's transaction with a hash of its own. Its place in the chain it
gets right after the commit, from whoever holds the head at that moment, who links everything that waits (ADR 0014).
Only SQLite, where one transaction writes at a time, links at once.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import NotRequired, TypedDict, Unpack
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, connection, transaction

from sonae.core.audit import rules
from sonae.core.audit.models import Entry, EntryQuerySet, Head
from sonae.core.audit.vocabulary import EntryKind

_LINKED_AT_ONCE = 500
# What one request links for others at most, so that nobody's answer waits for a flood of them.
_BATCHES_PER_REQUEST = 3
# By hand: every change of the nation passes here, and an ORM computes longer than the rest of it.
_HEAD = "SELECT last_number, last_seal FROM audit_head WHERE id = 1"
_WAITING = "SELECT id, digest FROM audit_entry WHERE number IS NULL ORDER BY id LIMIT %s"
_IS_ANY_WAITING = "SELECT 1 FROM audit_entry WHERE number IS NULL LIMIT 1"
_LINK = "UPDATE audit_entry SET number = %s, seal_before = %s, seal = %s WHERE id = %s"
_MOVE_HEAD = "UPDATE audit_head SET last_number = %s, last_seal = %s WHERE id = 1"


class _Said(TypedDict):
    """What an entry says besides its verb."""

    subject: str
    subject_id: object
    by: UUID | None
    now: datetime
    institution_id: NotRequired[int | None]
    facts: NotRequired[Mapping[str, object] | None]


def record(verb: str, **said: Unpack[_Said]) -> Entry:
    """Writes down one change in the caller's transaction: it stands if and only if the change stands."""
    return _append(EntryKind.CHANGE, verb, **said)


def record_read(verb: str, **said: Unpack[_Said]) -> Entry:
    """Writes down that someone looked at a confidential record."""
    return _append(EntryKind.READ, verb, **said)


def link_waiting() -> int:
    """Gives every entry that waits its place in the chain, waiting for whoever is at it; returns how many it linked."""
    count = 0
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    while _is_any_waiting():
        count += _link_batch(f"{_HEAD}{lock}")
    return count


def verify(
    *, kept: Mapping[int, str] | None = None, progress: Callable[[int], None] | None = None
) -> list[rules.Break]:
    """Links what waits, reads the whole chain and names every place where it does not hold; an empty list: it holds.

    `kept` are seals that someone wrote down elsewhere, by number: they show a chain that was rebuilt from scratch.
    """
    # A place taken by a forger stops the linking. What waits stays waiting then, and is seen as late.
    with suppress(IntegrityError):
        link_waiting()
    head = Head.objects.get(pk=1)

    def rows() -> Iterator[rules.Linked]:
        chain = Entry.objects.filter(number__lte=head.last_number).order_by("number")
        for count, entry in enumerate(chain.iterator(2_000), 1):
            if progress and count % 2_000 == 0:
                progress(count)
            yield entry.linked()
        yield from (entry.linked() for entry in _beyond_the_end())

    return list(rules.breaks(rows(), last_number=head.last_number, last_seal=head.last_seal, kept=kept))


def _append(kind: EntryKind, verb: str, **said: Unpack[_Said]) -> Entry:
    entry = Entry(
        at=said["now"].astimezone(UTC),
        kind=kind,
        verb=verb,
        by=str(said["by"] or ""),
        subject=said["subject"],
        subject_id=str(said["subject_id"]),
        institution_id=said.get("institution_id"),
        # What is hashed is what the database will give back: plain JSON.
        facts=json.loads(json.dumps(dict(said.get("facts") or {}), cls=DjangoJSONEncoder)),
    )
    entry.digest = rules.digest(entry.content())
    # No savepoint of its own: a change whose entry cannot be written must not stand.
    with transaction.atomic(savepoint=False):
        entry.save(force_insert=True)
        _link_soon()
    return entry


def _link_soon() -> None:
    if not connection.features.has_select_for_update:
        # SQLite lets one transaction write at a time anyway. A second one just for the link would cost more than the
        # first; and where linking cannot go on, what waits is seen as late.
        with suppress(IntegrityError):
            _link_batch(_HEAD)
    # Once a transaction is enough: what is queued already falls away only together with this entry.
    elif not any(queued[1] is _link_after_commit for queued in connection.run_on_commit):
        transaction.on_commit(_link_after_commit, robust=True)


def _link_after_commit() -> None:
    """Links what waits unless somebody else is at it: who holds the head looks once more after letting go of it."""
    for _ in range(_BATCHES_PER_REQUEST):
        if not _link_batch(f"{_HEAD} FOR UPDATE SKIP LOCKED") or not _is_any_waiting():
            return


def _is_any_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_IS_ANY_WAITING)
        return cursor.fetchone() is not None


@transaction.atomic
def _link_batch(find_head: str) -> int:
    """Links what waits behind the head that this statement finds; 0 where somebody else holds it."""
    with connection.cursor() as cursor:
        cursor.execute(find_head)
        head = cursor.fetchone()
        if head is None:
            return 0
        last_number, last_seal = head
        links: list[tuple[int, str, str, int]] = []
        cursor.execute(_WAITING, [_LINKED_AT_ONCE])
        for entry_id, digest in cursor.fetchall():
            before, last_number = last_seal, last_number + 1
            last_seal = rules.seal(last_number, entry_id, digest, before=before)
            links.append((last_number, before, last_seal, entry_id))
        if links:
            # The head moves first: the database lets no entry take a place that the head does not cover.
            cursor.execute(_MOVE_HEAD, [last_number, last_seal])
            cursor.executemany(_LINK, links)
    return len(links)


def _beyond_the_end() -> EntryQuerySet:
    """Entries behind the head as it is when this very question is answered: linking moves both in one transaction."""
    return Entry.objects.filter(number__gt=Head.objects.filter(pk=1).values("last_number")).order_by("number")
