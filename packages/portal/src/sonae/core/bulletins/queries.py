import html
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.html import strip_tags

from sonae.core.access import rules as access
from sonae.core.access.models import Grant
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.bulletins import rules
from sonae.core.bulletins.markdown import to_html
from sonae.core.bulletins.models import Bulletin, OwnedProduct, Recipient
from sonae.core.bulletins.vocabulary import Audience, Content, Reach, Told
from sonae.core.institutions import queries as register
from sonae.core.institutions.models import Institution

# Who is told by mail when a bulletin reaches their institution.
TOLD = (Role.INSTITUTION_MANAGER,)
MOST_PRODUCTS_OFFERED = 500


def reached_by(audience: Audience) -> QuerySet[Institution]:
    """The listed institutions of an audience: those that fit every condition, and those named besides."""
    listed = Institution.objects.listed()
    if audience.population is not None:
        listed = listed.of(audience.population)
    named = Q(pk__in=audience.institution_ids)
    if audience.is_by_name_only:
        return listed.filter(named)
    fitting = Q()
    if audience.kinds:
        fitting &= Q(kind__in=audience.kinds)
    if audience.prefectures:
        fitting &= Q(prefecture__in=audience.prefectures)
    if audience.beds_from is not None:
        fitting &= Q(licensed_beds__gte=audience.beds_from)
    if audience.beds_to is not None:
        fitting &= Q(licensed_beds__lte=audience.beds_to)
    if audience.product:
        owners = OwnedProduct.objects.filter(product=audience.product).values("institution_id")
        fitting &= Q(pk__in=owners)
    return listed.filter(fitting | named) if fitting and audience.institution_ids else listed.filter(fitting)


def known_products() -> list[tuple[str, int]]:
    """The products that most ledgers hold, with the number of owners that may be told: one query.

    What few ledgers call so is left out: its words are those of few institutions.
    """
    k = settings.DISCLOSURE_K
    counted = OwnedProduct.objects.order_by().values_list("product").annotate(owners=Count("pk"))
    most = counted.filter(owners__gte=k).order_by("-owners", "product")[:MOST_PRODUCTS_OFFERED]
    return [(product, rules.owners_told(owners, k=k)) for product, owners in most]


def named_in(content: Content) -> tuple[str, ...]:
    """The institutions that a bulletin names, in its source or as a page shows it."""
    written = [content.title_ja, content.title_en, content.body_ja, content.body_en]
    read = [html.unescape(strip_tags(to_html(text))) for text in written]
    return tuple(register.named_in("\n".join([*written, *read])))


def count_reached(audience: Audience) -> int:
    """How many institutions an audience is, now."""
    return reached_by(audience).count()


def told_of(audience: Audience) -> Told:
    """How many institutions an audience is, as far as whoever writes to it may know."""
    return told_as(count_reached(audience), audience)


def told_as(count: int, audience: Audience) -> Told:
    """This number of institutions that an audience is, as far as whoever writes to it may know."""
    if not audience.product:
        return Told(count)
    return Told(rules.owners_told(count, k=settings.DISCLOSURE_K), is_at_least=True)


def reach_of(bulletin_id: UUID, *, viewer: Viewer, now: datetime) -> Reach:
    """How far a bulletin has come among the recipients this viewer may follow: one query."""
    counted = Recipient.objects.counted_for(viewer).filter(bulletin_id=bulletin_id)
    return Reach(**counted.aggregate(**_STAGES), as_of=now)


def reach_by_prefecture(bulletin_id: UUID, *, viewer: Viewer, now: datetime) -> dict[str, Reach]:
    """The same by the prefecture in which the recipients were when it was issued: one query."""
    followed = Recipient.objects.visible_to(viewer).filter(bulletin_id=bulletin_id)
    rows = followed.order_by().values("prefecture").annotate(**_STAGES)
    counted = rows.values_list("prefecture", *_STAGES)
    return {
        prefecture: Reach(recipients=recipients, opened=opened, acknowledged=acknowledged, done=done, as_of=now)
        for prefecture, recipients, opened, acknowledged, done in counted
    }


def last_issued(viewer: Viewer) -> Bulletin | None:
    """The newest issued bulletin this viewer may read."""
    return Bulletin.objects.visible_to(viewer).issued().order_by("-issued_at", "-pk").first()


def awaiting(viewer: Viewer) -> QuerySet[Recipient]:
    """Receipts of issued bulletins that institutions of this viewer have not acknowledged yet, the newest first."""
    own = access.reach(viewer, Permission.BULLETIN_ACKNOWLEDGE).institution_ids
    return (
        Recipient.objects.filter(institution_id__in=own, acknowledged_at=None, bulletin__in=Bulletin.objects.issued())
        .select_related("bulletin", "institution")
        .order_by("-bulletin__issued_at", "pk")
    )


@dataclass(frozen=True, slots=True)
class Person:
    """Someone to tell, and the institutions on whose behalf."""

    account_id: UUID
    institution_ids: tuple[int, ...]


def people_to_tell(institution_ids: Collection[int], *, now: datetime) -> list[Person]:
    """The managers of these institutions, each once: one query."""
    grants = (
        Grant.objects.in_force(now)
        .filter(role__in=TOLD, institution_id__in=institution_ids, account__is_active=True)
        .values_list("account_id", "institution_id")
    )
    places: dict[UUID, set[int]] = defaultdict(set)
    for account_id, institution_id in grants:
        places[account_id].add(institution_id)
    return [Person(account_id, tuple(sorted(found))) for account_id, found in sorted(places.items())]


_STAGES = {
    "recipients": Count("pk"),
    "opened": Count("opened_at"),
    "acknowledged": Count("acknowledged_at"),
    "done": Count("done_at"),
}
