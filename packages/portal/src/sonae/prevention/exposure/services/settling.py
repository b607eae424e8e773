"""Writing what the matching found at one institution, in one short transaction. The second time it changes nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import batched
from uuid import UUID

from django.db import transaction

from sonae.core.institutions import queries as institutions
from sonae.prevention.advisories.models import ProductStatement
from sonae.prevention.advisories.vocabulary import ProductStatus
from sonae.prevention.exposure import engine, ledger, queries
from sonae.prevention.exposure.models import Exposure, Hit, NamePair, Notice, Question, StepTaken
from sonae.prevention.exposure.services import effects
from sonae.prevention.exposure.services.standing import WRITTEN, begun, sayings_at, stand
from sonae.prevention.exposure.vocabulary import Found, Thing
from sonae.prevention.exposure.weighing import Scale

_AT_ONCE = 500

type Where = tuple[UUID, UUID]
type Shape = tuple[str, str, str, int, bool, str, float, UUID | None]


@transaction.atomic
def settle(institution_id: int, found: Iterable[Found], *, notices: Collection[UUID] | None, now: datetime) -> None:
    """Takes what was found at an institution for all that is there of these advisories (None: of every advisory).

    What is found and not there is begun, what is there and not found any more is lifted, the rest stays as people left
    it unless something else is hit than before.
    """
    queries.lock(institution_id)
    before = Exposure.objects.filter(institution_id=institution_id)
    if notices is not None:
        before = before.filter(notice__in=notices)
    rows = {(one.asset_id, one.notice_id): one for one in before.select_related("notice")}
    kept: dict[Where, list[Hit]] = defaultdict(list)
    hits = Hit.objects.filter(exposure__in=before).select_related("exposure")
    for hit in hits:
        kept[hit.exposure.asset_id, hit.exposure.notice_id].append(hit)
    fresh = _hits(institution_id, found, now=now)
    if rows or fresh:
        _write(institution_id, rows, kept, fresh, now=now)
    effects.speak_of_patches(institution_id, now=now)


def _write(
    institution_id: int,
    rows: dict[Where, Exposure],
    kept: dict[Where, list[Hit]],
    fresh: dict[Where, list[Hit]],
    *,
    now: datetime,
) -> None:
    begun_now = fresh.keys() - rows.keys()
    rows |= {where: begun(institution_id, *where, now=now) for where in begun_now}
    known = Notice.objects.in_bulk({notice_id for _, notice_id in rows})
    scale = Scale([one.advisory_id for one in known.values()], [asset_id for asset_id, _ in rows])
    own = sayings_at(institution_id, (hit.pair_id for hits in fresh.values() for hit in hits if hit.pair_id))
    new, changed, steps, replaced, written = [], [], [], [], []
    for where, row in rows.items():
        row.notice = known[where[1]]
        is_new, shape = where in begun_now, _shape(row)
        hits = fresh.get(where, [])
        if hits:
            scale.weigh(row, hits, now=now)
        step = stand(row, hits, own, now=now)
        if step or is_new:
            steps.append(step or StepTaken(exposure=row, course=row.course, taken_at=now))
        if is_new:
            new.append(row)
        elif shape != _shape(row):
            changed.append(row)
        if set(map(_shape_of_hit, kept.get(where, []))) != set(map(_shape_of_hit, hits)):
            replaced += [] if is_new else [row.pk]
            written += [_of(row, hit) for hit in hits]
    Exposure.objects.bulk_create(new, batch_size=_AT_ONCE)
    Exposure.objects.bulk_update(changed, WRITTEN, batch_size=_AT_ONCE)
    for some in batched(replaced, _AT_ONCE):
        Hit.objects.filter(exposure__in=some).delete()
    Hit.objects.bulk_create(written, batch_size=_AT_ONCE)
    StepTaken.objects.bulk_create(steps, batch_size=_AT_ONCE)
    effects.follow(institution_id, {row.notice_id for row in (*new, *changed)}, now=now)


def _of(row: Exposure, hit: Hit) -> Hit:
    hit.exposure = row
    return hit


def _shape(row: Exposure) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in WRITTEN)


def _shape_of_hit(hit: Hit) -> Shape:
    return (
        hit.key, hit.label, hit.version, hit.statement_id, hit.is_within, hit.reason, hit.confidence, hit.pair_id,
    )  # fmt: skip


# -- what was found, as rows --


def _hits(institution_id: int, found: Iterable[Found], *, now: datetime) -> dict[Where, list[Hit]]:
    """By asset and advisory what is hit; without what the ledger or the advisory no longer says."""
    rows = list(found)
    things = ledger.things_by_key({one.key for one in rows})
    statements, notices = _standing({one.statement_id for one in rows})
    meant = [one for one in rows if one.key in things and one.statement_id in statements]
    pairs = _pairs(institution_id, [one for one in meant if one.is_unclear], things, statements, now=now)
    hits: dict[Where, list[Hit]] = defaultdict(list)
    for one in meant:
        statement, thing = statements[one.statement_id], things[one.key]
        where = (ledger.asset_of(one.key), notices[statement.advisory_id])
        pair = pairs[_digest(statement, thing)] if one.is_unclear else None
        hits[where].append(Hit(
            key=one.key, label=thing.label[:700], version=thing.version[:200], statement=statement, pair=pair,
            is_within=one.is_within, reason=one.reason, confidence=one.confidence,
            would_change=list(one.would_change),
        ))  # fmt: skip
    return hits


def _standing(ids: Collection[int]) -> tuple[dict[int, ProductStatement], dict[UUID, UUID]]:
    """Those of these statements that their advisory still makes, and the notices of these advisories."""
    made = ProductStatement.objects.standing().filter(status=ProductStatus.AFFECTED, advisory__is_withdrawn=False)
    rows = made.select_related("version__stated").in_bulk(list(ids))
    advisories = {one.advisory_id for one in rows.values()}
    notices = dict(Notice.objects.filter(advisory__in=advisories).values_list("advisory_id", "pk"))
    return {pk: one for pk, one in rows.items() if one.advisory_id in notices}, notices


def _digest(statement: ProductStatement, thing: Thing) -> str:
    return engine.digest_of_names(statement.vendor, statement.product, thing.maker, thing.typed)


def _pairs(
    institution_id: int,
    unclear: Collection[Found],
    things: dict[str, Thing],
    statements: dict[int, ProductStatement],
    *,
    now: datetime,
) -> dict[str, NamePair]:
    """The pairs of names in question; the institution is asked about each of them once."""
    asked: dict[str, NamePair] = {}
    asks: dict[str, str] = {}
    for found in unclear:
        statement, thing = statements[found.statement_id], things[found.key]
        digest = _digest(statement, thing)
        asks.setdefault(digest, found.ask)
        asked.setdefault(digest, NamePair(
            digest=digest, vendor=statement.vendor, product=statement.product, maker=thing.maker[:400],
            typed=thing.typed[:700], met_at=now,
        ))  # fmt: skip
    if not asked:
        return {}
    known = set(NamePair.objects.filter(digest__in=asked).values_list("digest", flat=True))
    new = [one for digest, one in asked.items() if digest not in known]
    for one in new:
        one.is_kept_inside = bool(institutions.named_in(f"{one.maker} {one.typed}"))
    NamePair.objects.bulk_create(new, ignore_conflicts=True, batch_size=_AT_ONCE)
    pairs = {one.digest: one for one in NamePair.objects.filter(digest__in=asked)}
    Question.objects.bulk_create(
        [Question(institution_id=institution_id, pair=pairs[digest], ask=ask, asked_at=now)
         for digest, ask in asks.items()],
        ignore_conflicts=True, batch_size=_AT_ONCE,
    )  # fmt: skip
    return pairs
