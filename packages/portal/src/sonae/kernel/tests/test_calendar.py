"""The calendar against the official file, an independent library, and a loop that counts days one by one."""

import csv
import datetime as dt
import io
from pathlib import Path

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonae.kernel import calendar
from sonae.kernel.calendar import (
    GOVERNMENT_OFFICES,
    JST,
    NEVER_CLOSED,
    ClosedDayRule,
    DeadlineRule,
    DeadlineUnit,
    FirstDay,
    HolidayKind,
    RollOver,
)

OFFICIAL_FILE = Path(__file__).resolve().parents[6].parent / "shared/data/japan/syukujitsu_cp932.csv"
DAY = dt.timedelta(days=1)
EVERY_START = [dt.date(2026, 1, 1) + n * DAY for n in range((dt.date(2030, 12, 31) - dt.date(2026, 1, 1)).days + 1)]


def official_rows() -> list[tuple[dt.date, str]]:
    if not OFFICIAL_FILE.exists():
        pytest.skip("The official holiday file (../shared/data/japan) is not on this machine.")
    rows = list(csv.reader(io.StringIO(OFFICIAL_FILE.read_bytes().decode("cp932"))))[1:]
    return [(dt.date(*map(int, day.split("/"))), name) for day, name in rows]


def test_the_days_are_those_of_the_official_file():
    official = official_rows()
    computed = {day for year in range(1955, 2028) for day in calendar.national_holidays(year)}
    assert computed == {day for day, _ in official}
    assert len(computed) == 1067


def test_the_names_are_those_of_the_official_file():
    # Three rows of the file carry a remark in brackets.
    remarks = {"体育の日（スポーツの日）": "体育の日", "休日（祝日扱い）": None}
    for day, name in official_rows():
        expected = remarks.get(name, name)
        holiday = calendar.holiday_on(day)
        assert holiday is not None
        if expected:
            assert holiday.name_ja == expected, day


def test_the_days_of_every_year_are_those_of_an_independent_library():
    for year in range(1955, 2100):
        assert set(calendar.national_holidays(year)) == set(holidays.country_holidays("JP", years=year)), year


@pytest.mark.parametrize(
    ("day", "kind", "name_ja"),
    [
        ("1959-04-10", HolidayKind.ONE_OFF, "結婚の儀"),
        ("1973-04-30", HolidayKind.SUBSTITUTE, "休日"),
        ("1988-05-04", HolidayKind.BETWEEN, "休日"),
        ("1989-02-24", HolidayKind.ONE_OFF, "大喪の礼"),
        ("1990-11-12", HolidayKind.ONE_OFF, "即位礼正殿の儀"),
        ("1993-06-09", HolidayKind.ONE_OFF, "結婚の儀"),
        ("2008-05-06", HolidayKind.SUBSTITUTE, "休日"),
        ("2019-04-30", HolidayKind.BETWEEN, "休日"),
        ("2019-05-01", HolidayKind.ONE_OFF, "即位の日"),
        ("2019-05-02", HolidayKind.BETWEEN, "休日"),
        ("2019-10-22", HolidayKind.ONE_OFF, "即位礼正殿の儀"),
        ("2020-07-24", HolidayKind.NATIONAL, "スポーツの日"),
        ("2021-08-09", HolidayKind.SUBSTITUTE, "休日"),
        ("2026-09-22", HolidayKind.BETWEEN, "休日"),
        ("2026-11-23", HolidayKind.NATIONAL, "勤労感謝の日"),
    ],
)
def test_days_on_which_the_law_is_tricky(day, kind, name_ja):
    holiday = calendar.holiday_on(dt.date.fromisoformat(day))
    assert holiday is not None
    assert (holiday.kind, holiday.name_ja) == (kind, name_ja)
    assert holiday.name_en


@pytest.mark.parametrize("day", ["2019-12-23", "2019-02-23", "1966-02-11", "1985-05-04", "1973-02-12", "2020-10-12"])
def test_days_that_were_not_holidays(day):
    assert calendar.holiday_on(dt.date.fromisoformat(day)) is None


