"""JSON as RFC 8259 has it, read strictly: every key once, no NaN, not too deep; a refusal names line and column."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from sonae.prevention.advisories.reading.limits import LIMITS, Limits
from sonae.prevention.advisories.reading.stopping import Stopped
from sonae.prevention.advisories.vocabulary import DocumentRefusal

# Whole strings, brackets, and the words that JSON does not know. An unclosed string is left to the parser.
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}\[\]]|NaN|-?Infinity|-?\d{300,}', re.DOTALL)
_LONGEST_NUMBER = 300  # digits; Python refuses more than 4,300 by itself, and no field of an advisory has thirty


class _KeyTwice(ValueError):
    pass


class _NoNumber(ValueError):
    pass


def load(raw: bytes, *, limits: Limits = LIMITS, first_line: int = 1) -> Any:
    """The value of a document; raises `Stopped`. `first_line` is where the text begins in its file."""
    if len(raw) > limits.document:
        raise Stopped(DocumentRefusal.TOO_LARGE, facts={"most": limits.document // 1_000_000})
    text = as_text(raw)
    try:
        found = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_number)
    except json.JSONDecodeError as wrong:
        raise Stopped(
            DocumentRefusal.UNFINISHED if _ends_early(text, wrong.pos) else DocumentRefusal.NOT_JSON,
            line=wrong.lineno + first_line - 1, column=wrong.colno,
        ) from wrong  # fmt: skip
    except (_KeyTwice, _NoNumber, ValueError, RecursionError) as wrong:
        raise _placed(text, wrong, limits=limits, first_line=first_line) from wrong
    if len(text) > limits.text and (place := _longer_than(text, limits.text)) is not None:
        line, column = position(text, place)
        raise Stopped(DocumentRefusal.TEXT_TOO_LONG, line=line + first_line - 1, column=column,
                      facts={"most": limits.text})  # fmt: skip
    return found


def as_text(raw: bytes) -> str:
    """The text of a document in UTF-8, with or without byte order mark; raises `Stopped` with line and column."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        before = raw[: wrong.start]
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        raise Stopped(DocumentRefusal.NOT_UTF8, line=before.count(b"\n") + 1, column=column) from wrong
    if not text.strip():
        raise Stopped(DocumentRefusal.EMPTY)
    return text


def position(text: str, place: int) -> tuple[int, int]:
    """Line and column of a place in a text, both from 1."""
    return text.count("\n", 0, place) + 1, place - (text.rfind("\n", 0, place) + 1) + 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _KeyTwice
    return found


def _constant(word: str) -> Any:
    raise _NoNumber(word)


def _number(digits: str) -> float:
    found = float(digits)
    if found in (float("inf"), float("-inf")):
        raise _NoNumber(digits)
    return found


def _ends_early(text: str, place: int) -> bool:
    return place >= len(text.rstrip())


def _placed(text: str, wrong: Exception, *, limits: Limits, first_line: int) -> Stopped:
    """Why and where: the text is gone through once more, by its signs alone."""
    reason, finds = {
        _KeyTwice: (DocumentRefusal.KEY_TWICE, _second_key),
        _NoNumber: (DocumentRefusal.NOT_A_NUMBER, _not_a_number),
        RecursionError: (DocumentRefusal.TOO_DEEP, _too_deep(limits.depth)),
    }.get(type(wrong), (DocumentRefusal.NUMBER_TOO_LONG, _long_number))
    found = next(finds(text), None)
    line, column = position(text, found) if found is not None else (0, 0)
    return Stopped(reason, line=line + first_line - 1 if line else 0, column=column)


def _second_key(text: str) -> Iterator[int]:
    keys: list[set[str]] = []
    for token in _TOKEN.finditer(text):
        match token[0][0]:
            case "{" | "[":
                keys.append(set())
            case "}" | "]":
                if keys:
                    keys.pop()
            case '"' if token[1] is not None and keys:
                key = token[0][: -len(token[1])]
                if key in keys[-1]:
                    yield token.start()
                keys[-1].add(key)


def _not_a_number(text: str) -> Iterator[int]:
    for token in _TOKEN.finditer(text):
        if token[0][0] in "NI" or token[0].startswith("-I"):
            yield token.start()
    yield from (found.start() for found in re.finditer(r"\d[eE]\+?\d{3,}", text))


def _long_number(text: str) -> Iterator[int]:
    return (token.start() for token in _TOKEN.finditer(text) if token[0][0] in "-0123456789")


def _too_deep(most: int) -> Callable[[str], Iterator[int]]:
    def finds(text: str) -> Iterator[int]:
        depth = 0
        for token in _TOKEN.finditer(text):
            depth += (token[0][0] in "{[") - (token[0][0] in "}]")
            if depth > most:
                yield token.start()

    return finds


def _longer_than(text: str, most: int) -> int | None:
    return next((token.start() for token in _TOKEN.finditer(text) if len(token[0]) > most + 2), None)
