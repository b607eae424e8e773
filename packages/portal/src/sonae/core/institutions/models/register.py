"""Who inspects and who is inspected: the rows that are public to whoever is signed in."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions import rules
from sonae.core.institutions.vocabulary import (
    BED_BAND_LIMITS,
    BedBand,
    InstitutionFacts,
    InstitutionKind,
    InstitutionStatus,
    Population,
    Prefecture,
    Region,
    SurveyClass,
)


class JurisdictionQuerySet(models.QuerySet["Jurisdiction"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """The list of public bodies, for whoever is signed in."""
        return self if viewer.is_signed_in or viewer.is_program else self.none()


class Jurisdiction(models.Model):
    """A public body that inspects medical institutions: a prefecture, or a city or ward with its own health centre."""

    code = models.CharField(max_length=5, unique=True)  # municipality code; a prefecture ends in 000
    kind = models.CharField(max_length=16)  # JurisdictionKind
    prefecture = models.CharField(max_length=2)  # Prefecture
    name_ja = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)
    as_of = models.DateField()
    source = models.TextField()
    is_confirmed = models.BooleanField(default=False)

    objects: ClassVar[JurisdictionQuerySet] = JurisdictionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return self.name_ja


class InstitutionQuerySet(models.QuerySet["Institution"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """The register is public to whoever is signed in; a program of an institution sees its own row."""
        if viewer.is_program:
            return self.filter(pk__in=viewer.institution_ids)
        return self if viewer.is_signed_in else self.none()

    def listed(self) -> Self:
        """Institutions of the newest published list."""
        return self.filter(vanished_on=None)

    def of(self, population: Population) -> Self:
        return self.filter(is_synthetic=population is Population.SYNTHETIC)

    def matching(self, query: str) -> Self:
        """Institutions whose names, address or code hold every word of the query, however it is written."""
        found = self
        for word in rules.search_words(query):
            found = found.filter(search_text__contains=word)
        return found

    def in_band(self, band: BedBand) -> Self:
        return self.filter(bed_band_condition(band))


def bed_band_condition(band: BedBand) -> Q:
    """The condition on `licensed_beds` that holds for this band."""
    if band is BedBand.UNKNOWN:
        return Q(licensed_beds=None)
    fewest, most = BED_BAND_LIMITS[band]
    return Q(licensed_beds__gte=fewest) & (Q() if most is None else Q(licensed_beds__lte=most))


class Institution(models.Model):
    """A hospital, clinic, dental clinic or pharmacy with its present state; what was before stands in the histories."""

    register_code = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=16)  # InstitutionKind
    name = models.CharField(max_length=200)
    name_kana = models.CharField(max_length=300, blank=True)
    short_name = models.CharField(max_length=200, blank=True)
    name_latin = models.CharField(max_length=300, blank=True)
    prefecture = models.CharField(max_length=2)  # Prefecture
    municipality = models.CharField(max_length=5)
    # Where `db_index=False` stands, an index or a constraint below begins with the same column.
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, db_index=False, related_name="+")
    address = models.CharField(max_length=300, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    website = models.CharField(max_length=500, blank=True)  # as published, however odd
    licensed_beds = models.PositiveIntegerField(null=True, blank=True)
    licensed_beds_as_of = models.DateField(null=True, blank=True)
    is_synthetic = models.BooleanField(default=False)
    listed_on = models.DateField()  # as-of date of the list in which it first appeared
    vanished_on = models.DateField(null=True, blank=True)  # as-of date of the first list without it
    published_digest = models.CharField(max_length=64, blank=True)  # of the row last read; blank: entered by hand
    # When a published list first brought it; blank: entered by hand only, and so no cover for anyone's anonymity.
    published_at = models.DateTimeField(null=True, blank=True)
    search_text = models.TextField()

    objects: ClassVar[InstitutionQuerySet] = InstitutionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["prefecture", "municipality", "name", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="institution_municipality_is_in_prefecture",
                condition=Q(municipality__startswith=models.F("prefecture")),
            ),
            models.CheckConstraint(
                name="institution_coordinates_in_pairs",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__isnull=False, longitude__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["prefecture", "municipality", "name", "id"], name="institution_by_place"),
            models.Index(fields=["jurisdiction", "kind"], name="institution_by_jurisdiction"),
            models.Index(fields=["name", "id"], name="institution_by_name"),
            models.Index(fields=["licensed_beds", "id"], name="institution_by_beds"),
            # Counts for anonymity ask exactly this.
            models.Index(
                fields=["is_synthetic", "kind", "prefecture", "licensed_beds"],
                name="institution_by_facets",
                condition=Q(vanished_on=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def institution_kind(self) -> InstitutionKind:
        return InstitutionKind(self.kind)

    @property
    def region(self) -> Region:
        return rules.region_of(Prefecture(self.prefecture))

    @property
    def bed_band(self) -> BedBand:
        return rules.bed_band(self.licensed_beds)

    @property
    def survey_class(self) -> SurveyClass | None:
        return rules.survey_class(self.licensed_beds)

    @property
    def status(self) -> InstitutionStatus:
        return InstitutionStatus.VANISHED if self.vanished_on else InstitutionStatus.LISTED

    @property
    def website_link(self) -> str:
        """The published website where a browser may follow it, else nothing."""
        return self.website if rules.is_web_address(self.website) else ""

    def facts(self) -> InstitutionFacts:
        return InstitutionFacts(
            kind=self.institution_kind,
            prefecture=Prefecture(self.prefecture),
            jurisdiction_id=self.jurisdiction_id,
            licensed_beds=self.licensed_beds,
            population=Population.SYNTHETIC if self.is_synthetic else Population.REAL,
            status=self.status,
        )