def test_an_equinox_not_yet_announced_says_so():
    announced = calendar.holiday_on(dt.date(2027, 3, 21))
    computed = calendar.holiday_on(dt.date(2028, 3, 20))
    new_year = calendar.holiday_on(dt.date(2099, 1, 1))
    assert announced and announced.is_announced
    assert computed and not computed.is_announced
    assert new_year and new_year.is_announced


@pytest.mark.parametrize("year", [1954, 2100])
def test_years_outside_the_law_s_table_are_refused(year):
    with pytest.raises(ValueError, match="1955–2099"):
        calendar.national_holidays(year)


# --- Closed days


OF_JAPAN = holidays.country_holidays("JP")


def closed_by_the_slow_oracle(day: dt.date) -> bool:
    if day.weekday() >= 5 or day in OF_JAPAN:
        return True
    return day.strftime("%m-%d") in {"12-29", "12-30", "12-31", "01-01", "01-02", "01-03"}


ORACLE = {EVERY_START[0] + n * DAY: closed_by_the_slow_oracle(EVERY_START[0] + n * DAY) for n in range(-60, 2100)}


def test_government_offices_are_closed_exactly_when_the_oracle_says_so():
    assert {day: calendar.is_closed(day) for day in ORACLE} == ORACLE


def test_the_next_and_previous_open_days_are_found_one_by_one():
    for day in EVERY_START:
        later = earlier = day
        while ORACLE[later]:
            later += DAY
        while ORACLE[earlier]:
            earlier -= DAY
        assert calendar.next_open_day(day) == later
        assert calendar.previous_open_day(day) == earlier


def test_an_office_that_never_closes_is_open_at_new_year():
    assert calendar.next_open_day(dt.date(2027, 1, 1), NEVER_CLOSED) == dt.date(2027, 1, 1)


def test_a_rule_needs_an_open_weekday():
    with pytest.raises(ValueError, match="at least one"):
        ClosedDayRule(source="", weekdays=frozenset(range(7)))


# --- Deadlines


def slow_due_on(known_on: dt.date, rule: DeadlineRule) -> dt.date:
    """Day by day, ticking off the days that count."""
    day, ticked = known_on, 0
    if rule.first_day is FirstDay.COUNTS and not (rule.unit is DeadlineUnit.OPEN_DAYS and ORACLE[day]):
        ticked = 1
    while ticked < rule.count:
        day += DAY
        if rule.unit is DeadlineUnit.CALENDAR_DAYS or not ORACLE[day]:
            ticked += 1
    step = {RollOver.NEXT_OPEN_DAY: DAY, RollOver.PREVIOUS_OPEN_DAY: -DAY}.get(rule.roll_over)
    while step and ORACLE[day]:
        day += step
    return day


@pytest.mark.parametrize("roll_over", RollOver)
@pytest.mark.parametrize("first_day", FirstDay)
@pytest.mark.parametrize("unit", [DeadlineUnit.CALENDAR_DAYS, DeadlineUnit.OPEN_DAYS])
@pytest.mark.parametrize("count", [1, 3, 5, 30, 60])
def test_every_start_day_of_2026_to_2030_gives_the_day_the_slow_count_gives(count, unit, first_day, roll_over):
    rule = DeadlineRule(count, unit, first_day, roll_over)
    for known_on in EVERY_START:
        assert calendar.due_on(known_on, rule) == slow_due_on(known_on, rule), known_on


def test_a_breach_known_on_19_may_is_reported_by_17_july_when_the_sixty_days_count_the_first():
    rule = DeadlineRule(60, roll_over=RollOver.NEXT_OPEN_DAY)
    assert calendar.due_on(dt.date(2026, 5, 19), rule) == dt.date(2026, 7, 17)
    assert calendar.due_on(dt.date(2026, 5, 20), rule) == dt.date(2026, 7, 21)  # over Marine Day, 20 July


