"""Institutions for the tests of every slice, made through the real verbs."""

import datetime as dt
from itertools import count
from typing import Any

from sonae.core.institutions import services
from sonae.core.institutions.models import BedCount, Institution, Vendor
from sonae.core.institutions.vocabulary import (
    Beds,
    InstitutionKind,
    Population,
    Prefecture,
    PublishedInstitution,
)

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
LISTED_BEFORE = dt.timedelta(days=400)
_numbers = count(1)


def a_published_institution(**overrides: Any) -> PublishedInstitution:
    """A row as a list would publish it: a hospital of 150 beds in Sapporo unless told otherwise."""
    number = next(_numbers)
    facts: dict[str, Any] = {
        "line": number,
        "register_code": f"T{number:06d}",
        "kind": InstitutionKind.HOSPITAL,
        "name": f"試験第{number}病院",
        "name_kana": f"シケンダイ{number}ビョウイン",
        "short_name": "",
        "name_latin": f"Test Hospital No. {number}",
        "prefecture": Prefecture.HOKKAIDO,
        "municipality": "01101",
        "address": "北海道札幌市中央区北一条西1丁目",
        "latitude": None,
        "longitude": None,
        "website": "",
        "beds": Beds(total=150),
    }
    return PublishedInstitution(**(facts | overrides))


def an_institution(
    *,
    population: Population = Population.REAL,
    now: dt.datetime = NOW,
    licensed_beds: int | None = 150,
    **overrides: Any,
) -> Institution:
    """An institution in the register; `prefecture` alone is enough to move it, `licensed_beds` to resize it."""
    if "prefecture" in overrides:
        overrides.setdefault("municipality", f"{overrides['prefecture']}999")
        overrides.setdefault("address", "")
    row = a_published_institution(beds=Beds(total=licensed_beds), **overrides)
    institution = services.register_institution(row, population=population, by=None, now=now)
    # As if a published list had brought it long ago: entered by hand, it would be no cover for anyone.
    institution.published_at = now - LISTED_BEFORE
    institution.save(update_fields=["published_at"])
    BedCount.objects.filter(institution=institution).update(recorded_at=institution.published_at)
    return institution


def a_vendor(name: str = "試験システム株式会社", *, now: dt.datetime = NOW) -> Vendor:
    """A vendor in the register."""
    return services.register_vendor(name, by=None, now=now)
