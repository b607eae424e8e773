"""A synthetic sector with the published distribution, for demonstrations, load tests and anonymity tests."""

import datetime as dt
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, batched
from uuid import UUID

from django.db import transaction

from sonae.core.audit import services as audit
from sonae.core.institutions import editions, rules
from sonae.core.institutions.models import BedCount, Institution
from sonae.core.institutions.services.jurisdictions import ensure_jurisdictions
from sonae.core.institutions.services.register_list import institution_from
from sonae.core.institutions.vocabulary import (
    PREFECTURES,
    Beds,
    BedSource,
    InstitutionKind,
    JurisdictionFacts,
    JurisdictionKind,
    Prefecture,
    PublishedInstitution,
    RegisterRefusal,
)
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import Refused
from sonae.kernel.errors import NotAllowed

MOST_INSTITUTIONS = 180_000
# A made-up sector is made once and whole: it has stood since before any incident in it.
_ALWAYS = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_CHUNK = 2_000
_NAMES = {
    InstitutionKind.HOSPITAL: ("病院", "ビョウイン", "Hospital"),
    InstitutionKind.CLINIC: ("診療所", "シンリョウジョ", "Clinic"),
    InstitutionKind.DENTAL_CLINIC: ("歯科診療所", "シカシンリョウジョ", "Dental Clinic"),
    InstitutionKind.PHARMACY: ("薬局", "ヤッキョク", "Pharmacy"),
}
# How much more of a prefecture's institutions a city attracts than one of its other districts (our own estimate).
_CITY_WEIGHT = {
    JurisdictionKind.PREFECTURE: 8,
    JurisdictionKind.DESIGNATED_CITY: 6,
    JurisdictionKind.CORE_CITY: 3,
    JurisdictionKind.OTHER_CITY: 1,
    JurisdictionKind.SPECIAL_WARD: 1,
}
type _Places = Mapping[Prefecture, tuple[Sequence[JurisdictionFacts], Sequence[int]]]


@transaction.atomic
def generate_synthetic_sector(
    size: int,
    *,
    seed: int,
    now: dt.datetime,
    by: UUID | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Adds `size` institutions that do not exist, the same ones for the same seed; refused where some exist already."""
    if not 1 <= size <= MOST_INSTITUTIONS:
        raise NotAllowed(Refused(RegisterRefusal.SECTOR_TOO_LARGE, {"most": MOST_INSTITUTIONS}))
    if Institution.objects.filter(is_synthetic=True).exists():
        raise NotAllowed(Refused(RegisterRefusal.SECTOR_EXISTS))
    bodies = ensure_jurisdictions()
    cities = rules.jurisdiction_codes(editions.jurisdictions().jurisdictions)
    as_of, made = jst_day(now), 0
    for chunk in batched(synthetic_sector(size, seed=seed), _CHUNK):
        institutions = []
        for row in chunk:
            code = rules.inspected_by(row.municipality, prefecture=row.prefecture, cities=cities)
            institutions.append(
                institution_from(
                    row, jurisdiction_id=bodies[code], as_of=as_of, digest="", is_synthetic=True, published_at=_ALWAYS
                )
            )
        Institution.objects.bulk_create(institutions)
        BedCount.objects.bulk_create(
            BedCount(
                institution=institution,
                as_of=as_of,
                total=institution.licensed_beds,
                source=BedSource.SYNTHETIC,
                recorded_at=_ALWAYS,
            )
            for institution in institutions
            if institution.licensed_beds is not None
        )
        made += len(chunk)
        if progress:
            progress(made, size)
    audit.record(
        "institutions.generate_sector",
        subject="synthetic_sector",
        subject_id=seed,
        by=by,
        now=now,
        facts={"size": size, "seed": seed},
    )
    return made


def synthetic_sector(size: int, *, seed: int) -> Iterator[PublishedInstitution]:
    """The rows of a synthetic sector, hospitals first; equal seeds give equal rows."""
    figures = editions.sector_figures()
    chance = random.Random(seed)  # noqa: S311 - a repeatable draw, nothing secret
    counts = _shares({InstitutionKind(kind): weight for kind, weight in figures.kinds.items()}, size)
    places = _places()
    number = 0
    for kind in InstitutionKind:
        by_prefecture = _shares(
            {Prefecture(code): weight for code, weight in figures.population_thousands.items()}, counts[kind]
        )
        beds = iter(_beds_drawn(kind, counts[kind], chance))
        for prefecture, count in by_prefecture.items():
            bodies, weights = places[prefecture]
            for body in chance.choices(bodies, cum_weights=weights, k=count):
                number += 1
                yield _row(number, kind, body, next(beds), chance)


def _shares[Name](weights: Mapping[Name, int], size: int) -> dict[Name, int]:
    """`size` shared out by weight in whole numbers (largest remainder), so that small sectors are right as well."""
    total = sum(weights.values())
    found = {name: size * weight // total for name, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda name: -(size * weights[name] % total))
    for name in by_remainder[: size - sum(found.values())]:
        found[name] += 1
    return found


def _beds_drawn(kind: InstitutionKind, count: int, chance: random.Random) -> list[int | None]:
    figures = editions.sector_figures()
    if not rules.counts_beds(kind):
        return [None] * count
    ranges = figures.hospital_beds if kind is InstitutionKind.HOSPITAL else figures.clinic_beds
    beds: list[int | None] = []
    for (fewest, most), share in _shares(ranges, count).items():
        beds.extend(chance.randint(fewest, most) for _ in range(share))
    chance.shuffle(beds)
    return beds


def _places() -> _Places:
    found: dict[Prefecture, list[JurisdictionFacts]] = {code: [] for code in Prefecture}
    for body in editions.jurisdictions().jurisdictions:
        found[body.prefecture].append(body)
    return {
        code: (bodies, list(accumulate(_CITY_WEIGHT[body.kind] for body in bodies))) for code, bodies in found.items()
    }


def _row(
    number: int, kind: InstitutionKind, body: JurisdictionFacts, beds: int | None, chance: random.Random
) -> PublishedInstitution:
    ja, kana, en = _NAMES[kind]
    prefecture = PREFECTURES[body.prefecture].name_ja
    place = prefecture if body.kind is JurisdictionKind.PREFECTURE else prefecture + body.name_ja
    return PublishedInstitution(
        line=number,
        register_code=f"SYN-{number:06d}",
        kind=kind,
        name=f"架空第{number}{ja}",
        name_kana=f"カクウダイ{number}{kana}",
        short_name="",
        name_latin=f"Fictitious {en} No. {number}",
        prefecture=body.prefecture,
        municipality=body.code,
        address=f"{place}架空町{chance.randint(1, 9)}丁目{chance.randint(1, 40)}番",
        latitude=None,
        longitude=None,
        website="",
        beds=Beds(total=beds),
    )
