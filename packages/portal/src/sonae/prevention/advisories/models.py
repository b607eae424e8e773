"""Advisories as they were understood, what they say of products, and where they come from."""

from datetime import datetime
from typing import ClassVar, Self
from unicodedata import normalize

from django.db import models
from django.db.models import Exists, OuterRef, Q

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.constraints import at_and_by
from sonae.core.accounts.vocabulary import Viewer
from sonae.kernel.ids import new_id
from sonae.prevention.advisories import rules
from sonae.prevention.advisories.vocabulary import Certainty, Format, SourceKind


class ReadableQuerySet[Row: models.Model](models.QuerySet[Row]):
    """Rows that belong to nobody: whoever may read advisories at all reads every one."""

    def visible_to(self, viewer: Viewer) -> Self:
        return self if access.may(viewer, Permission.ADVISORY_READ).ok else self.none()


class SourceQuerySet(ReadableQuerySet["Source"]):
    def due(self, *, now: datetime) -> Self:
        """Those that the schedule asks now."""
        return self.filter(Q(retry_at=None) | Q(retry_at__lte=now), paused_at=None).exclude(address="")


class Source(models.Model):
    """Where advisories come from, what was fetched there last, and what came of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.SlugField(max_length=60, unique=True, db_index=False)
    kind = models.CharField(max_length=16)  # SourceKind
    address = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    # What the connector goes on from: validators of HTTP, the moment up to which all was fetched, an open page.
    state = models.JSONField(default=dict, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=20, blank=True)  # Trouble
    trouble_facts = models.JSONField(default=dict, blank=True)
    failures = models.PositiveIntegerField(default=0)  # in a row
    retry_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[SourceQuerySet] = SourceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [at_and_by("source_paused_at_and_by", "paused")]

    def __str__(self) -> str:
        return self.name

    def is_old(self, *, now: datetime) -> bool:
        """Whether what it says may be out of date."""
        return rules.is_old(SourceKind(self.kind), succeeded_at=self.succeeded_at, since=self.created_at, now=now)


class ImportRun(models.Model):
    """One reading of a file, or of what a source had. Counts are of documents; the last four of what was in them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    source = models.ForeignKey(Source, on_delete=models.SET_NULL, null=True, related_name="+")
    file_name = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=10)  # RunStatus
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    # Documents and records that are done: an interrupted reading goes on behind them.
    position = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)
    read = models.PositiveIntegerField(default=0)
    faulty = models.PositiveIntegerField(default=0)
    repeated = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    unread = models.PositiveIntegerField(default=0)
    statements = models.PositiveIntegerField(default=0)
    ranges_read = models.PositiveIntegerField(default=0)
    ranges_open = models.PositiveIntegerField(default=0)
    marks = models.PositiveIntegerField(default=0)

    objects: ClassVar[ReadableQuerySet["ImportRun"]] = ReadableQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-started_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["-started_at"], name="feed_run_by_start")]

    def __str__(self) -> str:
        return self.file_name or str(self.pk)


