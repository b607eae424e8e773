"""What makes a question this question and no other: figures of two years compare only where nothing of it changed."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace

from sonae.core.instruments.definition import NO_WORDS, Instrument, Item, Question, Section
from sonae.core.instruments.differences import compared, options, texts
from sonae.core.instruments.kept_definition import plain

type Substance = tuple[object, ...]


def substances(instrument: Instrument) -> dict[str, Substance]:
    """The substance of every question and of every column of a table, by its id.

    Texts with hint and definition, options, kind, unit and bounds, rules, and who is asked, also by the sections
    around it; of a table its columns too, of a column the rows of its table. What is only printed, drawn or filled in
    otherwise (number, looks, where an answer is known from) makes no other question.
    """
    return {one.id: _substance(one, around, instrument) for one, around in _placed(instrument.items, ())}


def substance(instrument: Instrument, question: str) -> Substance | None:
    """The same of one question; None where the form does not ask it."""
    placed = _placed(instrument.items, ())
    return next((_substance(one, around, instrument) for one, around in placed if one.id == question), None)


def fingerprint(before: Substance | None, after: Substance | None) -> str:
    """What tells this pair of questions from the same pair after one was changed: SHA-256, hexadecimal."""
    told = json.dumps([plain(before), plain(after)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _placed(items: tuple[Item, ...], around: tuple[Item, ...]) -> Iterator[tuple[Question, tuple[Item, ...]]]:
    for item in items:
        if isinstance(item, Section):
            yield from _placed(item.items, (*around, item))
            continue
        yield item, around
        if item.table:
            yield from _placed(item.table.columns, (*around, item))


def _substance(question: Question, around: tuple[Item, ...], instrument: Instrument) -> Substance:
    columns = question.table.columns if question.table else ()
    return (
        _own(question, instrument),
        tuple((one.id, _own(one, instrument)) for one in columns),
        tuple(_asked_where(one, instrument) for one in around),
    )


def _own(question: Question, instrument: Instrument) -> Substance:
    table = replace(question.table, columns=(), rows=()) if question.table else None
    bare = replace(
        question, id="", name="", number="", words=NO_WORDS, hint=NO_WORDS, guidance=NO_WORDS, media=(), choices="",
        table=table, constraint_words=NO_WORDS, required_words=NO_WORDS, default="", appearance="", controls=(),
        prefill="", others=(),
    )  # fmt: skip
    return texts(question), compared(options(question, instrument)), bare


def _asked_where(item: Item, instrument: Instrument) -> Substance:
    if isinstance(item, Section):
        return item.relevant, item.is_repeat, item.count
    return item.relevant, compared(options(item, instrument))
