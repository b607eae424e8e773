"""The yearly report on backups as a duty of every institution that gave it before: no register says who claims it."""

import tomllib
from collections.abc import Collection
from datetime import date
from functools import cache
from pathlib import Path

from django.db.models import Q, QuerySet

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions.models import Institution
from sonae.core.instruments import queries as instruments
from sonae.core.instruments.models import Edition, Response, Submission
from sonae.core.instruments.vocabulary import ResponseMoved
from sonae.core.instruments.yearly_duty import DONE, YearlyDuty
from sonae.kernel import calendar
from sonae.prevention.fees import rules
from sonae.prevention.fees.vocabulary import ReportDays

# No form of the report is older.
FIRST_YEAR = 2022


@cache
def days() -> ReportDays:
    """Between which days of a fiscal year the report is asked for, out of `report.toml`."""
    read = tomllib.loads((Path(__file__).parent / "report.toml").read_text("utf-8"))
    first, last = (date.fromisoformat(f"2000-{read[name]}") for name in ("asked_from", "due_on"))
    return ReportDays(read["instrument"], (first.month, first.day), (last.month, last.day))


def edition_on(day: date) -> Edition | None:
    """The form of the report that is in force on a day."""
    return instruments.edition_in_force(days().instrument, on=day)


def reports_of(institution_ids: Collection[int], viewer: Viewer, *, fiscal_year: int) -> dict[int, Response]:
    """By institution, the report that it writes for a fiscal year, as far as this viewer may know of it: one query."""
    of_year = {"edition__instrument": days().instrument, "occasion": str(fiscal_year)}
    found = Response.objects.visible_to(viewer).filter(institution_id__in=institution_ids, vendor=None, **of_year)
    return {
        response.institution_id: response for response in found.select_related("edition").order_by("opened_at", "pk")
    }


def _meant(year: int) -> QuerySet[Institution]:
    """The institutions of the register that gave the report on another occasion."""
    of_report = {"response__edition__instrument": days().instrument}
    gave = Submission.objects.filter(**of_report).exclude(response__occasion=str(year))
    return Institution.objects.filter(vanished_on=None, pk__in=gave.order_by().values("response__institution_id"))


def _done(year: int) -> QuerySet[Response]:
    first = calendar.fiscal_year_days(year)[0]
    in_force = Q(edition__valid_until=None) | Q(edition__valid_until__gte=first)
    return Response.objects.filter(
        in_force, edition__instrument=days().instrument, occasion=str(year), state__in=DONE,
        submitted_at__gte=calendar.start_of(first),
    )  # fmt: skip


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


DUTY = YearlyDuty(
    "backup-report.submit", "backup-report", meant=_meant, done=_done, year_of=_year_of,
    due_at=lambda year: calendar.end_of(rules.report_due_on(days(), year)),
    is_asked_for=lambda today: rules.is_report_asked_for(days(), today),
)  # fmt: skip
