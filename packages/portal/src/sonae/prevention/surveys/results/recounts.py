"""The verbs of counting an edition again: begin, count, cancel. Nothing of the edition changes."""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db import transaction

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.kernel.decision import require
from sonae.kernel.errors import Gone
from sonae.prevention.surveys.results import kept, recounting, rules, showing, stopping
from sonae.prevention.surveys.results.counting import Counted
from sonae.prevention.surveys.results.models import Recount, ResultEdition
from sonae.prevention.surveys.results.recounting import Figures, Sides
from sonae.prevention.surveys.results.vocabulary import Difference, RecountState, ResultState

# Of how many differences the figures are kept; how many there are in all is always known.
MOST_KEPT = 10_000


@transaction.atomic
def begin_recount(edition_id: UUID, *, by: Viewer, now: datetime) -> Recount:
    """A counting that waits; whoever calls this queues the task that does it."""
    edition = ResultEdition.objects.select_for_update(of=("self",)).visible_to(by).filter(pk=edition_id).first()
    if edition is None:
        raise Gone("result", edition_id)
    require(access.may(by, Permission.SURVEY_CONDUCT, at=NATIONWIDE))
    assert by.account_id is not None, "whoever conducts surveys is a person"
    is_recounting = edition.recounts.filter(state=RecountState.COUNTING).exists()
    require(rules.may_recount(ResultState(edition.state), is_recounting=is_recounting))
    recount = Recount.objects.create(edition=edition, begun_at=now, begun_by_id=by.account_id)
    _record("survey.recount", recount, by=by.account_id, now=now)
    return recount


def carry_out(recount_id: UUID, *, now: datetime) -> RecountState:
    """Counts again. All of it is there at the end, or nothing: killed in between, it is counted anew; done or
    cancelled, it is left alone."""
    recount = Recount.objects.select_related("edition__campaign").get(pk=recount_id)
    if recount.state != RecountState.COUNTING:
        return RecountState(recount.state)
    edition = recount.edition
    # Beside those it was decided what this one keeps back.
    before = list(ResultEdition.objects.out_before(edition).filter(published_at__lt=edition.counted_at))
    waiting = Recount.objects.filter(pk=recount.pk, state=RecountState.COUNTING)
    try:
        counted = stopping.counted(edition, before, waiting)
    except stopping.Stopped:
        return RecountState.CANCELLED
    shown = showing.shown_beside(edition, counted, before)
    strata = [one for one, _, _ in counted.strata]
    came = Sides(
        strata, {one: (asked, submitted) for one, asked, submitted in counted.strata},
        {
            cube.column.question: Figures(cube, rules.margins_of(cube, strata), margins)
            for cube, margins in zip(counted.cubes, shown, strict=True)
        },
    )  # fmt: skip
    return _write(recount, counted, came, now=now)


@transaction.atomic
def cancel_recount(recount_id: UUID, *, by: Viewer, now: datetime) -> Recount:
    """Gives up a counting; it hears of it within its next few institutions."""
    recount = Recount.objects.select_for_update(of=("self",)).visible_to(by).filter(pk=recount_id).first()
    if recount is None:
        raise Gone("recount", recount_id)
    require(access.may(by, Permission.SURVEY_CONDUCT, at=NATIONWIDE))
    require(rules.may_cancel_recount(RecountState(recount.state)))
    recount.state, recount.cancelled_at, recount.cancelled_by_id = RecountState.CANCELLED, now, by.account_id
    recount.save(update_fields=["state", "cancelled_at", "cancelled_by"])
    _record("survey.recount-cancel", recount, by=by.account_id, now=now)
    return recount


def _as_kept(edition: ResultEdition) -> tuple[Sides, bool]:
    """What the edition keeps, and whether that still leads to the digest that was taken of it."""
    rows = list(edition.questions.order_by("position"))
    figures: Mapping[str, Figures] = {
        row.question: Figures(row.cube(), row.as_figures(), row.as_shown()) for row in rows
    }
    strata = edition.counted_strata()
    digest = kept.digest_of([edition.strata, *(kept.cube_written(one.cube) for one in figures.values())])
    numbers = {one: (asked, submitted) for one, asked, submitted in strata}
    return Sides([one for one, _, _ in strata], numbers, figures), digest == edition.figures_digest


@transaction.atomic
def _write(recount: Recount, counted: Counted, came: Sides, *, now: datetime) -> RecountState:
    """Writes down what differs, unless somebody has cancelled the counting or finished it meanwhile."""
    locked = Recount.objects.select_for_update(of=("self",)).select_related("edition").get(pk=recount.pk)
    if locked.state != RecountState.COUNTING:
        return RecountState(locked.state)
    sides, is_whole = _as_kept(locked.edition)
    reads_the_same = counted.input_digest == locked.edition.input_digest
    found = recounting.differing(sides, came, reads_the_same=reads_the_same, kept_is_whole=is_whole)
    first: list[Difference] = list(islice(found, MOST_KEPT))
    columns = {
        "state": RecountState.COUNTED,
        "counted_at": now,
        "reads_the_same": reads_the_same,
        "comes_to_the_same": counted.figures_digest == locked.edition.figures_digest and not first,
        "kept_is_whole": is_whole,
        "difference_count": len(first) + sum(1 for _ in found),
        "differences": kept.differences_written(first),
    }
    for name, value in columns.items():
        setattr(locked, name, value)
    locked.save(update_fields=list(columns))
    _record("survey.recounted", locked, by=None, now=now, differences=locked.difference_count)
    return RecountState.COUNTED


def _record(verb: str, recount: Recount, *, by: UUID | None, now: datetime, **facts: object) -> None:
    facts |= {"edition": recount.edition.number, "stage": recount.edition.stage}
    audit.record(verb, subject="survey", subject_id=recount.edition.campaign_id, by=by, now=now, facts=facts)
