"""The checklist of a fiscal year as a duty of every institution at which somebody can fill it in.

It is asked of nobody before the form of the year is here, and again where what was handed in is given back.
"""

from datetime import datetime

from django.db.models import Q, QuerySet

from sonae.core.institutions.models import Institution
from sonae.core.institutions.vocabulary import InstitutionKind
from sonae.core.instruments.models import Edition, Response
from sonae.core.instruments.vocabulary import ResponseMoved
from sonae.core.instruments.yearly_duty import DONE, YearlyDuty
from sonae.kernel import calendar
from sonae.prevention.inspections import queries


def _done(year: int) -> QuerySet[Response]:
    is_theirs = Q(edition__instrument=queries.FACILITY_FORM) | Q(
        edition__instrument=queries.PHARMACY_FORM, institution__kind=InstitutionKind.PHARMACY
    )
    return Response.objects.filter(is_theirs, edition__fiscal_year=year, vendor=None, state__in=DONE)


def _ends_at(year: int) -> datetime:
    return calendar.end_of(calendar.fiscal_year_days(year)[1])


def _year_of(event: ResponseMoved) -> int | None:
    """The fiscal year of a form that this institution answers about itself; None for another form, that of pharmacies
    among them where it is none."""
    own = {queries.FACILITY_FORM, queries.form_of(Institution.objects.get(pk=event.institution_id))}
    found = Edition.objects.filter(pk=event.edition_id, instrument__in=own)
    return found.values_list("fiscal_year", flat=True).first()


DUTY = YearlyDuty(
    "checklist.complete", "checklist", meant=queries.asked_in, done=_done, due_at=_ends_at, year_of=_year_of
)  # fmt: skip
