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
from django.db.models import QuerySet

from sonae.core.audit import rules
from sonae.core.audit.models import Entry, EntryQuerySet, Head
from sonae.core.audit.vocabulary import EntryKind

_LINKED_AT_ONCE = 500
# What one request links for others at most, so that nobody's answer waits for a flood of them.
_BATCHES_PER_REQUEST = 3
# By hand: every change of the nation passes here, and an ORM's update of many rows computes longer than the rest of it.
_LINK = "UPDATE audit_entry SET number = %s, seal_before = %s, seal = %s WHERE id = %s"


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
    while Entry.objects.waiting().exists():
        count += _link_batch(Head.objects.select_for_update())
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
            _link_batch(Head.objects.all())
    # Once a transaction is enough: what is queued already falls away only together with this entry.
    elif not any(queued[1] is _link_after_commit for queued in connection.run_on_commit):
        transaction.on_commit(_link_after_commit, robust=True)


def _link_after_commit() -> None:
    """Links what waits unless somebody else is at it: who holds the head looks once more after letting go of it."""
    for _ in range(_BATCHES_PER_REQUEST):
        if not _link_batch(Head.objects.select_for_update(skip_locked=True)) or not Entry.objects.waiting().exists():
            return


@transaction.atomic
def _link_batch(heads: QuerySet[Head]) -> int:
    head = heads.filter(pk=1).first()
    if head is None:
        return 0
    links: list[tuple[int, str, str, int]] = []
    for entry_id, digest in Entry.objects.waiting().order_by("pk").values_list("pk", "digest")[:_LINKED_AT_ONCE]:
        before, head.last_number = head.last_seal, head.last_number + 1
        head.last_seal = rules.seal(head.last_number, entry_id, digest, before=before)
        links.append((head.last_number, before, head.last_seal, entry_id))
    if links:
        # The head moves first: the database lets no entry take a place that the head does not cover.
        head.save(update_fields=["last_number", "last_seal"])
        with connection.cursor() as cursor:
            cursor.executemany(_LINK, links)
    return len(links)


def _beyond_the_end() -> EntryQuerySet:
    """Entries behind the head as it is when this very question is answered: linking moves both in one transaction."""
    return Entry.objects.filter(number__gt=Head.objects.filter(pk=1).values("last_number")).order_by("number")
