from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, DateTimeField, Exists, IntegerField, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.urls import NoReverseMatch, reverse

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import catalogue as texts
from sonae.core.duties import catalogue, rules
from sonae.core.duties.models import Duty, Reminder
from sonae.core.duties.vocabulary import DutyState, Summary, Timing
from sonae.core.institutions.models import Institution
from sonae.core.web import words
from sonae.core.web.components import DutyCard, Tone


def open_for(viewer: Viewer, *, now: datetime) -> QuerySet[Duty]:
    """What this viewer owes, soonest first; `now` is the moment the answer is about."""
    return (
        Duty.objects.addressed_to(viewer).open().filter(imposed_at__lte=now)
        .select_related("institution", "jurisdiction").order_by("due_at", "id")
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
    """The open duties about one thing: while there is one, the thing is not finished."""
    return Duty.objects.open().filter(subject=subject, subject_id=str(subject_id)).order_by("due_at", "id")


def overdue_by_prefecture(viewer: Viewer, *, now: datetime) -> dict[str, int]:
    """How many duties of institutions are overdue in each prefecture this viewer supervises: one query."""
    return _overdue_by_place("prefecture", viewer, now=now)


def overdue_by_jurisdiction(viewer: Viewer, *, now: datetime) -> dict[int, int]:
    """How many duties of institutions are overdue in each jurisdiction this viewer supervises: one query."""
    return _overdue_by_place("jurisdiction_id", viewer, now=now)


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


def card(duty: Duty, *, now: datetime) -> DutyCard:
    """The duty as a card: what, until when, why, by which rule, where the work is done."""
    rule = catalogue.duty_rules().get(duty.rule)
    is_open = duty.state == DutyState.OPEN
    late = is_open and rules.timing(duty.due_at, now=now) is Timing.OVERDUE
    state = words.of(Timing.OVERDUE) if late else words.of(DutyState(duty.state))
    place = str(duty.institution or duty.jurisdiction or "")
    if rule is None:
        return DutyCard(title=duty.rule, due_at=duty.due_at, why="", source="", href=page_of(duty), place=place)
    return DutyCard(
        title=title_of(duty),
        due_at=duty.due_at,
        why=texts.in_language(rule.why),
        source=texts.in_language(rule.source.title),
        source_url=rule.source.url,
        unverified=rule.source.unverified,
        href=page_of(duty),
        place=place,
        tone=tone_of(duty, now=now),
        state_words=state,
    )


def cards(duties: Iterable[Duty], *, now: datetime) -> list[DutyCard]:
    return [card(duty, now=now) for duty in duties]


def title_of(duty: Duty) -> str:
    """The title in the language of the moment; the bare name of a rule that the catalogue no longer has."""
    rule = catalogue.duty_rules().get(duty.rule)
    return catalogue.title_of(rule, duty.facts) if rule else duty.rule


def tone_of(duty: Duty, *, now: datetime) -> Tone:
    if duty.state != DutyState.OPEN:
        return Tone.SUCCESS if duty.state == DutyState.FULFILLED else Tone.NEUTRAL
    return {Timing.OVERDUE: Tone.DANGER, Timing.THIS_WEEK: Tone.WARNING, Timing.LATER: Tone.INFO}[
        rules.timing(duty.due_at, now=now)
    ]


def page_of(duty: Duty) -> str:
    """The duty's own page."""
    return reverse("duties:detail", args=[duty.pk])


def workplace_of(duty: Duty) -> str:
    """The page where the work itself is done; nothing when the rule names none that this installation has."""
    rule = catalogue.duty_rules().get(duty.rule)
    if rule is None or rule.link is None:
        return ""
    try:
        return reverse(rule.link.url_name, args=[duty.subject_id] if rule.link.takes_subject else [])
    except NoReverseMatch:
        return ""


def reminders_of(duty: Duty) -> QuerySet[Reminder]:
    return (
        Reminder.objects.filter(duty=duty).exclude(mailed_at=None).select_related("account").order_by("mailed_at", "id")
    )


def _overdue_by_place[K](field: str, viewer: Viewer, *, now: datetime) -> dict[K, int]:
    # Each institution is asked for its late duties, which the index answers alone; the other way round every late duty
    # would be read to learn where its institution lies.
    counted = overdue_institutions(viewer, now=now).order_by().values(field).annotate(count=Sum("overdue"))
    return {row[field]: row["count"] for row in counted.order_by(field)}


def _supervised_overdue(viewer: Viewer, *, now: datetime) -> QuerySet[Duty]:
    if not access.may(viewer, Permission.SECTOR_SEE).ok:
        return Duty.objects.none()
    return Duty.objects.supervised_by(viewer).overdue(now)
