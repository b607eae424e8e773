from typing import ClassVar, Self
from uuid import UUID

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import get_language

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.constraints import at_and_by
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.bulletins import rules
from sonae.core.bulletins.vocabulary import Audience, BulletinState, Content, Relation, Stage
from sonae.core.institutions.models import VendorLink
from sonae.core.institutions.vocabulary import InstitutionKind, Population, Prefecture
from sonae.core.web.vocabulary import Tlp
from sonae.kernel.ids import new_id


class BulletinQuerySet(models.QuerySet["Bulletin"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """What `rules.may_read` allows, for every row at once."""
        if not access.may(viewer, Permission.BULLETIN_READ).ok:
            return self.none()
        if access.reach(viewer, Permission.BULLETIN_WRITE).nation:
            return self
        reads = access.reach(viewer, Permission.BULLETIN_READ)
        decides = access.reach(viewer, Permission.BULLETIN_ACKNOWLEDGE)
        watches = access.reach(viewer, Permission.BULLETIN_REACH)
        found = Q(tlp__in=rules.readable_by(Relation.COMMUNITY))
        if viewer.nation:
            found |= Q(tlp__in=rules.readable_by(Relation.SECTOR_BODY))
        for relation, where in (
            (Relation.DECIDER, Q(institution_id__in=decides.institution_ids)),
            (Relation.MEMBER, Q(institution_id__in=reads.institution_ids)),
            (Relation.INSPECTING_BODY, Q(institution__jurisdiction_id__in=watches.jurisdiction_ids)),
            (Relation.VENDOR, Q(institution_id__in=_served_by(viewer.vendor_ids))),
        ):
            sent = Recipient.objects.filter(where, bulletin_id=OuterRef("pk"))
            found |= Q(Exists(sent), tlp__in=rules.readable_by(relation))
        return self.exclude(state=BulletinState.DRAFT).filter(found)

    def issued(self) -> Self:
        return self.filter(state=BulletinState.ISSUED)


def _served_by(vendor_ids: frozenset[int]) -> models.QuerySet[VendorLink, int]:
    return VendorLink.objects.current().filter(vendor_id__in=vendor_ids).values_list("institution_id", flat=True)


class Bulletin(models.Model):
    """A notice to the sector, or to a part of it, in both languages."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=120, unique=True)
    source = models.CharField(max_length=40, blank=True)  # the slice that wrote it; blank: a person
    state = models.CharField(max_length=10, default=BulletinState.DRAFT)  # BulletinState
    tlp = models.CharField(max_length=12)  # Tlp
    title_ja = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    body_ja = models.TextField()
    body_en = models.TextField()
    audience_kinds = models.JSONField(default=list)
    audience_beds_from = models.PositiveIntegerField(null=True, blank=True)
    audience_beds_to = models.PositiveIntegerField(null=True, blank=True)
    audience_prefectures = models.JSONField(default=list)
    audience_product = models.CharField(max_length=rules.LONGEST_PRODUCT_KEY, blank=True)  # rules.product_key
    audience_institution_ids = models.JSONField(default=list)
    audience_population = models.CharField(max_length=10, blank=True)  # Population; blank: both
    acknowledge_by = models.DateTimeField(null=True, blank=True)
    author_ids = models.JSONField(default=list)  # accounts that wrote any of it
    drafted_at = models.DateTimeField()
    drafted_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")
    issued_at = models.DateTimeField(null=True)
    issued_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    recipient_count = models.PositiveIntegerField(default=0)  # as of `issued_at`
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    withdrawn_why = models.CharField(max_length=400, blank=True)

    objects: ClassVar[BulletinQuerySet] = BulletinQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-issued_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["state", "-issued_at"], name="bulletin_newest_first")]
        constraints: ClassVar = [
            at_and_by("bulletin_issued_at_and_by", "issued"),
            at_and_by("bulletin_withdrawn_at_and_by", "withdrawn"),
            models.CheckConstraint(
                name="bulletin_state_tells_its_moments",
                condition=Q(state=BulletinState.DRAFT, issued_at=None, withdrawn_at=None)
                | Q(state=BulletinState.ISSUED, issued_at__isnull=False, withdrawn_at=None)
                | Q(state=BulletinState.WITHDRAWN, issued_at__isnull=False, withdrawn_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title_ja

    @property
    def title(self) -> str:
        """The title in the language of the moment."""
        return self.title_en if get_language() == "en" else self.title_ja

    @property
    def body(self) -> str:
        """The body in the language of the moment, as Markdown."""
        return self.body_en if get_language() == "en" else self.body_ja

    def content(self) -> Content:
        return Content(self.title_ja, self.title_en, self.body_ja, self.body_en)

    def audience(self) -> Audience:
        return Audience(
            kinds=frozenset(InstitutionKind(kind) for kind in self.audience_kinds),
            beds_from=self.audience_beds_from,
            beds_to=self.audience_beds_to,
            prefectures=frozenset(Prefecture(code) for code in self.audience_prefectures),
            product=self.audience_product,
            institution_ids=frozenset(self.audience_institution_ids),
            population=Population(self.audience_population) if self.audience_population else None,
        )

    def facts(self, *, names: tuple[str, ...] = ()) -> rules.BulletinFacts:
        """What the rules ask; `names` are the institutions that its text names."""
        return rules.BulletinFacts(
            BulletinState(self.state),
            Tlp(self.tlp),
            self.content(),
            self.audience(),
            self.acknowledge_by,
            source=self.source,
            authors=frozenset(UUID(author) for author in self.author_ids),
            names=names,
        )


class RecipientQuerySet(models.QuerySet["Recipient"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Who has come how far: all for the sector's bodies, their own for inspecting bodies and institutions.

        Who received a bulletin by a product owns it: that is told to nobody but the institution itself.
        """
        watches = access.reach(viewer, Permission.BULLETIN_REACH)
        reads = access.reach(viewer, Permission.BULLETIN_READ)
        followed = Q() if watches.nation else Q(institution__jurisdiction_id__in=watches.jurisdiction_ids)
        return self.filter(Q(institution_id__in=reads.institution_ids) | (followed & Q(bulletin__audience_product="")))

    def counted_for(self, viewer: Viewer) -> Self:
        """Whose stages this viewer may see counted; of a bulletin by a product only the whole sector is counted."""
        if access.reach(viewer, Permission.BULLETIN_REACH).nation:
            return self
        return self.visible_to(viewer)


class Recipient(models.Model):
    """One institution that a bulletin was sent to, and how far it has come with it."""

    bulletin = models.ForeignKey(Bulletin, on_delete=models.PROTECT, db_index=False, related_name="+")
    institution = models.ForeignKey("institutions.Institution", on_delete=models.PROTECT, related_name="+")
    prefecture = models.CharField(max_length=2)  # Prefecture, as of the issue: counts need no join
    told_at = models.DateTimeField(null=True)  # when duty and mails were queued
    opened_at = models.DateTimeField(null=True)
    opened_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    objects: ClassVar[RecipientQuerySet] = RecipientQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bulletin", "institution"], name="recipient_once_per_bulletin"),
            at_and_by("recipient_opened_at_and_by", "opened"),
            at_and_by("recipient_acknowledged_at_and_by", "acknowledged"),
            at_and_by("recipient_done_at_and_by", "done"),
            models.CheckConstraint(
                name="recipient_stages_contain_each_other",
                condition=(Q(done_at=None) | Q(acknowledged_at__isnull=False))
                & (Q(acknowledged_at=None) | Q(opened_at__isnull=False)),
            ),
        ]
        indexes: ClassVar = [
            # Counts of one bulletin are read from this index alone.
            models.Index(
                fields=["bulletin", "prefecture", "opened_at", "acknowledged_at", "done_at"], name="recipient_reach"
            ),
            models.Index(fields=["bulletin", "id"], name="recipient_to_tell", condition=Q(told_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.bulletin_id} {self.institution_id}"

    @property
    def stage(self) -> Stage:
        return rules.stage_of(
            opened=self.opened_at is not None,
            acknowledged=self.acknowledged_at is not None,
            done=self.done_at is not None,
        )


class OwnedProductQuerySet(models.QuerySet["OwnedProduct"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """An institution's own; what others own is not shown, only counted."""
        return self.filter(institution_id__in=access.reach(viewer, Permission.ASSET_READ).institution_ids)


class OwnedProduct(models.Model):
    """That an institution's ledger holds a product: what an audience by product is resolved from."""

    institution = models.ForeignKey("institutions.Institution", on_delete=models.CASCADE, related_name="+")
    product = models.CharField(max_length=rules.LONGEST_PRODUCT_KEY)  # rules.product_key

    objects: ClassVar[OwnedProductQuerySet] = OwnedProductQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["product", "institution"], name="owned_product_once"),
        ]

    def __str__(self) -> str:
        return self.product
