"""The yearly report on backups as a duty of every institution that gave it before: no register says who claims it."""

import tomllib
from datetime import date, datetime
from functools import cache
from pathlib import Path

from django.db import transaction
from django.db.models import Q, QuerySet

from sonae.core.access.models import Grant
from sonae.core.accounts.vocabulary import Role
from sonae.core.duties import services as duties
from sonae.core.duties.models import Duty
from sonae.core.institutions.models import Institution
from sonae.core.instruments import queries as instruments
from sonae.core.instruments.models import Edition, Response, Submission
from sonae.core.instruments.vocabulary import ResponseMoved, ResponseReturned, ResponseState, ResponseSubmitted
from sonae.kernel import calendar
from sonae.prevention.fees import rules
from sonae.prevention.fees.vocabulary import ReportDays

RULE, SUBJECT = "backup-report.submit", "backup-report"
AT_ONCE = 500
# No form of the report is older.
FIRST_YEAR = 2022
_DONE = (ResponseState.SUBMITTED, ResponseState.ACCEPTED)


@cache
def days() -> ReportDays:
    """Between which days of a fiscal year the report is asked for, out of `report.toml`."""
    read = tomllib.loads((Path(__file__).parent / "report.toml").read_text("utf-8"))
    first, last = (date.fromisoformat(f"2000-{read[name]}") for name in ("asked_from", "due_on"))
    return ReportDays(read["instrument"], (first.month, first.day), (last.month, last.day))


def edition_on(day: date) -> Edition | None:
    """The form of the report that is in force on a day."""
    return instruments.edition_in_force(days().instrument, on=day)


def is_anyone_to_ask(*, now: datetime) -> bool:
    """Whether the report is asked for now, and an institution that gave it before was not asked yet."""
    today = calendar.jst_day(now)
    return rules.is_report_asked_for(days(), today) and _to_ask(calendar.fiscal_year(today), now=now).exists()


@transaction.atomic
def ask_some(*, now: datetime) -> int:
    """Asks institutions that gave the report in a year before for that of this fiscal year. At most `AT_ONCE`; returns
    how many, 0 when all have been asked or it is not asked for now."""
    today = calendar.jst_day(now)
    if not rules.is_report_asked_for(days(), today):
        return 0
    year = calendar.fiscal_year(today)
    found = list(_to_ask(year, now=now).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    return duties.impose_many(
        RULE, institution_ids=found, subject=SUBJECT, subject_id=year, known_at=now, now=now,
        due_at=calendar.end_of(rules.report_due_on(days(), year)), facts={"year": year},
    )  # fmt: skip


def take_submission(event: ResponseSubmitted) -> bool:
    """The report was handed in: the duty of its fiscal year ends. Subscribed to ResponseSubmitted."""
    year = _year_of(event)
    if year is None:
        return False
    duties.settle(
        RULE, subject=SUBJECT, subject_id=year, institution_id=event.institution_id, by=event.handed_in_by,
        now=event.now,
    )  # fmt: skip
    return True


def take_return(event: ResponseReturned) -> bool:
    """The report was given back: it is owed again. Subscribed to ResponseReturned."""
    year = _year_of(event)
    if year is None:
        return False
    duties.impose(
        RULE, institution_id=event.institution_id, subject=SUBJECT, subject_id=year, known_at=event.now, now=event.now,
        due_at=rules.mended_by(calendar.end_of(rules.report_due_on(days(), year)), now=event.now),
        facts={"year": year}, occasion=str(event.submission_id),
    )  # fmt: skip
    return True


def _to_ask(year: int, *, now: datetime) -> QuerySet[Institution]:
    """The institutions with a manager that gave the report on an occasion before, neither asked nor done this year."""
    managed = Grant.objects.in_force(now).filter(role=Role.INSTITUTION_MANAGER, account__is_active=True)
    of_report = {"response__edition__instrument": days().instrument}
    gave = Submission.objects.filter(**of_report).exclude(response__occasion=str(year))
    asked = Duty.objects.filter(rule=RULE, subject=SUBJECT, subject_id=str(year))
    first = calendar.fiscal_year_days(year)[0]
    in_force = Q(edition__valid_until=None) | Q(edition__valid_until__gte=first)
    done = Response.objects.filter(
        in_force, edition__instrument=days().instrument, occasion=str(year), state__in=_DONE,
        submitted_at__gte=calendar.start_of(first),
    )  # fmt: skip
    return (
        Institution.objects.filter(vanished_on=None, pk__in=gave.order_by().values("response__institution_id"))
        .filter(pk__in=managed.order_by().values("institution_id"))
        .exclude(pk__in=asked.order_by().values("institution_id"))
        .exclude(pk__in=done.order_by().values("institution_id"))
    )


def _year_of(event: ResponseMoved) -> int | None:
    """The fiscal year for which a report counts; None for another form, for an occasion that is no year or a year that
    has not begun, and for a form whose time was over before that year: whoever answers may name any occasion."""
    edition = Edition.objects.filter(pk=event.edition_id, instrument=days().instrument).first()
    this = calendar.fiscal_year(calendar.jst_day(event.now))
    if edition is None or event.occasion not in {str(year) for year in range(FIRST_YEAR, this + 1)}:
        return None
    year = int(event.occasion)
    first, _ = calendar.fiscal_year_days(year)
    return year if edition.valid_until is None or edition.valid_until >= first else None