@pytest.mark.parametrize(
    ("known_on", "months", "first_day", "last_day"),
    [
        ("2026-01-31", 1, FirstDay.COUNTS, "2026-02-28"),
        ("2026-01-30", 1, FirstDay.DOES_NOT_COUNT, "2026-02-28"),
        ("2026-01-31", 1, FirstDay.DOES_NOT_COUNT, "2026-02-28"),
        ("2026-04-01", 12, FirstDay.COUNTS, "2027-03-31"),
        ("2027-11-30", 3, FirstDay.COUNTS, "2028-02-29"),
        ("2026-11-23", 1, FirstDay.DOES_NOT_COUNT, "2026-12-23"),
        ("2026-11-15", 1, FirstDay.COUNTS, "2026-12-14"),
    ],
)
def test_months_end_as_the_civil_code_says(known_on, months, first_day, last_day):
    rule = DeadlineRule(months, DeadlineUnit.MONTHS, first_day)
    assert calendar.due_on(dt.date.fromisoformat(known_on), rule) == dt.date.fromisoformat(last_day)


def test_the_due_moment_is_the_first_instant_after_the_last_day():
    known_at = dt.datetime(2026, 11, 20, 14, 30, tzinfo=JST)
    due_at = calendar.due_moment(known_at, DeadlineRule(3))
    assert due_at == dt.datetime(2026, 11, 23, 0, 0, tzinfo=JST)
    assert calendar.last_day_before(due_at) == dt.date(2026, 11, 22)
    assert not calendar.is_past(due_at, now=due_at - dt.timedelta(microseconds=1))
    assert calendar.is_past(due_at, now=due_at)


def test_the_day_of_knowledge_is_the_japanese_day():
    late_in_london = dt.datetime(2026, 11, 20, 15, 0, tzinfo=dt.UTC)
    assert calendar.jst_day(late_in_london) == dt.date(2026, 11, 21)
    assert calendar.due_moment(late_in_london, DeadlineRule(1)) == calendar.end_of(dt.date(2026, 11, 21))


def test_hours_run_through_closed_days():
    friday_evening = dt.datetime(2026, 11, 20, 18, 0, tzinfo=JST)
    rule = DeadlineRule(72, DeadlineUnit.HOURS)
    assert calendar.due_moment(friday_evening, rule) == dt.datetime(2026, 11, 23, 18, 0, tzinfo=JST)


def test_hours_that_end_on_a_closed_day_roll_to_the_same_time_of_the_next_open_day():
    friday_evening = dt.datetime(2026, 11, 20, 18, 0, tzinfo=JST)
    rule = DeadlineRule(24, DeadlineUnit.HOURS, roll_over=RollOver.NEXT_OPEN_DAY)
    assert calendar.due_moment(friday_evening, rule) == dt.datetime(2026, 11, 24, 18, 0, tzinfo=JST)


def test_hours_that_end_at_midnight_end_with_the_day_before():
    friday_midnight = dt.datetime(2026, 11, 20, 0, 0, tzinfo=JST)
    rule = DeadlineRule(24, DeadlineUnit.HOURS, roll_over=RollOver.NEXT_OPEN_DAY)
    assert calendar.due_moment(friday_midnight, rule) == dt.datetime(2026, 11, 21, 0, 0, tzinfo=JST)


@given(
    known_at=st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2030, 12, 1), timezones=st.sampled_from([JST, dt.UTC])),
    hours=st.integers(1, 24 * 40),
    roll_over=st.sampled_from(RollOver),
)
def test_hours_give_the_moment_the_slow_count_gives(known_at, hours, roll_over):
    rule = DeadlineRule(hours, DeadlineUnit.HOURS, roll_over=roll_over)
    slow = known_at.astimezone(dt.UTC)
    for _ in range(hours):
        slow += dt.timedelta(hours=1)
    step = {RollOver.NEXT_OPEN_DAY: DAY, RollOver.PREVIOUS_OPEN_DAY: -DAY}.get(roll_over)
    while step and ORACLE[(slow.astimezone(JST) - dt.timedelta(microseconds=1)).date()]:
        slow += step
    assert calendar.due_moment(known_at, rule) == slow


