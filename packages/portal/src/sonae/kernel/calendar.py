"""Japanese time: national holidays by law, days on which offices are closed, due moments, eras.

Every moment is an aware datetime. A period is half-open: its due moment is the first instant of the Japanese day
*after* its last day, so work done at any instant before the due moment is on time and `now >= due_at` is late.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

JST = ZoneInfo("Asia/Tokyo")

FIRST_YEAR, LAST_YEAR = 1955, 2099
# The Cabinet Office publishes the equinoxes of the next year each February; later ones are computed.
EQUINOXES_ANNOUNCED_THROUGH = 2027
# What a person may enter. Nothing that is recorded here is older than the epoch, and no deadline can be counted past
# the last year whose holidays are known.
ENTERED_FROM, ENTERED_THROUGH = dt.date(1970, 1, 1), dt.date(LAST_YEAR, 12, 31)
HOLIDAY_LAW = "国民の祝日に関する法律(昭和23年法律第178号)"

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)
ONE_DAY = dt.timedelta(days=1)


# --- National holidays -------------------------------------------------------------------------------------------


class HolidayKind(StrEnum):
    """Why a day is a national holiday."""

    NATIONAL = "national"  # 国民の祝日, article 2
    SUBSTITUTE = "substitute"  # 振替休日, article 3 (2)
    BETWEEN = "between"  # 国民の休日, article 3 (3)
    ONE_OFF = "one_off"  # a day made a holiday by an act of its own


@dataclass(frozen=True, slots=True)
class Holiday:
    """One national holiday with its official Japanese name and an English one."""

    day: dt.date
    kind: HolidayKind
    name_ja: str
    name_en: str

    @property
    def is_announced(self) -> bool:
        """Whether the day is certain; a computed equinox may still move until the ministry announces it."""
        return self.day.year <= EQUINOXES_ANNOUNCED_THROUGH or self.name_ja not in ("春分の日", "秋分の日")


@dataclass(frozen=True, slots=True)
class _FixedDay:
    """A holiday of the law on the same date in every year of its validity."""

    name_ja: str
    name_en: str
    month: int
    day: int
    since: int
    until: int = LAST_YEAR

    def in_year(self, year: int) -> dt.date:
        return dt.date(year, self.month, self.day)


@dataclass(frozen=True, slots=True)
class _NthMonday:
    """A holiday of the law on the nth Monday of a month."""

    name_ja: str
    name_en: str
    month: int
    nth: int
    since: int
    until: int = LAST_YEAR

    def in_year(self, year: int) -> dt.date:
        first = dt.date(year, self.month, 1)
        return first + dt.timedelta(days=(MONDAY - first.weekday()) % 7 + 7 * (self.nth - 1))


@dataclass(frozen=True, slots=True)
class _Equinox:
    """The day of an equinox, by the usual formula for 1900–2099."""

    name_ja: str
    name_en: str
    month: int
    until_1979: float
    from_1980: float
    since: int = FIRST_YEAR
    until: int = LAST_YEAR

    def in_year(self, year: int) -> dt.date:
        start, leap_base = (self.until_1979, 1983) if year < 1980 else (self.from_1980, 1980)
        # int() cuts towards zero, which the constants for the years before 1983 rely on.
        return dt.date(year, self.month, int(start + 0.242194 * (year - 1980)) - int((year - leap_base) / 4))


_AGED, _SEA, _SPORTS = "Respect for the Aged Day", "Marine Day", "Sports Day"
_LAW: tuple[_FixedDay | _NthMonday | _Equinox, ...] = (
    _FixedDay("元日", "New Year's Day", 1, 1, FIRST_YEAR),
    _FixedDay("成人の日", "Coming of Age Day", 1, 15, FIRST_YEAR, 1999),
    _NthMonday("成人の日", "Coming of Age Day", 1, 2, 2000),
    _FixedDay("建国記念の日", "National Foundation Day", 2, 11, 1967),
    _FixedDay("天皇誕生日", "Emperor's Birthday", 4, 29, FIRST_YEAR, 1988),
    _FixedDay("天皇誕生日", "Emperor's Birthday", 12, 23, 1989, 2018),
    _FixedDay("天皇誕生日", "Emperor's Birthday", 2, 23, 2020),
    _Equinox("春分の日", "Vernal Equinox Day", 3, 20.8357, 20.8431),
    _FixedDay("みどりの日", "Greenery Day", 4, 29, 1989, 2006),
    _FixedDay("昭和の日", "Showa Day", 4, 29, 2007),
    _FixedDay("憲法記念日", "Constitution Memorial Day", 5, 3, FIRST_YEAR),
    _FixedDay("みどりの日", "Greenery Day", 5, 4, 2007),
    _FixedDay("こどもの日", "Children's Day", 5, 5, FIRST_YEAR),
    _FixedDay("海の日", _SEA, 7, 20, 1996, 2002),
    _NthMonday("海の日", _SEA, 7, 3, 2003, 2019),
    _NthMonday("海の日", _SEA, 7, 3, 2022),
    _FixedDay("山の日", "Mountain Day", 8, 11, 2016, 2019),
    _FixedDay("山の日", "Mountain Day", 8, 11, 2022),
    _FixedDay("敬老の日", _AGED, 9, 15, 1966, 2002),
    _NthMonday("敬老の日", _AGED, 9, 3, 2003),
    _Equinox("秋分の日", "Autumnal Equinox Day", 9, 23.2588, 23.2488),
    _FixedDay("体育の日", "Health and Sports Day", 10, 10, 1966, 1999),
    _NthMonday("体育の日", "Health and Sports Day", 10, 2, 2000, 2019),
    _NthMonday("スポーツの日", _SPORTS, 10, 2, 2022),
    _FixedDay("文化の日", "Culture Day", 11, 3, FIRST_YEAR),
    _FixedDay("勤労感謝の日", "Labour Thanksgiving Day", 11, 23, FIRST_YEAR),
    # Moved once for the Olympic and Paralympic Games (special measures act of 2015, as amended in 2018 and 2020).
    _FixedDay("海の日", _SEA, 7, 23, 2020, 2020),
    _FixedDay("スポーツの日", _SPORTS, 7, 24, 2020, 2020),
    _FixedDay("山の日", "Mountain Day", 8, 10, 2020, 2020),
    _FixedDay("海の日", _SEA, 7, 22, 2021, 2021),
    _FixedDay("スポーツの日", _SPORTS, 7, 23, 2021, 2021),
    _FixedDay("山の日", "Mountain Day", 8, 8, 2021, 2021),
)
_ONE_OFF: tuple[_FixedDay, ...] = (
    _FixedDay("結婚の儀", "Wedding of Crown Prince Akihito", 4, 10, 1959, 1959),
    _FixedDay("大喪の礼", "State Funeral of the Showa Emperor", 2, 24, 1989, 1989),
    _FixedDay("即位礼正殿の儀", "Enthronement Ceremony", 11, 12, 1990, 1990),
    _FixedDay("結婚の儀", "Wedding of Crown Prince Naruhito", 6, 9, 1993, 1993),
    # The act of 2018 says that both days of 2019 count as national holidays, so their neighbours are bridged.
    _FixedDay("即位の日", "Day of the Enthronement", 5, 1, 2019, 2019),
    _FixedDay("即位礼正殿の儀", "Enthronement Ceremony", 10, 22, 2019, 2019),
)
# Article 3 (2) came on 12 April 1973, article 3 (3) on 27 December 1985; both took today's wording in 2007.
_SUBSTITUTES_SINCE = dt.date(1973, 4, 12)
_BRIDGES_SINCE = dt.date(1985, 12, 27)
_PRESENT_WORDING_SINCE = 2007


def _substitute_for(day: dt.date, named: Mapping[dt.date, Holiday]) -> dt.date:
    candidate = day + ONE_DAY
    while candidate.year >= _PRESENT_WORDING_SINCE and candidate in named:
        candidate += ONE_DAY
    return candidate


@cache
def national_holidays(year: int) -> Mapping[dt.date, Holiday]:
    """The national holidays of a year, in order of their days; raises ValueError outside 1955–2099."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"National holidays are known for {FIRST_YEAR}–{LAST_YEAR}, not for {year}.")
    named: dict[dt.date, Holiday] = {}
    for rules, kind in ((_LAW, HolidayKind.NATIONAL), (_ONE_OFF, HolidayKind.ONE_OFF)):
        for rule in rules:
            if rule.since <= year <= rule.until:
                day = rule.in_year(year)
                named[day] = Holiday(day, kind, rule.name_ja, rule.name_en)
    found = dict(named)
    for day in sorted(named):
        if day.weekday() == SUNDAY and day >= _SUBSTITUTES_SINCE:
            moved = _substitute_for(day, named)
            found.setdefault(moved, Holiday(moved, HolidayKind.SUBSTITUTE, "休日", "Substitute Holiday"))
    for day in sorted(named):
        between = day + ONE_DAY
        bridged = between + ONE_DAY in named and between >= _BRIDGES_SINCE and between.weekday() != SUNDAY
        if bridged and between not in found:
            found[between] = Holiday(between, HolidayKind.BETWEEN, "休日", "Citizens' Holiday")
    return MappingProxyType(dict(sorted(found.items())))


