"""Tables of the register. Institutions are public to everyone who is signed in; contacts and vendor links are not."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from sonae.core.accounts.constraints import at_and_by
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.institutions import rules
from sonae.core.institutions.vocabulary import (
    BED_BAND_LIMITS,
    BedBand,
    Beds,
    InstitutionFacts,
    InstitutionKind,
    InstitutionStatus,
    Population,
    Prefecture,
    Region,
    SurveyClass,
)
from sonae.kernel.ids import new_id


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


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Imports, for those who watch the nation or run the machine."""
        return self if viewer.nation or Role.OPERATOR in viewer.roles else self.none()


class ImportRun(models.Model):
    """One reading of a published list: what came of it, and how far it is."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=10)  # ImportKind
    status = models.CharField(max_length=10)  # ImportStatus
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64, blank=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    as_of = models.DateField(null=True)
    covers = models.CharField(max_length=800, blank=True)  # kinds of institutions, or prefectures of codes, with commas
    requested_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    cancel_asked_at = models.DateTimeField(null=True)
    percent = models.PositiveSmallIntegerField(default=0)
    rows_read = models.PositiveIntegerField(default=0)
    rows_added = models.PositiveIntegerField(default=0)
    rows_changed = models.PositiveIntegerField(default=0)
    rows_unchanged = models.PositiveIntegerField(default=0)
    rows_vanished = models.PositiveIntegerField(default=0)
    rows_set_aside = models.PositiveIntegerField(default=0)
    rows_linked = models.PositiveIntegerField(default=0)
    problem_count = models.PositiveIntegerField(default=0)

    objects: ClassVar[ImportRunQuerySet] = ImportRunQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-started_at", "-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"


class ImportProblemQuerySet(models.QuerySet["ImportProblem"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return self if viewer.nation or Role.OPERATOR in viewer.roles else self.none()


class ImportProblem(models.Model):
    """One odd thing in one row of a published list, with the text as it was published."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, db_index=False, related_name="+")
    line = models.PositiveIntegerField()  # 0: the file as a whole
    field = models.CharField(max_length=80, blank=True)
    value = models.TextField(blank=True)
    reason = models.CharField(max_length=40)  # ProblemReason or FileRefusal
    facts = models.JSONField(default=dict)
    institution_name = models.CharField(max_length=200, blank=True, default="")  # as published in the row
    row = models.JSONField(default=list)  # the whole row, where no institution or code came of it

    objects: ClassVar[ImportProblemQuerySet] = ImportProblemQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["line", "id"]
        indexes: ClassVar = [
            models.Index(fields=["run", "line", "id"], name="import_problem_by_line"),
            models.Index(fields=["run", "reason"], name="import_problem_by_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.field} {self.reason}"


class RegisterRowQuerySet[Row: models.Model](models.QuerySet[Row]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Rows that belong to an institution and are as public as the register."""
        if viewer.is_program:
            return self.filter(institution_id__in=viewer.institution_ids)
        return self if viewer.is_signed_in else self.none()


class BedCount(models.Model):
    """Licensed beds of an institution as of a date, by type, and who says so."""

    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, db_index=False, related_name="+")
    as_of = models.DateField()
    total = models.PositiveIntegerField(null=True)
    general = models.PositiveIntegerField(null=True)
    convalescent = models.PositiveIntegerField(null=True)
    convalescent_medical = models.PositiveIntegerField(null=True)
    convalescent_nursing = models.PositiveIntegerField(null=True)
    psychiatric = models.PositiveIntegerField(null=True)
    tuberculosis = models.PositiveIntegerField(null=True)
    infectious = models.PositiveIntegerField(null=True)
    source = models.CharField(max_length=16)  # BedSource
    import_run = models.ForeignKey(ImportRun, on_delete=models.SET_NULL, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    objects: ClassVar[RegisterRowQuerySet["BedCount"]] = RegisterRowQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-as_of"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["institution", "as_of"], name="bed_count_one_per_day"),
        ]

    def __str__(self) -> str:
        return f"{self.as_of} {self.total}"

    def beds(self) -> Beds:
        return Beds(
            total=self.total,
            general=self.general,
            convalescent=self.convalescent,
            convalescent_medical=self.convalescent_medical,
            convalescent_nursing=self.convalescent_nursing,
            psychiatric=self.psychiatric,
            tuberculosis=self.tuberculosis,
            infectious=self.infectious,
        )


class FormerName(models.Model):
    """A name that an institution bore until a later list or a correction gave it another."""

    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    name_kana = models.CharField(max_length=300, blank=True)
    replaced_on = models.DateField()

    objects: ClassVar[RegisterRowQuerySet["FormerName"]] = RegisterRowQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-replaced_on", "-id"]

    def __str__(self) -> str:
        return self.name


class InstitutionChange(models.Model):
    """One thing that was so of an institution until a later list or a person said otherwise.

    On every day before `as_of` it was `before`, back to the change before this one. A jurisdiction stands by its code.
    """

    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, db_index=False, related_name="+")
    field = models.CharField(max_length=16)  # ChangedField
    before = models.CharField(max_length=300, blank=True)
    after = models.CharField(max_length=300, blank=True)
    as_of = models.DateField()
    import_run = models.ForeignKey(ImportRun, on_delete=models.SET_NULL, null=True, related_name="+")  # null: by hand
    recorded_at = models.DateTimeField()

    objects: ClassVar[RegisterRowQuerySet["InstitutionChange"]] = RegisterRowQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-as_of", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="institution_change_changes_something", condition=~Q(before=models.F("after"))),
        ]
        indexes: ClassVar = [
            models.Index(fields=["institution", "field", "as_of"], name="institution_change_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.as_of} {self.field}"


class InstitutionCode(models.Model):
    """A number that somebody gave to an institution; without an institution it could not be matched to one yet.

    It is valid until the day of the first list that lacks it or words it otherwise, that day excluded.
    """

    institution = models.ForeignKey(Institution, on_delete=models.SET_NULL, null=True, related_name="+")
    system = models.CharField(max_length=24)  # CodeSystem
    prefecture = models.CharField(max_length=2, blank=True)  # Prefecture; a seven-digit code is unique only within one
    value = models.CharField(max_length=40)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    listed_name = models.CharField(max_length=200, blank=True)
    listed_postal_code = models.CharField(max_length=8, blank=True)
    listed_address = models.CharField(max_length=300, blank=True)
    import_run = models.ForeignKey(ImportRun, on_delete=models.SET_NULL, null=True, related_name="+")

    objects: ClassVar[RegisterRowQuerySet["InstitutionCode"]] = RegisterRowQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["system", "prefecture", "value", "-valid_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["system", "prefecture", "value"],
                condition=Q(valid_until=None),
                name="institution_code_valid_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["value"], name="institution_code_by_value")]

    def __str__(self) -> str:
        return f"{self.system} {self.prefecture}{self.value}"


class ContactQuerySet(models.QuerySet["Contact"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Contacts, for the nation, the body that inspects the institution, and the institution itself."""
        if viewer.nation:
            return self
        return self.filter(
            Q(institution__jurisdiction_id__in=viewer.jurisdiction_ids) | Q(institution_id__in=viewer.institution_ids)
        )

    def current(self) -> Self:
        return self.filter(ended_at=None)


class Contact(models.Model):
    """A person or desk at an institution, and for what to call them."""

    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=24)  # ContactRole
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=400, blank=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[ContactQuerySet] = ContactQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["role", "added_at"]
        constraints: ClassVar = [
            at_and_by("contact_ended_at_and_by", "ended"),
            models.CheckConstraint(name="contact_can_be_reached", condition=~Q(email="", phone="")),
        ]

    def __str__(self) -> str:
        return self.name


class OwnNetworkQuerySet(models.QuerySet["OwnNetwork"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Networks, for the institution alone: whoever knows them can tell whose an address is."""
        return self.filter(institution_id__in=viewer.institution_ids)

    def current(self) -> Self:
        return self.filter(ended_at=None)


class OwnNetwork(models.Model):
    """Public addresses of an institution: what a sensor there saw them do is nobody's attack, and they name it."""

    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="+")
    network = models.CharField(max_length=43)  # canonical CIDR, IPv4 or IPv6
    note = models.CharField(max_length=200, blank=True)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[OwnNetworkQuerySet] = OwnNetworkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["network", "id"]
        constraints: ClassVar = [
            at_and_by("own_network_ended_at_and_by", "ended"),
            models.UniqueConstraint(
                fields=["institution", "network"], condition=Q(ended_at=None), name="own_network_once_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.network


class VendorQuerySet(models.QuerySet["Vendor"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Vendors, for the nation, for themselves, and for whoever sees an institution they work for."""
        if viewer.nation:
            return self
        links = VendorLink.objects.visible_to(viewer).values("vendor_id")
        return self.filter(Q(pk__in=viewer.vendor_ids) | Q(pk__in=links))


class Vendor(models.Model):
    """A company that supplies or maintains systems of institutions."""

    name = models.CharField(max_length=200)
    corporate_number = models.CharField(max_length=13, blank=True)  # 法人番号
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    is_synthetic = models.BooleanField(default=False)

    objects: ClassVar[VendorQuerySet] = VendorQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["corporate_number"], condition=~Q(corporate_number=""), name="vendor_corporate_number"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class VendorLinkQuerySet(models.QuerySet["VendorLink"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Who works for whom, for the nation, the inspecting body, the institution and the vendor."""
        if viewer.nation:
            return self
        return self.filter(
            Q(institution__jurisdiction_id__in=viewer.jurisdiction_ids)
            | Q(institution_id__in=viewer.institution_ids)
            | Q(vendor_id__in=viewer.vendor_ids)
        )

    def current(self) -> Self:
        return self.filter(ended_at=None)


class VendorLink(models.Model):
    """A vendor that works for an institution, and for which system."""

    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="+")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="+")
    service = models.CharField(max_length=200)
    linked_at = models.DateTimeField()
    linked_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[VendorLinkQuerySet] = VendorLinkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["service", "id"]
        constraints: ClassVar = [
            at_and_by("vendor_link_ended_at_and_by", "ended"),
            models.UniqueConstraint(
                fields=["institution", "vendor", "service"],
                condition=Q(ended_at=None),
                name="vendor_link_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.service
