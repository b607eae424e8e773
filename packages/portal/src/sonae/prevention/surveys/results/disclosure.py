"""The figures of an edition as everybody may see them. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sonae.prevention.surveys.results import between, rules, versions
from sonae.prevention.surveys.results.suppression import STRANGER, Cell, Ground, Table, is_small, mark_small
from sonae.prevention.surveys.results.vocabulary import (
    ANSWERED,
    ASKED,
    EVERYBODY,
    FIRST_OPTION,
    Class,
    Column,
    Cube,
    Margins,
    Shape,
    Stratum,
)

# How often figures that are the same figure in several questions are brought together again.
_MOST_ROUNDS = 10
_STANDINGS = (1, 2, 3)
_NOT_ASKED = 0  # the first category of the table in which everybody who handed in stands


@dataclass(frozen=True, slots=True)
class Earlier:
    """A published edition before this one: what it shows of each question, and by question how many institutions of a
    stratum add to the figures something else than they did then; its figures, and who handed in, by stratum."""

    shown: Mapping[str, Margins]
    moved: Mapping[str, Mapping[Stratum, int]]
    cubes: Mapping[str, Cube] = field(default_factory=dict)
    strata: Sequence[Stratum] = ()
    submitted: Sequence[int] = ()


@dataclass(eq=False)
class _Part:
    """A table of a question, and which figure each of its categories is; None for what is not printed."""

    table: Table
    places: tuple[int | None, ...]
    base: tuple[int, ...]
    # The parts whose figures go where this one's do.
    follows: "_Part | None" = None

    def cells_of(self, place: int) -> list[int]:
        return [category for category, one in enumerate(self.places) if one == place]

    def hidden(self) -> set[tuple[int, Class]]:
        """What is kept back, by the place of the figure."""
        return {(place, each) for category, each in self.table.hidden if (place := self.places[category]) is not None}


@dataclass(eq=False)
class _Question:
    cube: Cube
    margins: Margins
    parts: list[_Part] = field(default_factory=list)
    # The classes in which too few answers differ from an earlier edition.
    kept_back: Collection[Class] = ()
    is_closed: bool = False
    # The questions whose answers decide who is asked this one.
    gates: list["_Question"] = field(default_factory=list)

    def hidden(self) -> set[tuple[int, Class]]:
        return {one for part in self.parts for one in part.hidden()}

    def is_of_its_own(self, each: Class) -> bool:
        """Whether what is kept back of a class is no secret of the questions before this one: they look themselves how
        many of their own answers differ from an earlier edition."""
        return bool(self.gates) and each in self.kept_back

    def hide(self, place: int, each: Class, *, need: int) -> None:
        for part in self.parts:
            for category in part.cells_of(place):
                part.table.hide((category, each), need=need)

    def few_asked(self, threshold: int) -> Iterator[Class]:
        """The classes in which a few were asked, or a few were not, to a stranger or without a prefecture."""
        table = self.parts[0].table
        asked = [category for category in table.categories if category != _NOT_ASKED]
        for each in table.classes:
            for reader in table.ground.readers_apart(each):
                left_out, left = table.left((_NOT_ASKED, each), reader), table.left_in(each, reader, asked)
                if is_small(left_out, threshold) or is_small(left, threshold):
                    yield each
                    break

    def hide_class(self, each: Class) -> None:
        """Keeps back whatever could tell how many of a class were asked."""
        for part in self.parts:
            for category in part.table.categories:
                if part.table.values[category, EVERYBODY]:
                    part.table.hide((category, each), need=1)

    def protect(self) -> None:
        """Finds alternatives for all that is kept back; a question that has none shows nothing.

        What stands behind a gate keeps the whole class back where the gate keeps anything back: there institutions
        can change their answers to the gate, and to all that is behind it, with each other.
        """
        for each in {each for gate in self.gates for _, each in gate.hidden()}:
            for part in self.parts:
                part.table.hide_class(each)
        for part in self.parts:
            _follow(part)
            if not part.table.protect():
                self.is_closed = True
        if self.is_closed:
            for part in self.parts:
                part.table.hide_everything()


def shown_to_all(
    cubes: Sequence[Cube],
    strata: Sequence[Stratum],
    *,
    submitted: Sequence[int],
    threshold: int,
    kept_back: Mapping[str, Collection[Class]] | None = None,
    earlier: Sequence[Earlier] = (),
    gates: Mapping[str, Collection[str]] | None = None,
) -> tuple[Margins, ...]:
    """The figures of every question with those kept back that would tell what a few institutions answered.

    `submitted` are the institutions of each stratum that handed in; `kept_back` are by question the classes of which
    nothing is shown; `gates` names for each question those whose answers decide who is asked it (`columns.gates_of`).
    How many handed in is no secret; what they answered, and what they were asked because of an answer, is.
    """
    ground = Ground(strata)
    questions = [_question(cube, ground, submitted, threshold) for cube in cubes]
    for question in questions:
        question.kept_back = (kept_back or {}).get(question.cube.column.question, ())
        for part in question.parts:
            _begin(part, question.kept_back)
        for edition in earlier:
            _beside(question, edition)
            _between(question, edition, submitted)
    _lay_gates(questions, gates or {}, threshold)
    for question in questions:
        question.protect()
    same = _same_figures(cubes)
    for round_ in range(_MOST_ROUNDS):
        before = _kept_back(questions)
        _bring_together(questions, same)
        if _kept_back(questions) == before and round_:
            break
        for question in questions:
            question.protect()
    else:
        for question in questions:
            # Figures that are one figure and cannot be brought together are shown in none of them.
            for part in question.parts:
                part.table.hide_everything()
    return tuple(_without(question.margins, question.hidden() | _derived(question)) for question in questions)


def _question(cube: Cube, ground: Ground, submitted: Sequence[int], threshold: int) -> _Question:
    made = _Question(cube, rules.margins_of(cube, ground.strata))
    by_stratum = [_in_parts(cube.column, row, number) for row, number in zip(cube.counts, submitted, strict=True)]
    # How many tables there are, and of which categories, is known without any stratum too.
    shape = _in_parts(cube.column, (0,) * cube.column.width, 0)
    first, *others = (
        Table(ground, [[one[at][category] for one in by_stratum] for category in range(len(part))], threshold)
        for at, part in enumerate(shape)
    )
    options = range(FIRST_OPTION, cube.column.width)
    if cube.column.shape is Shape.ONE:
        made.parts.append(_Part(first, (ASKED, *_STANDINGS, *options, None), tuple(range(1, len(first.counts)))))
        return made
    whole = _Part(first, (ASKED, *_STANDINGS, ANSWERED), (1, 2, 3, 4))
    made.parts.append(whole)
    made.parts += (_Part(table, (at, at), (0, 1), whole) for at, table in zip(options, others, strict=True))
    return made


def _in_parts(column: Column, row: Sequence[int], handed_in: int) -> tuple[tuple[int, ...], ...]:
    """The figures of a stratum by the tables of a question, in each of which each institution stands once: a single one
    where one option is chosen; of many options one of all who handed in, and for each those who answered."""
    standings = (handed_in - row[ASKED], *(row[place] for place in _STANDINGS))
    options, answered = row[FIRST_OPTION:], row[ANSWERED]
    if column.shape is Shape.ONE:
        return ((*standings, *options, answered - sum(options)),)
    return ((*standings, answered), *((one, answered - one) for one in options))


def _begin(part: _Part, kept_back: Collection[Class]) -> None:
    table = part.table
    mark_small(table, asked=part.base)
    for each in table.classes:
        if each in kept_back:
            table.hidden |= {(category, each) for category in table.categories}
    _twin(part)


def _twin(part: _Part) -> None:
    """An option of many is printed once: whoever knows who chose it knows who did not."""
    if part.follows is None:
        return
    table = part.table
    for category, each in tuple(table.hidden):
        table.hide((1 - category, each), need=table.needs.get((category, each), 0))


def _follow(part: _Part) -> None:
    """Where it is kept back how many answered, so is what they chose."""
    if part.follows is not None:
        for category, each in part.follows.table.hidden:
            if part.follows.places[category] == ANSWERED:
                part.table.hidden |= {(0, each), (1, each)}
        _twin(part)


def _beside(question: _Question, edition: Earlier) -> None:
    """What an earlier edition shows stays known where nothing moved, and what it kept back there stays kept back."""
    before = edition.shown.get(question.cube.column.question)
    shown = None if before is None else versions.aligned(before, question.cube.column)
    if shown is None:
        return
    moved = edition.moved.get(question.cube.column.question, {})
    by_reader = {STRANGER: rules.totals_by_class(moved)}
    by_reader |= {place: _moved_outside(moved, place) for place in {one.prefecture for one, n in moved.items() if n}}
    for each, row in shown.rows.items():
        # Where all that moved is the reader's own, nothing moved of what the reader does not know.
        unmoved = [reader for reader, totals in by_reader.items() if not totals.get(each, 0)]
        if STRANGER in unmoved:
            unmoved = [STRANGER]
        for place, figure in enumerate(row):
            for part in question.parts if unmoved else ():
                cells = [(category, each) for category in part.cells_of(place)]
                if figure is None:
                    for cell in cells:
                        part.table.hide(cell, need=1)
                else:
                    _know(part.table, cells, unmoved)


def _between(question: _Question, edition: Earlier, submitted: Sequence[int]) -> None:
    """Keeps back what beside an earlier edition would tell of a handful of those who came in between."""
    column, strata = question.cube.column, question.parts[0].table.ground.strata
    then, shown = edition.cubes.get(column.question), edition.shown.get(column.question)
    rows = None if then is None else versions.rows_aligned(then, column)
    if rows is None or shown is None or all(figure is None for row in shown.rows.values() for figure in row):
        return
    before = {
        one: _in_parts(column, row, number)
        for one, row, number in zip(edition.strata, rows, edition.submitted, strict=True)
    }
    nothing = _in_parts(column, (0,) * column.width, 0)
    after = [_in_parts(column, row, number) for row, number in zip(question.cube.counts, submitted, strict=True)]
    for at, part in enumerate(question.parts):
        change = {
            one: tuple(now - was for now, was in zip(mine[at], before.get(one, nothing)[at], strict=True))
            for one, mine in zip(strata, after, strict=True)
        }
        part.table.hidden |= between.kept_back_beside(change, strata, threshold=part.table.threshold)


def _moved_outside(moved: Mapping[Stratum, int], place: str) -> dict[Class, int]:
    return rules.totals_by_class({one: number for one, number in moved.items() if one.prefecture != place})


def _know(table: Table, cells: Sequence[Cell], readers: Sequence[str]) -> None:
    if STRANGER in readers:
        table.known = frozenset(table.known) | {cell for cell in cells if cell not in table.hidden}
        return
    for reader in readers:
        table.known_to[reader].update(cells)


def _same_figures(cubes: Sequence[Cube]) -> list[list[tuple[int, int]]]:
    """Figures that are equal in every stratum, as (question, place), those that are nothing anywhere left out."""
    found: dict[tuple[int, ...], list[tuple[int, int]]] = defaultdict(list)
    for at, cube in enumerate(cubes):
        for place in range(cube.column.width):
            figures = tuple(row[place] for row in cube.counts)
            if any(figures) and not (place == ANSWERED and cube.column.shape is Shape.ONE):
                found[figures].append((at, place))
    return [group for group in found.values() if len(group) > 1]


def _lay_gates(questions: Sequence[_Question], gates: Mapping[str, Collection[str]], threshold: int) -> None:
    """Ties each question to those that decide who is asked it: how many were is worked out from their figures."""
    by_id = {question.cube.column.question: question for question in questions}
    for id_, question in by_id.items():
        question.gates = [by_id[gate] for gate in gates.get(id_, ()) if gate in by_id]
        if question.gates:
            question.parts[0].table.settled = frozenset((_NOT_ASKED,))
    for question in questions:
        for each in question.few_asked(threshold):
            for gate in question.gates:
                gate.hide_class(each)


def _kept_back(questions: Sequence[_Question]) -> int:
    return sum(len(part.table.hidden) for question in questions for part in question.parts)


def _bring_together(questions: Sequence[_Question], same: Sequence[Sequence[tuple[int, int]]]) -> None:
    """Keeps back in every question what one of them keeps back of the same figure."""
    hidden = [question.hidden() for question in questions]
    for group in same:
        classes = {
            each
            for at, place in group
            for one, each in hidden[at]
            if one == place and not questions[at].is_of_its_own(each)
        }
        for at, place in group:
            for each in classes:
                if (place, each) not in hidden[at]:
                    _hide_same(questions[at], place, each)


def _hide_same(question: _Question, place: int, each: Class) -> None:
    question.hide(place, each, need=1)
    if place == ASKED:
        # Who is asked is decided by the gates: they must leave it open.
        for gate in question.gates:
            gate.hide_class(each)


def _derived(question: _Question) -> set[tuple[int, Class]]:
    """How many answered, where that is not a category of its own: kept back where it could not be worked out."""
    if question.cube.column.shape is not Shape.ONE:
        return set()
    hidden = question.hidden()
    return {(ANSWERED, each) for place, each in hidden if place < FIRST_OPTION}


def _without(margins: Margins, hidden: set[tuple[int, Class]]) -> Margins:
    return Margins(
        margins.column,
        {
            each: tuple(None if (place, each) in hidden else figure for place, figure in enumerate(row))
            for each, row in margins.rows.items()
        },
    )


def small_figures(margins: Margins, threshold: int) -> int:
    """How many figures of a question that are shown are below the threshold: what suppression must leave at none."""
    return sum(
        1 for row in margins.rows.values() for figure in row if figure is not None and is_small(figure, threshold)
    )
