"""The job that holds ledgers against advisories. It works on what changed since, and may be killed anywhere.

First all that changed is put into the index, then what it says is written down: as long as something is not put,
nothing is taken for no longer hit. What is put or written is noted behind it, so that whoever is killed does the last
piece once more, which changes nothing.
"""

import fcntl
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from sonae.kernel.ids import new_id
from sonae.prevention.advisories.models import Advisory
from sonae.prevention.exposure import ledger, queries
from sonae.prevention.exposure.engine import Matching, RulesChanged
from sonae.prevention.exposure.models import Exposure, Hit, IndexState, LedgerState, Notice, TakenRange
from sonae.prevention.exposure.services import effects, naming, stepping
from sonae.prevention.exposure.services.settling import settle
from sonae.prevention.exposure.services.standing import WRITTEN
from sonae.prevention.exposure.vocabulary import Found
from sonae.prevention.exposure.weighing import Scale

# So much is put in one part of the index, and settled from one question to it.
LEDGERS_PUT: Final = 200
NOTICES_PUT: Final = 2_000
LEDGERS_SETTLED: Final = 20
NOTICES_SETTLED: Final = 50
# How many such pieces one job does at most, so that it ends well before it would be taken from its worker. What is
# left is the next one's.
PIECES: Final = 40
_AT_ONCE: Final = 500


def note_ledger(institution_id: int) -> None:
    """Notes, in the transaction that wrote a ledger, that it has to be held against the advisories again."""
    if not LedgerState.objects.filter(pk=institution_id).update(changed=F("changed") + 1):
        _, is_new = LedgerState.objects.get_or_create(pk=institution_id)
        if not is_new:
            LedgerState.objects.filter(pk=institution_id).update(changed=F("changed") + 1)


def hold(*, now: datetime, pieces: int = PIECES) -> int:
    """Puts in and writes down what changed; answers how many pieces of work that was, 0 where another job is at it."""
    with _alone() as is_alone:
        if not is_alone:
            return 0
        try:
            return _hold(now=now, pieces=pieces)
        except RulesChanged:
            before = folder() / str(IndexState.objects.get(pk=1).folder)
            _begin_anew()
            shutil.rmtree(before, ignore_errors=True)
            return _hold(now=now, pieces=pieces)


