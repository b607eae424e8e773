"""An instrument as pages: one for each section at the top, and one for what stands between two of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from sonae.core.instruments.definition import NO_WORDS, Instrument, Item, Question, Section, Words
from sonae.core.instruments.plan import other_of
from sonae.core.instruments.vocabulary import AnswerKind

_FIXED = frozenset({"yes", "true", "true()"})


@dataclass(frozen=True, slots=True)
class Line:
    """What stands on one line of a page: a heading, a note, a question, or questions that are answered in rows."""

    item: Item
    depth: int = 0

    @property
    def is_heading(self) -> bool:
        return isinstance(self.item, Section) and not self.item.is_repeat

    @property
    def has_rows(self) -> bool:
        return self.item.is_repeat if isinstance(self.item, Section) else self.item.table is not None

    @property
    def is_only_shown(self) -> bool:
        """Whether there is something to read here and nothing to answer: notes, and what is worked out."""
        if isinstance(self.item, Section):
            return self.is_heading
        return not is_asked(self.item)

    @property
    def takes_file(self) -> bool:
        """Whether a file is attached here; it is sent by itself, not with the other answers of the page."""
        item = self.item
        return isinstance(item, Question) and item.kind is AnswerKind.FILE and not _is_given(item)

    @property
    def columns(self) -> tuple[Question, ...]:
        """The questions that are asked in every row."""
        item = self.item
        if isinstance(item, Section):
            return tuple(_in_a_row(item.items)) if item.is_repeat else ()
        return tuple(_in_a_row(item.table.columns)) if item.table else ()


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of an instrument; `number` counts from 1."""

    number: int
    words: Words
    printed_number: str
    hint: Words
    lines: tuple[Line, ...]
    # The expression under which its section is asked; empty where it always is.
    relevant: str = ""

    @property
    def ids(self) -> frozenset[str]:
        """What takes an answer on this page."""
        return frozenset(line.item.id for line in self.lines if line.takes_file or not line.is_only_shown)


def leaves(instrument: Instrument) -> tuple[Leaf, ...]:
    """The pages of an instrument in the order of the form; what lies outside of sections has pages without words."""
    found: list[Leaf] = []
    loose: list[Item] = []
    for item in instrument.items:
        if isinstance(item, Section) and not item.is_repeat:
            _add_loose(found, loose)
            loose = []
            lines = tuple(_lines(item.items, 0))
            if lines:
                found.append(Leaf(len(found) + 1, item.words, item.number, item.hint, lines, item.relevant))
        else:
            loose.append(item)
    _add_loose(found, loose)
    return tuple(found)


def _is_fixed(question: Question) -> bool:
    """Whether the answer is shown and never asked for."""
    return question.read_only.strip().lower() in _FIXED


def _is_given(question: Question) -> bool:
    return bool(question.calculation) or _is_fixed(question)


def _add_loose(found: list[Leaf], items: list[Item]) -> None:
    lines = tuple(_lines(tuple(items), 0))
    if lines:
        found.append(Leaf(len(found) + 1, NO_WORDS, "", NO_WORDS, lines))


def _lines(items: tuple[Item, ...], depth: int) -> Iterator[Line]:
    for item in items:
        if isinstance(item, Section):
            yield Line(item, depth)
            if not item.is_repeat:
                yield from _lines(item.items, depth + 1)
        elif _is_seen(item):
            yield Line(item, depth)
            if item.has_other:
                yield Line(other_of(item), depth)


def _is_seen(question: Question) -> bool:
    if question.kind is AnswerKind.AUTOMATIC:
        return False
    is_worked_out = question.kind is AnswerKind.CALCULATE or bool(question.calculation)
    return bool(question.words) or not is_worked_out


def _in_a_row(items: tuple[Item, ...]) -> Iterator[Question]:
    for item in items:
        if isinstance(item, Section):
            # What repeats inside of a row has no place in a table; it is answered by workbook.
            if not item.is_repeat:
                yield from _in_a_row(item.items)
        elif item.table is None and is_asked(item):
            yield item
            if item.has_other:
                yield other_of(item)


def is_asked(question: Question) -> bool:
    """Whether somebody answers it in words, numbers or choices: files are attached elsewhere."""
    elsewhere = (AnswerKind.NOTE, AnswerKind.CALCULATE, AnswerKind.AUTOMATIC, AnswerKind.FILE)
    return question.kind not in elsewhere and not _is_given(question)
