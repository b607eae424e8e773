"""One value of a publisher's document with its place: what is asked of it and is not there becomes a fault."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from sonae.prevention.advisories.reading.limits import LIMITS, Limits
from sonae.prevention.advisories.vocabulary import Fault, FaultReason

CVE = re.compile(r"CVE-\d{4}-\d{4,19}")
_SAID_NOTHING = frozenset({"", "n/a", "-", "*"})
# What PostgreSQL does not store, or nobody reads; halves of surrogate pairs.
_NOT_STORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_FIRST_YEAR, _LAST_YEAR = 1970, 2099


class Notes:
    """The faults of one advisory, in the order in which they were found."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self._found: list[Fault] = []
        self._more = 0

    def add(self, reason: FaultReason, where: str, **facts: str | int) -> None:
        fault = Fault(reason, where[:400], {name: clean(str(v))[:300] if isinstance(v, str) else v
                                            for name, v in facts.items()})  # fmt: skip
        if len(self._found) < self.limits.faults:
            if fault not in self._found:
                self._found.append(fault)
        else:
            self._more += 1

    def all(self) -> tuple[Fault, ...]:
        return tuple(self._found)


def clean(text: str) -> str:
    """The text without what no database stores."""
    return _NOT_STORABLE.sub("\ufffd", text)


def cut(text: str, most: int) -> str:
    """At most so many characters; the last one says that there were more."""
    return text if len(text) <= most else text[: most - 1] + "…"


class Node:
    """A value in JSON, its pointer (RFC 6901), and where faults are noted. A missing value is a node, too."""

    __slots__ = ("notes", "pointer", "value")

    def __init__(self, value: Any, notes: Notes, pointer: str = "") -> None:
        self.value = value
        self.notes = notes
        self.pointer = pointer

    def __getitem__(self, key: str) -> "Node":
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return Node(value, self.notes, f"{self.pointer}/{key.replace('~', '~0').replace('/', '~1')}")

    def __iter__(self) -> Iterator["Node"]:
        """The members of a list; nothing, with a fault, where it is another thing."""
        if self.value is None:
            return
        if not isinstance(self.value, list):
            self.notes.add(FaultReason.WRONG_TYPE, self.pointer, expected="list")
            return
        for at, value in enumerate(self.value):
            yield Node(value, self.notes, f"{self.pointer}/{at}")

    def __bool__(self) -> bool:
        return self.value is not None

    def is_missing(self) -> bool:
        """Whether nothing is there; noted."""
        if self.value in (None, "", [], {}):
            self.notes.add(FaultReason.FIELD_MISSING, self.pointer)
            return True
        return False

    def text(self, *, most: int = 0, is_needed: bool = False) -> str:
        """The text without blanks around it, at most `most` characters (0: of a name)."""
        value = self.value
        if value is None or value == "":
            if is_needed:
                self.notes.add(FaultReason.FIELD_MISSING, self.pointer)
            return ""
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            self.notes.add(FaultReason.WRONG_TYPE, self.pointer, expected="text")
            return ""
        return kept(str(value), self.notes, self.pointer, most=most)

    def said(self) -> str:
        """A text that may say nothing in words (“n/a”)."""
        found = self.text()
        return "" if found.casefold() in _SAID_NOTHING else found

    def moment(self) -> datetime | None:
        """A moment with its zone; without one it is UTC, which is what the publishers of such moments mean."""
        return moment(self.value, self.notes, self.pointer)

    def day(self) -> date | None:
        found = self.moment()
        return found.date() if found else None

    def number(self, *, least: float, most: float) -> float | None:
        """A number within its bounds; published as a text it is read, too."""
        if self.value in (None, ""):
            return None
        try:
            found = float(self.value) if not isinstance(self.value, (bool, list, dict)) else None
        except (ValueError, OverflowError):
            found = None
        if found is None or not least <= found <= most:
            self.notes.add(FaultReason.VALUE_UNKNOWN, self.pointer, value=str(self.value)[:80])
            return None
        return found

    def cve(self) -> str:
        """The number of a CVE, or nothing and a fault."""
        said = self.text().upper()
        if said and not CVE.fullmatch(said):
            self.notes.add(FaultReason.NOT_A_CVE, self.pointer, value=said)
            return ""
        return said


def kept(text: str, notes: Notes, where: str, *, most: int = 0) -> str:
    """A text as it is kept: storable, trimmed, and no longer than `most`; what was changed is noted."""
    most = most or notes.limits.kept_name
    found = text.strip()
    if _NOT_STORABLE.search(found):
        notes.add(FaultReason.CHARACTER_NOT_STORABLE, where)
        found = clean(found)
    if len(found) > most:
        notes.add(FaultReason.TEXT_CUT, where, most=most)
        found = cut(found, most)
    return found


def moment(value: Any, notes: Notes, where: str) -> datetime | None:
    if value in (None, ""):
        return None
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        notes.add(FaultReason.NOT_A_MOMENT, where, value=str(value)[:80])
        return None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        notes.add(FaultReason.NOT_A_MOMENT, where, value=str(value)[:80])
        return None
    return found


def distinct(texts: Iterator[str] | list[str]) -> tuple[str, ...]:
    """Each text once, in order, without empty ones."""
    return tuple(dict.fromkeys(text for text in texts if text))
