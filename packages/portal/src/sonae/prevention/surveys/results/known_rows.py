"""What can be worked out of a result by everybody, and by somebody who follows up a prefecture and so knows its row and
all that stands in it: the second gate, asked for each of them (ADR 0028). Pure.

To a reader who knows a row the published tables are the tables of everybody else: theirs can be subtracted. Whatever
may not be told by tables may not be told by those that are left.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from sonae.prevention.surveys.results import moves, recovery, rules
from sonae.prevention.surveys.results.identities import Identity
from sonae.prevention.surveys.results.truth import STRANGER, Published, Truth
from sonae.prevention.surveys.results.vocabulary import (
    ANSWERED,
    ASKED,
    EVERYBODY,
    Class,
    Cube,
    Finding,
    Leak,
    Margins,
    Stratum,
)
from sonae.prevention.surveys.results.witnesses import Group, Witnesses
from sonae.prevention.surveys.vocabulary import Dimension


def found_in(
    editions: Sequence[Truth],
    *,
    identities: Sequence[Identity] = (),
    bands_of_kinds: Collection[tuple[str, str]] = (),
    threshold: int,
    told: Callable[[], None],
) -> Iterator[Finding]:
    """What everybody can work out of the first edition beside the others, and then what those can who know the row of
    one prefecture, one reader after the other. `told` hears of each step, and may raise to stop."""
    new, readers = editions[0], sorted(editions[0].own)
    witnesses = Witnesses(editions, identities, recovery.groups_of(bands_of_kinds), threshold)
    unsure: dict[str, set[str]] = {reader: set() for reader in (STRANGER, *readers)}
    for question in new.shown:
        for reader in witnesses.unsure(question, list(unsure)):
            unsure[reader].add(question)
        told()
    published, *earlier = (less(edition, STRANGER) for edition in editions)
    yield from recovery.found_in(
        published,
        earlier=earlier,
        identities=identities,
        bands_of_kinds=bands_of_kinds,
        threshold=threshold,
        about=unsure[STRANGER],
    )
    told()
    for reader in readers:
        left = [less(edition, reader) for edition in editions]
        yield from _at_once(left, recovery.groups_of(bands_of_kinds), threshold, reader, identities)
        asked = _tied(unsure[reader], identities)
        if asked:
            found = recovery.found_in(
                _only(left[0], asked),
                earlier=[_only(one, asked) for one in left[1:]],
                identities=[one for one in identities if one.question in asked],
                bands_of_kinds=bands_of_kinds,
                threshold=threshold,
                about=unsure[reader],
            )
            worked_out = {Leak.WORKED_OUT, Leak.CONTRADICTORY}
            yield from (replace(one, reader=reader) for one in found if one.leak in worked_out)
        told()


def truth_of(strata: Sequence[tuple[Stratum, int, int]], cubes: Sequence[Cube], shown: Sequence[Margins]) -> Truth:
    """An edition with all its figures: out of its strata, with those asked and those who handed in, and its cubes."""
    held = [one for one, _, _ in strata]
    handed_in = {one: number for one, _, number in strata}
    at: dict[str, list[int]] = {}
    for place, one in enumerate(held):
        at.setdefault(one.prefecture, []).append(place)
    own = {
        prefecture: {cube.column.question: _within(cube, held, places) for cube in cubes}
        for prefecture, places in at.items()
    }
    return Truth(
        {margins.column.question: margins for margins in shown},
        {cube.column.question: rules.margins_of(cube, held) for cube in cubes},
        own,
        rules.totals_by_class(handed_in),
        {
            prefecture: rules.totals_by_class({held[one]: handed_in[held[one]] for one in at[prefecture]})
            for prefecture in at
        },
    )


def _within(cube: Cube, strata: Sequence[Stratum], places: Sequence[int]) -> Margins:
    some = Cube(cube.column, tuple(cube.counts[at] for at in places))
    return rules.margins_of(some, [strata[at] for at in places])


def less(edition: Truth, reader: str) -> Published:
    """An edition without the row of a prefecture: what its officer has before them after subtracting it."""
    own, own_submitted = edition.own.get(reader, {}), edition.own_submitted.get(reader, {})
    mine: Class = (Dimension.PREFECTURE.value, reader)
    return Published(
        {each: number - own_submitted.get(each, 0) for each, number in edition.submitted.items() if each != mine},
        {
            question: Margins(
                margins.column,
                {
                    each: _subtracted(row, own[question].rows.get(each) if question in own else None)
                    for each, row in margins.rows.items()
                    if each != mine
                },
            )
            for question, margins in edition.shown.items()
        },
    )


def _subtracted(row: Sequence[int | None], own: Sequence[int | None] | None) -> tuple[int | None, ...]:
    if own is None:
        return tuple(row)
    return tuple(None if one is None else one - (mine or 0) for one, mine in zip(row, own, strict=True))


def _at_once(
    left: Sequence[Published],
    groups: Sequence[Group],
    threshold: int,
    reader: str,
    identities: Iterable[Identity],
) -> Iterator[Finding]:
    """What is told by subtracting alone."""
    asked_of_all = moves.everybody_asked(identities)
    for one in recovery.small_shown(left[0], threshold):
        answered = left[0].questions[one.question].rows[EVERYBODY][ANSWERED]
        # Who handed in is no secret; nor is it, where all of them answered.
        is_open = one.place == ASKED or (one.place == ANSWERED and answered == left[0].submitted[EVERYBODY])
        if not (one.question in asked_of_all and is_open):
            yield replace(one, leak=Leak.WORKED_OUT, reader=reader)
    for one in recovery.small_unprinted(left[0], identities, threshold):
        yield replace(one, reader=reader)
    for before in left[1:]:
        for one in moves.few_moved(before, left[0], groups, threshold):
            yield replace(one, reader=reader)
        for one in moves.small_between(before, left[0], groups, identities, threshold):
            yield replace(one, reader=reader)


def _tied(questions: Collection[str], identities: Sequence[Identity]) -> set[str]:
    """Questions with all that hang together with them."""
    found, size = set(questions), -1
    while size != len(found):
        size = len(found)
        for one in identities:
            if one.gate and {one.question, one.gate} & found:
                found |= {one.question, one.gate}
    return found


def _only(edition: Published, questions: Collection[str]) -> Published:
    some: Mapping[str, Margins] = {
        question: margins for question, margins in edition.questions.items() if question in questions
    }
    return Published(edition.submitted, some)
