"""The checklist of a fiscal year as a duty of every institution at which somebody can fill it in.

It is asked of nobody before the form of the year is here, and again where what was handed in is given back.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from sonae.core.access.models import Grant
from sonae.core.accounts.vocabulary import Role
from sonae.core.duties import services as duties
from sonae.core.duties.models import Duty
from sonae.core.institutions.models import Institution
from sonae.core.institutions.vocabulary import InstitutionKind
from sonae.core.instruments.models import Edition, Response
from sonae.core.instruments.vocabulary import ResponseMoved, ResponseReturned, ResponseState, ResponseSubmitted
from sonae.kernel import calendar
from sonae.prevention.inspections import queries

RULE, SUBJECT = "checklist.complete", "checklist"
AT_ONCE = 500
# Where a response is given back near or after the end of the fiscal year, there is time to put it right.
MENDED_WITHIN = timedelta(days=14)
_DONE = (ResponseState.SUBMITTED, ResponseState.ACCEPTED)


def is_anyone_to_ask(*, now: datetime) -> bool:
    """Whether an institution has not been asked yet for the checklist of this fiscal year."""
    return _to_ask(calendar.fiscal_year(calendar.jst_day(now)), now=now).exists()


@transaction.atomic
def ask_some(*, now: datetime) -> int:
    """Asks institutions for the checklist of this fiscal year: those with a manager, that were not asked yet and have
    not handed it in. At most `AT_ONCE`; returns how many, 0 when all have been asked."""
    year = calendar.fiscal_year(calendar.jst_day(now))
    found = list(_to_ask(year, now=now).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    return duties.impose_many(
        RULE, institution_ids=found, subject=SUBJECT, subject_id=year, known_at=now, now=now, due_at=_ends_at(year),
        facts={"year": year},
    )  # fmt: skip


def take_submission(event: ResponseSubmitted) -> bool:
    """A self-check was handed in: the duty of its fiscal year ends. Subscribed to ResponseSubmitted."""
    year = _year_of(event)
    if year is None:
        return False
    duties.settle(
        RULE, subject=SUBJECT, subject_id=year, institution_id=event.institution_id, by=event.handed_in_by,
        now=event.now,
    )  # fmt: skip
    return True


def take_return(event: ResponseReturned) -> bool:
    """A self-check was given back: it is owed again. Subscribed to ResponseReturned."""
    year = _year_of(event)
    if year is None:
        return False
    duties.impose(
        RULE, institution_id=event.institution_id, subject=SUBJECT, subject_id=year, known_at=event.now,
        now=event.now, due_at=max(_ends_at(year), event.now + MENDED_WITHIN), facts={"year": year},
        occasion=str(event.submission_id),
    )  # fmt: skip
    return True


def _to_ask(year: int, *, now: datetime) -> QuerySet[Institution]:
    """The institutions that a form of the year is for, with a manager, neither asked nor done."""
    managed = Grant.objects.in_force(now).filter(role=Role.INSTITUTION_MANAGER, account__is_active=True)
    asked = Duty.objects.filter(rule=RULE, subject=SUBJECT, subject_id=str(year))
    is_theirs = Q(edition__instrument=queries.FACILITY_FORM) | Q(
        edition__instrument=queries.PHARMACY_FORM, institution__kind=InstitutionKind.PHARMACY
    )
    done = Response.objects.filter(is_theirs, edition__fiscal_year=year, vendor=None, state__in=_DONE)
    return (
        queries.asked_in(year)
        .filter(pk__in=managed.order_by().values("institution_id"))
        .exclude(pk__in=asked.order_by().values("institution_id"))
        .exclude(pk__in=done.order_by().values("institution_id"))
    )


def _ends_at(year: int) -> datetime:
    return calendar.end_of(calendar.fiscal_year_days(year)[1])


def _year_of(event: ResponseMoved) -> int | None:
    """The fiscal year of a form that this institution answers about itself; None for another form, that of pharmacies
    among them where it is none."""
    own = {queries.FACILITY_FORM, queries.form_of(Institution.objects.get(pk=event.institution_id))}
    found = Edition.objects.filter(pk=event.edition_id, instrument__in=own)
    return found.values_list("fiscal_year", flat=True).first()
