"""Word and Excel files: no macros, no embedded objects, nothing loaded from elsewhere, no DDE."""

import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import BinaryIO

from sonae.core.documents.inspection import archives, markup
from sonae.core.documents.inspection.verdict import refuse
from sonae.core.documents.vocabulary import FileRefusal, Kind

_MAIN_PART = {Kind.XLSX: "xl/workbook.xml", Kind.DOCX: "word/document.xml"}
_MACROS = re.compile(r"vbaproject|vbadata|macrosheets/|activex/|customui/|\.vbs$|\.js$", re.IGNORECASE)
_EMBEDDED = re.compile(r"/embeddings/|oleobject|\.(exe|dll|scr|msi|bat|cmd|ps1|hta|lnk|jar|ole)$", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"xl/externallinks/|xl/connections\.xml|xl/querytables/|xl/webextensions|/afchunk", re.IGNORECASE
)
# Formulas that call another program (cmd|'/c calc'!A0) or fetch an address. Nothing is taken back here once it fits:
# an expression that tries again at every place of a long formula would hold the reader for minutes.
_DDE = re.compile(r"(?:^|[=+\-@(,;\s])[\w.]++\s*+\|\s*+['\w]")
_FETCHING = re.compile(r"\b(?:WEBSERVICE|RTD|REGISTER\.ID|CALL)\s*\(", re.IGNORECASE)
_DDE_FIELD = re.compile(r"^\s*DDE(?:AUTO)?\b|\bDDE(?:AUTO)?\s", re.IGNORECASE)
_FETCHING_FIELD = re.compile(r"^\s*(?:INCLUDETEXT|INCLUDEPICTURE|IMPORT|DATABASE)\b", re.IGNORECASE)
# Cells, names, conditional formats and validations.
_FORMULAS = frozenset({"f", "definedName", "formula", "formula1", "formula2"})
# In UTF-8, and in UTF-16 of either order.
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_SAFE_LINK = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
# Excel itself writes no longer one.
LONGEST_FORMULA = 8_192


@dataclass(frozen=True, slots=True)
class Listed:
    """The sheets that a workbook lists. Any part may be its list: which one it is, a part of its own says."""

    # By part: the ids that stand in its list of sheets, one or more for each; and, by source, what it refers to.
    ids: Counter[tuple[str, str]] = field(default_factory=Counter)
    targets: Counter[tuple[str, str]] = field(default_factory=Counter)

    def refers(self, links: str, target: str) -> None:
        """Notes what a part of links refers to, as the whole way through the package."""
        folder, name = posixpath.split(links)
        source = posixpath.join(posixpath.dirname(folder), name[: -len(".rels")])
        whole = posixpath.join("/", posixpath.dirname(source), target)
        self.targets[source, posixpath.normpath(whole).lstrip("/")] += 1

    def count(self) -> int:
        """How many sheets are listed, in all lists together."""
        return self.ids.total()

    def names_one_twice(self) -> bool:
        """Whether one sheet is named twice: by its id, or by two ids that lead to the same part."""
        lists = {part for part, _ in self.ids}
        again = any(times > 1 for (source, _), times in self.targets.items() if source in lists)
        return again or any(times > 1 for times in self.ids.values())


def inspect_office(file: BinaryIO, *, name: str, kind: Kind, most_elements: int | None = None) -> Listed:
    """Looks through every part of an Office Open XML file, and counts its elements where there is a limit to them.

    Returns the sheets that it lists, for whoever opens them.
    """
    listed = Listed()
    count = None if most_elements is None else markup.Count(most_elements)
    with archives.open_archive(file, name=name) as package:
        names = {entry.filename for entry in package.infolist()}
        if "[Content_Types].xml" not in names:
            refuse(FileRefusal.CONTENT_IS_OTHER, name=name, facts={"kind": kind})
        _look_at_names(names, name=name)
        if _MAIN_PART[kind] not in names:
            refuse(FileRefusal.CONTENT_IS_OTHER, name=name, facts={"kind": kind})
        for entry in package.infolist():
            _look_at_part(package, entry, _reader(entry.filename, name=name, count=count, listed=listed), name=name)
    return listed


def _look_at_names(names: set[str], *, name: str) -> None:
    for part in sorted(names):
        if _MACROS.search(part):
            refuse(FileRefusal.OFFICE_MACROS, name=name, part=part)
        if _EMBEDDED.search(part):
            refuse(FileRefusal.OFFICE_EMBEDDED, name=name, part=part)
        if _ELSEWHERE.search(part):
            refuse(FileRefusal.OFFICE_EXTERNAL, name=name, part=part)


def _look_at_part(package: zipfile.ZipFile, entry: zipfile.ZipInfo, reader: "_Part", *, name: str) -> None:
    part = entry.filename
    pieces = archives.pieces(package, entry, name=name)
    first = next(pieces, b"")
    # Programs find a sheet by what refers to it, whatever its name says.
    if not part.lower().endswith((".xml", ".rels", ".vml")) and not _is_markup(first):
        for _ in pieces:
            # Read for its checksum: a picture that lies about its size is found here.
            pass
        return
    markup.read_xml(chain([first], pieces), reader, name=name, part=part)


def _reader(part: str, *, name: str, count: markup.Count | None, listed: Listed) -> "_Part":
    if part == "[Content_Types].xml":
        reader: _Part = _Types(name, part)
    elif part.lower().endswith(".rels"):
        reader = _Links(name, part)
    elif part.startswith("xl/"):
        reader = _Formulas(name, part)
    else:
        reader = _Fields(name, part)
    reader.count, reader.listed = count, listed
    return reader


