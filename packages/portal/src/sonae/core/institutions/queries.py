"""Reads of the register that join or count."""

import datetime as dt
import functools
import operator
import unicodedata
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Length

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions import rules
from sonae.core.institutions.models import (
    BedCount,
    ImportProblem,
    ImportRun,
    Institution,
    InstitutionChange,
    Jurisdiction,
    OwnNetwork,
    VendorLink,
    bed_band_condition,
)
from sonae.core.institutions.vocabulary import (
    BedBand,
    ChangedField,
    Facets,
    ImportKind,
    ImportStatus,
    InstitutionKind,
    InstitutionStatus,
    PlaceCount,
    Prefecture,
    Region,
)

# Shorter names of institutions occur in any sentence.
SHORTEST_TELLING_NAME = 5


def licensed_beds_on(institution_id: int, *, on: dt.date) -> int | None:
    """The licensed beds that the newest statement up to this day gives; None where there is none or it does not say."""
    newest = BedCount.objects.filter(institution_id=institution_id, as_of__lte=on).order_by("-as_of")
    return newest.values_list("total", flat=True).first()


def licensed_beds_of(institution_ids: Collection[int], *, on: dt.date) -> dict[int, int | None]:
    """By institution, the licensed beds that its newest statement up to this day gives; None as for one alone. One
    query."""
    stated = BedCount.objects.filter(institution_id__in=institution_ids, as_of__lte=on).order_by("as_of")
    newest = dict(stated.values_list("institution_id", "total"))
    return {institution_id: newest.get(institution_id) for institution_id in institution_ids}


def as_of(day: dt.date) -> "QuerySet[Institution]":
    """The institutions that stood in the published lists on a day, with `kind_then`, `prefecture_then` and
    `jurisdiction_then` (its code) as they were on it."""
    found = Institution.objects.filter(listed_on__lte=day).annotate(
        kind_then=_on(day, ChangedField.KIND, now=F("kind")),
        prefecture_then=_on(day, ChangedField.PREFECTURE, now=F("prefecture")),
        jurisdiction_then=_on(day, ChangedField.JURISDICTION, now=F("jurisdiction__code")),
        status_then=_on(
            day,
            ChangedField.STATUS,
            now=Case(
                When(vanished_on=None, then=Value(InstitutionStatus.LISTED.value)),
                default=Value(InstitutionStatus.VANISHED.value),
            ),
        ),
    )
    return found.filter(status_then=InstitutionStatus.LISTED)


def _on(day: dt.date, field: ChangedField, *, now: Case | F) -> Coalesce:
    # What the first later change found is what was so on the day; without one, what is so now.
    later = InstitutionChange.objects.filter(institution_id=OuterRef("pk"), field=field, as_of__gt=day)
    before = later.order_by("as_of", "id").values("before")[:1]
    return Coalesce(Subquery(before), now, output_field=CharField())


def fitting(facets: Facets, *, known_before: dt.datetime | None = None) -> "QuerySet[Institution]":
    """The institutions of which everything said is surely true; see `rules.fits`, its slow twin.

    With `known_before` only those that a published list had brought by then, and of which the beds stated by then and
    those of today both fit: whoever enters hospitals or beds afterwards hides nobody among them.
    """
    found: QuerySet[Institution] = Institution.objects.listed().of(facets.population)
    beds = "licensed_beds"
    if known_before is not None:
        found, beds = _as_known(found, known_before), "beds_then"
    if facets.kinds:
        found = found.filter(kind__in=[kind.value for kind in facets.kinds])
    if facets.prefectures or facets.regions:
        found = found.filter(prefecture__in=[code.value for code in _prefectures(facets.prefectures, facets.regions)])
    if facets.jurisdiction_ids:
        found = found.filter(jurisdiction_id__in=facets.jurisdiction_ids)
    if facets.bed_bands or facets.beds_from is not None or facets.beds_through is not None:
        found = found.exclude(licensed_beds=None).exclude(**{beds: None})
    if facets.bed_bands:
        found = found.filter(functools.reduce(operator.or_, map(bed_band_condition, facets.bed_bands), Q(pk__in=[])))
    for stated in {beds, "licensed_beds"}:
        if facets.beds_from is not None:
            found = found.filter(**{f"{stated}__gte": facets.beds_from})
        if facets.beds_through is not None:
            found = found.filter(**{f"{stated}__lte": facets.beds_through})
    return found


def count_fitting(facets: Facets, *, known_before: dt.datetime | None = None) -> int:
    """How many institutions of the register fit everything said; may be too small, never too large."""
    return fitting(facets, known_before=known_before).count()


