"""Reads of results: every table of an edition in a handful of questions to the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.db.models import Max

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions.models import Jurisdiction
from sonae.core.instruments import comparisons
from sonae.core.instruments import queries as instruments
from sonae.core.instruments.models import Edition
from sonae.core.instruments.plan import Plan
from sonae.core.instruments.year_maps import Pair
from sonae.kernel.decision import Decision
from sonae.prevention.surveys.results import rules, versions
from sonae.prevention.surveys.results.models import ResultEdition
from sonae.prevention.surveys.results.versions import Since
from sonae.prevention.surveys.results.vocabulary import (
    Class,
    Inside,
    Margins,
    PublishDoubt,
    Rate,
    ResultState,
    Stratum,
)
from sonae.prevention.surveys.vocabulary import CampaignState, Dimension


@dataclass(frozen=True, slots=True)
class Sheet:
    """An edition as somebody sees it."""

    edition: ResultEdition
    plan: Plan
    # By position in the form.
    questions: Mapping[int, Margins]
    rates: Mapping[Class, Rate]
    # Whether nothing is kept back, and of which prefectures nothing is.
    is_whole: bool = False
    own: frozenset[str] = frozenset()
    # What only some of the versions that were answered ask.
    since: Since = field(default_factory=Since)
    # The classes inside which everything is counted; empty for the nation.
    inside: Inside = field(default_factory=dict)


def sees_all(viewer: Viewer) -> Decision:
    """Whether nothing is kept back from somebody: from whoever conducts surveys for the nation."""
    return access.may(viewer, Permission.SURVEY_CONDUCT, at=NATIONWIDE)


def sheet_inside(edition: ResultEdition, inside: Inside) -> Sheet:
    """Every question of an edition inside some classes, nothing kept back: for whom `rules.may_look_inside` allows."""
    strata = edition.counted_strata()
    places = rules.places_inside([one for one, _, _ in strata], inside)
    rows = edition.questions.as_cubes().order_by("position")
    questions = {row.position: rules.added_up(row.cube(), places) for row in rows}
    held = [one for one in strata if rules.stands_inside(one[0], inside)]
    return replace(_sheet(edition, questions, is_whole=True, strata=held), inside=inside)


def sheet_of(edition: ResultEdition, viewer: Viewer, *, position: int | None = None) -> Sheet:
    """Every question of an edition, or one of them, with the figures that this viewer may see.

    The ministry sees all; who follows up a whole prefecture, all of that prefecture; everybody else what is published.
    """
    if sees_all(viewer).ok:
        rows = edition.questions.as_counted()
        return _sheet(edition, {row.position: row.as_figures() for row in _wanted(rows, position)}, is_whole=True)
    own = _prefectures_of(viewer)
    if not own:
        return public_sheet(edition, position=position)
    rows = edition.questions.defer("counts")
    questions = {row.position: _with_own(row.as_shown(), row.as_figures(), own) for row in _wanted(rows, position)}
    return _sheet(edition, questions, own=own)


def public_sheet(edition: ResultEdition, *, position: int | None = None) -> Sheet:
    """What everybody may see of an edition; the figures that are kept back are not even read."""
    rows = edition.questions.as_shown()
    return _sheet(edition, {row.position: row.as_shown() for row in _wanted(rows, position)})


def edition_before(edition: ResultEdition) -> ResultEdition | None:
    """The newest edition of the survey of an earlier year with the same instrument; published, or not even counted."""
    campaign = edition.campaign
    earlier = ResultEdition.objects.published().filter(
        campaign__edition__instrument=campaign.edition.instrument, campaign__fiscal_year__lt=campaign.fiscal_year
    )
    return earlier.select_related("campaign__edition").order_by("-campaign__fiscal_year", "-number").first()


def pair_of(before: ResultEdition, after: ResultEdition, question: str) -> Pair | None:
    """How a question stands to one of the year before; None where nobody has established it: then nothing compares."""
    earlier, later = before.campaign.edition, after.campaign.edition
    return comparisons.established(later.instrument, earlier.edition, later.edition, question)


def may_publish(edition: ResultEdition) -> Decision:
    """Whether an edition may be shown to everybody, as far as it is not for the second gate to say (`clearance`)."""
    published = ResultEdition.objects.filter(campaign=edition.campaign_id).published()
    newest = published.aggregate(last=Max("number"))["last"] or 0
    # What is kept back was decided beside those that were out when it was counted.
    unseen = published.filter(published_at__gte=edition.counted_at).exists() if edition.counted_at else False
    return rules.may_publish(
        ResultState(edition.state), number=edition.number, submitted=edition.submitted_count, newest_published=newest,
        has_unseen=unseen,
    )  # fmt: skip


def doubts_of_publishing(edition: ResultEdition) -> tuple[PublishDoubt, ...]:
    """What speaks against publishing an edition, without standing in the way."""
    newer = ResultEdition.objects.filter(campaign=edition.campaign_id, number__gt=edition.number)
    return rules.doubts_of_publishing(
        asked=edition.asked_count,
        submitted=edition.submitted_count,
        newer_counted=newer.counted().exists(),
        newer_in_the_making=newer.filter(state=ResultState.COUNTING).exists(),
        campaign=CampaignState(edition.campaign.state),
    )


def _wanted(rows, position: int | None):  # type: ignore[no-untyped-def]
    return rows.order_by("position") if position is None else rows.filter(position=position)


def _sheet(
    edition: ResultEdition,
    questions: Mapping[int, Margins],
    *,
    is_whole: bool = False,
    own: frozenset[str] = frozenset(),
    strata: Sequence[tuple[Stratum, int, int]] | None = None,
) -> Sheet:
    strata = edition.counted_strata() if strata is None else strata
    asked = rules.totals_by_class({one: number for one, number, _ in strata})
    submitted = rules.totals_by_class({one: number for one, _, number in strata})
    rates = {each: Rate(number, submitted.get(each, 0)) for each, number in asked.items()}
    plans = plans_of(edition)
    plan = versions.combined([plans[number] for number in sorted(plans, reverse=True)])
    return Sheet(edition, plan, questions, rates, is_whole, own, versions.since(plans) if len(plans) > 1 else Since())


def plans_of(edition: ResultEdition) -> dict[int, Plan]:
    """The versions of the form that were answered, by their numbers."""
    asked = edition.campaign.edition
    if edition.answered_under in ([], [asked.version]):
        return {asked.version: instruments.plan_of(asked)}
    versions_of_it = Edition.objects.filter(instrument=asked.instrument, edition=asked.edition)
    answered = versions_of_it.filter(version__in=edition.answered_under)
    return {one.version: instruments.plan_of(one) for one in answered}


def _with_own(shown: Margins, figures: Margins, own: frozenset[str]) -> Margins:
    rows = dict(shown.rows)
    for prefecture in own:
        each = (Dimension.PREFECTURE.value, prefecture)
        if each in figures.rows:
            rows[each] = figures.rows[each]
    return Margins(shown.column, rows)


def _prefectures_of(viewer: Viewer) -> frozenset[str]:
    """The prefectures of which this viewer follows up every inspecting body."""
    reach = access.reach(viewer, Permission.SURVEY_READ)
    if not reach.jurisdiction_ids:
        return frozenset()
    found: dict[str, set[int]] = {}
    for pk, prefecture in Jurisdiction.objects.values_list("pk", "prefecture"):
        found.setdefault(prefecture, set()).add(pk)
    return frozenset(code for code, inside in found.items() if inside <= reach.jurisdiction_ids)


def published_editions() -> list[ResultEdition]:
    """Every edition that is out: of the newest survey first, and of a survey the newest."""
    rows = ResultEdition.objects.published().select_related("campaign").defer("strata")
    return list(rows.order_by("-campaign__fiscal_year", "-campaign__reference_on", "campaign", "-number"))


def edition_of(edition_id: UUID) -> ResultEdition | None:
    """A published edition, for whoever asks."""
    rows = ResultEdition.objects.published().select_related("campaign__edition")
    return rows.filter(pk=edition_id).first()