def _is_markup(beginning: bytes) -> bool:
    """Whether a part reads as XML, in UTF-8 or in UTF-16, with or without its mark, after any blanks."""
    letters = beginning
    for mark in _MARKS:
        letters = letters.removeprefix(mark)
    # Half of what UTF-16 is made of where it is Latin; no reader of XML takes it for a letter.
    letters = letters.replace(b"\0", b"").lstrip()
    is_blank_so_far = not letters and len(beginning) >= archives.PIECE
    return letters.startswith(b"<") or is_blank_so_far


class _Part(markup.Reader):
    WATCHED: frozenset[str] | None = None  # every element

    def __init__(self, file_name: str, part: str) -> None:
        super().__init__()
        self.file_name, self.part = file_name, part
        self.listed = Listed()
        # How deep the lists of sheets lie in which the reader is.
        self._lists: set[int] = set()

    def begun(self, name: str, attrs: Mapping[str, str]) -> None:
        # Whatever stands in the list is taken for a sheet, by any of its ids; a reader of namespaces knows which.
        if name == "sheet" or (self._lists and self.depth - 1 in self._lists):
            self.listed.ids.update(
                (self.part, value) for key, value in attrs.items() if key.rpartition(":")[2].lower() == "id"
            )
        if name == "sheets":
            self._lists.add(self.depth)
        if self.WATCHED is None or name in self.WATCHED:
            self.met(name, attrs)

    def met(self, name: str, attrs: Mapping[str, str]) -> None:
        """An element begins that is watched for."""

    def end(self, name: str) -> None:
        if self._lists:
            self._lists.discard(self.depth)
        super().end(name)


class _Types(_Part):
    def met(self, name: str, attrs: Mapping[str, str]) -> None:  # noqa: ARG002 - any element may carry it
        if "macroenabled" in attrs.get("ContentType", "").lower():
            refuse(FileRefusal.OFFICE_MACROS, name=self.file_name, part=self.part)


class _Links(_Part):
    """What a part refers to. Only links that a person clicks may lead outside, and only to the web."""

    def met(self, name: str, attrs: Mapping[str, str]) -> None:  # noqa: ARG002 - any element may carry it
        if attrs.get("TargetMode", "").lower() != "external":
            if "Target" in attrs:
                self.listed.refers(self.part, attrs["Target"])
            return
        target = attrs.get("Target", "")
        if not attrs.get("Type", "").endswith("/hyperlink") or not _SAFE_LINK.match(target):
            refuse(FileRefusal.OFFICE_EXTERNAL, name=self.file_name, part=self.part, value=target)


class _Formulas(_Part):
    """Formulas of a workbook, in cells and in defined names."""

    WATCHED = _FORMULAS | {"c", "ddeLink"}

    def __init__(self, file_name: str, part: str) -> None:
        super().__init__(file_name, part)
        self._text: list[str] | None = None
        self._letters = 0
        self._cell = ""

    def met(self, name: str, attrs: Mapping[str, str]) -> None:
        if name == "c":
            self._cell = attrs.get("r", "")
        elif name in _FORMULAS:
            self._text, self._letters = [], 0
        elif name == "ddeLink":
            refuse(FileRefusal.OFFICE_DDE, name=self.file_name, part=self.part)

    def characters(self, content: str) -> None:
        if self._text is None:
            return
        self._text.append(content)
        self._letters += len(content)
        if self._letters > LONGEST_FORMULA:
            facts = {"most": LONGEST_FORMULA}
            refuse(FileRefusal.OFFICE_FORMULA_TOO_LONG, name=self.file_name, part=self._place(), facts=facts)

    def end(self, name: str) -> None:
        # Nearly always it is a cell that ends, and nothing hangs on that.
        if self._text is None and not self._lists:
            self.depth -= 1
        else:
            super().end(name)

    def ended(self, name: str) -> None:
        if self._text is None or name not in _FORMULAS:
            return
        formula, self._text = "".join(self._text), None
        if _calls_a_program(formula):
            refuse(FileRefusal.OFFICE_DDE, name=self.file_name, part=self._place(), value=formula)
        if _FETCHING.search(formula):
            refuse(FileRefusal.OFFICE_EXTERNAL, name=self.file_name, part=self._place(), value=formula)

    def _place(self) -> str:
        return f"{self.part} {self._cell}".strip()


def _calls_a_program(formula: str) -> bool:
    begun = _DDE.search(formula)
    return begun is not None and "!" in formula[begun.end() :]


class _Fields(_Part):
    """Fields of a Word document; an instruction may be cut into many runs, so it is put together per paragraph."""

    def __init__(self, file_name: str, part: str) -> None:
        super().__init__(file_name, part)
        self._instruction: list[str] = []
        self._is_open = False

    def met(self, name: str, attrs: Mapping[str, str]) -> None:
        if name == "fldSimple":
            self._judge(next((value for key, value in attrs.items() if key.endswith("instr")), ""))
        elif name == "fldChar":
            self._judge_collected()
        self._is_open = name == "instrText"

    def characters(self, content: str) -> None:
        if self._is_open:
            self._instruction.append(content)

    def ended(self, name: str) -> None:
        self._is_open = False
        if name in ("p", "body", "document"):
            self._judge_collected()

    def _judge_collected(self) -> None:
        text, self._instruction = "".join(self._instruction), []
        self._judge(text)

    def _judge(self, instruction: str) -> None:
        if _DDE_FIELD.search(instruction):
            refuse(FileRefusal.OFFICE_DDE, name=self.file_name, part=self.part, value=instruction)
        if _FETCHING_FIELD.search(instruction):
            refuse(FileRefusal.OFFICE_EXTERNAL, name=self.file_name, part=self.part, value=instruction)
