from datetime import datetime

from django.db.models import Count, DateTimeField, Exists, IntegerField, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Cast

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.duties import rules
from sonae.core.duties.models import Duty, DutyChange, Reminder
from sonae.core.duties.vocabulary import Summary
from sonae.core.institutions.models import Institution


def open_for(viewer: Viewer, *, now: datetime) -> QuerySet[Duty]:
    """What this viewer owes, soonest first; `now` is the moment the answer is about."""
    return (
        Duty.objects.addressed_to(viewer).open().filter(imposed_at__lte=now)
        .select_related("institution", "jurisdiction", "vendor").order_by("due_at", "id")
    )  # fmt: skip


def summary(viewer: Viewer, *, now: datetime) -> Summary:
    """What this viewer owes, in numbers: one query."""
    counts = (
        Duty.objects.addressed_to(viewer)
        .open()
        .aggregate(
            open=Count("pk"),
            overdue=Count("pk", filter=Q(due_at__lte=now)),
            this_week=Count("pk", filter=Q(due_at__gt=now, due_at__lte=now + rules.WEEK)),
        )
    )
    return Summary(**counts, as_of=now)


def hanging_on(subject: str, subject_id: object) -> QuerySet[Duty]:
    """The open duties that hang on one thing, whatever they are about: while there is one, it is not finished."""
    return Duty.objects.open().filter(hangs_on=subject, hangs_on_id=str(subject_id)).order_by("due_at", "id")


def overdue_by_prefecture(viewer: Viewer, *, now: datetime) -> dict[str, int]:
    """How many duties of institutions are overdue in each prefecture this viewer supervises: one query."""
    return _overdue_by_place("prefecture", viewer, now=now)


def overdue_by_rule(viewer: Viewer, *, now: datetime) -> dict[str, int]:
    """How many duties of institutions are overdue by each rule: one query."""
    late = _supervised_overdue(viewer, now=now).order_by()
    return dict(late.values_list("rule").annotate(count=Count("pk")).order_by("rule"))


def overdue_institutions(viewer: Viewer, *, now: datetime) -> QuerySet[Institution]:
    """The institutions with overdue duties that this viewer supervises, with their number and the oldest due moment."""
    late = _supervised_overdue(viewer, now=now).order_by().filter(institution_id=OuterRef("pk"))
    by_institution = late.values("institution_id")
    return Institution.objects.filter(Exists(late)).annotate(
        overdue=Subquery(by_institution.annotate(found=Count("*")).values("found"), output_field=IntegerField()),
        oldest_due_at=Subquery(
            by_institution.annotate(found=Min("due_at")).values("found"), output_field=DateTimeField()
        ),
    )


def reminders_of(duty: Duty) -> QuerySet[Reminder]:
    return (
        Reminder.objects.filter(duty=duty).exclude(mailed_at=None).select_related("account").order_by("mailed_at", "id")
    )


def changes_of(duty: Duty) -> QuerySet[DutyChange]:
    return DutyChange.objects.filter(duty=duty).select_related("changed_by")


def _overdue_by_place[K](field: str, viewer: Viewer, *, now: datetime) -> dict[K, int]:
    # Each institution is asked for its late duties, which the index answers alone; the other way round every late duty
    # would be read to learn where its institution lies.
    late = _supervised_overdue(viewer, now=now).order_by().filter(institution_id=OuterRef("pk"))
    number = Subquery(late.values("institution_id").annotate(found=Count("*")).values("found"))
    # Said to be a number: of somebody who oversees nothing PostgreSQL sees only nothing, which has no type.
    counted = Institution.objects.order_by().values(field).annotate(count=Sum(Cast(number, IntegerField())))
    return {row[field]: row["count"] for row in counted.order_by(field) if row["count"]}


def _supervised_overdue(viewer: Viewer, *, now: datetime) -> QuerySet[Duty]:
    if not access.may(viewer, Permission.SECTOR_SEE).ok:
        return Duty.objects.none()
    return Duty.objects.supervised_by(viewer).overdue(now)
