"""What is asked of a hospital by its beds on a day, and what changes when either does."""

from collections.abc import Iterable, Sequence
from datetime import date

from sonae.kernel import calendar
from sonae.kernel.decision import ALLOWED, Decision, Refused
from sonae.prevention.fees.vocabulary import Applies, Change, FeesRefusal, ReportDays, Situation, Standard, Turn


def in_force(standard: Standard, *, on: date) -> bool:
    """Whether the revision holds on this day; its first and its last day belong to it."""
    return standard.since <= on and (standard.until is None or on <= standard.until)


def applies(standard: Standard, situation: Situation) -> Applies:
    """Whether the standard asks something in this situation: as the clause is written, with no line moved."""
    if not in_force(standard, on=situation.on):
        return Applies.NO
    if situation.beds is None:
        return Applies.DEPENDS_ON_BEDS if standard.draws_a_line else Applies.YES
    fits = standard.at_least <= situation.beds and (standard.below is None or situation.beds < standard.below)
    return Applies.YES if fits else Applies.NO


def asked_of(situation: Situation, standards: Iterable[Standard]) -> list[Standard]:
    """What is asked, or may be asked as long as the beds are not known; in the order of the standards."""
    return [standard for standard in standards if applies(standard, situation) is not Applies.NO]


def changes(before: Situation, after: Situation, standards: Sequence[Standard]) -> list[Change]:
    """Each demand that stands in one of the two situations: what begins first, then what ends, what weighs otherwise.

    A demand is known again by its measure. Where several clauses of one day ask for the same measure, the first counts.
    """
    then, now = _by_key(asked_of(before, standards)), _by_key(asked_of(after, standards))
    found = [_change(then.get(key), now.get(key)) for key in now | then]
    order = list(Turn)
    return sorted(found, key=lambda change: order.index(change.turn))


def may_ask_for(on: date, standards: Iterable[Standard]) -> Decision:
    """A day before the first known revision cannot be answered: nothing found would look like nothing asked."""
    first = min(standard.since for standard in standards)
    return ALLOWED if on >= first else Refused(FeesRefusal.BEFORE_THE_FIRST_STANDARD, {"first": first})


def _by_key(standards: Iterable[Standard]) -> dict[tuple[str, str], Standard]:
    found: dict[tuple[str, str], Standard] = {}
    for standard in standards:
        found.setdefault(standard.key, standard)
    return found


def _change(before: Standard | None, after: Standard | None) -> Change:
    if before is None:
        return Change(Turn.BEGINS, None, after)
    if after is None:
        return Change(Turn.ENDS, before, None)
    turn = Turn.STAYS if before.weight is after.weight else Turn.WEIGHS_OTHERWISE
    return Change(turn, before, after)


def report_due_on(days: ReportDays, fiscal_year: int) -> date:
    """The last day for the report of a fiscal year."""
    return _in_fiscal_year(days.due_on, fiscal_year)


def is_report_asked_for(days: ReportDays, today: date) -> bool:
    """Whether the report of today's fiscal year is asked for; also after its last day, as long as the year lasts."""
    return today >= _in_fiscal_year(days.asked_from, calendar.fiscal_year(today))


def _in_fiscal_year(month_and_day: tuple[int, int], fiscal_year: int) -> date:
    month, day = month_and_day
    return date(fiscal_year if month >= 4 else fiscal_year + 1, month, day)
