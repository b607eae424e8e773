from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import catalogue, imported, rules
from sonae.core.assurance.vocabulary import (
    DAYS,
    KEPT_DAYS,
    SOURCES,
    CatalogueEntry,
    EvidenceFacts,
    Finding,
    Source,
    StatedDays,
    Strength,
)
from sonae.kernel.calendar import jst_day
from sonae.kernel.ids import new_id

_STANDS = Q(superseded_at=None, withdrawn_at=None)


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Evidence, for whoever may read it: the institution about itself, the inspecting body, the ministry.

        What tells that something was seen at an institution, only the institution reads.
        """
        reach = access.reach(viewer, Permission.EVIDENCE_READ)
        own = Q(institution_id__in=reach.institution_ids)
        outside = ~Q(control__in=catalogue.kept_inside()) | Q(source__in=rules.SPOKEN_BY_PEOPLE)
        if reach.nation:
            return self.filter(own | outside)
        return self.filter(own | (outside & Q(institution__jurisdiction_id__in=reach.jurisdiction_ids)))

    def standing(self) -> Self:
        """The newest word of each speaker, as far as none has withdrawn it: all that says how a control stands."""
        return self.filter(_STANDS)

    def of_speaker(self, control: str, institution_id: int, source: Source) -> Self:
        """What this speaker has said about this control of this institution."""
        return self.filter(institution_id=institution_id, control=control, source=source.kind, speaker=source.speaker)


class Evidence(models.Model):
    """Who says how a control stands at an institution, since when, until when, and how much stands behind the word."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=400, unique=True)
    # A name of the catalogue, or the address of a control that others publish (`imported`).
    control = models.CharField(max_length=240)
    edition = models.DateField()  # the edition of the control under which this was said
    institution = models.ForeignKey(
        "institutions.Institution", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    source = models.CharField(max_length=16)  # of SOURCES
    reference = models.CharField(max_length=120)
    speaker = models.CharField(max_length=120, blank=True)
    strength = models.CharField(max_length=2)  # Strength
    finding = models.CharField(max_length=10)  # Finding
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    document = models.ForeignKey("documents.Document", on_delete=models.PROTECT, null=True, related_name="+")
    facts = models.JSONField(default=dict)
    filed_at = models.DateTimeField()
    filed_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    # When the same speaker was heard saying it again, the last time.
    renewed_at = models.DateTimeField(null=True, blank=True)
    # When a newer word of the same speaker took its place.
    superseded_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    withdrawn_why = models.CharField(max_length=400, blank=True)

    objects: ClassVar[EvidenceQuerySet] = EvidenceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-filed_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["institution", "control", "source", "speaker"], name="evidence_by_institution"),
            # What stands is a small part of what was ever said: pages of the sector read only that.
            models.Index(fields=["control", "institution"], name="evidence_standing", condition=_STANDS),
            models.Index(fields=["-filed_at", "-id"], name="evidence_newest_first"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["institution", "control", "source", "speaker"],
                name="evidence_one_word_of_each_speaker_stands",
                condition=_STANDS,
            ),
            models.CheckConstraint(
                name="evidence_withdrawn_at_and_by",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_why="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_why=""),
            ),
            models.CheckConstraint(
                name="evidence_ends_after_it_begins", condition=Q(until__isnull=True) | Q(until__gt=F("since"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.control} {self.strength} {self.finding}"

    def said_by(self) -> Source:
        return Source(SOURCES(self.source), self.reference, self.speaker)

    def evidence_facts(self) -> EvidenceFacts:
        return EvidenceFacts(
            id=self.pk,
            source=self.said_by(),
            strength=Strength(self.strength),
            finding=Finding(self.finding),
            since=self.since,
            until=self.until,
            filed_at=self.filed_at,
            is_withdrawn=self.withdrawn_at is not None,
            document_id=self.document_id,
            stated=self.stated(),
        )

    def stated(self) -> StatedDays:
        """The days that the speaker named; where none are kept apart, the word holds since the day that was named."""
        kept = self.facts.get(KEPT_DAYS)
        if kept is None:
            return StatedDays(jst_day(self.since), jst_day(self.since))
        return StatedDays(*(date.fromisoformat(kept[name]) if kept.get(name) else None for name in DAYS))


class CatalogueQuerySet(models.QuerySet["ImportedCatalogue"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """What others published is no secret: everyone who may read the register reads it."""
        return self if access.may(viewer, Permission.REGISTER_READ).ok else self.none()

    def current(self) -> Self:
        """The newest version of every catalogue."""
        return self.filter(replaced_at=None)


class ImportedCatalogue(models.Model):
    """One version of a catalogue of controls that others publish, as its file says. It never changes.

    It stands beside Sonae's own catalogue. Evidence about one of its controls names this version of it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    identifier = models.CharField(max_length=500)  # the same for every version
    number = models.PositiveSmallIntegerField()  # the first that was taken in is 1
    form = models.CharField(max_length=16)  # CatalogueForm
    title = models.CharField(max_length=500)
    version = models.CharField(max_length=80)  # what the publisher calls it
    rank = models.CharField(max_length=40)  # the version so that later ones come later
    dated_on = models.DateField(null=True, blank=True)
    language = models.CharField(max_length=35)
    publisher = models.CharField(max_length=300, blank=True)
    licence = models.TextField(blank=True)
    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of its file, hexadecimal
    controls = models.PositiveIntegerField()  # how many, without groups
    imported_at = models.DateTimeField()
    # Nobody where it came by the command line.
    imported_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")
    replaced_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[CatalogueQuerySet] = CatalogueQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["title", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["identifier", "number"], name="catalogue_has_each_version_once"),
            models.UniqueConstraint(
                fields=["identifier"], condition=Q(replaced_at=None), name="catalogue_has_one_newest_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"

    def address_of(self, name: str) -> str:
        """How evidence and questions name the control of this name in this version."""
        return imported.address_of(self.digest, name)


class ImportedEntry(models.Model):
    """A control, or a group of controls, of an imported catalogue, in the order of its file."""

    id = models.BigAutoField(primary_key=True)
    catalogue = models.ForeignKey(ImportedCatalogue, on_delete=models.PROTECT, db_index=False, related_name="entries")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    code = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=500, blank=True)
    text = models.TextField(blank=True)
    guidance = models.TextField(blank=True)
    parent = models.CharField(max_length=200, blank=True)  # the name of the entry above
    is_group = models.BooleanField()
    is_withdrawn = models.BooleanField()
    digest = models.CharField(max_length=64)  # of all that it says; two versions are compared by it

    class Meta:
        ordering: ClassVar = ["catalogue", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["catalogue", "name"], name="catalogue_entry_has_its_name_once"),
            models.UniqueConstraint(fields=["catalogue", "position"], name="catalogue_entry_has_its_place"),
        ]

    def __str__(self) -> str:
        return self.code or self.title or self.name

    def entry(self) -> CatalogueEntry:
        return CatalogueEntry(
            name=self.name, code=self.code, title=self.title, text=self.text, guidance=self.guidance,
            parent=self.parent, is_group=self.is_group, is_withdrawn=self.is_withdrawn,
        )  # fmt: skip
