"""Data files that ship with the register: inspecting bodies, and the figures of the synthetic sector."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sonae.core.institutions.vocabulary import (
    PREFECTURES,
    JurisdictionEdition,
    JurisdictionFacts,
    JurisdictionKind,
    Prefecture,
)

_HERE = Path(__file__).parent


@cache
def jurisdictions() -> JurisdictionEdition:
    """The shipped list of inspecting bodies, prefectures first."""
    document = tomllib.loads((_HERE / "jurisdictions.toml").read_text(encoding="utf-8"))
    bodies = [
        JurisdictionFacts(
            f"{facts.code}000",
            JurisdictionKind.PREFECTURE,
            facts.code,
            facts.name_ja,
            f"{facts.name_en} Prefecture" if facts.code != Prefecture.TOKYO else "Tokyo Metropolis",
        )
        for facts in PREFECTURES.values()
    ]
    for kind in JurisdictionKind:
        for row in document.get(kind.value, []):
            first_ward, last_ward = row.get("wards", ("", ""))
            bodies.append(
                JurisdictionFacts(
                    row["code"],
                    kind,
                    Prefecture(row["code"][:2]),
                    row["name_ja"],
                    row["name_en"],
                    first_ward,
                    last_ward,
                )
            )
    return JurisdictionEdition(document["as_of"], document["source"], document["is_confirmed"], tuple(bodies))


@dataclass(frozen=True, slots=True)
class SectorFigures:
    """Published counts by which a synthetic sector is drawn; bed ranges are (fewest, most), both inside."""

    source: str
    kinds: Mapping[str, int]
    hospital_beds: Mapping[tuple[int, int], int]
    clinic_beds: Mapping[tuple[int, int], int]
    population_thousands: Mapping[str, int]


def _ranges(counts: Mapping[str, int]) -> dict[tuple[int, int], int]:
    found = {}
    for limits, count in counts.items():
        fewest, most = limits.split("-")
        found[int(fewest), int(most)] = count
    return found


@cache
def sector_figures() -> SectorFigures:
    """The shipped figures of the synthetic sector."""
    document = tomllib.loads((_HERE / "sector.toml").read_text(encoding="utf-8"))
    return SectorFigures(
        source=document["source"],
        kinds=document["kinds"],
        hospital_beds=_ranges(document["hospital_beds"]),
        clinic_beds=_ranges(document["clinic_beds"]),
        population_thousands=document["population_thousands"],
    )
