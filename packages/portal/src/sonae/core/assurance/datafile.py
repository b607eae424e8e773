"""Reading files of rules and controls; every mistake in them is named with file, line and field, all at once."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path

import yaml
from django.apps import apps

from sonae.core.assurance.vocabulary import Citation, DataFileProblem, InTwoLanguages
from sonae.kernel.errors import BadInput, Problem

_HOLE = re.compile(r"%\((\w+)\)s")


class Reader:
    """Collects the problems of some files; `finish` raises them together."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._seen: dict[object, Fields] = {}

    def note(self, reason: DataFileProblem, file: str, line: int, field: str, value: str = "", **facts: object) -> None:
        self.problems.append(Problem(reason, file, line, field, value[:200], facts))

    def is_new(self, fields: "Fields", id_: str, *, edition: date | None = None) -> bool:
        """Whether this name was not given before (in this edition); a second time is a problem."""
        first = self._seen.setdefault((id_, edition), fields)
        if first is not fields:
            self.note(DataFileProblem.ID_TWICE, fields.file, fields.line, "id", id_, first=f"{first.file}:{first.line}")
        return first is fields

    def finish(self) -> None:
        """Raises BadInput with every problem found, if there is one."""
        if self.problems:
            raise BadInput(self.problems)

    def open(self, path: Path) -> "Fields | None":
        """The fields at the top of a file; None when it cannot be read at all."""
        try:
            root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as broken:
            mark = getattr(broken, "problem_mark", None)
            line = mark.line + 1 if mark else 0
            self.note(
                DataFileProblem.UNREADABLE,
                name_of_file(path),
                line,
                "",
                why=str(getattr(broken, "problem", "") or broken),
            )
            return None
        if not isinstance(root, yaml.MappingNode):
            self.note(DataFileProblem.NOT_A_MAPPING, name_of_file(path), 1, "")
            return None
        return Fields(self, root, name_of_file(path), "")


