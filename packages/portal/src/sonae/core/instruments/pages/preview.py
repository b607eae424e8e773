"""A whole form as whoever answers sees it, read-only: every question, also those that only some answers lead to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sonae.core.instruments.checks import Findings
from sonae.core.instruments.definition import Instrument, Item, Question
from sonae.core.instruments.differences import Difference
from sonae.core.instruments.outline import Leaf, Line, leaves
from sonae.core.instruments.pages import controls
from sonae.core.instruments.pages.overview import leaf_title
from sonae.core.instruments.pages.wording import label_of, say
from sonae.core.instruments.vocabulary import Change
from sonae.core.web import words
from sonae.core.web.components import Tone

_EVERYTHING = Findings(found=(), not_asked=frozenset(), calculated={})
_NOTHING: Mapping[str, list[str]] = {}
_TONES = {Change.ADDED: Tone.SUCCESS, Change.REMOVED: Tone.DANGER}


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of a form as it is looked through."""

    id: str
    label: str
    hint: str
    guidance: str
    is_heading: bool
    is_only_shown: bool
    is_required: bool
    is_file: bool
    targets: tuple[str, ...]
    # The expression under which it is asked; empty where it always is.
    relevant: str
    control: controls.Control | None
    grid: controls.Grid | None


@dataclass(frozen=True, slots=True)
class Told:
    """One difference in words."""

    change: str
    tone: Tone
    question: str
    id: str
    before: str
    after: str
    options: tuple[str, ...]


def preview(instrument: Instrument) -> list[tuple[str, str, list[Shown]]]:
    """Page by page what whoever answers sees: its title, the condition under which it is asked, and its lines."""
    return [(leaf_title(leaf), leaf.relevant, _lines(leaf, instrument)) for leaf in leaves(instrument)]


def _lines(leaf: Leaf, instrument: Instrument) -> list[Shown]:
    return [_shown(line, instrument, f"p-{leaf.number}-{number}") for number, line in enumerate(leaf.lines, 1)]


def _shown(line: Line, instrument: Instrument, id_: str) -> Shown:
    item = line.item
    question = item if isinstance(item, Question) else None
    answers = not line.is_only_shown and not line.takes_file
    return Shown(
        id=id_,
        label=label_of(item),
        hint=say(item.hint),
        guidance=say(question.guidance) if question else "",
        is_heading=line.is_heading,
        is_only_shown=line.is_only_shown and not line.takes_file,
        is_required=bool(question and question.required),
        is_file=line.takes_file,
        targets=tuple(words.of(target) for target in question.targets) if question else (),
        relevant=item.relevant,
        control=_control(line, instrument, id_) if answers and not line.has_rows else None,
        grid=controls.grid(line, instrument, None, id_=id_, findings=_EVERYTHING)
        if answers and line.has_rows
        else None,
    )


def _control(line: Line, instrument: Instrument, id_: str) -> controls.Control:
    assert isinstance(line.item, Question), "sections have rows, or are headings"
    return controls.control(line.item, instrument, _NOTHING, name=id_, id_=id_)


def _grid(line: Line, instrument: Instrument, id_: str) -> controls.Grid:
    return controls.grid(line, instrument, None, id_=id_, findings=_EVERYTHING)


def told(found: tuple[Difference, ...]) -> list[Told]:
    """The differences of two versions in the language of the page."""
    return [_told(one) for one in found]


def _told(one: Difference) -> Told:
    item = one.after or one.before
    assert item is not None, "a difference is of something"
    came = [words.of(Change.ADDED) + ": " + (say(choice.words) or choice.value) for choice in one.came]
    went = [words.of(Change.REMOVED) + ": " + (say(choice.words) or choice.value) for choice in one.went]
    other = [f"{say(old.words)} → {say(new.words)}" for old, new in one.reworded]
    return Told(
        change=str(words.of(one.change)),
        tone=_TONES.get(one.change, Tone.INFO),
        question=label_of(item),
        id=one.id,
        before=_text(one.before) if one.change is Change.REWORDED else "",
        after=_text(one.after) if one.change is Change.REWORDED else "",
        options=(*came, *went, *other),
    )


def _text(item: Item | None) -> str:
    if item is None:
        return ""
    guidance = say(item.guidance) if isinstance(item, Question) else ""
    return "\n".join(filter(None, (say(item.words), say(item.hint), guidance)))


def counted(found: tuple[Difference, ...]) -> list[tuple[str, int]]:
    """How many differences there are of each kind, of the kinds that occur."""
    numbers: dict[Change, int] = {}
    for one in found:
        numbers[one.change] = numbers.get(one.change, 0) + 1
    return [(str(words.of(change)), numbers[change]) for change in Change if change in numbers]


def page_of(instrument: Instrument) -> dict[str, Any]:
    """What the page of a preview says of a form."""
    return {
        "title": say(instrument.title),
        "edition_name": instrument.edition,
        "parts": preview(instrument),
    }
