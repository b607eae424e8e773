"""Rows of a table that are taken over from an earlier response: which, and how they are told from what is typed."""

import json
from collections.abc import Collection, Mapping, Sequence

from sonae.core.instruments.answers import is_blank
from sonae.core.instruments.checks import ROW
from sonae.kernel.ids import digest

type Fields = Mapping[str, object]
_LETTERS = 16  # of a fingerprint: rows of one table are told apart by it, and nothing else


def fingerprint(row: Fields) -> str:
    """The same for rows that say the same: in any order, with 3 or 3.0, with a blank or without the field."""
    told = {name: _plain(value) for name, value in row.items() if not is_blank(value)}
    return digest(json.dumps(told, ensure_ascii=False, sort_keys=True))[:_LETTERS]


def _plain(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def rows_in(value: object) -> list[Fields]:
    """The rows of an answer; none where it has none."""
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list | tuple) else []


def is_empty(row: Fields) -> bool:
    """Whether nothing is said in a row but its name."""
    return all(is_blank(value) for name, value in row.items() if name != ROW)


def with_taken(
    stands: object, offered: Sequence[Fields], *, is_named: bool, is_open: bool, taken: Collection[str]
) -> list[Fields]:
    """The rows that stand there, with those of an earlier response in the empty places.

    What somebody typed stays. A table that nobody answered (`is_open`) takes every row. Of named rows, each that is
    still empty takes its own, unless it was taken over before (`taken`) and somebody emptied it. Where rows are added,
    none is once somebody answered: a row that is not there was left out on purpose.
    """
    rows = rows_in(stands)
    if not is_named:
        return list(offered) if is_open and all(fingerprint(row) in taken for row in rows) else rows
    by_name = {str(row.get(ROW)): row for row in rows}
    for row in offered:
        name = str(row.get(ROW))
        held = by_name.get(name)
        was_taken = held is not None and fingerprint(held) in taken
        is_new = (held is None or is_empty(held)) and fingerprint(row) not in taken
        if is_new or (is_open and was_taken):
            by_name[name] = row
    return list(by_name.values())


def row_note(question: str, place: int) -> str:
    """Under which name the notes beside answers know a row of a table; places in the answer count from 0."""
    return f"{question}#{place}"
