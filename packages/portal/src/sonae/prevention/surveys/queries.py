"""Reads of campaigns: whom a rule asks, how far those asked have come, whom to call, what the register says now."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.utils.translation import gettext

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions import queries as register
from sonae.core.institutions.models import BedCount, Contact, Institution, InstitutionChange
from sonae.core.institutions.vocabulary import ContactRole, InstitutionKind, Population, Prefecture
from sonae.core.instruments import queries as instruments
from sonae.core.instruments.vocabulary import ResponseState
from sonae.prevention.surveys import rules
from sonae.prevention.surveys.bands import bands
from sonae.prevention.surveys.models import (
    UNOPENED,
    AskedInstitution,
    Call,
    Campaign,
    CampaignExtension,
    Proxy,
    ReminderDate,
)
from sonae.prevention.surveys.vocabulary import (
    OCCASION,
    Band,
    CampaignState,
    Dimension,
    Interval,
    PopulationRule,
    Progress,
    Stage,
    Then,
)

# --- whom a rule asks ----------------------------------------------------------------------------------------------


def listed_on(rule: PopulationRule, *, on: date) -> QuerySet[Institution]:
    """The institutions of the rule's population, kinds and prefectures on a day, whatever their beds; with
    `kind_then`, `prefecture_then` and `beds_then`."""
    stated = BedCount.objects.filter(institution_id=OuterRef("pk"), as_of__lte=on).order_by("-as_of")
    found = register.as_of(on).filter(is_synthetic=rule.population is Population.SYNTHETIC)
    conditions: dict[str, object] = {}
    if rule.kinds:
        conditions["kind_then__in"] = rule.kinds
    if rule.prefectures:
        conditions["prefecture_then__in"] = rule.prefectures
    found = found.filter(**conditions)
    return found.annotate(beds_then=Subquery(stated.values("total")[:1], output_field=IntegerField()))


def asked_by(rule: PopulationRule, *, on: date) -> QuerySet[Institution]:
    """The institutions that a rule asks by the register of a day; the slow twin is `rules.asks`."""
    found = listed_on(rule, on=on)
    return found if rule.beds is None else found.filter(_within("beds_then", rule.beds))


def register_mark() -> str:
    """Tells one state of the register and of its history from another: the number of rows, and the last, of each."""
    found = [
        model.objects.order_by().aggregate(count=Count("pk"), last=Max("pk"))
        for model in (Institution, InstitutionChange, BedCount)
    ]
    return " ".join(f"{one['count']}:{one['last']}" for one in found)


def band_by_beds(column: str) -> Case:
    """The band of a column of beds, in the database; the slow twin is `rules.band_of`.

    Of a column that is stored, not of `beds_then`: the history would be asked once for each band.
    """
    whens = [When(_within(column, interval), then=Value(band.value)) for band, interval in bands().items()]
    return Case(*whens, default=Value(Band.UNKNOWN.value), output_field=CharField())


def _within(column: str, interval: Interval) -> Q:
    above = Q(**{f"{column}__gte": interval.least})
    return above if interval.below is None else above & Q(**{f"{column}__lt": interval.below})


@dataclass(frozen=True, slots=True)
class Preview:
    """How many institutions a rule asks, by prefecture and band, and how many it leaves out for want of their beds."""

    counts: Mapping[tuple[Prefecture, Band], int]
    beds_unknown: int

    @property
    def asked(self) -> int:
        return sum(self.counts.values())

    @property
    def by_band(self) -> dict[Band, int]:
        return _summed((band, count) for (_, band), count in self.counts.items())

    @property
    def by_prefecture(self) -> dict[Prefecture, int]:
        return _summed((prefecture, count) for (prefecture, _), count in self.counts.items())


def _summed[K](pairs: Iterable[tuple[K, int]]) -> dict[K, int]:
    total: Counter[K] = Counter()
    for key, count in pairs:
        total[key] += count
    return dict(total)


def preview(rule: PopulationRule, *, on: date) -> Preview:
    """How many institutions the rule would ask: one query, however large the register."""
    rows = listed_on(rule, on=on)
    if rule.beds is not None:
        rows = rows.filter(_within("beds_then", rule.beds) | Q(beds_then=None))
    columns = ("prefecture_then", "beds_then")
    counted = rows.order_by().values_list(*columns).annotate(count=Count("pk"))
    counts = _summed(((Prefecture(place), rules.band_of(beds, bands())), count) for place, beds, count in counted)
    if rule.beds is None:
        return Preview(counts, 0)
    unknown = sum(count for (_, band), count in counts.items() if band is Band.UNKNOWN)
    return Preview({key: count for key, count in counts.items() if key[1] is not Band.UNKNOWN}, unknown)


# --- how far they have come ----------------------------------------------------------------------------------------

_GROUPS = {Dimension.BAND: "band", Dimension.PREFECTURE: "prefecture", Dimension.KIND: "kind"}


@dataclass(frozen=True, slots=True)
class Standing:
    """The progress of a campaign among those whom a viewer follows up, as of a moment: one query for all of it."""

    whole: Progress
    by: Mapping[Dimension, Mapping[str, Progress]]
    as_of: datetime


def standing(campaign: Campaign, viewer: Viewer, *, now: datetime) -> Standing:
    """How far the asked institutions have come, as a whole and by each dimension."""
    rows = (
        AskedInstitution.objects.followed_by(viewer)
        .filter(campaign=campaign)
        .order_by()
        .values_list(*_GROUPS.values(), "response__state", _isset("opened_at"), _isset("excused_at"))
        .annotate(count=Count("pk"))
    )
    whole: Counter[str] = Counter()
    by: dict[Dimension, dict[str, Counter[str]]] = {dimension: {} for dimension in Dimension}
    for *names, state, is_opened, is_excused, count in rows:
        counted = _counted(state, is_opened=is_opened, is_excused=is_excused, count=count)
        whole.update(counted)
        for dimension, name in zip(_GROUPS, names, strict=True):
            by[dimension].setdefault(name, Counter()).update(counted)
    return Standing(
        _progress(whole),
        {dimension: {name: _progress(found[name]) for name in sorted(found)} for dimension, found in by.items()},
        now,
    )


def _isset(column: str) -> Case:
    return Case(When(**{f"{column}__isnull": True}, then=Value(0)), default=Value(1), output_field=IntegerField())


def _counted(state: str | None, *, is_opened: int, is_excused: int, count: int) -> dict[str, int]:
    stage = rules.stage_of(ResponseState(state) if state else None, is_opened=bool(is_opened))
    counted = {"asked": count}
    if stage is not Stage.ASKED:
        counted["opened"] = count
    if stage not in (Stage.ASKED, Stage.OPENED):
        counted[stage.value] = count
    if is_excused:
        counted["excused"] = count
    return counted


def _progress(counted: Counter[str]) -> Progress:
    return Progress(**{one.name: counted[one.name] for one in fields(Progress)})


@dataclass(frozen=True, slots=True)
class Reached:
    """How the telling went among those whom a viewer follows up, in numbers of institutions, as of a moment."""

    asked: int
    told: int  # whose turn to be told has come: the duty stands, and mails are queued where there is somebody
    mailed: int  # of which somebody was sent a mail
    as_of: datetime

    @property
    def unreached(self) -> int:
        """Those of which nobody could be written to."""
        return self.told - self.mailed


def reached(campaign: Campaign, viewer: Viewer, *, now: datetime) -> Reached:
    """How many were told, and of how many somebody could be: one query."""
    counted = (
        AskedInstitution.objects.followed_by(viewer)
        .filter(campaign=campaign)
        .aggregate(asked=Count("pk"), told=Count("told_at"), mailed=Count("mailed_at"))
    )
    return Reached(**counted, as_of=now)


def uninvited(campaign: Campaign) -> int:
    """How many of those asked have not been told yet."""
    return AskedInstitution.objects.filter(campaign=campaign, told_at=None).count()


def last_due_at(campaign: Campaign) -> datetime | None:
    """The latest due moment among those who still owe an answer."""
    owing = AskedInstitution.objects.filter(campaign=campaign).outstanding()
    found: datetime | None = owing.aggregate(last=Max("due_at"))["last"]
    # What is being given to many counts from when it was promised.
    promised: datetime | None = campaign.extensions.running().aggregate(last=Max("due_after"))["last"]
    return max(filter(None, (found, promised)), default=None)


def to_extend(given: CampaignExtension) -> QuerySet[AskedInstitution]:
    """Those who owe an answer where more time is given, and have less than that."""
    rows = AskedInstitution.objects.filter(campaign=given.campaign, due_at__lt=given.due_after).outstanding()
    if given.prefecture:
        rows = rows.filter(prefecture=given.prefecture)
    return rows.filter(kind=given.kind) if given.kind else rows


def is_anything_due(*, now: datetime) -> bool:
    """A quick look whether a survey is being opened, or anybody is to be told of one or reminded of it."""
    untold = AskedInstitution.objects.filter(
        told_at=None, campaign__state=CampaignState.OPEN, campaign__opens_at__lte=now
    )
    opening = Campaign.objects.filter(state=CampaignState.OPENING)
    extending = CampaignExtension.objects.running()
    return untold.exists() or opening.exists() or extending.exists() or ReminderDate.objects.waiting(now=now).exists()


def stage_condition(stage: Stage) -> Q:
    """The condition that holds for those who have come exactly this far; the slow twin is `AskedInstitution.stage`."""
    match stage:
        case Stage.ASKED:
            return Q(response=None, opened_at=None)
        case Stage.OPENED:
            return Q(response=None, opened_at__isnull=False)
    return Q(response__state=stage.value)


# --- the follow-up -------------------------------------------------------------------------------------------------


# Whom to call about a survey, where an institution names several: the one whose work it is first.
_CALLED_FIRST = (
    ContactRole.SYSTEM_SAFETY_OFFICER, ContactRole.INFORMATION_SYSTEMS, ContactRole.ADMINISTRATOR,
    ContactRole.PUBLIC_RELATIONS, ContactRole.AFTER_HOURS,
)  # fmt: skip


def follow_up(campaign: Campaign, viewer: Viewer) -> QuerySet[AskedInstitution]:
    """Those whom a viewer may follow up, each with its last call, how many there were, when to call again, and whom:
    role, name and telephone of one current contact, where the viewer reads contacts."""
    calls = Call.objects.filter(asked_id=OuterRef("pk")).order_by("-called_at", "-pk")
    number = calls.order_by().values("asked_id").annotate(found=Count("pk")).values("found")
    return (
        AskedInstitution.objects.followed_by(viewer)
        .filter(campaign=campaign)
        .select_related("institution", "response", "campaign")
        .defer("response__answers", "response__marks")
        .annotate(
            calls_made=Subquery(number, output_field=IntegerField()),
            last_called_at=Subquery(calls.values("called_at")[:1], output_field=DateTimeField()),
            last_outcome=Subquery(calls.values("outcome")[:1], output_field=CharField()),
            call_again_on=Subquery(calls.values("next_on")[:1], output_field=DateField()),
            is_proxied=Exists(Proxy.objects.filter(asked_id=OuterRef("pk"))),
            **_whom_to_call(viewer),
        )
    )


def _whom_to_call(viewer: Viewer) -> dict[str, Subquery]:
    """The contact to be called first: of those with a telephone number, by what they are to be called for."""
    reach = access.reach(viewer, Permission.CONTACT_READ)
    contacts = Contact.objects.current().filter(institution_id=OuterRef("institution_id")).exclude(phone="")
    if not reach.nation:
        contacts = contacts.filter(
            Q(institution__jurisdiction_id__in=reach.jurisdiction_ids) | Q(institution_id__in=reach.institution_ids)
        )
    order = Case(
        *(When(role=role, then=Value(at)) for at, role in enumerate(_CALLED_FIRST)), default=Value(len(_CALLED_FIRST)),
        output_field=IntegerField(),
    )  # fmt: skip
    first = contacts.order_by(order, "added_at", "pk")
    return {
        f"contact_{name}": Subquery(first.values(name)[:1], output_field=CharField())
        for name in ("role", "name", "phone")
    }


def drifted(campaign: Campaign, viewer: Viewer) -> QuerySet[AskedInstitution]:
    """Those asked of whom the register says something else today than on the reference date.

    The slow twin is `rules.drifts`.
    """
    today = "institution__licensed_beds"
    differs = Q(**{f"{today}__gt": F("licensed_beds")}) | Q(**{f"{today}__lt": F("licensed_beds")})
    for one, other in ((today, "licensed_beds"), ("licensed_beds", today)):
        differs |= Q(**{f"{one}__isnull": True, f"{other}__isnull": False})
    differs |= ~Q(institution__kind=F("kind")) | ~Q(institution__prefecture=F("prefecture"))
    return (
        AskedInstitution.objects.followed_by(viewer)
        .filter(Q(institution__vanished_on__isnull=False) | differs, campaign=campaign)
        .select_related("institution", "response", "campaign")
        .defer("response__answers", "response__marks")
    )


def newcomers(campaign: Campaign, *, on: date) -> QuerySet[Institution]:
    """Institutions that the rule would ask by the register of this later day, and that are not asked."""
    asked = AskedInstitution.objects.filter(campaign=campaign, institution_id=OuterRef("pk"))
    return asked_by(campaign.rule, on=on).filter(~Exists(asked))


def today_of(institution: Institution) -> Then:
    """What the register says of an institution today."""
    return Then(
        InstitutionKind(institution.kind), Prefecture(institution.prefecture), institution.licensed_beds,
        is_listed=institution.vanished_on is None,
    )  # fmt: skip


def begun_here(asked: AskedInstitution) -> tuple[Stage, bool]:
    """How far the answer of an institution is, wherever it was begun, and whether it is an officer's to go on with.

    It is theirs while one stands in, and afterwards as long as an officer began it and nobody else has said anything.
    """
    response = instruments.begun_on(
        asked.campaign.occasion, asked.campaign.edition, institution_id=asked.institution_id
    )  # fmt: skip
    if response is None:
        return asked.stage, False
    stage = rules.stage_of(ResponseState(response.state), is_opened=True)
    officers = frozenset(Proxy.objects.filter(asked=asked).values_list("begun_by_id", flat=True))
    is_theirs = response.opened_by_id in officers and instruments.said_by(response) <= officers
    return stage, response.stand_in_id is not None or is_theirs


def names_of_occasions(occasions: Collection[str]) -> dict[str, str]:
    """What the campaigns of these occasions are called: their title and fiscal year, in the language of the moment."""
    ids = {occasion: _campaign_id(occasion) for occasion in occasions}
    found = Campaign.objects.in_bulk([campaign_id for campaign_id in ids.values() if campaign_id is not None])
    return {
        occasion: gettext("%(title)s (fiscal %(year)s)")
        % {"title": found[campaign_id].title, "year": found[campaign_id].fiscal_year}
        for occasion, campaign_id in ids.items()
        if campaign_id in found
    }


def _campaign_id(occasion: str) -> UUID | None:
    try:
        return UUID(occasion.removeprefix(OCCASION))
    except ValueError:
        return None


# --- one's own -----------------------------------------------------------------------------------------------------


def own(viewer: Viewer) -> QuerySet[AskedInstitution]:
    """The surveys that ask institutions of this viewer, the one that ends first at the top."""
    here = access.reach(viewer, Permission.SURVEY_READ).institution_ids
    return (
        AskedInstitution.objects.filter(institution_id__in=here)
        .exclude(campaign__state__in=UNOPENED)
        .select_related("campaign", "institution", "response")
        .defer("response__answers", "response__marks")
        .order_by("due_at", "pk")
    )
