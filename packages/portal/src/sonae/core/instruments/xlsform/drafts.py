"""Questions and sections while their form is still being read: without ids, which only the whole form can give."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sonae.core.instruments.definition import Choice, Item, Question, Section, Words

_HOLE = re.compile(r"%\((name|label)\)s|%%")


@dataclass(slots=True)
class Draft:
    """What one row of the survey says. `facts` are the fields of a Question or Section but for its id and items."""

    row: int
    name: str
    facts: dict[str, Any]
    below: "list[Draft] | None" = None
    loop_over: tuple[Choice, ...] = ()
    is_table: bool = False


def size(drafts: list[Draft]) -> int:
    """How many items there will be once the loops are written out: loops in loops multiply."""
    return sum(1 + max(1, len(draft.loop_over)) * size(draft.below or []) for draft in drafts)


def unrolled(drafts: list[Draft]) -> list[Draft]:
    """The drafts with every loop written out: a section for each choice, its words filled into the holes."""
    return [
        replace(draft, below=_columns(draft) if draft.loop_over else unrolled(draft.below))
        if draft.below is not None
        else draft
        for draft in drafts
    ]


def _columns(loop: Draft) -> list[Draft]:
    assert loop.below is not None, "a loop has something below it"
    columns = []
    for choice in loop.loop_over:
        if choice.value == "none":
            continue
        below = [_filled(draft, choice) for draft in unrolled(loop.below)]
        facts = {"words": choice.words, "media": choice.media}
        columns.append(Draft(loop.row, choice.value, facts, below))
    return columns


def _filled(draft: Draft, choice: Choice) -> Draft:
    facts = {key: _fill(value, choice) for key, value in draft.facts.items()}
    below = None if draft.below is None else [_filled(inner, choice) for inner in draft.below]
    return replace(draft, name=_fill(draft.name, choice), facts=facts, below=below)


def _fill(value: Any, choice: Choice) -> Any:
    if isinstance(value, Words):
        return Words.of({language: _text(text, choice, language) for language, text in value.by_language})
    # Kinds and targets are words too, and have no holes.
    return _text(value, choice, "") if type(value) is str else value


def _text(text: str, choice: Choice, language: str) -> str:
    words: Mapping[str | None, str] = {"name": choice.value, "label": choice.words.text(language)}
    return _HOLE.sub(lambda found: words.get(found[1], "%"), text)


@dataclass(slots=True)
class Finished:
    """Items with their ids, and where each stands in the survey."""

    items: tuple[Item, ...]
    rows: dict[str, int] = field(default_factory=dict)


def finish(drafts: list[Draft]) -> Finished:
    """Gives ids: a name where the form has it once, else the way to it (`section/name`)."""
    counts = Counter(draft.name for draft in _all(drafts))
    rows: dict[str, int] = {}

    def finished(draft: Draft, way: tuple[str, ...]) -> Item:
        here = (*way, draft.name)
        id_ = draft.name if counts[draft.name] == 1 else "/".join(here)
        rows.setdefault(id_, draft.row)
        if draft.below is None:
            return Question(id=id_, name=draft.name, **draft.facts)
        below = tuple(finished(inner, here) for inner in draft.below)
        if draft.is_table:
            columns = tuple(item for item in below if isinstance(item, Question))
            facts = {**draft.facts, "table": replace(draft.facts["table"], columns=columns)}
            return Question(id=id_, name=draft.name, **facts)
        return Section(id=id_, name=draft.name, items=below, **draft.facts)

    return Finished(tuple(finished(draft, ()) for draft in drafts), rows)


def _all(drafts: list[Draft]) -> Iterator[Draft]:
    for draft in drafts:
        yield draft
        yield from _all(draft.below or [])
