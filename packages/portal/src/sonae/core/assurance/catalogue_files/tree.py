"""The values in a file, whichever way it is written, with the line of each; nothing in it is ever run."""

import json
from array import array
from dataclasses import dataclass, field
from typing import Any

import yaml

from sonae.core.assurance.vocabulary import CatalogueProblem, DataFileProblem
from sonae.kernel.errors import Problem

MOST_JSON_BYTES = 20_000_000
# Reading YAML takes some twenty times as long as JSON.
MOST_YAML_BYTES = 5_000_000
DEEPEST = 60
# The largest published ones have some hundred thousand values; each takes up to some 200 bytes once it is read.
MOST_JSON_VALUES, MOST_YAML_VALUES = 1_000_000, 100_000
LONGEST_KEY = 200
_MAPPING, _SEQUENCE = yaml.MappingStartEvent, yaml.SequenceStartEvent


class Lines:
    """The line of every place, without a text for any: each is kept under the number of what it stands in."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, str | int], int] = {}
        self._lines = array("I")

    def add(self, parent: int, step: str | int, line: int) -> int:
        """The number of the place that stands at a step of another; the top stands in nothing (-1)."""
        number = len(self._lines)
        self._lines.append(line)
        self._numbers[parent, step] = number
        return number

    def of(self, pointer: str) -> int:
        """The line of the place with a JSON pointer; 0 where there is none."""
        number = self._numbers.get((-1, ""), -1)
        for step in pointer.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            below = self._numbers.get((number, name))
            if below is None and name.isdecimal() and name.isascii() and len(name) < 10:
                below = self._numbers.get((number, int(name)))
            if below is None:
                return 0
            number = below
        return self._lines[number] if number >= 0 else 0

    def __len__(self) -> int:
        return len(self._lines)


@dataclass(frozen=True, slots=True)
class Tree:
    """What stands at the top of a file, and the line of every place as far as the file has lines.

    Values are those of JSON: mappings by name, lists, texts, numbers, true, false and nothing.
    """

    root: object
    lines: Lines = field(default_factory=Lines)


class _Refused(Exception):
    """Ends the reading of a file; the reader answers with its problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


def pointer(parent: str, step: str | int) -> str:
    """The JSON pointer (RFC 6901) of what stands under a name, or at a place of a list."""
    return f"{parent}/{str(step).replace('~', '~0').replace('/', '~1')}"


def read_json(content: bytes, *, file: str) -> Tree | Problem:
    """The values of a JSON file in UTF-8, or why it is not read."""
    if problem := _too_much(content, file=file):
        return problem
    try:
        root = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number)
    except _Refused as refused:
        return Problem(refused.problem.reason, file=file, value=refused.problem.value)
    except UnicodeDecodeError:
        return Problem(CatalogueProblem.NOT_UTF8, file=file)
    except RecursionError:
        return Problem(CatalogueProblem.TOO_DEEP, file=file, facts={"most": DEEPEST})
    except json.JSONDecodeError as broken:
        return Problem(CatalogueProblem.NOT_JSON, file=file, line=broken.lineno, facts={"why": broken.msg})
    # A whole number of more digits than Python turns into one.
    except ValueError as broken:
        return Problem(CatalogueProblem.NOT_JSON, file=file, facts={"why": str(broken)[:200]})
    if _depth(root) > DEEPEST:
        return Problem(CatalogueProblem.TOO_DEEP, file=file, facts={"most": DEEPEST})
    return Tree(root)


def read_yaml(content: bytes, *, file: str) -> Tree | Problem:
    """The values of a YAML file in UTF-8, or why it is not read.

    Aliases are refused, by which a short file can stand for one without end; so is deep nesting, before it is followed.
    """
    if len(content) > MOST_YAML_BYTES:
        return _too_large(file, MOST_YAML_BYTES)
    try:
        return _Building(file).tree(content.decode("utf-8-sig"))
    except _Refused as refused:
        return refused.problem
    except UnicodeDecodeError:
        return Problem(CatalogueProblem.NOT_UTF8, file=file)
    except yaml.YAMLError as broken:
        mark = getattr(broken, "problem_mark", None)
        why = str(getattr(broken, "problem", None) or broken)[:200]
        return Problem(DataFileProblem.UNREADABLE, file=file, line=mark.line + 1 if mark else 0, facts={"why": why})


