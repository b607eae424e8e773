"""Counting: from what was handed in to cubes, from cubes to the figures of each class. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sonae.core.instruments.answers import is_blank, unknown_as_of
from sonae.core.instruments.vocabulary import YesNo
from sonae.kernel.decision import ALLOWED, Decision, Refused
from sonae.prevention.surveys.results.vocabulary import (
    ANSWERED,
    ASKED,
    DIMENSIONS,
    EVERYBODY,
    FIRST_OPTION,
    PLACES,
    Class,
    Column,
    Cube,
    Given,
    Inside,
    Margins,
    PublishDoubt,
    RecountState,
    ResultRefusal,
    ResultStage,
    ResultState,
    Shape,
    Standing,
    Stratum,
)
from sonae.prevention.surveys.vocabulary import CampaignState

# What is being handed in while the counting begins bears an earlier moment than that at which others can read it.
SETTLED_AFTER = timedelta(minutes=1)

# --- one answer ----------------------------------------------------------------------------------------------------


def standing_of(raw: object, *, is_asked: bool) -> Standing:
    """How whoever gave this answer stands to the question; what is not asked is not counted, whatever stands there."""
    if not is_asked:
        return Standing.NOT_ASKED
    if unknown_as_of(raw) is not None:
        return Standing.UNKNOWN
    said = _said(raw)
    if is_blank(said):
        return Standing.NOT_ANSWERED
    return Standing.OUT_OF_SCOPE if said == YesNo.OUT_OF_SCOPE else Standing.ANSWERED


def _said(raw: object) -> object:
    """The answer itself, without the dates or the unit that stand beside it."""
    if isinstance(raw, str | list | int | float) or not isinstance(raw, Mapping):
        return raw
    return raw.get("answer", raw)


def chosen(column: Column, raw: object) -> frozenset[str]:
    """Which options an answer chose. An option that the form does not have is none."""
    if column.shape is Shape.NONE:
        return frozenset()
    said = _said(raw)
    if column.shape is Shape.ONE:
        return frozenset((said,)) if isinstance(said, str) and said in column.options else frozenset()
    values = said.split() if isinstance(said, str) else said if isinstance(said, list | tuple) else ()
    return frozenset(value for value in values if isinstance(value, str)) & frozenset(column.options)


def entry_of(column: Column, given: Given | None) -> tuple[Standing, frozenset[str]] | None:
    """What an institution adds to the figures of a question; None where it handed in nothing or was not asked."""
    if given is None or column.question in given.not_asked:
        return None
    raw = given.answers.get(column.question)
    standing = standing_of(raw, is_asked=True)
    return standing, chosen(column, raw) if standing is Standing.ANSWERED else frozenset()


# --- many answers --------------------------------------------------------------------------------------------------


class Tally:
    """Cubes in the making: given the answers of one institution after the other, in whatever order.

    What it holds grows with the number of strata, not with that of institutions.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        self._places = tuple({value: at for at, value in enumerate(one.options, FIRST_OPTION)} for one in columns)
        self._counts: dict[Stratum, list[list[int]]] = {}

    def add(self, given: Given) -> None:
        """Counts one institution, once in each question."""
        rows = self._counts.get(given.stratum)
        if rows is None:
            rows = self._counts[given.stratum] = [[0] * column.width for column in self._columns]
        answers, not_asked = given.answers, given.not_asked
        for column, places, row in zip(self._columns, self._places, rows, strict=True):
            question = column.question
            if question in not_asked:
                continue
            row[ASKED] += 1
            raw = answers.get(question)
            if raw.__class__ is str and raw in places:
                # Most answers are one of the options, written plainly.
                row[ANSWERED] += 1
                for value in (raw,) if column.shape is Shape.ONE else chosen(column, raw):
                    row[places[value]] += 1
                continue
            standing = standing_of(raw, is_asked=True)
            row[PLACES[standing]] += 1
            if standing is Standing.ANSWERED and places:
                for value in chosen(column, raw):
                    row[places[value]] += 1

    def cubes(self) -> tuple[tuple[Stratum, ...], tuple[Cube, ...]]:
        """The strata in which somebody handed in, sorted, and the cube of each question in the order of the form."""
        strata = tuple(sorted(self._counts))
        return strata, tuple(
            Cube(column, tuple(tuple(self._counts[stratum][at]) for stratum in strata))
            for at, column in enumerate(self._columns)
        )


def count(columns: Sequence[Column], givens: Iterable[Given]) -> tuple[tuple[Stratum, ...], tuple[Cube, ...]]:
    """Everything that was handed in, counted; `givens` is read once, one after the other."""
    tally = Tally(columns)
    for given in givens:
        tally.add(given)
    return tally.cubes()


# --- figures of classes --------------------------------------------------------------------------------------------


def classes_of(stratum: Stratum) -> tuple[Class, ...]:
    """The classes in which whoever stands in a stratum is counted: everybody, and one of each breakdown."""
    return (EVERYBODY, *((dimension.value, stratum.along(dimension)) for dimension in DIMENSIONS))


def margins_of(cube: Cube, strata: Sequence[Stratum]) -> Margins:
    """The figures of one question for everybody and by each breakdown, none kept back."""
    rows: dict[Class, list[int]] = {EVERYBODY: [0] * cube.column.width}
    for stratum, counts in zip(strata, cube.counts, strict=True):
        for each in classes_of(stratum):
            row = rows.get(each)
            if row is None:
                rows[each] = list(counts)
            else:
                rows[each] = [a + b for a, b in zip(row, counts, strict=True)]
    return Margins(cube.column, {each: tuple(row) for each, row in sorted(rows.items())})