def holiday_on(day: dt.date) -> Holiday | None:
    """The national holiday on this day, or None."""
    return national_holidays(day.year).get(day)


# --- Closed days -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClosedDayRule:
    """Which days an office is closed, as data: weekdays, national holidays, and the days around New Year."""

    source: str
    weekdays: frozenset[int] = frozenset()
    national_holidays: bool = False
    dates: frozenset[tuple[int, int]] = frozenset()  # (month, day), every year

    def __post_init__(self) -> None:
        if not self.weekdays < frozenset(range(7)):
            raise ValueError("Weekdays are numbers from 0 (Monday) to 6, and at least one of them must be open.")


GOVERNMENT_OFFICES = ClosedDayRule(
    source="行政機関の休日に関する法律(昭和63年法律第91号)第1条",
    weekdays=frozenset({SATURDAY, SUNDAY}),
    national_holidays=True,
    dates=frozenset({(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)}),
)
NEVER_CLOSED = ClosedDayRule(source="")


def is_closed(day: dt.date, rule: ClosedDayRule = GOVERNMENT_OFFICES) -> bool:
    """Whether an office under this rule is closed on this day."""
    return (
        day.weekday() in rule.weekdays
        or (day.month, day.day) in rule.dates
        or (rule.national_holidays and holiday_on(day) is not None)
    )


