"""Whom a campaign asks, when it may open and close, and what may be done about one institution. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from sonae.core.institutions.vocabulary import InstitutionKind, Population, Prefecture
from sonae.core.instruments.vocabulary import Respondent, ResponseState
from sonae.kernel import calendar
from sonae.kernel.decision import ALLOWED, Decision, Refused
from sonae.prevention.surveys.vocabulary import (
    Band,
    CampaignContent,
    CampaignState,
    Drift,
    Interval,
    PopulationRule,
    Stage,
    SurveyRefusal,
    Then,
)

# Whoever gets a response back close to the end of the window, or after it, has this long. Ours: no source names it.
MENDED_WITHIN = timedelta(days=7)
SHORTEST_REASON = 5
LONGEST_REASON = 1_000

# --- the population ------------------------------------------------------------------------------------------------


def lies_in(beds: int | None, interval: Interval) -> bool:
    """Whether this many licensed beds lie in the interval; beds that nobody states lie in none."""
    if beds is None or beds < interval.least:
        return False
    return interval.below is None or beds < interval.below


def band_of(beds: int | None, bands: Mapping[Band, Interval]) -> Band:
    """The band that holds this many licensed beds; UNKNOWN where the register does not say."""
    if beds is None:
        return Band.UNKNOWN
    return next(band for band, interval in bands.items() if lies_in(beds, interval))


def asks(rule: PopulationRule, then: Then) -> bool:
    """Whether the rule asks an institution of which the register said this on the reference date."""
    if not then.is_listed or then.population is not rule.population:
        return False
    if rule.kinds and then.kind not in rule.kinds:
        return False
    if rule.prefectures and then.prefecture not in rule.prefectures:
        return False
    return rule.beds is None or lies_in(then.licensed_beds, rule.beds)


def rule_as_json(rule: PopulationRule) -> dict[str, object]:
    """A rule as it is kept: sorted, with both ends of the interval named for what they are."""
    return {
        "kinds": sorted(rule.kinds),
        "beds": None if rule.beds is None else {"least": rule.beds.least, "below": rule.beds.below},
        "prefectures": sorted(rule.prefectures),
        "population": rule.population.value,
    }


def rule_from_json(kept: Mapping[str, object]) -> PopulationRule:
    """The rule that was kept so."""
    match kept:
        case {"kinds": list(kinds), "beds": beds, "prefectures": list(prefectures), "population": population}:
            interval = Interval(**beds) if isinstance(beds, dict) else None
            return PopulationRule(
                frozenset(map(InstitutionKind, kinds)),
                interval,
                frozenset(map(Prefecture, prefectures)),
                Population(str(population)),
            )
    raise AssertionError("a kept rule has the four fields of a rule")


def may_ask(rule: PopulationRule) -> Decision:
    """Whether the conditions of a rule can hold together at all."""
    return may_ask_beds(rule.beds)


def may_ask_beds(beds: Interval | None) -> Decision:
    """Whether any number of beds lies in an interval."""
    if beds is not None and beds.below is not None and beds.below <= beds.least:
        # Both ends as people say them, the last number included.
        return Refused(SurveyRefusal.BEDS_REVERSED, {"least": beds.least, "most": beds.below - 1})
    return ALLOWED


def drifts(then: Then, now: Then) -> frozenset[Drift]:
    """What the register says differently today. Of one that vanished nothing else is compared."""
    if not now.is_listed:
        return frozenset({Drift.VANISHED})
    compared = {
        Drift.BEDS: then.licensed_beds != now.licensed_beds,
        Drift.KIND: then.kind is not now.kind,
        Drift.PREFECTURE: then.prefecture is not now.prefecture,
    }
    return frozenset(drift for drift, differs in compared.items() if differs)


# --- a campaign ----------------------------------------------------------------------------------------------------


def may_edit(state: CampaignState) -> Decision:
    return ALLOWED if state is CampaignState.DRAFT else Refused(SurveyRefusal.NOT_A_DRAFT)


def may_plan(content: CampaignContent, *, respondent: Respondent, is_replaced: bool) -> Decision:
    """Whether a draft hangs together: a Japanese title, an edition that institutions fill in, a rule and a window."""
    if not content.title_ja.strip():
        return Refused(SurveyRefusal.TITLE_MISSING)
    if respondent is not Respondent.FACILITY:
        return Refused(SurveyRefusal.EDITION_IS_OTHERS, {"respondent": respondent})
    if is_replaced:
        return Refused(SurveyRefusal.EDITION_REPLACED)
    if content.closes_at <= content.opens_at:
        return Refused(SurveyRefusal.WINDOW_REVERSED)
    return may_ask(content.rule)


def may_open(content: CampaignContent, *, state: CampaignState, asked: int, now: datetime) -> Decision:
    """Whether a campaign may open: the register knows the reference date, somebody is asked, and time is left."""
    if state is not CampaignState.DRAFT:
        return Refused(SurveyRefusal.NOT_A_DRAFT)
    if content.reference_on > calendar.jst_day(now):
        return Refused(SurveyRefusal.REFERENCE_IN_FUTURE, {"reference_on": content.reference_on})
    if content.closes_at <= now:
        return Refused(SurveyRefusal.CLOSES_IN_PAST, {"last_day": calendar.last_day_before(content.closes_at)})
    return ALLOWED if asked else Refused(SurveyRefusal.NOBODY_ASKED)


def may_cancel_opening(state: CampaignState) -> Decision:
    return ALLOWED if state is CampaignState.OPENING else Refused(SurveyRefusal.NOT_OPENING)


def may_close(state: CampaignState, *, last_due_at: datetime | None, uninvited: int, now: datetime) -> Decision:
    """Whether a campaign may close: everybody was invited, and nobody's time runs on.

    `last_due_at` is the latest due moment among those who still owe an answer.
    """
    if state is not CampaignState.OPEN:
        return Refused(SurveyRefusal.NOT_OPEN)
    if uninvited:
        return Refused(SurveyRefusal.INVITING, {"count": uninvited})
    if last_due_at is not None and not calendar.is_past(last_due_at, now=now):
        return Refused(SurveyRefusal.EXTENSIONS_RUN, {"last_day": calendar.last_day_before(last_due_at)})
    return ALLOWED


def may_be_withdrawn(state: CampaignState) -> Decision:
    return ALLOWED if state is CampaignState.OPEN else Refused(SurveyRefusal.NOT_OPEN)


def has_reason(why: str) -> Decision:
    """Whether somebody wrote a reason that helps whoever reads it later."""
    return ALLOWED if len(why.strip()) >= SHORTEST_REASON else Refused(SurveyRefusal.REASON_MISSING)


def may_remind_on(day: date, *, state: CampaignState, days: Iterable[date], opens_on: date, today: date) -> Decision:
    """Whether a date may be added on which everybody who did not answer is reminded once."""
    if state is not CampaignState.OPEN:
        return Refused(SurveyRefusal.NOT_OPEN)
    if day < max(today, opens_on):
        return Refused(SurveyRefusal.REMINDER_OUTSIDE, {"earliest": max(today, opens_on)})
    return Refused(SurveyRefusal.REMINDER_TWICE, {"day": day}) if day in set(days) else ALLOWED


# --- one institution -----------------------------------------------------------------------------------------------


def stage_of(response: ResponseState | None, *, is_opened: bool) -> Stage:
    """How far an institution has come; whoever began a response has looked at it."""
    if response is not None:
        return Stage(response.value)
    return Stage.OPENED if is_opened else Stage.ASKED


def is_answered(stage: Stage) -> bool:
    """Whether the ministry has the answers: what was returned it does not have any more."""
    return stage in (Stage.SUBMITTED, Stage.ACCEPTED)


def may_begin(state: CampaignState, *, opens_at: datetime, is_asked: bool, is_excused: bool, now: datetime) -> Decision:
    """Whether an institution may begin to answer now; a late answer is better than none while the campaign is open."""
    if not is_asked:
        return Refused(SurveyRefusal.NOT_ASKED)
    if state is not CampaignState.OPEN:
        return Refused(SurveyRefusal.IS_OVER)
    if now < opens_at:
        return Refused(SurveyRefusal.NOT_OPEN_YET, {"opens_at": opens_at})
    return Refused(SurveyRefusal.IS_EXCUSED) if is_excused else ALLOWED


def may_hand_in(state: CampaignState) -> Decision:
    """Whether a response of the campaign may still be handed in: not once it closed and the counting began."""
    return ALLOWED if state is CampaignState.OPEN else Refused(SurveyRefusal.IS_OVER)


def may_be_extended(state: CampaignState, stage: Stage) -> Decision:
    """Whether one institution may have longer at all: it owes an answer."""
    if state is not CampaignState.OPEN:
        return Refused(SurveyRefusal.NOT_OPEN)
    return Refused(SurveyRefusal.ANSWERED_ALREADY) if is_answered(stage) else ALLOWED


def is_later(new_due_at: datetime, *, due_at: datetime, now: datetime) -> Decision:
    """Whether a due moment is later than the present one and still to come."""
    if new_due_at <= due_at or calendar.is_past(new_due_at, now=now):
        return Refused(SurveyRefusal.NOT_LATER, {"last_day": calendar.last_day_before(due_at)})
    return ALLOWED


def may_extend_many(state: CampaignState, *, due_at: datetime, owing: int, is_running: bool, now: datetime) -> Decision:
    """Whether many may have longer at once: `owing` are those who owe an answer and have less time than that."""
    if state is not CampaignState.OPEN:
        return Refused(SurveyRefusal.NOT_OPEN)
    if is_running:
        return Refused(SurveyRefusal.EXTENDING_ALREADY)
    if calendar.is_past(due_at, now=now):
        return Refused(SurveyRefusal.NOT_LATER, {"last_day": calendar.jst_day(now)})
    return ALLOWED if owing else Refused(SurveyRefusal.NOBODY_TO_EXTEND)


def may_cancel_extending(*, is_running: bool) -> Decision:
    """Whether the giving of more time can still be stopped."""
    return ALLOWED if is_running else Refused(SurveyRefusal.NOT_EXTENDING)


def may_be_excused(state: CampaignState, stage: Stage, *, is_excused: bool) -> Decision:
    """Whether an institution may be marked as one that will not answer."""
    if state is not CampaignState.OPEN:
        return Refused(SurveyRefusal.NOT_OPEN)
    if is_answered(stage):
        return Refused(SurveyRefusal.ANSWERED_ALREADY)
    return Refused(SurveyRefusal.IS_EXCUSED) if is_excused else ALLOWED


def may_expect_again(state: CampaignState, *, is_excused: bool) -> Decision:
    """Whether the mark may be taken away: it was a mistake, and there is still time to answer."""
    if state is not CampaignState.OPEN:
        return Refused(SurveyRefusal.NOT_OPEN)
    return ALLOWED if is_excused else Refused(SurveyRefusal.NOT_EXCUSED)


def may_note_call(state: CampaignState, *, called_at: datetime, next_on: date | None, now: datetime) -> Decision:
    """Whether a call may be noted: of a campaign that runs, already made, and the next one still to come."""
    if state is not CampaignState.OPEN:
        return Refused(SurveyRefusal.NOT_OPEN)
    if called_at > now:
        return Refused(SurveyRefusal.CALL_IN_FUTURE)
    if next_on is not None and next_on < calendar.jst_day(now):
        return Refused(SurveyRefusal.NEXT_CALL_PAST)
    return ALLOWED


def may_be_stood_in_for(stage: Stage, *, is_own_draft: bool) -> Decision:
    """Whether an officer may enter the answers of an institution that gave them by another way.

    What the institution itself has begun is its own to finish; what an officer began for it, an officer goes on with.
    """
    if is_answered(stage):
        return Refused(SurveyRefusal.ANSWERED_ALREADY)
    if stage in (Stage.DRAFT, Stage.RETURNED) and not is_own_draft:
        return Refused(SurveyRefusal.INSTITUTION_ANSWERS)
    return ALLOWED


def has_informant(informant: str) -> Decision:
    """Whether it is said who at the institution gave the answers."""
    return ALLOWED if informant.strip() else Refused(SurveyRefusal.INFORMANT_MISSING)


def may_drop_reminder(*, has_begun: bool) -> Decision:
    """Whether a day of reminders may be taken back: nobody has been reminded on it."""
    return Refused(SurveyRefusal.REMINDER_BEGUN) if has_begun else ALLOWED


def mended_by(due_at: datetime, *, now: datetime) -> datetime:
    """Until when a returned response is to be put right: its own due moment, at least a week from now."""
    return max(due_at, calendar.end_of(calendar.jst_day(now + MENDED_WITHIN)))
