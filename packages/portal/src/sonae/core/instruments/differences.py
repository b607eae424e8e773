"""What is different between two versions of an instrument: added, removed, reworded, other options, other rules."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sonae.core.instruments.definition import NO_WORDS, Choice, Instrument, Item, Question, Section, Words
from sonae.core.instruments.vocabulary import Change

# A workbook that was written out and read again has straight quotation marks: readers of forms straighten them.
_STRAIGHT = str.maketrans("“”‘’", "\"\"''")


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference of one question or section; `before` or `after` is missing where only one version has it."""

    change: Change
    id: str
    before: Item | None
    after: Item | None
    # Of other options: the values that came, went, and have other words.
    came: tuple[Choice, ...] = ()
    went: tuple[Choice, ...] = ()
    reworded: tuple[tuple[Choice, Choice], ...] = ()


def differences(before: Instrument, after: Instrument) -> tuple[Difference, ...]:
    """Every difference in the order of the new version; what was removed stands at the end, in the order of the old.

    Questions, columns of tables and sections are told apart by their ids. One may differ in several ways.
    """
    old, new = dict(_items(before.items)), dict(_items(after.items))
    found: list[Difference] = []
    for id_, item in new.items():
        if id_ not in old:
            found.append(Difference(Change.ADDED, id_, None, item))
        else:
            found += _changes(old[id_], item, before, after)
    found += [Difference(Change.REMOVED, id_, item, None) for id_, item in old.items() if id_ not in new]
    return tuple(found)


def _items(items: tuple[Item, ...]) -> Iterator[tuple[str, Item]]:
    for item in items:
        yield item.id, item
        if isinstance(item, Section):
            yield from _items(item.items)
        elif item.table:
            yield from _items(item.table.columns)


def _changes(old: Item, new: Item, before: Instrument, after: Instrument) -> Iterator[Difference]:
    if texts(old) != texts(new):
        yield Difference(Change.REWORDED, new.id, old, new)
    was, now = options(old, before), options(new, after)
    if compared(was) != compared(now):
        yield _of_options(old, new, was, now)
    if _bare(old) != _bare(new):
        yield Difference(Change.RULES, new.id, old, new)


def plain(words: Words) -> dict[str, str]:
    """Texts as they are compared: straight quotation marks, single blanks, one width of letters."""
    return {
        language: " ".join(unicodedata.normalize("NFKC", text).translate(_STRAIGHT).split())
        for language, text in words.by_language
    }


def texts(item: Item) -> tuple[dict[str, str], ...]:
    """Every text that a question or a section is read by: what it asks, its hint, its definition."""
    guidance = item.guidance if isinstance(item, Question) else NO_WORDS
    return plain(item.words), plain(item.hint), plain(guidance)


def options(item: Item, instrument: Instrument) -> tuple[Choice, ...]:
    """What may be chosen; of a table with named rows, the rows."""
    if isinstance(item, Section):
        return ()
    return item.table.rows if item.table else instrument.choices_of(item)


def compared(offered: tuple[Choice, ...]) -> list[tuple[str, dict[str, str]]]:
    """Options as they are compared: values and texts, in their order."""
    return [(one.value, plain(one.words)) for one in offered]


def _of_options(old: Item, new: Item, was: tuple[Choice, ...], now: tuple[Choice, ...]) -> Difference:
    old_by, new_by = {one.value: one for one in was}, {one.value: one for one in now}
    return Difference(
        Change.OPTIONS, new.id, old, new,
        came=tuple(one for one in now if one.value not in old_by),
        went=tuple(one for one in was if one.value not in new_by),
        reworded=tuple(
            (old_by[one.value], one)
            for one in now
            if one.value in old_by and plain(old_by[one.value].words) != plain(one.words)
        ),
    )  # fmt: skip


def _bare(item: Item) -> Item:
    """The item without its texts, its options and what stands below it: those are compared by themselves."""
    if isinstance(item, Section):
        return replace(item, words=NO_WORDS, hint=NO_WORDS, items=())
    table = replace(item.table, columns=(), rows=()) if item.table else None
    return replace(item, words=NO_WORDS, hint=NO_WORDS, guidance=NO_WORDS, table=table, choices="")
