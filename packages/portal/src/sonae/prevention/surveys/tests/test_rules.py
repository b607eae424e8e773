"""Rules of the survey, one row a clause."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from sonae.core.institutions import rules as register
from sonae.core.institutions.vocabulary import InstitutionKind, Population, Prefecture
from sonae.core.instruments.vocabulary import Respondent, ResponseState
from sonae.kernel import calendar
from sonae.kernel.decision import Refused
from sonae.prevention.surveys import rules
from sonae.prevention.surveys.bands import bands, source
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

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOSPITAL = Then(InstitutionKind.HOSPITAL, Prefecture.HOKKAIDO, 150)
WHY = "担当者の交代のため"


def content(**overrides):
    said = {
        "title_ja": "調査", "title_en": "Survey", "edition_id": uuid4(), "fiscal_year": 2026,
        "reference_on": date(2026, 11, 1), "rule": PopulationRule(), "opens_at": NOW, "closes_at": NOW + 30 * DAY,
    }  # fmt: skip
    return CampaignContent(**(said | overrides))


def reason(decision):
    return None if decision.ok else decision.reason


@pytest.mark.parametrize(
    ("beds", "band"),
    [
        (0, Band.BEDS_0_19), (19, Band.BEDS_0_19), (20, Band.BEDS_20_99), (99, Band.BEDS_20_99),
        (100, Band.BEDS_100_199), (199, Band.BEDS_100_199), (200, Band.BEDS_200_299), (201, Band.BEDS_200_299),
        (299, Band.BEDS_200_299), (300, Band.BEDS_300_399), (399, Band.BEDS_300_399), (400, Band.BEDS_400_499),
        (499, Band.BEDS_400_499), (500, Band.BEDS_500_UP), (12_345, Band.BEDS_500_UP), (None, Band.UNKNOWN),
    ],
)  # fmt: skip
def test_the_bed_bands_hold_both_of_their_published_ends(beds, band):
    assert rules.band_of(beds, bands()) is band


def test_every_number_of_beds_lies_in_one_band_and_that_is_the_class_of_the_register():
    for beds in range(1_200):
        held = [band for band, interval in bands().items() if rules.lies_in(beds, interval)]
        assert len(held) == 1
        of_register = register.survey_class(beds)
        assert held[0].value == (of_register.value if of_register else "0-19")


def test_the_bands_name_their_source():
    assert source().title.ja
    assert source().url.startswith("https://")
    assert set(bands()) == set(Band) - {Band.UNKNOWN}


@pytest.mark.parametrize(
    ("beds", "at_least_200", "up_to_200", "below_200"),
    [(199, False, True, True), (200, True, True, False), (201, True, False, False), (None, False, False, False)],
)
def test_an_interval_includes_its_least_and_excludes_its_end(beds, at_least_200, up_to_200, below_200):
    assert rules.lies_in(beds, Interval(least=200)) is at_least_200
    assert rules.lies_in(beds, Interval(below=201)) is up_to_200
    assert rules.lies_in(beds, Interval(below=200)) is below_200


@pytest.mark.parametrize(
    ("rule", "then", "expected"),
    [
        (PopulationRule(), HOSPITAL, True),
        (PopulationRule(), Then(InstitutionKind.HOSPITAL, Prefecture.TOKYO, None), True),
        (PopulationRule(), Then(InstitutionKind.CLINIC, Prefecture.TOKYO, 10), False),
        (PopulationRule(kinds=frozenset()), Then(InstitutionKind.PHARMACY, Prefecture.TOKYO, None), True),
        (PopulationRule(prefectures=frozenset({Prefecture.TOKYO})), HOSPITAL, False),
        (PopulationRule(prefectures=frozenset({Prefecture.HOKKAIDO})), HOSPITAL, True),
        (PopulationRule(beds=Interval(20)), Then(InstitutionKind.HOSPITAL, Prefecture.TOKYO, None), False),
        (PopulationRule(beds=Interval(150, 151)), HOSPITAL, True),
        (PopulationRule(beds=Interval(100, 150)), HOSPITAL, False),
        (PopulationRule(population=Population.SYNTHETIC), HOSPITAL, False),
        (PopulationRule(), Then(InstitutionKind.HOSPITAL, Prefecture.TOKYO, 150, is_listed=False), False),
    ],
)
def test_a_rule_asks_whoever_fits_every_condition(rule, then, expected):
    assert rules.asks(rule, then) is expected


@pytest.mark.parametrize(
    "rule",
    [
        PopulationRule(),
        PopulationRule(kinds=frozenset(InstitutionKind), beds=Interval(20, 200), population=Population.SYNTHETIC),
        PopulationRule(beds=Interval(500), prefectures=frozenset({Prefecture.TOKYO, Prefecture.OKAYAMA})),
    ],
)
def test_a_rule_is_kept_and_read_as_it_was(rule):
    assert rules.rule_from_json(rules.rule_as_json(rule)) == rule


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (HOSPITAL, set()),
        (Then(InstitutionKind.HOSPITAL, Prefecture.HOKKAIDO, 151), {Drift.BEDS}),
        (Then(InstitutionKind.HOSPITAL, Prefecture.HOKKAIDO, None), {Drift.BEDS}),
        (Then(InstitutionKind.CLINIC, Prefecture.TOKYO, 150), {Drift.KIND, Drift.PREFECTURE}),
        (Then(InstitutionKind.CLINIC, Prefecture.TOKYO, 1, is_listed=False), {Drift.VANISHED}),
    ],
)
def test_what_the_register_says_differently_today(now, expected):
    assert rules.drifts(HOSPITAL, now) == expected


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({}, None),
        ({"title_ja": " "}, SurveyRefusal.TITLE_MISSING),
        ({"title_en": ""}, None),
        ({"closes_at": NOW}, SurveyRefusal.WINDOW_REVERSED),
        ({"rule": PopulationRule(beds=Interval(200, 200))}, SurveyRefusal.BEDS_REVERSED),
        ({"rule": PopulationRule(beds=Interval(200, 201))}, None),
    ],
)
def test_a_draft_hangs_together(overrides, expected):
    planned = rules.may_plan(content(**overrides), respondent=Respondent.FACILITY, is_replaced=False)
    assert reason(planned) == expected


def test_a_campaign_asks_with_a_form_for_institutions_in_its_newest_version():
    assert reason(rules.may_plan(content(), respondent=Respondent.VENDOR, is_replaced=False)) == (
        SurveyRefusal.EDITION_IS_OTHERS
    )
    assert reason(rules.may_plan(content(), respondent=Respondent.FACILITY, is_replaced=True)) == (
        SurveyRefusal.EDITION_REPLACED
    )


@pytest.mark.parametrize(
    ("overrides", "state", "asked", "expected"),
    [
        ({}, "draft", 1, None),
        ({}, "draft", 0, SurveyRefusal.NOBODY_ASKED),
        ({}, "open", 1, SurveyRefusal.NOT_A_DRAFT),
        ({"reference_on": date(2026, 11, 23)}, "draft", 1, None),
        ({"reference_on": date(2026, 11, 24)}, "draft", 1, SurveyRefusal.REFERENCE_IN_FUTURE),
        ({"opens_at": NOW - 2 * DAY, "closes_at": NOW}, "draft", 1, SurveyRefusal.CLOSES_IN_PAST),
    ],
)
def test_when_a_campaign_opens(overrides, state, asked, expected):
    assert reason(rules.may_open(content(**overrides), state=CampaignState(state), asked=asked, now=NOW)) == expected


@pytest.mark.parametrize(
    ("state", "last_due_at", "uninvited", "expected"),
    [
        ("open", None, 0, None),
        ("open", NOW, 0, None),
        ("open", NOW + DAY, 0, SurveyRefusal.EXTENSIONS_RUN),
        ("open", NOW, 3, SurveyRefusal.INVITING),
        ("closed", NOW, 0, SurveyRefusal.NOT_OPEN),
        ("draft", NOW, 0, SurveyRefusal.NOT_OPEN),
    ],
)
def test_when_a_campaign_closes(state, last_due_at, uninvited, expected):
    asked = rules.may_close(CampaignState(state), last_due_at=last_due_at, uninvited=uninvited, now=NOW)
    assert reason(asked) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 22), SurveyRefusal.REMINDER_OUTSIDE),
        (date(2026, 11, 23), None),
        (date(2026, 11, 25), SurveyRefusal.REMINDER_TWICE),
    ],
)
def test_a_day_of_reminders_is_to_come_and_stands_once(day, expected):
    known = {"days": [date(2026, 11, 25)], "opens_on": date(2026, 11, 1), "today": date(2026, 11, 23)}
    assert reason(rules.may_remind_on(day, state=CampaignState.OPEN, **known)) == expected
    assert reason(rules.may_remind_on(day, state=CampaignState.DRAFT, **known)) == SurveyRefusal.NOT_OPEN


@pytest.mark.parametrize("state", [None, *ResponseState])
@pytest.mark.parametrize("is_opened", [True, False])
def test_everybody_stands_at_one_stage(state, is_opened):
    stage = rules.stage_of(state, is_opened=is_opened)
    assert stage.value == (state.value if state else "opened" if is_opened else "asked")
    assert rules.is_answered(stage) is (state in (ResponseState.SUBMITTED, ResponseState.ACCEPTED))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, None),
        ({"is_asked": False}, SurveyRefusal.NOT_ASKED),
        ({"opens_at": NOW + DAY}, SurveyRefusal.NOT_OPEN_YET),
        ({"is_excused": True}, SurveyRefusal.IS_EXCUSED),
        ({"state": CampaignState.CLOSED}, SurveyRefusal.IS_OVER),
        ({"state": CampaignState.WITHDRAWN}, SurveyRefusal.IS_OVER),
    ],
)
def test_when_an_institution_begins(facts, expected):
    usual = {"state": CampaignState.OPEN, "opens_at": NOW, "is_asked": True, "is_excused": False}
    found = usual | facts
    assert reason(rules.may_begin(found.pop("state"), now=NOW, **found)) == expected


@pytest.mark.parametrize("state", CampaignState)
def test_answers_are_handed_in_while_the_campaign_is_open(state):
    assert rules.may_hand_in(state).ok is (state is CampaignState.OPEN)


@pytest.mark.parametrize("stage", Stage)
def test_whoever_owes_an_answer_may_have_longer(stage):
    expected = SurveyRefusal.ANSWERED_ALREADY if stage in (Stage.SUBMITTED, Stage.ACCEPTED) else None
    assert reason(rules.may_be_extended(CampaignState.OPEN, stage)) == expected
    assert reason(rules.may_be_extended(CampaignState.CLOSED, stage)) == SurveyRefusal.NOT_OPEN


@pytest.mark.parametrize(
    ("due_at", "new_due_at", "expected"),
    [
        (NOW + DAY, NOW + 2 * DAY, None),
        (NOW + DAY, NOW + DAY, SurveyRefusal.NOT_LATER),
        (NOW - 3 * DAY, NOW - DAY, SurveyRefusal.NOT_LATER),
    ],
)
def test_more_time_is_later_and_ends_in_the_future(due_at, new_due_at, expected):
    assert reason(rules.is_later(new_due_at, due_at=due_at, now=NOW)) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, None),
        ({"state": CampaignState.CLOSED}, SurveyRefusal.NOT_OPEN),
        ({"is_running": True}, SurveyRefusal.EXTENDING_ALREADY),
        ({"due_at": NOW - DAY}, SurveyRefusal.NOT_LATER),
        ({"owing": 0}, SurveyRefusal.NOBODY_TO_EXTEND),
    ],
)
def test_when_many_may_have_longer(facts, expected):
    usual = {"state": CampaignState.OPEN, "due_at": NOW + DAY, "owing": 3, "is_running": False}
    found = usual | facts
    assert reason(rules.may_extend_many(found.pop("state"), now=NOW, **found)) == expected


@pytest.mark.parametrize(
    ("stage", "is_excused", "expected"),
    [
        (Stage.ASKED, False, None),
        (Stage.DRAFT, False, None),
        (Stage.ACCEPTED, False, SurveyRefusal.ANSWERED_ALREADY),
        (Stage.ASKED, True, SurveyRefusal.IS_EXCUSED),
    ],
)
def test_who_may_be_excused(stage, is_excused, expected):
    assert reason(rules.may_be_excused(CampaignState.OPEN, stage, is_excused=is_excused)) == expected
    assert reason(rules.may_be_excused(CampaignState.CLOSED, stage, is_excused=is_excused)) == SurveyRefusal.NOT_OPEN


@pytest.mark.parametrize("state", CampaignState)
def test_what_is_open_may_be_withdrawn(state):
    expected = None if state is CampaignState.OPEN else SurveyRefusal.NOT_OPEN
    assert reason(rules.may_be_withdrawn(state)) == expected


def test_a_day_of_reminders_is_taken_back_until_somebody_was_reminded():
    assert rules.may_drop_reminder(has_begun=False).ok
    assert reason(rules.may_drop_reminder(has_begun=True)) == SurveyRefusal.REMINDER_BEGUN


@pytest.mark.parametrize(
    ("why", "expected"), [(WHY, None), (" ", SurveyRefusal.REASON_MISSING), ("1234", SurveyRefusal.REASON_MISSING)]
)
def test_a_reason_helps_whoever_reads_it(why, expected):
    assert reason(rules.has_reason(why)) == expected


def test_the_mark_is_taken_away_where_there_is_one():
    assert rules.may_expect_again(CampaignState.OPEN, is_excused=True).ok
    assert reason(rules.may_expect_again(CampaignState.OPEN, is_excused=False)) == SurveyRefusal.NOT_EXCUSED
    assert reason(rules.may_expect_again(CampaignState.CLOSED, is_excused=True)) == SurveyRefusal.NOT_OPEN


@pytest.mark.parametrize(
    ("called_at", "next_on", "expected"),
    [
        (NOW, None, None),
        (NOW - DAY, date(2026, 11, 23), None),
        (NOW + DAY, None, SurveyRefusal.CALL_IN_FUTURE),
        (NOW, date(2026, 11, 22), SurveyRefusal.NEXT_CALL_PAST),
    ],
)
def test_which_calls_are_noted(called_at, next_on, expected):
    facts = {"called_at": called_at, "next_on": next_on, "now": NOW}
    assert reason(rules.may_note_call(CampaignState.OPEN, **facts)) == expected
    assert reason(rules.may_note_call(CampaignState.CLOSED, **facts)) == SurveyRefusal.NOT_OPEN


@pytest.mark.parametrize(
    ("stage", "is_own_draft", "expected"),
    [
        (Stage.ASKED, False, None),
        (Stage.OPENED, False, None),
        (Stage.DRAFT, False, SurveyRefusal.INSTITUTION_ANSWERS),
        (Stage.DRAFT, True, None),
        (Stage.RETURNED, True, None),
        (Stage.SUBMITTED, True, SurveyRefusal.ANSWERED_ALREADY),
    ],
)
def test_when_an_officer_answers_in_place_of_an_institution(stage, is_own_draft, expected):
    assert reason(rules.may_be_stood_in_for(stage, is_own_draft=is_own_draft)) == expected


def test_whoever_gave_the_answers_is_named():
    assert rules.has_informant("事務長").ok
    assert reason(rules.has_informant(" ")) == SurveyRefusal.INFORMANT_MISSING


def test_what_was_returned_is_put_right_within_a_week_or_until_its_own_moment():
    assert rules.mended_by(NOW + 30 * DAY, now=NOW) == NOW + 30 * DAY
    # 23 November, 18:00 in Japan: until the end of the 30th.
    assert rules.mended_by(NOW - DAY, now=NOW) == datetime(2026, 11, 30, 15, 0, tzinfo=UTC)


def test_refusals_say_both_ends_as_typed_and_the_last_day_as_a_day():
    beds = rules.may_ask(PopulationRule(beds=Interval(500, 101)))
    assert beds == Refused(SurveyRefusal.BEDS_REVERSED, {"least": 500, "most": 100})
    ended = calendar.end_of(date(2026, 10, 31))
    over = rules.may_open(
        content(opens_at=NOW - 99 * DAY, closes_at=ended), state=CampaignState.DRAFT, asked=1, now=NOW
    )
    assert over == Refused(SurveyRefusal.CLOSES_IN_PAST, {"last_day": date(2026, 10, 31)})
    until = calendar.end_of(date(2026, 12, 31))
    waits = rules.may_close(CampaignState.OPEN, last_due_at=until, uninvited=0, now=NOW)
    assert waits == Refused(SurveyRefusal.EXTENSIONS_RUN, {"last_day": date(2026, 12, 31)})
    assert rules.is_later(NOW, due_at=until, now=NOW) == Refused(
        SurveyRefusal.NOT_LATER, {"last_day": date(2026, 12, 31)}
    )