def _too_much(content: bytes, *, file: str) -> Problem | None:
    if len(content) > MOST_JSON_BYTES:
        return _too_large(file, MOST_JSON_BYTES)
    # Signs in texts count, too: the largest catalogues are far from the limit even so.
    if sum(map(content.count, (b"{", b"[", b","))) > MOST_JSON_VALUES:
        return Problem(CatalogueProblem.TOO_MANY_PARTS, file=file, facts={"most": MOST_JSON_VALUES})
    return None


def _too_large(file: str, most_bytes: int) -> Problem:
    return Problem(CatalogueProblem.FILE_TOO_LARGE, file=file, facts={"most": most_bytes // 1_000_000})


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Refused(Problem(DataFileProblem.FIELD_TWICE, value=name[:200]))
        found[name] = value
    return found


def _no_number(word: str) -> object:
    raise _Refused(Problem(CatalogueProblem.NO_NUMBER, value=word))


def _depth(root: object) -> int:
    deepest, waiting = 0, [(root, 0)]
    while waiting:
        value, depth = waiting.pop()
        deepest = max(deepest, depth)
        below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        waiting += [(one, depth + 1) for one in below]
    return deepest


class _Building:
    """Makes values of the events of a YAML file, each once, in the order of the file."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._lines = Lines()
        self._loader: Any = None

    def tree(self, text: str) -> Tree:
        self._loader = yaml.CSafeLoader(text)
        try:
            self._loader.get_event()  # the stream begins
            if not self._loader.check_event(yaml.DocumentStartEvent):
                return Tree(None)
            self._loader.get_event()
            root = self._value(-1, "", 0)
            self._loader.get_event()  # the document ends
            if self._loader.check_event(yaml.DocumentStartEvent):
                self._refuse(self._loader.peek_event(), CatalogueProblem.SEVERAL_DOCUMENTS)
        finally:
            self._loader.dispose()
        return Tree(root, self._lines)

    def _value(self, parent: int, step: str | int, depth: int) -> object:
        event = self._loader.get_event()
        at = self._lines.add(parent, step, event.start_mark.line + 1)
        if at >= MOST_YAML_VALUES:
            self._refuse(event, CatalogueProblem.TOO_MANY_PARTS, most=MOST_YAML_VALUES)
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, CatalogueProblem.ALIAS, value=str(event.anchor))
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if depth >= DEEPEST:
            self._refuse(event, CatalogueProblem.TOO_DEEP, most=DEEPEST)
        return self._mapping(at, depth) if isinstance(event, _MAPPING) else self._list(at, depth)

    def _list(self, at: int, depth: int) -> list[object]:
        found: list[object] = []
        while not self._loader.check_event(yaml.SequenceEndEvent):
            found.append(self._value(at, len(found), depth + 1))
        self._loader.get_event()
        return found

    def _mapping(self, at: int, depth: int) -> dict[str, object]:
        found: dict[str, object] = {}
        while not self._loader.check_event(yaml.MappingEndEvent):
            key = self._loader.get_event()
            if not isinstance(key, yaml.ScalarEvent):
                self._refuse(key, CatalogueProblem.NAME_NO_TEXT)
            if len(key.value) > LONGEST_KEY:
                self._refuse(key, CatalogueProblem.TEXT_TOO_LONG, value=key.value, most=LONGEST_KEY)
            if key.value in found:
                self._refuse(key, DataFileProblem.FIELD_TWICE, value=key.value)
            found[key.value] = self._value(at, key.value, depth + 1)
        self._loader.get_event()
        return found

    def _scalar(self, event: yaml.ScalarEvent) -> object:
        if not event.implicit[0]:
            return event.value
        kind = self._loader.resolve(yaml.ScalarNode, event.value, event.implicit).rpartition(":")[2]
        if kind == "bool":
            return event.value.lower() in ("true", "yes", "on")
        if kind == "int" and event.value.lstrip("+-").isdigit() and len(event.value) < 20:
            return int(event.value)
        return None if kind == "null" else event.value

    def _refuse(self, event: yaml.Event, reason: Any, *, value: str = "", **facts: object) -> None:
        assert event.start_mark is not None, "every event of a file stands somewhere"
        line = event.start_mark.line + 1
        raise _Refused(Problem(reason, file=self._file, line=line, value=value[:200], facts=facts))
