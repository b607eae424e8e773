"""Writing to the chain. There is no verb to change or remove an entry, and the database refuses both."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from sonae.core.audit import rules
from sonae.core.audit.models import Entry, Head
from sonae.core.audit.vocabulary import EntryKind


def record(
    verb: str,
    *,
    subject: str,
    subject_id: object,
    by: UUID | None,
    now: datetime,
    institution_id: int | None = None,
    facts: Mapping[str, object] | None = None,
) -> Entry:
    """Appends one change to the chain, in the caller's transaction: it stands if and only if the change stands."""
    return _append(
        EntryKind.CHANGE,
        verb,
        subject=subject,
        subject_id=str(subject_id),
        by=by,
        now=now,
        institution_id=institution_id,
        facts=facts or {},
    )


def record_read(
    verb: str,
    *,
    subject: str,
    subject_id: object,
    by: UUID | None,
    now: datetime,
    institution_id: int | None = None,
    facts: Mapping[str, object] | None = None,
) -> Entry:
    """Appends that someone looked at a confidential record."""
    return _append(
        EntryKind.READ,
        verb,
        subject=subject,
        subject_id=str(subject_id),
        by=by,
        now=now,
        institution_id=institution_id,
        facts=facts or {},
    )


def verify(*, progress: Callable[[int], None] | None = None) -> list[rules.Break]:
    """Reads the whole chain and names every place where it does not hold; an empty list means it holds."""
    with transaction.atomic():
        head = Head.objects.select_for_update().get(pk=1)

    def rows() -> Iterator[tuple[rules.Sealed, str, str]]:
        for count, entry in enumerate(
            Entry.objects.filter(number__lte=head.last_number).order_by("number").iterator(2_000), 1
        ):
            if progress and count % 2_000 == 0:
                progress(count)
            yield entry.sealed(), entry.seal_before, entry.seal

    return list(rules.breaks(rows(), last_number=head.last_number, last_seal=head.last_seal))


@transaction.atomic
def _append(
    kind: EntryKind,
    verb: str,
    *,
    subject: str,
    subject_id: str,
    by: UUID | None,
    now: datetime,
    institution_id: int | None,
    facts: Mapping[str, object],
) -> Entry:
    # The head stays locked until the caller commits, so numbers have no holes and no two entries share a predecessor.
    head = Head.objects.select_for_update().get(pk=1)
    entry = Entry(
        number=head.last_number + 1,
        at=now.astimezone(UTC),
        kind=kind,
        verb=verb,
        by=str(by or ""),
        subject=subject,
        subject_id=subject_id,
        institution_id=institution_id,
        # What is sealed is what the database will give back: plain JSON.
        facts=json.loads(json.dumps(dict(facts), cls=DjangoJSONEncoder)),
        seal_before=head.last_seal,
    )
    entry.seal = rules.seal(entry.sealed(), before=head.last_seal)
    entry.save(force_insert=True)
    head.last_number, head.last_seal = entry.number, entry.seal
    head.save(update_fields=["last_number", "last_seal"])
    return entry
