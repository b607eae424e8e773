"""Places in the tree of a file: what is asked of each is noted where it is not as it should be."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import StrEnum

from sonae.core.assurance.catalogue_files.tree import Tree, pointer
from sonae.core.assurance.vocabulary import CatalogueEntry, CatalogueProblem, DataFileProblem
from sonae.kernel.errors import Problem

# A file that is nothing but mistakes is told so; nobody reads the thousandth.
MOST_PROBLEMS = 500
# What no database keeps and no page shows: control characters but line ends and tabs, and halves of a character.
UNSOUND = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_NOTHING = object()
# The largest published catalogue has some three thousand entries, of some three million letters.
MOST_ENTRIES = 20_000
MOST_LETTERS = 10_000_000


class Overfull(Exception):
    """Ends the reading of a catalogue that is larger than any: whoever began it tells its problem."""

    def __init__(self, reason: CatalogueProblem, *, most: int) -> None:
        super().__init__(reason)
        self.reason, self.most = reason, most


class Entries:
    """The entries of a catalogue in their order, counted while they are read; raises Overfull."""

    def __init__(self) -> None:
        self.found: list[CatalogueEntry] = []
        self._letters = 0

    def add(self, entry: CatalogueEntry) -> None:
        self.found.append(entry)
        self._letters += len(entry.title) + len(entry.text) + len(entry.guidance)
        if len(self.found) > MOST_ENTRIES:
            raise Overfull(CatalogueProblem.TOO_MANY_CONTROLS, most=MOST_ENTRIES)
        if self._letters > MOST_LETTERS:
            raise Overfull(CatalogueProblem.TOO_MUCH_TEXT, most=MOST_LETTERS)


class Notes:
    """The problems of one file, in the order in which they were found."""

    def __init__(self, tree: Tree, *, file: str) -> None:
        self.found: list[Problem] = []
        self.file = file
        self._tree = tree

    def note(self, reason: StrEnum, at: str, value: object = "", /, **facts: object) -> None:
        if len(self.found) < MOST_PROBLEMS:
            # What is missing has no line of its own: that of what it is missing from leads there.
            line = self._tree.lines.of(at) or self._tree.lines.of(at.rpartition("/")[0])
            self.found.append(Problem(reason, self.file, line, at or "/", str(value)[:200], facts))

    def top(self) -> "Place":
        return Place(self, self._tree.root, "")


class Place:
    """One value of a file with its JSON pointer."""

    def __init__(self, notes: Notes, value: object, at: str) -> None:
        self.notes = notes
        self.value = value
        self.at = at

    def has(self, name: str) -> bool:
        return isinstance(self.value, dict) and self.value.get(name) is not None

    def below(self, name: str) -> "Place":
        """What stands under a name, which has to be there and to hold fields."""
        found = Place(self.notes, self._get(name), pointer(self.at, name))
        if found.value is _NOTHING:
            self.note(DataFileProblem.FIELD_MISSING, name)
        elif not isinstance(found.value, dict):
            self.note(DataFileProblem.NOT_A_MAPPING, name)
        return found

    def each(self, name: str) -> Iterator["Place"]:
        """Every entry of a list that may be missing; what holds no fields is noted and left out."""
        found = self._get(name)
        if found is _NOTHING:
            return
        if not isinstance(found, list):
            self.note(DataFileProblem.NOT_A_LIST, name)
            return
        for number, value in enumerate(found):
            at = pointer(pointer(self.at, name), number)
            if isinstance(value, dict):
                yield Place(self.notes, value, at)
            else:
                self.notes.note(DataFileProblem.NOT_A_MAPPING, at)

    def text(self, name: str, *, most: int) -> str:
        """A text that has to be there, without blanks around it, of at most so many characters."""
        if not self.has(name):
            # What is not even a mapping was noted already; its missing fields would only repeat that.
            if isinstance(self.value, dict):
                self.note(DataFileProblem.FIELD_MISSING, name)
            return ""
        return self.text_or_nothing(name, most=most)

    def text_or_nothing(self, name: str, *, most: int) -> str:
        found = self._get(name)
        if found is _NOTHING:
            return ""
        if isinstance(found, bool) or not isinstance(found, str | int):
            self.note(DataFileProblem.NOT_TEXT, name)
            return ""
        text = str(found).strip()
        if len(text) > most:
            self.note(CatalogueProblem.TEXT_TOO_LONG, name, text, most=most)
        elif unsound := UNSOUND.search(text):
            self.note(CatalogueProblem.TEXT_UNSOUND, name, code=f"U+{ord(unsound[0]):04X}")
        else:
            return text
        return ""

    def number(self, name: str) -> int:
        found = self._get(name)
        if isinstance(found, str) and found.isdecimal() and found.isascii() and len(found) < 10:
            found = int(found)
        if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found < 10**9:
            missing = found is _NOTHING
            self.note(DataFileProblem.FIELD_MISSING if missing else DataFileProblem.NOT_A_NUMBER, name)
            return 0
        return found

    def yes(self, name: str) -> bool:
        found = self._get(name)
        if not isinstance(found, bool):
            missing = found is _NOTHING
            self.note(DataFileProblem.FIELD_MISSING if missing else DataFileProblem.NOT_YES_OR_NO, name)
        return found is True

    def moment(self, name: str) -> datetime:
        """A date with a time and its zone, in UTC."""
        text = self.text(name, most=40)
        try:
            found = datetime.fromisoformat(text or "0001-01-01T00:00:00Z")
            if found.tzinfo is not None:
                return found.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        self.note(CatalogueProblem.NOT_A_MOMENT, name, text)
        return datetime.min.replace(tzinfo=UTC)

    def day_or_nothing(self, name: str) -> date | None:
        text = self.text_or_nothing(name, most=40)
        try:
            return date.fromisoformat(text[:10]) if text else None
        except ValueError:
            self.note(DataFileProblem.NOT_A_DATE, name, text)
            return None

    def note(self, reason: StrEnum, name: str = "", value: object = "", /, **facts: object) -> None:
        """Notes a problem of this place, or of what stands here under a name."""
        at = pointer(self.at, name) if name else self.at
        self.notes.note(reason, at, value, **facts)

    def _get(self, name: str) -> object:
        found = self.value.get(name) if isinstance(self.value, dict) else None
        return _NOTHING if found is None else found
