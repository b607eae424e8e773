"""What is due to the matching, what stands at an institution, and what the nation may know of it."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance.models import Evidence
from sonae.core.assurance.vocabulary import Said
from sonae.core.institutions.models import Institution
from sonae.core.institutions.vocabulary import Prefecture
from sonae.kernel.calendar import jst_day
from sonae.prevention.advisories.models import Advisory, ImportRun, ProductStatement, StatedRange
from sonae.prevention.advisories.vocabulary import ProductStatus
from sonae.prevention.assets.models import Asset
from sonae.prevention.exposure import course
from sonae.prevention.exposure.models import (
    Exposure,
    ExposureQuerySet,
    Hit,
    IndexState,
    LedgerState,
    NamePair,
    Notice,
    Question,
    StepTaken,
    TakenRange,
)
from sonae.prevention.exposure.vocabulary import Because, Certainty, Ground, HumanImpact, Tally

LONGEST_IMPORT: Final = timedelta(days=1)

type SaidOfProduct = tuple[int, UUID, str, str, str, dict[str, list[str]]]


def lock(institution_id: int) -> None:
    """One at a time writes the exposures of an institution."""
    Institution.objects.select_for_update(no_key=True).get(pk=institution_id)


# -- what changed since --


def is_anything_due(*, now: datetime) -> bool:
    """Whether the job has something to do: a few look-ups in indexes."""
    state = IndexState.objects.filter(pk=1).first()
    if state is None:
        return ledgers_not_known().exists() or advisories_not_known().exists()
    late = Exposure.objects.owed().filter(due_at__lt=now)
    if state.reviewed_until is not None:
        late = late.filter(due_at__gte=state.reviewed_until)
    return (
        ledgers_to_put().exists()
        or ledgers_to_settle().exists()
        or Notice.objects.filter(Q(is_put=False) | Q(is_settled=False)).exists()
        or NamePair.objects.filter(is_stood=False).exists()
        or advisories_not_known(since=state.advisories_until).exists()
        or ranges_not_known().exists()
        or marks_until() not in (None, state.marks_until)
        or bool(with_terms_over(now=now))
        or late.exists()
    )


def ledgers_not_known() -> QuerySet[Institution, int]:
    """Institutions with a ledger of which the matching has never heard."""
    owned = Asset.objects.filter(institution=OuterRef("pk"))
    heard = LedgerState.objects.filter(institution=OuterRef("pk"))
    return Institution.objects.filter(Exists(owned), ~Exists(heard)).order_by().values_list("pk", flat=True)


def advisories_not_known(*, since: datetime | None = None) -> QuerySet[Advisory]:
    """Revisions that stand and that the matching does not know to stand; with `since`, only those about as new.

    An import writes the moment at which it began, and may take hours until what it wrote is there.
    """
    heard = Notice.objects.filter(advisory=OuterRef("pk"))
    found = Advisory.objects.standing().filter(~Exists(heard)).order_by()
    if since is not None:
        found = found.filter(taken_at__gte=since - LONGEST_IMPORT)
    return found.only("publisher", "identifier", "language")


def ranges_not_known() -> QuerySet[StatedRange]:
    """Ranges that stand and that the matching has not taken in."""
    heard = TakenRange.objects.filter(stated=OuterRef("pk"))
    return StatedRange.objects.filter(~Exists(heard), replaced_at=None).order_by("pk")


def newest_advisory() -> datetime | None:
    """When the newest advisory was taken in."""
    return Advisory.objects.order_by("-taken_at").values_list("taken_at", flat=True).first()


def ledgers_to_put() -> "QuerySet[LedgerState, tuple[int, int]]":
    """Institution, and how often its ledger was written."""
    return LedgerState.objects.filter(put__lt=F("changed")).order_by("pk").values_list("pk", "changed")


def ledgers_to_settle() -> "QuerySet[LedgerState, tuple[int, int]]":
    """Institution, and up to which time its ledger is put in."""
    return LedgerState.objects.filter(settled__lt=F("put")).order_by("pk").values_list("pk", "put")


def said_by(notices: Collection[UUID]) -> Iterator[SaidOfProduct]:
    """What these advisories say is affected: statement, notice, vendor, product, versions, identifiers."""
    by_advisory = dict(Notice.objects.filter(pk__in=notices).values_list("advisory_id", "pk"))
    made = ProductStatement.objects.filter(
        advisory__in=Notice.objects.filter(pk__in=notices).values("advisory"), status=ProductStatus.AFFECTED,
        advisory__is_withdrawn=False,
    )  # fmt: skip
    for one in made.select_related("version__stated").iterator(2_000):
        text = one.version.standing if one.version else ""
        yield one.pk, by_advisory[one.advisory_id], one.vendor, one.product, text, one.identifiers


def marks_until() -> datetime | None:
    """When the newest import that brought marks (KEV, EPSS) ended."""
    done = ImportRun.objects.filter(marks__gt=0, finished_at__isnull=False).order_by("-finished_at")
    return done.values_list("finished_at", flat=True).first()


def notices_that_stand() -> list[UUID]:
    """The advisories that hit something now."""
    return sorted(set(Exposure.objects.standing().order_by().values_list("notice_id", flat=True)))


def with_terms_over(*, now: datetime) -> list[int]:
    """The institutions at which something was settled for a term that is over."""
    over = Exposure.objects.filter(until__lt=jst_day(now)).order_by().values_list("institution_id", flat=True)
    return sorted(set(over))


# -- how an institution stands --


def tally_of(institution_id: int, *, now: datetime) -> Tally | None:
    """How far an institution has come with what has to be settled; None while no product is in its ledger."""
    named = Asset.objects.in_use().filter(~Q(product="") | ~Q(model_number=""), institution_id=institution_id)
    if not named.exists():
        return None
    asked = Exposure.objects.standing().filter(institution_id=institution_id, due_at__isnull=False)
    found = asked.exclude(certainty=Certainty.PRODUCT_UNCLEAR).aggregate(
        exposures=Count("pk"),
        settled=Count("pk", filter=Q(course__in=list(course.SETTLED))),
        overdue=Count("pk", filter=~Q(course__in=list(course.SETTLED)) & Q(due_at__lt=now)),
    )
    return Tally(**found)


def says_so_already(said: Said) -> bool:
    """Whether what stands says the same."""
    stands = Evidence.objects.standing().of_speaker(said.control, said.institution_id, said.source).first()
    return stands is not None and stands.finding == said.finding and stands.facts == dict(said.facts)


def for_list(viewer: Viewer) -> ExposureQuerySet:
    """The exposures this viewer may read, with what lists show of them."""
    return Exposure.objects.visible_to(viewer).select_related("institution", "asset", "notice__advisory")


def at_asset(asset: Asset, viewer: Viewer) -> QuerySet[Exposure]:
    """What hits this asset now, the most urgent first."""
    return for_list(viewer).filter(asset=asset).standing()


def hits_with_all(exposure: Exposure) -> QuerySet[Hit]:
    """What of an asset is hit by which statement."""
    return Hit.objects.filter(exposure=exposure).select_related("statement__version__stated", "pair")


def history_of(exposure: Exposure) -> QuerySet[StepTaken]:
    """How it went on, the newest first."""
    return exposure.steps.select_related("taken_by", "vendor").order_by("-taken_at", "-id")


def grounds_of(exposure: Exposure) -> list[Because]:
    """Why it is so urgent, with the figures of each ground."""
    return [
        Because(Ground(one["ground"]), {name: _fact(name, value) for name, value in one["facts"].items()})
        for one in exposure.grounds
    ]


def open_questions(viewer: Viewer) -> QuerySet[Question]:
    """Every question to the viewer's institutions, with its names."""
    return Question.objects.visible_to(viewer).select_related("institution", "pair", "answered_by")