class RawDocument(models.Model):
    """What a publisher published, byte by byte: packed, under the hash of the bytes."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    content = models.BinaryField()  # zlib
    size_bytes = models.PositiveIntegerField()
    kept_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sha256


class VersionTextQuerySet(ReadableQuerySet["VersionText"]):
    """Version texts, each once."""


class VersionText(models.Model):
    """A text about versions, once for all statements that have it: how it is read, and what a person said it means."""

    id = models.BigAutoField(primary_key=True)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the text: no index holds 4,000 characters
    text = models.TextField()
    certainty = models.CharField(max_length=14)  # Certainty
    ranges = models.JSONField(default=list)
    conditions = models.JSONField(default=list)
    part = models.CharField(max_length=200, blank=True)
    unread = models.CharField(max_length=16, blank=True)  # Unread
    edition = models.CharField(max_length=10)  # of the grammar
    read_at = models.DateTimeField()
    stated = models.ForeignKey("StatedRange", on_delete=models.PROTECT, null=True, db_index=False, related_name="+")

    objects: ClassVar[VersionTextQuerySet] = VersionTextQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["certainty"], name="version_text_by_certainty")]

    def __str__(self) -> str:
        return self.text

    @property
    def standing(self) -> str:
        """The range that counts: what a person stated, else the text as it was published."""
        return self.stated.said if self.stated else self.text

    @property
    def standing_certainty(self) -> Certainty:
        return Certainty.STATED if self.stated_id else Certainty(self.certainty)

    @property
    def standing_ranges(self) -> list[str]:
        found: list[str] = self.stated.ranges if self.stated else self.ranges
        return found


class StatedRange(models.Model):
    """What a person said a version text means. The next one replaces it; it stays, with who said it and why."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version_text = models.ForeignKey(VersionText, on_delete=models.PROTECT, related_name="stated_ranges")
    said = models.TextField()
    ranges = models.JSONField(default=list)
    why = models.TextField()
    stated_at = models.DateTimeField()
    stated_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    replaced_at = models.DateTimeField(null=True, blank=True)
    replaced_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    objects: ClassVar[ReadableQuerySet["StatedRange"]] = ReadableQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-stated_at", "-id"]
        constraints: ClassVar = [
            at_and_by("stated_range_replaced_at_and_by", "replaced"),
            models.UniqueConstraint(
                fields=["version_text"], name="stated_range_stands_once", condition=Q(replaced_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.said


class AdvisoryQuerySet(ReadableQuerySet["Advisory"]):
    def standing(self) -> Self:
        """Of each advisory the revision that counts."""
        return self.filter(is_current=True)

    def naming(self, cve: str) -> Self:
        """Those that name this vulnerability; a part of a number fits its beginning."""
        return self.filter(Exists(AdvisoryCve.objects.filter(advisory=OuterRef("pk"), cve__startswith=cve)))

    def about(self, typed: str) -> Self:
        """Those with a statement about a product in whose vendor or name every word typed occurs."""
        found = ProductStatement.objects.filter(advisory=OuterRef("pk"))
        for word in normalize("NFKC", typed).split():
            found = found.filter(Q(vendor__icontains=word) | Q(product__icontains=word))
        return self.filter(Exists(found))

    def exploited(self, *, yes: bool) -> Self:
        """Those with a vulnerability of which it is known that it is exploited, or those without."""
        known = KnownExploited.objects.filter(cve=OuterRef("cve"))
        named = AdvisoryCve.objects.filter(Exists(known), advisory=OuterRef("pk"))
        return self.filter(Exists(named) if yes else ~Exists(named))


class Advisory(models.Model):
    """One revision of an advisory as it was understood. The publisher's document lies beside it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    format = models.CharField(max_length=12)  # Format
    # Short enough, in any script, that an index over all four holds them.
    publisher = models.CharField(max_length=200)
    identifier = models.CharField(max_length=200)
    language = models.CharField(max_length=40, blank=True)
    revision = models.CharField(max_length=100, blank=True)
    # SHA-256 of what the document says, in one spelling: blanks and the order of keys make no other document.
    digest = models.CharField(max_length=64)
    title = models.CharField(max_length=400, blank=True)
    summary = models.TextField(blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField()
    run = models.ForeignKey(ImportRun, on_delete=models.SET_NULL, null=True, related_name="+")
    document = models.ForeignKey(RawDocument, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=300, blank=True)
    is_current = models.BooleanField()
    is_withdrawn = models.BooleanField(default=False)
    is_medical = models.BooleanField(default=False)
    base_score = models.FloatField(null=True, blank=True)
    score_system = models.CharField(max_length=3, blank=True)  # ScoreSystem
    severity = models.CharField(max_length=8, blank=True)  # Severity
    scores = models.JSONField(default=list, blank=True)
    remediations = models.JSONField(default=list, blank=True)
    references = models.JSONField(default=list, blank=True)
    faults = models.JSONField(default=list, blank=True)
    fault_count = models.PositiveIntegerField(default=0)

    objects: ClassVar[AdvisoryQuerySet] = AdvisoryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-updated_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["is_current", "-updated_at"], name="advisory_by_update"),
            models.Index(fields=["identifier"], name="advisory_by_identifier"),
            models.Index(fields=["digest"], name="advisory_by_digest"),
            models.Index(fields=["taken_at"], name="advisory_by_taking"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["publisher", "identifier", "language", "revision", "format", "digest"],
                name="advisory_is_taken_in_once",
            ),
            models.UniqueConstraint(
                fields=["publisher", "identifier", "language"],
                name="advisory_one_revision_stands",
                condition=Q(is_current=True),
            ),
        ]

    def __str__(self) -> str:
        return self.identifier

    def as_revision(self) -> rules.Revision:
        return rules.Revision(Format(self.format), self.updated_at, self.revision)


class AdvisoryCve(models.Model):
    """A vulnerability that an advisory names."""

    advisory = models.ForeignKey(Advisory, on_delete=models.CASCADE, related_name="cves")
    cve = models.CharField(max_length=28)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["cve"], name="advisory_cve_by_number")]

    def __str__(self) -> str:
        return self.cve


class ProductStatementQuerySet(ReadableQuerySet["ProductStatement"]):
    def standing(self) -> Self:
        """Those of the revisions that count."""
        return self.filter(advisory__is_current=True)


class ProductStatement(models.Model):
    """What one revision of an advisory says of one product in some versions."""

    id = models.BigAutoField(primary_key=True)
    advisory = models.ForeignKey(Advisory, on_delete=models.CASCADE, related_name="statements")
    status = models.CharField(max_length=20)  # ProductStatus
    vendor = models.CharField(max_length=400, blank=True)
    product = models.CharField(max_length=400, blank=True)
    # Empty where the publisher says nothing of versions.
    version = models.ForeignKey(VersionText, on_delete=models.PROTECT, null=True, related_name="statements")
    cves = models.JSONField(default=list, blank=True)
    identifiers = models.JSONField(default=dict, blank=True)
    runs_on = models.JSONField(default=list, blank=True)
    where = models.CharField(max_length=400, blank=True)

    objects: ClassVar[ProductStatementQuerySet] = ProductStatementQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.vendor} {self.product}".strip()


class ImportedDocument(models.Model):
    """What became of one document, or one record of a feed, in one import."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, db_index=False, related_name="documents")
    number = models.PositiveIntegerField()  # its place in the import
    name = models.CharField(max_length=300)
    part = models.CharField(max_length=300, blank=True)
    outcome = models.CharField(max_length=8)  # Outcome
    identifier = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=30, blank=True)  # DocumentRefusal, or what it is instead of an advisory
    line = models.PositiveIntegerField(default=0)
    column = models.PositiveIntegerField(default=0)
    facts = models.JSONField(default=dict, blank=True)
    fault_count = models.PositiveIntegerField(default=0)
    advisory = models.ForeignKey(Advisory, on_delete=models.SET_NULL, null=True, related_name="+")

    objects: ClassVar[ReadableQuerySet["ImportedDocument"]] = ReadableQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["run", "number", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "number"], name="imported_document_has_one_place"),
        ]

    def __str__(self) -> str:
        return self.name


class KnownExploited(models.Model):
    """A vulnerability in CISA's catalogue of exploited ones."""

    cve = models.CharField(max_length=28, primary_key=True)
    vendor = models.CharField(max_length=400, blank=True)
    product = models.CharField(max_length=400, blank=True)
    name = models.CharField(max_length=400, blank=True)
    added_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    action = models.TextField(blank=True)
    is_ransomware = models.BooleanField(default=False)
    faults = models.JSONField(default=list, blank=True)
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.cve


class ExploitLikelihood(models.Model):
    """EPSS of one day: the newest that was taken in."""

    cve = models.CharField(max_length=28, primary_key=True)
    probability = models.FloatField()  # 0 to 1, within 30 days
    percentile = models.FloatField()
    told_on = models.DateField(null=True, blank=True)
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.cve
