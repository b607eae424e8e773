from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.documents.rooms import REACHED_THROUGH
from sonae.core.documents.vocabulary import UNSEEN, ScanState, Sensitivity
from sonae.kernel.ids import new_id


class DocumentQuerySet(models.QuerySet["Document"]):
    def to_scan(self, now: datetime) -> Self:
        """What no scanner has judged and is to be tried by now, what was never tried first, then the longest ago."""
        due = Q(scan_again_at=None) | Q(scan_again_at__lte=now)
        unseen = self.filter(due, scan_state__in=sorted(UNSEEN))
        return unseen.order_by(F("scan_tried_at").asc(nulls_first=True), "stored_at", "pk")

    def visible_to(self, viewer: Viewer) -> Self:
        """Public files for whoever is signed in; an institution's for it and, where shareable, for who supervises it.

        A file of no institution is the nation's: shareable among those who watch the nation. What a room hands out
        through rows of its own goes to whoever sees those rows.
        """
        return self._by_reach(viewer).filter(self._through_rooms(viewer))

    @staticmethod
    def _through_rooms(viewer: Viewer) -> Q:
        seen = Q()
        for purpose, shown_to in REACHED_THROUGH.items():
            seen &= ~Q(purpose=purpose) | Q(pk__in=shown_to(viewer))
        return seen

    def _by_reach(self, viewer: Viewer) -> Self:
        # Where the role that reads documents is held: another role held elsewhere opens nothing there.
        reach = access.reach(viewer, Permission.DOCUMENT_READ)
        if viewer.is_program:
            return self.filter(institution_id__in=reach.institution_ids)
        if not viewer.is_signed_in:
            return self.none()
        seen = Q(sensitivity=Sensitivity.PUBLIC) | Q(institution_id__in=reach.institution_ids)
        shareable = Q(sensitivity=Sensitivity.SHAREABLE)
        if reach.nation:
            seen |= shareable | Q(institution=None)
        else:
            seen |= shareable & Q(institution__jurisdiction_id__in=reach.jurisdiction_ids)
        return self.filter(seen)


class Document(models.Model):
    """A file that somebody stored: whose it is, what for, how far it may go. The bytes lie in the store, by hash."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=8)  # Kind
    media_type = models.CharField(max_length=100)
    name = models.CharField(max_length=120)
    institution = models.ForeignKey(
        "institutions.Institution", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    purpose = models.CharField(max_length=16)  # of PURPOSES
    sensitivity = models.CharField(max_length=16)  # Sensitivity
    tlp = models.CharField(max_length=12, blank=True)  # Tlp
    stored_at = models.DateTimeField()
    stored_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    scan_state = models.CharField(max_length=12, default=ScanState.NOT_SCANNED)  # ScanState
    scan_signature = models.CharField(max_length=120, blank=True)
    scanned_at = models.DateTimeField(null=True)
    # Of a file that got no answer: when it was tried last, and when it is tried again. Others come before it then.
    scan_tried_at = models.DateTimeField(null=True)
    scan_again_at = models.DateTimeField(null=True)
    # The bytes of the same picture small, and when it was drawn or found that it cannot be.
    small_sha256 = models.CharField(max_length=64, blank=True)
    small_at = models.DateTimeField(null=True)

    objects: ClassVar[DocumentQuerySet] = DocumentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-stored_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["sha256"], name="document_by_hash"),
            models.Index(fields=["institution", "-stored_at"], name="document_by_institution"),
            models.Index(
                fields=["scan_tried_at", "stored_at"],
                name="document_unscanned",
                condition=Q(scan_state__in=["lost", "not_scanned", "too_large"]),
            ),
            models.Index(fields=["small_sha256"], name="document_by_small", condition=~Q(small_sha256="")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="document_small_has_a_moment", condition=Q(small_sha256="") | Q(small_at__isnull=False)
            ),
            models.CheckConstraint(
                name="document_scanned_at_and_state",
                condition=Q(scan_state="not_scanned", scanned_at=None)
                | (~Q(scan_state="not_scanned") & Q(scanned_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="document_tried_and_again",
                condition=Q(scan_tried_at=None, scan_again_at=None)
                | Q(scan_tried_at__isnull=False, scan_again_at__isnull=False),
            ),
            models.CheckConstraint(
                name="document_only_for_an_institution",
                condition=~Q(sensitivity="institution-only") | Q(institution__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def scan(self) -> ScanState:
        return ScanState(self.scan_state)
