"""An instrument as YAML, as `yaml_loader` reads it: read again it is equal, or nothing is written."""

from collections.abc import Iterable
from typing import Any

import yaml

from sonae.core.instruments import yaml_loader
from sonae.core.instruments.definition import UNSAID, Choice, Instrument, Item, Question, Section, Words

type Node = dict[str, Any]
_BLANKS: tuple[Any, ...] = ("", [], {})


def write(instrument: Instrument) -> bytes | None:
    """The YAML (UTF-8) of an instrument; None where it has parts that YAML here cannot carry: sheets and columns that
    only a workbook has, media, names that stand twice."""
    top = _without_blanks(
        {
            "id": instrument.id,
            "edition": instrument.edition,
            "title": _words(instrument.title),
            "respondent": instrument.respondent.value,
            "fiscal_year": instrument.fiscal_year,
            "valid_from": instrument.valid_from,
            "valid_until": instrument.valid_until,
            "yearly": instrument.is_yearly,
            "default_language": instrument.default_language,
            "source": _source(instrument),
            "choices": [{"name": one.name, "choices": _choices(one.choices)} for one in instrument.choice_lists],
            "items": [_item(item) for item in instrument.items],
        }
    )
    content = yaml.safe_dump(top, allow_unicode=True, sort_keys=False, width=120).encode()
    return content if yaml_loader.load(content) == instrument else None


def _source(instrument: Instrument) -> Node | None:
    source = instrument.source
    if source is None:
        return None
    told = {"ja": source.title.ja, "en": source.title.en, "url": source.url, "as_of": source.as_of}
    # Left out, it would be taken for unverified.
    return _without_blanks(told) | {"unverified": source.unverified}


def _words(words: Words) -> str | dict[str, str]:
    texts = dict(words.by_language)
    return texts[UNSAID] if set(texts) == {UNSAID} else texts


def _choices(choices: Iterable[Choice]) -> list[Node]:
    return [
        _without_blanks({"value": one.value, "label": _words(one.words), "columns": dict(one.columns)})
        for one in choices
    ]


def _item(item: Item) -> Node:
    return _section(item) if isinstance(item, Section) else _question(item)


def _section(section: Section) -> Node:
    return _without_blanks(
        {
            "section": section.name,
            "label": _words(section.words),
            "hint": _words(section.hint),
            "number": section.number,
            "relevant": section.relevant,
            "repeat": section.is_repeat,
            "count": section.count,
            "appearance": section.appearance,
            "items": [_item(item) for item in section.items],
        }
    )


def _question(question: Question) -> Node:
    return _without_blanks(
        {
            "question": question.name,
            "kind": question.kind.value,
            "number": question.number,
            "label": _words(question.words),
            "hint": _words(question.hint),
            "guidance": _words(question.guidance),
            "targets": [target.value for target in question.targets],
            "choices": question.choices,
            "other": question.has_other,
            **_bounds(question),
            "dates": _dates(question),
            **_table(question),
            "relevant": question.relevant,
            "constraint": question.constraint,
            "constraint_message": _words(question.constraint_words),
            "required": question.required == "true()" or question.required,
            "required_message": _words(question.required_words),
            "calculation": question.calculation,
            "read_only": question.read_only,
            "default": question.default,
            "choice_filter": question.choice_filter,
            "appearance": question.appearance,
            "controls": list(question.controls),
            "may_be_unknown": question.may_be_unknown,
            "may_be_out_of_scope": question.may_be_out_of_scope,
            "prefill": question.prefill,
        }
    )


def _bounds(question: Question) -> Node:
    bounds = question.bounds
    if bounds is None:
        return {}
    told = {"unit": _words(bounds.unit), "whole": bounds.is_whole}
    return told | {"least": bounds.least, "most": bounds.most, "step": bounds.step}


def _dates(question: Question) -> Node | None:
    dates = question.dates
    return None if dates is None else {"rounds": dates.rounds, "target": dates.needs_target}


def _table(question: Question) -> Node:
    table = question.table
    if table is None:
        return {}
    return {
        "columns": [_question(column) for column in table.columns],
        "rows": _choices(table.rows),
        "least_rows": table.least or None,
        "most_rows": table.most,
    }


def _without_blanks(node: Node) -> Node:
    """What stands at its default is left out; a zero is no blank."""
    return {name: value for name, value in node.items() if not _is_blank(value)}


def _is_blank(value: object) -> bool:
    return value is None or value is False or value in _BLANKS
