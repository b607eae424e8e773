"""Public bodies that are called when an institution was attacked: the shipped list and what an installation corrects.

Contact data is data, never code: it changes with every reorganisation of a ministry.
"""

import datetime as dt
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SHIPPED = Path(__file__).with_name("offices.toml")
INSPECTING_BODY = "inspecting-body"
_DIALLED = frozenset("0123456789+#*")


@dataclass(frozen=True, slots=True)
class Office:
    """A body, what it is called for, and how; where the number comes from and whether somebody has confirmed it."""

    id: str
    name_ja: str
    name_en: str
    source_ja: str
    source_en: str
    as_of: dt.date
    what_for_ja: str = ""
    what_for_en: str = ""
    phone: str = ""
    url: str = ""
    jurisdiction: str = ""  # its code; only of an inspecting body
    is_confirmed: bool = False

    @property
    def dialled(self) -> str:
        """The number as a telephone takes it, for a tel: link."""
        return quote("".join(letter for letter in self.phone if letter in _DIALLED), safe="+")


@cache
def shipped() -> tuple[Office, ...]:
    """The list of this release."""
    return tuple(_read(SHIPPED))


@cache
def known() -> tuple[Office, ...]:
    """The shipped list, corrected and completed by that of the installation; raises where that file is wrong."""
    own = Path(settings.HOME, SHIPPED.name)
    return merged(shipped(), _read(own) if own.exists() else ())


def merged(shipped_offices: Iterable[Office], own: Iterable[Office]) -> tuple[Office, ...]:
    """Both lists in one: a row of the second takes the place of the row with the same id and jurisdiction."""
    found = {(office.id, office.jurisdiction): office for office in shipped_offices}
    return tuple((found | {(office.id, office.jurisdiction): office for office in own}).values())


def to_call(jurisdiction_code: str) -> tuple[Office, ...]:
    """Whom an institution in this jurisdiction calls, in the order of the list; the inspecting body only if known."""
    return tuple(office for office in known() if office.jurisdiction in ("", jurisdiction_code))


def _read(path: Path) -> list[Office]:
    names = {field.name for field in fields(Office)}
    try:
        rows: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8")).get("offices", [])
        for row in rows:
            if unknown := set(row) - names:
                raise ImproperlyConfigured(f"{path}: no office has the field {min(unknown)!r}")
            if row.get("id") == INSPECTING_BODY and not row.get("jurisdiction"):
                raise ImproperlyConfigured(f"{path}: an inspecting body needs its jurisdiction")
            if row.get("url") and not str(row["url"]).startswith("https://"):
                raise ImproperlyConfigured(f"{path}: {row['url']!r} is no https address")
        return [Office(**row) for row in rows]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as wrong:
        raise ImproperlyConfigured(f"{path}: {wrong}") from wrong