def _as_known(found: "QuerySet[Institution]", moment: dt.datetime) -> "QuerySet[Institution]":
    stated = BedCount.objects.filter(institution_id=OuterRef("pk"))
    later = stated.filter(recorded_at__gt=moment)
    then = stated.filter(recorded_at__lte=moment).order_by("-as_of").values("total")[:1]
    return found.filter(published_at__lte=moment).annotate(
        beds_then=Case(When(Exists(later), then=Subquery(then)), default=F("licensed_beds"))
    )


def _prefectures(prefectures: Iterable[Prefecture], regions: Iterable[Region]) -> frozenset[Prefecture]:
    named = frozenset(prefectures) or frozenset(Prefecture)
    within: frozenset[Prefecture] = frozenset().union(*(rules.prefectures_of(region) for region in regions))
    return named & (within or frozenset(Prefecture))


def prefectures_overseen(viewer: Viewer) -> list[Prefecture]:
    """The prefectures in which this viewer looks after institutions: all, or those of their inspecting bodies."""
    if viewer.nation:
        return list(Prefecture)
    bodies = Jurisdiction.objects.filter(pk__in=viewer.jurisdiction_ids).order_by("prefecture")
    return [Prefecture(code) for code in bodies.values_list("prefecture", flat=True).distinct()]


def counts_by_place(institutions: "QuerySet[Institution]") -> list[PlaceCount]:
    """How many of these institutions there are of each kind and bed class in each prefecture: one query."""
    bands = [When(bed_band_condition(band), then=Value(band.value)) for band in BedBand]
    rows = (
        institutions.order_by()
        .annotate(band=Case(*bands, output_field=CharField()))
        .values_list("prefecture", "kind", "band")
        .annotate(Count("id"))
        .order_by("prefecture", "kind", "band")
    )
    return [
        PlaceCount(Prefecture(prefecture), InstitutionKind(kind), BedBand(band), count)
        for prefecture, kind, band, count in rows
    ]


def named_in(text: str, *, except_for: int | None = None) -> list[str]:
    """Up to five institutions whose whole name stands in a text, whatever its width, blanks and unseen characters."""
    spellings = {text, unicodedata.normalize("NFKC", text), "".join(rules.visible(text).split())}
    condition = Q()
    institutions = Institution.objects.exclude(pk__in=[] if except_for is None else [except_for]).annotate(
        length=Length("name")
    )
    for place, spelling in enumerate(sorted(spellings)):
        institutions = institutions.annotate(**{f"text{place}": Value(spelling, output_field=CharField())})
        condition |= Q(**{f"text{place}__contains": F("name")})
    found = institutions.filter(condition, length__gte=SHORTEST_TELLING_NAME).order_by("pk")
    return list(dict.fromkeys(found.values_list("name", flat=True)[:5]))


def served_by(vendor_id: int) -> list[int]:
    """The institutions that a vendor works for at present."""
    links = VendorLink.objects.filter(vendor_id=vendor_id, ended_at=None).order_by("institution_id")
    return list(links.values_list("institution_id", flat=True).distinct())


def own_networks(institution_id: int) -> list[str]:
    """The public networks that are or were the institution's: an address it has given up still points at it."""
    found = OwnNetwork.objects.filter(institution_id=institution_id).order_by("network")
    return list(dict.fromkeys(found.values_list("network", flat=True)))


def last_import(kind: ImportKind) -> ImportRun | None:
    """The newest finished import of a kind of list."""
    return ImportRun.objects.filter(kind=kind, status=ImportStatus.DONE).order_by("-started_at", "-id").first()


def list_day(on: dt.date, *, read_by: dt.datetime) -> dt.date | None:
    """The day of the published list behind the register of a day, as it was read by a moment.

    The newest list of that day or before; where only later ones had been read, the earliest of them. None where no
    published list had been read: then the register was entered by hand, or made up.
    """
    read = ImportRun.objects.filter(
        kind=ImportKind.REGISTER, status=ImportStatus.DONE, as_of__isnull=False, finished_at__lte=read_by
    )
    found = read.aggregate(newest=Max("as_of", filter=Q(as_of__lte=on)), earliest=Min("as_of"))
    day: dt.date | None = found["newest"] or found["earliest"]
    return day


def problem_counts(run_id: UUID) -> dict[str, int]:
    """How many problems an import found, by reason, the most frequent first."""
    rows = ImportProblem.objects.filter(run_id=run_id).order_by().values_list("reason").annotate(count=Count("id"))
    return dict(sorted(rows, key=lambda row: (-row[1], row[0])))