def stands_inside(stratum: Stratum, inside: Inside) -> bool:
    return all(stratum.along(dimension) == value for dimension, value in inside.items())


def places_inside(strata: Sequence[Stratum], inside: Inside) -> dict[Class, tuple[int, ...]]:
    """Which strata make up each class of each breakdown inside some classes, by their places; the same for every
    question of an edition."""
    found: dict[Class, list[int]] = {EVERYBODY: []}
    for at, stratum in enumerate(strata):
        if stands_inside(stratum, inside):
            for each in classes_of(stratum):
                found.setdefault(each, []).append(at)
    return {each: tuple(places) for each, places in sorted(found.items())}


def added_up(cube: Cube, places: Mapping[Class, Sequence[int]]) -> Margins:
    """The figures of one question in each class, out of the strata that make it up; none kept back."""
    nothing = (0,) * cube.column.width
    counts = cube.counts
    return Margins(
        cube.column,
        {
            each: tuple(map(sum, zip(*(counts[at] for at in some), strict=True))) if some else nothing
            for each, some in places.items()
        },
    )


def may_look_inside(*, sees_all: bool) -> Decision:
    """Whether the tables inside a class may be shown to somebody: only where nothing is kept back from them.

    What is kept back was decided for the breakdowns one by one, and the second gate knows those tables alone (ADR
    0026): it has cleared none inside a class.
    """
    return ALLOWED if sees_all else Refused(ResultRefusal.INSIDE_NOT_CLEARED)


def totals_by_class(counted: Mapping[Stratum, int]) -> dict[Class, int]:
    """Numbers of institutions by stratum, added up for everybody and by each breakdown."""
    totals: dict[Class, int] = {EVERYBODY: 0}
    for stratum, number in counted.items():
        for each in classes_of(stratum):
            totals[each] = totals.get(each, 0) + number
    return dict(sorted(totals.items()))


def share(part: int | None, of: int | None) -> float | None:
    """A part of a denominator, from 0 to 1; None where either is kept back, or nobody was asked."""
    return None if part is None or not of else part / of


# --- editions ------------------------------------------------------------------------------------------------------


def may_count(
    stage: ResultStage, campaign: CampaignState, *, as_of: datetime, is_counting: bool, answered: int, now: datetime
) -> Decision:
    """Whether an edition may be counted: something is there, the moment is over, and no other one is in the making.

    Final figures only once the campaign has closed: until then somebody may still hand in.
    """
    if as_of > now - SETTLED_AFTER:
        return Refused(ResultRefusal.AS_OF_TOO_NEW, {"as_of": as_of})
    if is_counting:
        return Refused(ResultRefusal.COUNTING_ALREADY)
    if stage is ResultStage.FINAL and campaign is not CampaignState.CLOSED:
        return Refused(ResultRefusal.FINAL_BEFORE_CLOSE)
    return ALLOWED if answered else Refused(ResultRefusal.NOTHING_TO_COUNT)


def may_cancel(state: ResultState) -> Decision:
    return ALLOWED if state is ResultState.COUNTING else Refused(ResultRefusal.NOT_COUNTING)


def may_begin_again(state: ResultState, *, is_given_up: bool) -> Decision:
    """Whether the counting of an edition may begin anew: it waits to be counted, and nobody is at it any more."""
    if state is not ResultState.COUNTING:
        return Refused(ResultRefusal.NOT_COUNTING)
    return ALLOWED if is_given_up else Refused(ResultRefusal.COUNTING_ALREADY)


def may_recount(state: ResultState, *, is_recounting: bool) -> Decision:
    """Whether an edition may be counted again: it has figures, and nobody is at it already."""
    if state not in {ResultState.COUNTED, ResultState.PUBLISHED}:
        return Refused(ResultRefusal.NOTHING_TO_RECOUNT)
    return Refused(ResultRefusal.RECOUNTING_ALREADY) if is_recounting else ALLOWED


def may_cancel_recount(state: RecountState) -> Decision:
    return ALLOWED if state is RecountState.COUNTING else Refused(ResultRefusal.NOT_RECOUNTING)


def may_publish(
    state: ResultState, *, number: int, submitted: int, newest_published: int, has_unseen: bool
) -> Decision:
    """Whether an edition may be shown to everybody: it is counted, somebody had handed in (`submitted`), and what is
    kept back was decided beside all that are out already.

    One that was published while or after it was counted (`has_unseen`), or that comes after it, would be subtracted
    from it unseen: then it is counted anew.
    """
    if state is not ResultState.COUNTED:
        return Refused(ResultRefusal.NOT_COUNTED)
    if not submitted:
        return Refused(ResultRefusal.NOBODY_HANDED_IN)
    if number < newest_published or has_unseen:
        return Refused(ResultRefusal.NEWER_IS_PUBLISHED, {"number": newest_published})
    return ALLOWED


def doubts_of_publishing(
    *, asked: int, submitted: int, newer_counted: bool, newer_in_the_making: bool, campaign: CampaignState
) -> tuple[PublishDoubt, ...]:
    """What to say to whoever publishes an edition, before it is out for ever; none of it stands in the way.

    Less than half of those asked is few: then more are unknown than known, and the shares say little of all.
    """
    found = {
        PublishDoubt.FEW_ANSWERED: submitted * 2 < asked,
        PublishDoubt.NEWER_IS_COUNTED: newer_counted,
        PublishDoubt.NEWER_IS_BEING_COUNTED: newer_in_the_making,
        PublishDoubt.SURVEY_IS_OPEN: campaign is CampaignState.OPEN,
    }
    return tuple(doubt for doubt, holds in found.items() if holds)