class Fields:
    """Named fields at one place of a file. Each is asked for once; `end` reports those nobody asked for."""

    def __init__(self, reader: Reader, node: yaml.MappingNode, file: str, name: str) -> None:
        self.reader = reader
        self.file = file
        self.line = node.start_mark.line + 1
        self._name = name
        self._fields: dict[str, yaml.Node] = {}
        self._asked: set[str] = set()
        for key, value in node.value:
            if key.value in self._fields:
                self._note(DataFileProblem.FIELD_TWICE, key.start_mark.line + 1, key.value)
            self._fields[key.value] = value

    def has(self, name: str) -> bool:
        return name in self._fields

    def text(self, name: str) -> str:
        node = self._scalar(name)
        if node is None:
            return ""
        if node.tag != "tag:yaml.org,2002:str" or not node.value.strip():
            self._note(DataFileProblem.NOT_TEXT, node.start_mark.line + 1, name, node.value)
        return str(node.value).strip()

    def text_or_nothing(self, name: str) -> str:
        return self.text(name) if self.has(name) else ""

    def date(self, name: str) -> date:
        node = self._scalar(name)
        try:
            return date.fromisoformat(node.value if node else "0001-01-01")
        except ValueError:
            assert node is not None
            self._note(DataFileProblem.NOT_A_DATE, node.start_mark.line + 1, name, node.value)
            return date.min

    def number(self, name: str, *, at_least: int = 0) -> int:
        node = self._scalar(name)
        if node is None:
            return at_least
        if node.tag != "tag:yaml.org,2002:int" or not node.value.lstrip("-").isdigit() or int(node.value) < at_least:
            self._note(DataFileProblem.NOT_A_NUMBER, node.start_mark.line + 1, name, node.value)
            return at_least
        return int(node.value)

    def yes(self, name: str) -> bool:
        node = self._scalar(name)
        if node is not None and node.value not in ("true", "false"):
            self._note(DataFileProblem.NOT_YES_OR_NO, node.start_mark.line + 1, name, node.value)
        return node is not None and node.value == "true"

    def choice[E: StrEnum](self, name: str, among: type[E]) -> E:
        node = self._scalar(name)
        return self._member(node, name, among) if node is not None else next(iter(among))

    def choices[E: StrEnum](self, name: str, among: type[E]) -> tuple[E, ...]:
        nodes = self._list(name)
        return tuple(self._member(node, name, among) for node in nodes if isinstance(node, yaml.ScalarNode))

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(node.value for node in self._list(name) if isinstance(node, yaml.ScalarNode))

    def below(self, name: str) -> "Fields":
        """The fields under one name."""
        node = self._asked_for(name)
        if node is not None and not isinstance(node, yaml.MappingNode):
            self._note(DataFileProblem.NOT_A_MAPPING, node.start_mark.line + 1, name)
        if not isinstance(node, yaml.MappingNode):
            mark = node.start_mark if node is not None else yaml.Mark(self.file, 0, self.line - 1, 0, "", 0)
            node = yaml.MappingNode("", [], mark)
            # The whole part was reported; its missing fields would only repeat that.
            return Fields(Reader(), node, self.file, self._path(name))
        return Fields(self.reader, node, self.file, self._path(name))

    def each(self, name: str) -> Iterator["Fields"]:
        """The fields of every entry of a list."""
        for number, node in enumerate(self._list(name), 1):
            path = f"{self._path(name)}[{number}]"
            if isinstance(node, yaml.MappingNode):
                yield Fields(self.reader, node, self.file, path)
            else:
                self.reader.note(DataFileProblem.NOT_A_MAPPING, self.file, node.start_mark.line + 1, path)

    def two_languages(self, name: str) -> InTwoLanguages:
        """A text in Japanese and English with the same holes."""
        fields = self.below(name)
        words = InTwoLanguages(fields.text("ja"), fields.text("en"))
        fields.end()
        if holes_of(words.ja) != holes_of(words.en):
            differing = sorted(holes_of(words.ja) ^ holes_of(words.en))
            self._note(DataFileProblem.HOLES_DIFFER, fields.line, name, holes=", ".join(differing))
        return words

    def citation(self, name: str) -> Citation:
        fields = self.below(name)
        found = Citation(
            title=InTwoLanguages(fields.text("ja"), fields.text("en")),
            as_of=fields.date("as_of"),
            url=fields.text_or_nothing("url"),
            unverified=fields.yes("unverified"),
        )
        fields.end()
        return found

    def refuse(self, name: str, *, value: object, why: str) -> None:
        """Reports a value that is well formed and yet impossible."""
        line = self._fields[name].start_mark.line + 1 if name in self._fields else self.line
        self._note(DataFileProblem.OUT_OF_RANGE, line, name, str(value), why=why)

    def end(self) -> None:
        """Reports the fields that nobody asked for."""
        for name, node in self._fields.items():
            if name not in self._asked:
                self._note(DataFileProblem.FIELD_UNKNOWN, node.start_mark.line + 1, name)

    def _asked_for(self, name: str) -> yaml.Node | None:
        self._asked.add(name)
        if name not in self._fields:
            self._note(DataFileProblem.FIELD_MISSING, self.line, name)
        return self._fields.get(name)

    def _scalar(self, name: str) -> yaml.ScalarNode | None:
        node = self._asked_for(name)
        if node is None or isinstance(node, yaml.ScalarNode):
            return node
        self._note(DataFileProblem.NOT_TEXT, node.start_mark.line + 1, name)
        return None

    def _list(self, name: str) -> list[yaml.Node]:
        node = self._asked_for(name)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self._note(DataFileProblem.NOT_A_LIST, node.start_mark.line + 1, name)
            return []
        return list(node.value)

    def _member[E: StrEnum](self, node: yaml.ScalarNode, name: str, among: type[E]) -> E:
        try:
            return among(node.value)
        except ValueError:
            choices = ", ".join(among)
            self._note(DataFileProblem.NOT_A_CHOICE, node.start_mark.line + 1, name, node.value, choices=choices)
            return next(iter(among))

    def _path(self, name: str) -> str:
        return f"{self._name}.{name}" if self._name else name

    def _note(self, reason: DataFileProblem, line: int, name: str, value: str = "", **facts: object) -> None:
        self.reader.note(reason, self.file, line, self._path(name), value, **facts)


def holes_of(text: str) -> frozenset[str]:
    """The names of the holes in a text: `%(name)s`."""
    return frozenset(_HOLE.findall(text))


def of_every_app(folder: str) -> list[Path]:
    """The files that the rooms keep in their folder of this name, in the order of the rooms."""
    return [path for config in apps.get_app_configs() for path in sorted(Path(config.path, folder).glob("*.yaml"))]


def name_of_file(path: Path) -> str:
    """A file as a problem names it: with its room, because several rooms may have files of one name."""
    for config in apps.get_app_configs():
        if path.is_relative_to(config.path):
            return f"{config.label}/{path.relative_to(config.path).as_posix()}"
    return path.name


def read_editions[T](
    paths: Iterable[Path], *, entries: str, read: Callable[[Fields, date], T], name_of: Callable[[T], str]
) -> dict[tuple[str, date], T]:
    """Every entry of the files by its name and edition, in their order; raises BadInput with every problem of all."""
    reader = Reader()
    found: dict[tuple[str, date], T] = {}
    for path in paths:
        top = reader.open(path)
        if top is None:
            continue
        edition = top.date("edition")
        for fields in top.each(entries):
            entry = read(fields, edition)
            fields.end()
            if reader.is_new(fields, name_of(entry), edition=edition):
                found[name_of(entry), edition] = entry
        top.end()
    reader.finish()
    return found


def newest[T](editions: Mapping[tuple[str, date], T]) -> dict[str, T]:
    """Of every name the entry of its newest edition, in the order in which the names first came."""
    dates: dict[str, date] = {}
    for name, edition in editions:
        dates[name] = max(edition, dates.get(name, edition))
    return {name: editions[name, edition] for name, edition in dates.items()}