def next_open_day(day: dt.date, rule: ClosedDayRule = GOVERNMENT_OFFICES) -> dt.date:
    """The first open day on or after this day."""
    while is_closed(day, rule):
        day += ONE_DAY
    return day


def previous_open_day(day: dt.date, rule: ClosedDayRule = GOVERNMENT_OFFICES) -> dt.date:
    """The last open day on or before this day."""
    while is_closed(day, rule):
        day -= ONE_DAY
    return day


# --- Deadlines ---------------------------------------------------------------------------------------------------


class DeadlineUnit(StrEnum):
    """What a deadline counts."""

    HOURS = "hours"
    CALENDAR_DAYS = "calendar_days"
    OPEN_DAYS = "open_days"
    MONTHS = "months"


class FirstDay(StrEnum):
    """Whether the day of knowledge is day 1, or (Civil Code art. 140, 初日不算入) day 0."""

    COUNTS = "counts"
    DOES_NOT_COUNT = "does_not_count"


class RollOver(StrEnum):
    """What happens to a deadline whose last day is a closed day."""

    NONE = "none"
    NEXT_OPEN_DAY = "next_open_day"
    PREVIOUS_OPEN_DAY = "previous_open_day"


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """How long a person has, as data. Hours run through closed days and from the very moment of knowledge."""

    count: int
    unit: DeadlineUnit = DeadlineUnit.CALENDAR_DAYS
    first_day: FirstDay = FirstDay.COUNTS
    roll_over: RollOver = RollOver.NONE
    closed: ClosedDayRule = GOVERNMENT_OFFICES

    def __post_init__(self) -> None:
        if self.count < 0 or (self.count == 0 and self.first_day is FirstDay.COUNTS):
            raise ValueError("A deadline counts at least one day, hour or month (or none after the day of knowledge).")