def folder() -> Path:
    """Where the matching works."""
    return Path(settings.HOME) / "exposure"


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else is at it. The lock goes with the process that has it, however that ends."""
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    state, _ = IndexState.objects.get_or_create(pk=1)
    with (folder() / f".{state.lock}").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _hold(*, now: datetime, pieces: int) -> int:
    matching = _matching()
    _note_institutions()
    _note_revisions()
    _note_ranges()
    _settle_all_by_ledger()
    work: tuple[Callable[[], int], ...] = (
        lambda: _put_ledgers(matching),
        lambda: _put_notices(matching),
        lambda: _settle_ledgers(matching, now=now),
        lambda: _settle_notices(matching, now=now),
        lambda: naming.stand_anew(now=now, most=1),
    )
    done = 0
    for piece in work:
        while done < pieces and piece():
            done += 1
        if done >= pieces:
            return done
    if done:
        matching.sweep()
    return done + _weigh_anew(now=now) + _end_terms(now=now) + _review(now=now)


# -- the folder --


def _matching() -> Matching:
    state = IndexState.objects.get(pk=1)
    if not (folder() / str(state.folder)).is_dir():
        # Another machine, or a folder that somebody removed: what was written down stays as it is.
        _put_everything(state)
    return Matching(folder() / str(state.folder))


@transaction.atomic
def _begin_anew() -> None:
    """Everything is put in and settled again, in a new folder: by other rules it may say something else."""
    state = IndexState.objects.get(pk=1)
    state.folder = new_id()
    state.save(update_fields=["folder"])
    _put_everything(state)
    LedgerState.objects.update(settled=0)


@transaction.atomic
def _put_everything(state: IndexState) -> None:
    (folder() / str(state.folder)).mkdir(parents=True, mode=0o700)
    LedgerState.objects.update(put=0)
    Notice.objects.update(is_put=False)


# -- what changed --


def _note_institutions() -> None:
    """Ledgers that were there before this room, or came by another way than its verbs."""
    new = [LedgerState(pk=one) for one in queries.ledgers_not_known()]
    LedgerState.objects.bulk_create(new, ignore_conflicts=True, batch_size=_AT_ONCE)


def _note_revisions() -> None:
    """Advisories that came, and those of which another revision stands."""
    # Before it is looked what is not known: what comes meanwhile is later.
    newest = queries.newest_advisory()
    while some := list(queries.advisories_not_known()[:_AT_ONCE]):
        _note_some(some)
    IndexState.objects.filter(pk=1).update(advisories_until=newest)


@transaction.atomic
def _note_some(some: list[Advisory]) -> None:
    known: dict[tuple[str, str, str], UUID] = {
        (one.publisher, one.identifier, one.language): one.pk
        for one in Notice.objects.filter(identifier__in={each.identifier for each in some})
    }
    new: list[Notice] = []
    for each in some:
        names = {"publisher": each.publisher, "identifier": each.identifier, "language": each.language}
        if (notice_id := known.get((each.publisher, each.identifier, each.language))) is None:
            new.append(Notice(advisory=each, **names))
        else:
            Notice.objects.filter(pk=notice_id).update(advisory=each, is_put=False, is_settled=False)
    Notice.objects.bulk_create(new)


def _note_ranges() -> None:
    """Ranges that a person stated: they change what every statement with that text says."""
    for stated in queries.ranges_not_known():
        with transaction.atomic():
            about = Notice.objects.filter(advisory__statements__version=stated.version_text_id)
            Notice.objects.filter(pk__in=about.values("pk")).update(is_put=False, is_settled=False)
            TakenRange.objects.create(stated=stated)


def _settle_all_by_ledger() -> None:
    """While no ledger is settled, each will be, against every advisory: no advisory needs to be on its own."""
    if not LedgerState.objects.filter(settled__gt=0).exists():
        Notice.objects.filter(is_settled=False).update(is_settled=True)


# -- putting it in --


def _put_ledgers(matching: Matching) -> int:
    due = dict(queries.ledgers_to_put()[:LEDGERS_PUT])
    if due:
        matching.put_ledgers(ledger.things_at(due), institutions=due)
        for institution_id, changed in due.items():
            LedgerState.objects.filter(pk=institution_id).update(put=changed)
    return len(due)


def _put_notices(matching: Matching) -> int:
    due = list(Notice.objects.filter(is_put=False).values_list("pk", flat=True)[:NOTICES_PUT])
    if due:
        matching.put_notices(queries.said_by(due))
        Notice.objects.filter(pk__in=due).update(is_put=True)
    return len(due)


# -- writing it down --


def _settle_ledgers(matching: Matching, *, now: datetime) -> int:
    due = dict(queries.ledgers_to_settle()[:LEDGERS_SETTLED])
    found = _by_institution(matching.of_institutions(due)) if due else {}
    for institution_id, put in due.items():
        settle(institution_id, found.get(institution_id, []), notices=None, now=now)
        LedgerState.objects.filter(pk=institution_id).update(settled=put)
    return len(due)


def _settle_notices(matching: Matching, *, now: datetime) -> int:
    due = list(Notice.objects.filter(is_settled=False).values_list("pk", flat=True)[:NOTICES_SETTLED])
    if not due:
        return 0
    found = _by_institution(matching.of_notices(due))
    before = Exposure.objects.filter(notice__in=due).order_by().values_list("institution_id", flat=True)
    for institution_id in sorted({*found, *before.distinct()}):
        settle(institution_id, found.get(institution_id, []), notices=due, now=now)
    Notice.objects.filter(pk__in=due).update(is_settled=True)
    return len(due)


def _by_institution(found: Iterator[Found]) -> dict[int, list[Found]]:
    by: dict[int, list[Found]] = defaultdict(list)
    for one in found:
        by[one.institution_id].append(one)
    return by


# -- what changes without ledger and advisory --


def _weigh_anew(*, now: datetime) -> int:
    """KEV and EPSS say something else since: how urgent what stands is. By advisory, in one transaction each."""
    state = IndexState.objects.get(pk=1)
    newest = queries.marks_until()
    if newest is None or newest == state.marks_until:
        return 0
    for notice_id in queries.notices_that_stand():
        _weigh_notice(notice_id, now=now)
    IndexState.objects.filter(pk=1).update(marks_until=newest)
    return 1


def _weigh_notice(notice_id: UUID, *, now: datetime) -> None:
    standing = Exposure.objects.standing().filter(notice=notice_id)
    for institution_id in sorted(set(standing.order_by().values_list("institution_id", flat=True))):
        with transaction.atomic():
            queries.lock(institution_id)
            rows = list(standing.filter(institution_id=institution_id).select_related("notice"))
            scale = Scale({one.notice.advisory_id for one in rows}, {one.asset_id for one in rows})
            hits: dict[object, list[Hit]] = defaultdict(list)
            for hit in Hit.objects.filter(exposure__in=rows).select_related("statement"):
                hits[hit.exposure_id].append(hit)
            changed = [one for one in rows if scale.weigh(one, hits[one.pk], now=now)]
            Exposure.objects.bulk_update(changed, WRITTEN, batch_size=_AT_ONCE)
            if changed:
                effects.follow(institution_id, [notice_id], now=now)
                effects.speak_of_patches(institution_id, now=now)


def _end_terms(*, now: datetime) -> int:
    return sum(stepping.end_terms(institution_id, now=now) for institution_id in queries.with_terms_over(now=now))


def _review(*, now: datetime) -> int:
    """What stands about the patches where a day on which something was due has passed, or where it soon ends."""
    state = IndexState.objects.get(pk=1)
    due = effects.due_for_review(since=state.reviewed_until, until=now)
    for institution_id in due:
        with transaction.atomic():
            queries.lock(institution_id)
            effects.speak_of_patches(institution_id, now=now)
    IndexState.objects.filter(pk=1).update(reviewed_until=now)
    return len(due)
