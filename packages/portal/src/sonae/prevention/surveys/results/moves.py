"""What a reader subtracts who has two editions: how many moved between them, and which figures tell of a handful.
Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sonae.prevention.surveys.results.identities import NOT_ASKED, Identity
from sonae.prevention.surveys.results.truth import STANDINGS, Published
from sonae.prevention.surveys.results.vocabulary import (
    ANSWERED,
    ASKED,
    EVERYBODY,
    FIRST_OPTION,
    Class,
    Column,
    Finding,
    Leak,
    Margins,
    Shape,
)
from sonae.prevention.surveys.results.witnesses import Group
from sonae.prevention.surveys.vocabulary import Dimension


def everybody_asked(identities: Iterable[Identity]) -> frozenset[str]:
    """The questions that are asked of all who handed in."""
    return frozenset(one.question for one in identities if not one.gate)


def few_moved(before: Published, new: Published, groups: Sequence[Group], threshold: int) -> Iterator[Finding]:
    """The classes in which, as far as both editions show everything, fewer institutions moved than the threshold."""
    for question, margins in new.questions.items():
        then = before.questions.get(question)
        if then is None or then.column != margins.column:
            continue
        moves = {each: _moves(then.rows.get(each), row) for each, row in margins.rows.items()}
        for each, number in _by_class(moves, groups, margins.column.shape):
            if 0 < number < threshold:
                yield Finding(Leak.FEW_MOVED, question, each, ASKED)


# By how many more institutions each figure counts, in which each institution stands once; None where one is kept back.
type _Moves = tuple[int, ...] | None


def _moves(then: Sequence[int | None] | None, row: Sequence[int | None]) -> _Moves:
    changed: list[int] = []
    for was, now in zip(then or (0,) * len(row), row, strict=True):
        if was is None or now is None:
            return None
        changed.append(now - was)
    return tuple(changed)


def _by_class(moves: Mapping[Class, _Moves], groups: Sequence[Group], shape: Shape) -> Iterator[tuple[Class, int]]:
    """How many institutions moved at least, by class, and among the classes together of which that is kept back."""
    for each, change in moves.items():
        if change is not None:
            yield each, _fewest(change, shape)
    for whole, parts in sums_of_classes(moves, groups):
        total = _added(moves.get(each) for each in whole)
        hidden = [each for each in parts if moves.get(each) is None]
        shown = _added(moves[each] for each in parts if each not in hidden)
        if hidden and total is not None:
            rest = total if not shown else tuple(a - b for a, b in zip(total, shown, strict=True))
            yield hidden[0], _fewest(rest, shape)


def sums_of_classes(rows: Collection[Class], groups: Sequence[Group]) -> Iterator[Group]:
    for dimension in Dimension:
        parts = tuple(each for each in rows if each[0] == dimension.value)
        if parts:
            yield (EVERYBODY,), parts
    for bands, kinds in groups:
        if all(each in rows for each in (*bands, *kinds)):
            yield kinds, bands
            yield bands, kinds


def _added(some: Iterable[_Moves]) -> _Moves:
    total: tuple[int, ...] = ()
    for one in some:
        if one is None:
            return None
        total = tuple(a + b for a, b in zip(total, one, strict=True)) if total else one
    return total


def _fewest(change: tuple[int, ...], shape: Shape) -> int:
    """How many institutions moved at the least, so that the figures of a class changed like this.

    An institution that moved left one place and came to another; outside of all are those not asked.
    """
    apart = [-change[ASKED], *(change[place] for place in STANDINGS)]
    options = change[FIRST_OPTION:]
    if shape is Shape.ONE:
        ways = [[*options, change[ANSWERED] - sum(options)]]
    else:
        ways = [[change[ANSWERED]], *([one, change[ANSWERED] - one] for one in options)]
    return max(sum(one for one in (*apart, *way) if one > 0) for way in ways)


# --- figure by figure ------------------------------------------------------------------------------------------------

# By how many more each figure counts, by place and class; only those that both editions show.
type _More = Mapping[int, Mapping[Class, int]]


def small_between(
    before: Published,
    new: Published,
    groups: Sequence[Group],
    identities: Iterable[Identity],
    threshold: int,
) -> Iterator[Finding]:
    """The figures of which both editions together tell that fewer than the threshold came to them, or left them: by
    themselves, as what other classes leave of a sum, or as what other answers leave of those who handed in."""
    asked_of_all = everybody_asked(identities)
    for question, margins in new.questions.items():
        then = before.questions.get(question)
        if then is None or then.column != margins.column:
            continue
        places = _places(margins.column, is_gated=question not in asked_of_all)
        more = _more(before, then, new, margins, places)
        told = [*_by_figure(more, margins, groups), *_left_over(more, margins, places, before, new)]
        for place, each, number in told:
            if 0 < abs(number) < threshold:
                yield Finding(Leak.FEW_MOVED, question, each, place)


def _places(column: Column, *, is_gated: bool) -> dict[int, tuple[int, int | None]]:
    """The places in each of which an institution stands or does not, by how it is named: from which figure which is
    taken. Not asked is who handed in less who was asked; of many options also who did not choose one."""
    options = range(FIRST_OPTION, column.width)
    is_one = column.shape is Shape.ONE
    found: dict[int, tuple[int, int | None]] = {at: (at, None) for at in (*STANDINGS, *options)}
    if not (is_one and options):
        found[ANSWERED] = (ANSWERED, None)
    if is_gated:
        found[NOT_ASKED] = (NOT_ASKED, ASKED)
    if not is_one:
        found |= {_unchosen(at): (ANSWERED, at) for at in options}
    return found


def _unchosen(option: int) -> int:
    return -option


def _printed(place: int) -> int:
    return ASKED if place == NOT_ASKED else abs(place)


def _more(
    before: Published,
    then: Margins,
    new: Published,
    margins: Margins,
    places: Mapping[int, tuple[int, int | None]],
) -> _More:
    def figure(
        edition: Published, row: Sequence[int | None] | None, each: Class, of: int, less: int | None
    ) -> int | None:
        if row is None:
            return 0
        whole = edition.submitted.get(each, 0) if of == NOT_ASKED else row[of]
        part = 0 if less is None else row[less]
        return None if whole is None or part is None else whole - part

    found: dict[int, dict[Class, int]] = {place: {} for place in places}
    for place, (of, less) in places.items():
        for each, row in margins.rows.items():
            now, was = figure(new, row, each, of, less), figure(before, then.rows.get(each), each, of, less)
            if now is not None and was is not None:
                found[place][each] = now - was
    return found


def _by_figure(more: _More, margins: Margins, groups: Sequence[Group]) -> Iterator[tuple[int, Class, int]]:
    sums = list(sums_of_classes(margins.rows, groups))
    for place, numbers in more.items():
        for each, number in numbers.items():
            yield _printed(place), each, number
        for whole, parts in sums:
            hidden = [each for each in parts if each not in numbers]
            if hidden and all(each in numbers for each in whole):
                rest = sum(numbers[each] for each in whole) - sum(numbers.get(each, 0) for each in parts)
                yield _printed(place), hidden[0], rest


def _left_over(
    more: _More,
    margins: Margins,
    places: Mapping[int, tuple[int, int | None]],
    before: Published,
    new: Published,
) -> Iterator[tuple[int, Class, int]]:
    """Of those who handed in, how many more stand in the places that are kept back."""
    apart = [place for place in places if place in {NOT_ASKED, ANSWERED, *STANDINGS}]
    if margins.column.shape is Shape.ONE:
        apart += [place for place in places if place >= FIRST_OPTION]
    for each in margins.rows:
        hidden = [place for place in apart if each not in more[place]]
        if hidden:
            came = new.submitted.get(each, 0) - before.submitted.get(each, 0)
            shown = sum(more[place].get(each, 0) for place in apart)
            # Who handed in is no secret, nor therefore what everything that is kept back makes up together.
            yield from [(_printed(hidden[0]), each, came - shown)] if shown else []