@given(
    known_on=st.dates(dt.date(1960, 1, 1), dt.date(2090, 1, 1)),
    count=st.integers(1, 400),
    unit=st.sampled_from([DeadlineUnit.CALENDAR_DAYS, DeadlineUnit.OPEN_DAYS, DeadlineUnit.MONTHS]),
    roll_over=st.sampled_from([RollOver.NONE, RollOver.NEXT_OPEN_DAY]),
)
def test_a_later_start_is_never_due_earlier(known_on, count, unit, roll_over):
    count = min(count, 24) if unit is DeadlineUnit.MONTHS else count
    rule = DeadlineRule(count, unit, roll_over=roll_over)
    assert calendar.due_on(known_on, rule) <= calendar.due_on(known_on + DAY, rule)
    assert calendar.due_on(known_on, rule) >= known_on


def test_zero_days_after_the_day_of_knowledge_is_that_day():
    rule = DeadlineRule(0, first_day=FirstDay.DOES_NOT_COUNT)
    assert calendar.due_on(dt.date(2026, 11, 23), rule) == dt.date(2026, 11, 23)


@pytest.mark.parametrize("count", [-1, 0])
def test_a_deadline_that_counts_nothing_is_refused(count):
    with pytest.raises(ValueError, match="at least one"):
        DeadlineRule(count)


def test_a_deadline_in_hours_has_no_due_day():
    with pytest.raises(ValueError, match="due moment"):
        calendar.due_on(dt.date(2026, 11, 23), DeadlineRule(24, DeadlineUnit.HOURS))


def test_a_moment_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        calendar.jst_day(dt.datetime(2026, 11, 23))


def test_a_day_begins_where_the_day_before_ends():
    assert calendar.start_of(dt.date(2026, 11, 23)) == calendar.end_of(dt.date(2026, 11, 22))


# --- Years and eras


@pytest.mark.parametrize(
    ("day", "year", "words"),
    [
        ("2026-11-23", 2026, "令和8年11月23日"),
        ("2019-05-01", 2019, "令和元年5月1日"),
        ("2019-04-30", 2019, "平成31年4月30日"),
        ("1989-01-08", 1988, "平成元年1月8日"),
        ("1989-01-07", 1988, "昭和64年1月7日"),
        ("2027-03-31", 2026, "令和9年3月31日"),
        ("2027-04-01", 2027, "令和9年4月1日"),
        ("1926-12-25", 1926, "昭和元年12月25日"),
        ("1912-07-30", 1912, "大正元年7月30日"),
        ("1873-01-01", 1872, "明治6年1月1日"),
    ],
)
def test_fiscal_years_and_eras(day, year, words):
    date = dt.date.fromisoformat(day)
    assert calendar.fiscal_year(date) == year
    assert calendar.wareki(date) == words
    first, last = calendar.fiscal_year_days(year)
    assert first <= date <= last


def test_fiscal_years_in_the_japanese_era():
    assert [calendar.wareki_fiscal_year(year) for year in (2018, 2019, 2026)] == [
        "平成30年度",
        "令和元年度",
        "令和8年度",
    ]


def test_days_before_the_gregorian_calendar_are_refused():
    with pytest.raises(ValueError, match="1873"):
        calendar.wareki(dt.date(1872, 12, 31))


def test_dates_carry_their_day_of_the_week():
    assert calendar.date_ja(dt.date(2026, 11, 23)) == "2026年11月23日（月）"
    assert calendar.date_en(dt.date(2026, 11, 23)) == "Mon 23 Nov 2026"
    assert GOVERNMENT_OFFICES.source.startswith("行政機関の休日に関する法律")
