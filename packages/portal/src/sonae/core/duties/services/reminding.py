"""Telling people in time.

Two steps, each exactly once however often it is tried, on both databases and with any number of workers:

1. `note_passed_moments`: a duty whose moment has come is claimed by a conditional UPDATE with a lease. In one
   transaction every passed moment becomes one row per person (unique), and the duty's next moment is stored. A worker
   that dies before the commit has changed nothing; its lease runs out and another one takes the duty.
2. `write_mails`: all waiting rows of one person are taken by one conditional UPDATE and go into ONE mail, in the same
   transaction. After an outage it waits until the first step has caught up, so that a person gets one mail, not many.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Min, Q
from django.urls import reverse
from django.utils.translation import override

from sonae.core.access import rules as access
from sonae.core.access.models import Grant
from sonae.core.access.vocabulary import PlaceKind
from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Language, Role
from sonae.core.audit import services as audit
from sonae.core.duties import catalogue, rules
from sonae.core.duties.models import Duty, Reminder
from sonae.core.duties.vocabulary import NO_STEP, DutyState, ReminderKind, ReminderMoment, ScheduleStep, Tally
from sonae.core.notifications import services as notifications
from sonae.core.web import words
from sonae.kernel.ids import new_id

LEASE = timedelta(minutes=5)
# A duty that cannot be noted (its worker died and holds the lease) keeps nobody's mail longer than this.
LONGEST_WAIT = timedelta(minutes=10)
MOST_DUTIES = 500
MOST_PEOPLE = 200
MOST_LINES = 50

# What noting changes of a duty.
_NOTED = ["next_reminder_at", "untold_since", "claim", "claimed_until", "escalated_at"]

type Address = tuple[PlaceKind | None, int | UUID | None, Role | None]


def send_due_reminders(*, now: datetime, passes: int = 20) -> Tally:
    """One round over the timers, bounded: `passes` batches of moments, then the mails."""
    duties = reminders = 0
    for _ in range(passes):
        noted = note_passed_moments(now=now)
        duties, reminders = duties + noted.duties, reminders + noted.reminders
        if noted.duties < MOST_DUTIES:
            break
    return Tally(duties, reminders, write_mails(now=now).mails)


def note_passed_moments(*, now: datetime, limit: int = MOST_DUTIES) -> Tally:
    """Turns the passed moments of up to `limit` duties into one row per person and moment."""
    claim = _claim(now=now, limit=limit)
    return _note_claimed(claim, now=now) if claim else Tally()


def write_mails(*, now: datetime, limit: int = MOST_PEOPLE) -> Tally:
    """Puts all waiting rows of each person into one mail, for up to `limit` people; the longest waiting first."""
    waiting = Reminder.objects.waiting().order_by()
    if Duty.objects.ringing(now).exists():
        # Not caught up: more may come for the same people. Only those who have waited long enough get their mail now.
        waiting = waiting.filter(noted_at__lte=now - LONGEST_WAIT)
    people = waiting.values("account_id").annotate(since=Min("noted_at")).order_by("since", "account_id")
    mails = sum(_write_mail(account_id, now=now) for account_id in people.values_list("account_id", flat=True)[:limit])
    return Tally(mails=mails)


def _claim(*, now: datetime, limit: int) -> UUID | None:
    return _take(_claimable_ids(now=now, limit=limit), now=now)


def _claimable_ids(*, now: datetime, limit: int) -> list[UUID]:
    return list(Duty.objects.claimable(now).order_by("next_reminder_at", "pk").values_list("pk", flat=True)[:limit])


def _take(ids: list[UUID], *, now: datetime) -> UUID | None:
    claim = uuid4()
    # The conditions stand in the UPDATE itself: whoever comes second finds them no longer true and changes nothing.
    taken = ids and Duty.objects.filter(pk__in=ids).claimable(now).update(claim=claim, claimed_until=now + LEASE)
    return claim if taken else None


@transaction.atomic
def _note_claimed(claim: UUID, *, now: datetime) -> Tally:
    duties = list(
        Duty.objects.select_for_update(of=("self",))
        .select_related("institution")
        .ringing(now)
        .filter(claim=claim)
        .order_by("pk")
    )
    rows = _note(duties, now=now)
    Duty.objects.bulk_update(duties, [*_NOTED], batch_size=100)
    return Tally(len(duties), rows)


def note_until(duty: Duty, *, now: datetime) -> None:
    """Notes what has passed of one locked duty before its moments change."""
    if duty.next_reminder_at is not None and duty.next_reminder_at <= now:
        _note([duty], now=now)
        duty.save(update_fields=_NOTED)


@dataclass(frozen=True, slots=True)
class _Found:
    """Who is told of one moment, and as what; nobody where neither the named nor anybody in their place is there."""

    moment: ReminderMoment
    kind: ReminderKind
    people: frozenset[UUID]
    is_untold: bool


def _note(duties: list[Duty], *, now: datetime) -> int:
    due = {duty: _passed_moments(duty, now=now) for duty in duties}
    _leave_out_the_told(due)
    wanted = {
        address
        for duty, moments in due.items()
        for address in (*(_owners(duty) if moments else ()), *(way for moment in moments for way in _all(duty, moment)))
    }
    people = _people_at(wanted, now=now)
    found = {duty: [_find(duty, moment, people) for moment in moments] for duty, moments in due.items()}
    rows = [
        Reminder(duty=duty, account_id=account_id, kind=one.kind, moment=one.moment.at, noted_at=now)
        for duty, moments in found.items()
        for one in moments
        for account_id in sorted(one.people)
    ]
    Reminder.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    for duty, ones in found.items():
        _escalate_and_set_next(duty, ones, now=now)
    return len(rows)


def _find(duty: Duty, moment: ReminderMoment, people: Mapping[Address, set[UUID]]) -> _Found:
    """The people of a moment; where none of them is there, those of the next step of the schedule that has some."""
    rule = catalogue.rule_of(duty.rule, duty.rule_edition)
    ways = [(moment.kind, _addresses(duty, moment))]
    ways += [(ReminderKind.ESCALATION, [_above(duty, rule.schedule[step])]) for step in rules.stand_ins(rule, moment)]
    for kind, addresses in ways:
        told = frozenset(person for address in addresses for person in people[address])
        if told:
            return _Found(moment, kind, told, is_untold=False)
    # Where only those above are missing, the owners were told in their time: nothing is lost.
    owners = any(people[address] for address in _owners(duty))
    return _Found(moment, moment.kind, frozenset(), is_untold=not owners)


def _all(duty: Duty, moment: ReminderMoment) -> list[Address]:
    rule = catalogue.rule_of(duty.rule, duty.rule_edition)
    return [
        *_addresses(duty, moment),
        *(_above(duty, rule.schedule[step]) for step in rules.stand_ins(rule, moment)),
    ]


def _leave_out_the_told(due: dict[Duty, tuple[ReminderMoment, ...]]) -> None:
    """Of duties with a moment that found nobody, later ones that did are not told again to whoever has come since."""
    again = [duty.pk for duty in due if duty.untold_since is not None]
    if not again:
        return
    told = set(Reminder.objects.filter(duty_id__in=again).values_list("duty_id", "moment"))
    for duty, moments in due.items():
        if duty.untold_since is not None:
            due[duty] = tuple(moment for moment in moments if (duty.pk, moment.at) not in told)


def _passed_moments(duty: Duty, *, now: datetime) -> tuple[ReminderMoment, ...]:
    assert duty.next_reminder_at is not None, "a ringing duty has a next moment"
    rule = catalogue.editions().get((duty.rule, duty.rule_edition))
    if rule is None or duty.state != DutyState.OPEN:
        return ()
    return rules.passed(duty.schedule(rule), since=duty.untold_since or duty.next_reminder_at, now=now)


def _escalate_and_set_next(duty: Duty, found: list[_Found], *, now: datetime) -> None:
    rule = catalogue.editions().get((duty.rule, duty.rule_edition))
    schedule = duty.schedule(rule) if rule else ()
    duty.untold_since = min((one.moment.at for one in found if one.is_untold), default=None)
    again = rules.look_again_at(duty.untold_since, now=now) if duty.untold_since else None
    following = (rules.next_moment(schedule, now=now), again)
    duty.next_reminder_at = min((moment for moment in following if moment is not None), default=None)
    duty.claim = duty.claimed_until = None
    if duty.escalated_at is None and any(one.kind is ReminderKind.ESCALATION for one in found):
        duty.escalated_at = now
        audit.record(
            "duty.escalate",
            subject="duty",
            subject_id=duty.pk,
            by=None,
            now=now,
            institution_id=duty.institution_id,
            facts={"rule": duty.rule},
        )


def _addresses(duty: Duty, moment: ReminderMoment) -> list[Address]:
    """Where the people of this moment are found: the owners, or for an escalation whoever the step names."""
    rule = catalogue.rule_of(duty.rule, duty.rule_edition)
    step = None if moment.step == NO_STEP else rule.schedule[moment.step]
    return _owners(duty) if step is None or step.role is None else [_above(duty, step)]


def _above(duty: Duty, step: ScheduleStep) -> Address:
    place = {
        PlaceKind.INSTITUTION: duty.institution_id,
        PlaceKind.PREFECTURE: int(duty.institution.prefecture) if duty.institution else None,
        PlaceKind.JURISDICTION: duty.institution.jurisdiction_id if duty.institution else duty.jurisdiction_id,
        PlaceKind.VENDOR: duty.vendor_id,
    }
    return step.place, place.get(step.place or PlaceKind.NATION), step.role


def _owners(duty: Duty) -> list[Address]:
    rule = catalogue.rule_of(duty.rule, duty.rule_edition)
    if duty.account_id is not None:
        return [(None, duty.account_id, None)]
    for kind, place_id in (
        (PlaceKind.INSTITUTION, duty.institution_id),
        (PlaceKind.JURISDICTION, duty.jurisdiction_id),
        (PlaceKind.VENDOR, duty.vendor_id),
    ):
        if place_id is not None:
            return [(kind, place_id, role) for role in rule.roles]
    return [(PlaceKind.NATION, None, Role(duty.role))]


def _people_at(addresses: Iterable[Address], *, now: datetime) -> dict[Address, set[UUID]]:
    """The accounts behind many addresses: two queries for all of them."""
    wanted = set(addresses)
    people: dict[Address, set[UUID]] = defaultdict(set)
    persons = [value for kind, value, _ in wanted if kind is None and isinstance(value, UUID)]
    for account_id in Account.objects.filter(pk__in=persons, is_active=True).values_list("pk", flat=True):
        people[None, account_id, None].add(account_id)
    places: dict[PlaceKind, set[Any]] = defaultdict(set)
    for kind, value, _ in wanted:
        if kind is not None:
            places[kind].add(value)
    grants = Grant.objects.in_force(now).filter(
        Q(institution_id__in=places[PlaceKind.INSTITUTION])
        | Q(jurisdiction_id__in=places[PlaceKind.JURISDICTION])
        | Q(prefecture__in=[access.prefecture_of(code) for code in places[PlaceKind.PREFECTURE] if code])
        | Q(vendor_id__in=places[PlaceKind.VENDOR])
        | Q(kind=PlaceKind.NATION),
        role__in={role for _, _, role in wanted if role},
        account__is_active=True,
    )
    for grant in grants:
        address = (PlaceKind(grant.kind), grant.place_id(), Role(grant.role))
        if address in wanted:
            people[address].add(grant.account_id)
    return people


@transaction.atomic
def _write_mail(account_id: UUID, *, now: datetime) -> int:
    batch = new_id()
    taken = Reminder.objects.waiting().filter(account_id=account_id).update(batch=batch, mailed_at=now)
    if not taken:
        return 0
    Reminder.objects.filter(batch=batch).exclude(duty__state=DutyState.OPEN).update(mailed_at=None, dropped_at=now)
    told = (
        Reminder.objects.filter(batch=batch, dropped_at=None).select_related("duty").order_by("duty__due_at", "moment")
    )
    lines = _lines(list(told))
    if not lines:
        return 0
    notifications.queue_mail(
        "duties/reminder",
        to=account_id,
        context={
            "lines": lines[:MOST_LINES],
            "count": len(lines),
            "more": max(0, len(lines) - MOST_LINES),
            "path": reverse("duties:list"),
        },
        key=f"duties.reminder:{batch}",
        now=now,
    )
    return 1


def _lines(told: list[Reminder]) -> list[dict[str, object]]:
    """One line per duty, however many of its moments are told. Only words of the rule: no facts go out by mail."""
    by_duty: dict[UUID, dict[str, object]] = {}
    for reminder in told:
        rule = catalogue.rule_of(reminder.duty.rule, reminder.duty.rule_edition)
        line = by_duty.setdefault(
            reminder.duty_id,
            {
                "title": {"ja": rule.short.ja, "en": rule.short.en},
                "due": _due_words(reminder.duty.due_at),
                "is_escalation": False,
                "path": reverse("duties:detail", args=[reminder.duty_id]),
            },
        )
        line["is_escalation"] = bool(line["is_escalation"]) or reminder.kind == ReminderKind.ESCALATION
    return list(by_duty.values())


def _due_words(due_at: datetime) -> dict[str, str]:
    found = {}
    for language in Language:
        with override(language):
            found[language.value] = words.due(due_at)
    return found