def _fact(name: str, value: Any) -> object:
    if name == "since":
        return date.fromisoformat(value)
    return HumanImpact(value) if name == "impact" else value


# -- what the nation may know: numbers in steps, never a name --


def concerned(viewer: Viewer) -> QuerySet[Notice]:
    """Advisories that concern anybody, for whoever may count whom they concern."""
    if not access.may(viewer, Permission.EXPOSURE_COUNT).ok:
        return Notice.objects.none()
    meant = _meant().filter(notice=OuterRef("pk"))
    return Notice.objects.filter(Exists(meant)).select_related("advisory")


def by_prefecture(notices: Collection[UUID]) -> dict[UUID, dict[Prefecture, tuple[int, int]]]:
    """By advisory and prefecture how many institutions are concerned, and how many of them have nothing left to do.

    The numbers are for `rules.told_as` only: nothing may show them, or order by them, as they are.
    """
    all_of, left = _counted(_meant(), notices), _counted(_left(), notices)
    return {
        notice_id: {
            one: (number := all_of.get((notice_id, one.value), 0), number - left.get((notice_id, one.value), 0))
            for one in Prefecture
        }
        for notice_id in notices
    }


def _meant() -> ExposureQuerySet:
    return Exposure.objects.standing().exclude(certainty=Certainty.PRODUCT_UNCLEAR)


def _left() -> ExposureQuerySet:
    return _meant().exclude(course__in=list(course.SETTLED))


def _counted(rows: QuerySet[Exposure], notices: Collection[UUID]) -> dict[tuple[UUID, str], int]:
    by = rows.filter(notice__in=notices).order_by().values_list("notice_id", "institution__prefecture")
    counted = by.annotate(number=Count("institution_id", distinct=True))
    return {(notice_id, prefecture): number for notice_id, prefecture, number in counted}
