"""Taking in what was written about the rows: batches of a tablet that was without network, and the forms of a page.

Every entry has an id of its device, so a batch may come again. Nothing is overwritten (ADR 0023): what somebody wrote
without having seen what stands there is a conflict, and both stay until somebody chooses.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sonae.core.accounts.vocabulary import Viewer
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import Conflict, Gone
from sonae.prevention.inspections.visits import basis, queries, rules
from sonae.prevention.inspections.visits.models import RowEntry, Visit
from sonae.prevention.inspections.visits.services.records import locked_visit, moved_on, person, record, turn
from sonae.prevention.inspections.visits.vocabulary import (
    Entry,
    EntryOutcome,
    EntryRefused,
    Head,
    Settlement,
    Take,
    TurnKind,
    VisitRefusal,
    VisitState,
    Written,
)

_SETTLED = ["revision", "settlement", "settled_at", "settled_by"]


@dataclass(slots=True)
class Recorded:
    """What became of a batch, entry by entry, and how the rows stand after it."""

    kept: list[UUID] = field(default_factory=list)
    already: list[UUID] = field(default_factory=list)
    conflicts: list[RowEntry] = field(default_factory=list)
    refused: list[EntryRefused] = field(default_factory=list)
    heads: dict[str, RowEntry] = field(default_factory=dict)
    revision: int = 0


@transaction.atomic
def start(visit_id: UUID, *, by: Viewer, now: datetime) -> Visit:
    """Begins the visit: from now on it looks at what the institution had handed in by this moment."""
    visit = locked_visit(visit_id, by=by)
    require(rules.may_start(queries.facts(visit), today=jst_day(now)))
    _begin(visit, by=by, now=now)
    return visit


@transaction.atomic
def note_entries(visit_id: UUID, entries: Iterable[Entry], *, device: UUID, by: Viewer, now: datetime) -> Recorded:
    """Takes a batch in, each entry by itself; raises Conflict where the visit is over.

    What was kept shows that the visit began, so a visit that is still ahead begins with it. Before and after its fiscal
    year nothing of it is kept.
    """
    visit = locked_visit(visit_id, by=by)
    if visit.state not in rules.OPEN:
        raise Conflict(VisitRefusal.IS_CLOSED)
    batch = _Batch(visit, list(entries), device=device, by=by, now=now)
    for entry in batch.entries:
        batch.take(entry)
    if batch.found.kept and visit.state in rules.AHEAD:
        _begin(visit, by=by, now=now)
    if batch.found.kept:
        moved_on(visit, len(batch.found.kept), now=now)
    done = batch.found
    if done.kept or batch.disputed:
        record(
            "visit.record", visit, by=by, now=now, kept=len(done.kept), conflicts=batch.disputed,
            refused=len(done.refused),
        )  # fmt: skip
    done.conflicts = [one for one in queries.conflicts(visit) if one.pk in batch.ids]
    done.heads, done.revision = queries.heads(visit), visit.revision
    return done


@transaction.atomic
def decide(
    visit_id: UUID,
    entry_id: UUID,
    *,
    take: Take,
    by: Viewer,
    now: datetime,
    seen_revision: int | None = None,
    seen_conflicts: Collection[UUID] = (),
) -> RowEntry:
    """Chooses which word about a row counts: the entry's, or what stands there; every other conflict of the row ends
    with it.

    Choosing the same again changes nothing. Another choice raises Conflict, as does a row that has moved on since
    `seen_revision`, or in which somebody disputes what is neither this entry nor among `seen_conflicts`: nobody decides
    over what they have not seen.
    """
    visit = locked_visit(visit_id, by=by)
    entry = visit.entries.filter(pk=entry_id, outcome=EntryOutcome.CONFLICT).first()
    if entry is None:
        raise Gone("conflict", entry_id)
    if entry.settlement:
        if entry.settlement != take:
            raise Conflict(VisitRefusal.DECIDED_OTHERWISE)
        return entry
    if visit.state not in rules.OPEN:
        raise Conflict(VisitRefusal.IS_CLOSED)
    head = queries.heads(visit).get(entry.item)
    revision = 0 if head is None or head.revision is None else head.revision
    if seen_revision is not None and seen_revision != revision:
        raise Conflict(VisitRefusal.CHANGED_MEANWHILE)
    others = [one for one in visit.entries.disputed().filter(item=entry.item) if one.pk != entry_id]
    if any(one.pk not in seen_conflicts for one in others):
        raise Conflict(VisitRefusal.CHANGED_MEANWHILE)
    if take is Take.MINE:
        entry.revision = revision + 1
    _settle([entry], Settlement(take), by=by, now=now)
    # Whichever side was chosen, theirs was not: the other side of their conflict stands.
    _settle(others, Settlement.THEIRS, by=by, now=now)
    # What was signed said that this row was in dispute or said the other thing.
    moved_on(visit, 1, now=now)
    record("visit.decide", visit, by=by, now=now, item=entry.item, take=take, settled=len(others) + 1)
    return entry


class _Batch:
    """The entries of one device, taken one after the other against the rows as they stand at that moment."""

    def __init__(self, visit: Visit, entries: list[Entry], *, device: UUID, by: Viewer, now: datetime) -> None:
        form = basis.form_of(visit)
        if form is None:
            require(Refused(VisitRefusal.NO_FORM))
        assert form is not None, "refused above"
        self.may_begin = rules.may_begin_on(queries.facts(visit), jst_day(now))
        self.visit, self.entries, self.device, self.by, self.now = visit, entries, device, person(by), now
        self.viewer = by
        self.items = form.questions
        self.ids = {entry.id for entry in entries}
        self.known = {one.pk: one for one in RowEntry.objects.filter(pk__in=self.ids)}
        self.heads: dict[str, Head] = {}
        for one in visit.entries.counted():
            self.heads[one.item] = self._after(one)
        self.found = Recorded()
        self.disputed = 0

    def take(self, entry: Entry) -> None:
        """Takes one entry in, and says in `found` what became of it."""
        if (known := self.known.get(entry.id)) is not None:
            self._again(entry, known)
            return
        if isinstance(self.may_begin, Refused):
            reason = VisitRefusal(self.may_begin.reason)
            self.found.refused.append(EntryRefused(entry.id, entry.item, reason, self.may_begin.facts))
            return
        head = self.heads.get(entry.item, Head())
        refused = rules.judge(entry, items=self.items, head=head)
        if refused is not None:
            self.found.refused.append(refused)
            return
        outcome = rules.merge(entry, head)
        row = self._row(entry, outcome, revision=head.revision + 1 if outcome is EntryOutcome.KEPT else None)
        if outcome is EntryOutcome.CONFLICT:
            self._replace_older(entry)
            self.disputed += 1
        row.save(force_insert=True)
        self.known[entry.id] = row
        if outcome is EntryOutcome.KEPT:
            self.heads[entry.item] = self._after(row)
            self.found.kept.append(entry.id)
        elif outcome is EntryOutcome.SAME:
            self.found.already.append(entry.id)

    def _again(self, entry: Entry, known: RowEntry) -> None:
        """An entry that came before: the same changes nothing, another under its id is refused."""
        same = known.visit_id == self.visit.pk and known.item == entry.item and known.written() == entry.written
        if same:
            self.found.already.append(entry.id)
        else:
            self.found.refused.append(EntryRefused(entry.id, entry.item, VisitRefusal.ENTRY_ID_REUSED))

    def _after(self, row: RowEntry) -> Head:
        """The row once this entry counts."""
        assert row.revision is not None, "only what counts has a revision"
        is_own = (row.device, row.recorded_by_id) == (self.device, self.by)
        before = self.heads.get(row.item, Head())
        return Head(row.revision, row.written(), before.alone_since if is_own else row.revision)

    def _row(self, entry: Entry, outcome: EntryOutcome, *, revision: int | None) -> RowEntry:
        said: Written = entry.written
        return RowEntry(
            id=entry.id, visit=self.visit, item=entry.item, value=said.value, note=said.note, finding=said.finding,
            advice=said.advice, due_on=said.due_on, device=self.device, seen_revision=entry.seen_revision,
            outcome=outcome, revision=revision, recorded_at=rules.recorded_at(entry, now=self.now),
            recorded_by_id=self.by, received_at=self.now,
        )  # fmt: skip

    def _replace_older(self, entry: Entry) -> None:
        """What this person had in dispute about the row gives way to their newer word, whatever they wrote it on."""
        older = self.visit.entries.disputed().filter(item=entry.item, recorded_by_id=self.by)
        _settle(list(older), Settlement.REPLACED, by=self.viewer, now=self.now)


def _begin(visit: Visit, *, by: Viewer, now: datetime) -> None:
    form = basis.form_of(visit)
    if form is None:
        require(Refused(VisitRefusal.NO_FORM))
    assert form is not None, "refused above"
    before = visit.on
    # The day on which it began is the day of the visit, whatever was planned.
    visit.state, visit.on, visit.started_at, visit.started_by_id = VisitState.UNDER_WAY, jst_day(now), now, person(by)
    visit.edition, visit.submission = form.edition, form.submission
    visit.save(update_fields=["state", "on", "started_at", "started_by", "edition", "submission"])
    if not visit.members.exists():
        visit.members.create(account_id=person(by))
    turn(visit, TurnKind.STARTED, by=by, now=now, on_before=before)


def _settle(entries: list[RowEntry], settlement: Settlement, *, by: Viewer, now: datetime) -> None:
    for entry in entries:
        entry.settlement, entry.settled_at, entry.settled_by_id = settlement, now, by.account_id
        entry.save(update_fields=_SETTLED)