def _months_after(start: dt.date, months: int) -> dt.date:
    """The last day of a period of months that begins with `start` (Civil Code art. 143 (2))."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    month += 1
    last = (dt.date(year + month // 12, month % 12 + 1, 1) - ONE_DAY).day
    if start.day > last:  # no corresponding day: the period ends with the month
        return dt.date(year, month, last)
    return dt.date(year, month, start.day) - ONE_DAY


def _last_day(known_on: dt.date, rule: DeadlineRule) -> dt.date:
    counted_from = known_on if rule.first_day is FirstDay.COUNTS else known_on + ONE_DAY
    if rule.unit is DeadlineUnit.CALENDAR_DAYS:
        return counted_from + dt.timedelta(days=rule.count - 1)
    if rule.unit is DeadlineUnit.MONTHS:
        return _months_after(counted_from, rule.count)
    day, left = counted_from - ONE_DAY, rule.count
    while left:
        day += ONE_DAY
        left -= not is_closed(day, rule.closed)
    return day


def _rolled(day: dt.date, rule: DeadlineRule) -> dt.date:
    if rule.roll_over is RollOver.NEXT_OPEN_DAY:
        return next_open_day(day, rule.closed)
    if rule.roll_over is RollOver.PREVIOUS_OPEN_DAY:
        return previous_open_day(day, rule.closed)
    return day


def due_on(known_on: dt.date, rule: DeadlineRule) -> dt.date:
    """The last day on which the work is on time; only for rules that count days or months."""
    if rule.unit is DeadlineUnit.HOURS:
        raise ValueError("A deadline in hours has a due moment, not a due day.")
    return _rolled(_last_day(known_on, rule), rule)


def due_moment(known_at: dt.datetime, rule: DeadlineRule) -> dt.datetime:
    """The first instant at which the work is late, in JST (see the half-open convention above)."""
    if rule.unit is not DeadlineUnit.HOURS:
        return end_of(due_on(jst_day(known_at), rule))
    due_at = _in_jst(known_at) + dt.timedelta(hours=rule.count)
    # A period that ends at midnight ends with the day before, so that day decides whether it rolls over.
    last = last_day_before(due_at)
    return due_at + (_rolled(last, rule) - last)


def end_of(day: dt.date) -> dt.datetime:
    """The first instant after a Japanese day."""
    return dt.datetime.combine(day + ONE_DAY, dt.time.min, tzinfo=JST)


def start_of(day: dt.date) -> dt.datetime:
    """The first instant of a Japanese day."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=JST)


def last_day_before(due_at: dt.datetime) -> dt.date:
    """The Japanese day that holds the last instant before a due moment: the day to show a person."""
    return (_in_jst(due_at) - dt.timedelta(microseconds=1)).date()


def is_past(due_at: dt.datetime, *, now: dt.datetime) -> bool:
    """Whether work still undone at `now` is late."""
    return now >= due_at


def _in_jst(moment: dt.datetime) -> dt.datetime:
    if moment.tzinfo is None:
        raise ValueError("A moment needs its time zone.")
    return moment.astimezone(JST)


def may_be_entered(day: dt.date) -> bool:
    """Whether a day lies in the years that a person can mean: not the year 1, not 9999."""
    return ENTERED_FROM <= day <= ENTERED_THROUGH


def jst_day(moment: dt.datetime) -> dt.date:
    """The day on which this moment falls in Japan."""
    return _in_jst(moment).date()


# --- Years and eras ----------------------------------------------------------------------------------------------

_ERAS = (  # newest first: name, first day, Gregorian year before year 1
    ("令和", dt.date(2019, 5, 1), 2018),
    ("平成", dt.date(1989, 1, 8), 1988),
    ("昭和", dt.date(1926, 12, 25), 1925),
    ("大正", dt.date(1912, 7, 30), 1911),
    ("明治", dt.date(1873, 1, 1), 1867),  # the Gregorian calendar begins with Meiji 6
)
_WEEKDAYS_JA = "月火水木金土日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def fiscal_year(day: dt.date) -> int:
    """The fiscal year (年度, 1 April to 31 March) of a day, named by the year in which it begins."""
    return day.year if day.month >= 4 else day.year - 1


def fiscal_year_days(year: int) -> tuple[dt.date, dt.date]:
    """The first and the last day of a fiscal year."""
    return dt.date(year, 4, 1), dt.date(year + 1, 3, 31)


def wareki_year(day: dt.date) -> str:
    """The Japanese year of a day: 令和8年, and 令和元年 for the first."""
    for name, first_day, before in _ERAS:
        if day >= first_day:
            number = day.year - before
            return f"{name}{'元' if number == 1 else number}年"
    raise ValueError("Japanese years are known from 1 January 1873.")


def wareki(day: dt.date) -> str:
    """A date in the Japanese era: 令和8年11月23日."""
    return f"{wareki_year(day)}{day.month}月{day.day}日"


def wareki_fiscal_year(year: int) -> str:
    """A fiscal year in the Japanese era: 令和8年度. The year of an accession takes the new era, as the budget does."""
    return wareki_year(dt.date(year, 12, 31)) + "度"


def date_ja(day: dt.date) -> str:
    """A date with its day of the week: 2026年11月23日（月）."""
    return f"{day.year}年{day.month}月{day.day}日（{_WEEKDAYS_JA[day.weekday()]}）"


def date_en(day: dt.date) -> str:
    """A date with its day of the week: Mon 23 Nov 2026."""
    return f"{_WEEKDAYS_EN[day.weekday()]} {day.day} {_MONTHS_EN[day.month - 1]} {day.year}"
