"""Fields of a YAML file by name, each fault with its line and path; nothing in the file is ever constructed or run."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

import yaml
from yaml.composer import Composer

from sonae.core.assurance.vocabulary import DataFileProblem
from sonae.core.instruments.definition import NO_WORDS, UNSAID, Words
from sonae.core.instruments.problems import FormFault, shortened
from sonae.core.instruments.vocabulary import FormProblem

MOST_BYTES = 1_000_000
DEEPEST = 40
_TEXT = "tag:yaml.org,2002:str"


class _Refused(Exception):
    """Ends the reading of a file; `compose` answers with its fault."""

    def __init__(self, fault: FormFault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


class _Loader(Composer, yaml.CSafeLoader):
    """Makes nodes, not values; refuses aliases, by which a short file can stand for one without end, and deep
    nesting. The signs are read by libyaml, six times as fast as in Python; the nodes are made here."""

    def __init__(self, stream: str) -> None:
        yaml.CSafeLoader.__init__(self, stream)
        Composer.__init__(self)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise _Refused(FormFault(FormProblem.YAML_ALIAS, row=line, value=str(event.anchor)))
        self._depth += 1
        if self._depth > DEEPEST:
            raise _Refused(FormFault(FormProblem.YAML_TOO_DEEP, row=line, facts={"most": DEEPEST}))
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node


def compose(content: bytes) -> yaml.MappingNode | FormFault:
    """The node at the top of a file, or why there is none."""
    if len(content) > MOST_BYTES:
        return FormFault(FormProblem.FILE_TOO_LARGE, facts={"most": MOST_BYTES // 1_000_000})
    try:
        loader = _Loader(content.decode("utf-8"))
        node = loader.get_single_node()
    except _Refused as refused:
        return refused.fault
    except UnicodeDecodeError:
        return FormFault(FormProblem.NOT_UTF8)
    except yaml.YAMLError as broken:
        mark = getattr(broken, "problem_mark", None)
        why = str(getattr(broken, "problem", None) or broken)
        return FormFault(DataFileProblem.UNREADABLE, row=mark.line + 1 if mark else 0, facts={"why": shortened(why)})
    if not isinstance(node, yaml.MappingNode):
        return FormFault(DataFileProblem.NOT_A_MAPPING, row=1)
    return node


@dataclass(slots=True)
class Notes:
    """Collects the faults of a file."""

    found: list[FormFault] = field(default_factory=list)

    def note(self, reason: StrEnum, line: int, path: str, value: str = "", /, **facts: object) -> None:
        self.found.append(FormFault(reason, row=line, header=path, value=shortened(value), facts=facts))


class Fields:
    """Named fields at one place of a file. Each is asked for once; `end` reports those nobody asked for."""

    def __init__(self, notes: Notes, node: yaml.Node, path: str = "") -> None:
        self.notes = notes
        self.line = node.start_mark.line + 1
        self.path = path
        self._fields: dict[str, yaml.Node] = {}
        self._asked: set[str] = set()
        # What is no mapping was reported as a whole; its missing fields would only repeat that.
        self.is_broken = not isinstance(node, yaml.MappingNode)
        if not isinstance(node, yaml.MappingNode):
            notes.note(DataFileProblem.NOT_A_MAPPING, self.line, path)
            return
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            if name in self._fields:
                notes.note(DataFileProblem.FIELD_TWICE, key.start_mark.line + 1, self.path_of(name))
            self._fields[name] = value

    def path_of(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def line_of(self, name: str) -> int:
        node = self._fields.get(name)
        return node.start_mark.line + 1 if node is not None else self.line

    def has(self, name: str) -> bool:
        return name in self._fields

    def _note(self, reason: StrEnum, name: str, value: str = "", /, **facts: object) -> None:
        if self.is_broken:
            return
        self.notes.note(reason, self.line_of(name), self.path_of(name), value, **facts)

    def _scalar(self, name: str) -> yaml.ScalarNode | None:
        self._asked.add(name)
        node = self._fields.get(name)
        if node is None or isinstance(node, yaml.ScalarNode):
            return node
        self._note(DataFileProblem.NOT_TEXT, name)
        return None

    def text(self, name: str) -> str:
        """The text of a field that may be left out; numbers and dates are taken as they are written."""
        node = self._scalar(name)
        return "" if node is None or node.tag == "tag:yaml.org,2002:null" else str(node.value).strip()

    def required_text(self, name: str) -> str:
        if not self.has(name):
            self._note(DataFileProblem.FIELD_MISSING, name)
        text = self.text(name)
        if self.has(name) and not text:
            self._note(DataFileProblem.NOT_TEXT, name)
        return text

    def integer(self, name: str) -> int | None:
        text = self.text(name)
        if text and not (text.lstrip("-").isdigit() and text.isascii() and len(text) < 10):
            self._note(DataFileProblem.NOT_A_NUMBER, name, text, value=text)
            return None
        return int(text) if text else None

    def decimal(self, name: str) -> float | None:
        text = self.text(name)
        try:
            return float(text) if text else None
        except ValueError:
            self._note(DataFileProblem.NOT_A_NUMBER, name, text, value=text)
            return None

    def yes(self, name: str, *, otherwise: bool = False) -> bool:
        text = self.text(name)
        if text not in ("", "true", "false"):
            self._note(DataFileProblem.NOT_YES_OR_NO, name, text, value=text)
        return text == "true" if text in ("true", "false") else otherwise

    def date(self, name: str) -> date | None:
        text = self.text(name)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            self._note(DataFileProblem.NOT_A_DATE, name, text, value=text)
            return None

    def choice[E: StrEnum](self, name: str, among: type[E]) -> E:
        """The member that a field names; the first one beside a fault when it names none."""
        text = self.required_text(name)
        if text in set(among):
            return among(text)
        if text:
            self._note(DataFileProblem.NOT_A_CHOICE, name, text, value=text, choices=", ".join(among))
        return next(iter(among))

    def choices[E: StrEnum](self, name: str, among: type[E]) -> tuple[E, ...]:
        texts = self.texts(name)
        for text in texts:
            if text not in set(among):
                self._note(DataFileProblem.NOT_A_CHOICE, name, text, value=text, choices=", ".join(among))
        return tuple(among(text) for text in texts if text in set(among))

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(str(node.value).strip() for node in self._nodes(name) if isinstance(node, yaml.ScalarNode))

    def words(self, name: str) -> Words:
        """A text, or texts by language code."""
        node = self._fields.get(name)
        if isinstance(node, yaml.MappingNode):
            self._asked.add(name)
            below = Fields(self.notes, node, self.path_of(name))
            return Words.of({code: below.text(code) for code in below.names()})
        text = self.text(name)
        return Words.of({UNSAID: text}) if text else NO_WORDS

    def names(self) -> tuple[str, ...]:
        return tuple(self._fields)

    def below(self, name: str) -> "Fields | None":
        self._asked.add(name)
        node = self._fields.get(name)
        return None if node is None else Fields(self.notes, node, self.path_of(name))

    def each(self, name: str) -> "Iterator[Fields]":
        for number, node in enumerate(self._nodes(name), 1):
            yield Fields(self.notes, node, f"{self.path_of(name)}[{number}]")

    def _nodes(self, name: str) -> list[yaml.Node]:
        self._asked.add(name)
        node = self._fields.get(name)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self._note(DataFileProblem.NOT_A_LIST, name)
            return []
        return list(node.value)

    def end(self) -> None:
        for name in self._fields:
            if name not in self._asked:
                self._note(DataFileProblem.FIELD_UNKNOWN, name)
