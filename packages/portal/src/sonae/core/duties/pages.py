"""What the pages about duties show, put together from queries and rules."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import catalogue as texts
from sonae.core.assurance.models import Evidence
from sonae.core.duties import asides, catalogue, queries, rules
from sonae.core.duties.forms import FulfilmentForm, RedatingForm, WaiverForm
from sonae.core.duties.models import Duty, DutyChange
from sonae.core.duties.services import changing, ending
from sonae.core.duties.vocabulary import ChangeKind, DutyState, ReminderKind, Timing, Waiving
from sonae.core.web import words
from sonae.core.web.components import DutyCard, Moment, Tone
from sonae.kernel.decision import first_refusal


def detail(
    duty: Duty,
    *,
    viewer: Viewer,
    now: datetime,
    fulfilment: FulfilmentForm | None = None,
    waiver: WaiverForm | None = None,
    redating: RedatingForm | None = None,
) -> dict[str, Any]:
    """The page of one duty; a form that was refused comes back with what was typed."""
    rule = catalogue.rule_of(duty.rule, duty.rule_edition)
    facts = duty.duty_facts()
    own = duty.recipient in rules.addresses_of(viewer)
    enough = "x" * rules.SHORTEST_REASON
    may_lift, may_move = ending.may_lift(duty, viewer), changing.may_move(duty, viewer)
    return {
        "duty": duty,
        "card": card(duty, now=now),
        "rule": rule,
        "as_of": rule.source.as_of,
        "state": DutyState(duty.state),
        "workplace": workplace_of(duty),
        "beside": asides.beside(duty),
        "first_due": words.due(duty.first_due_at) if duty.first_due_at != duty.due_at else "",
        "history": history(duty),
        "fulfilment": fulfilment or FulfilmentForm(),
        "waiver": waiver or WaiverForm(),
        "redating": redating or RedatingForm(),
        "may_fulfil": first_refusal(
            rules.may_fulfil(facts, rule, is_own=own, note=enough), ending.may_declare(duty, viewer)
        ),
        "shows_waiver": may_lift.ok,
        "may_waive": first_refusal(may_lift, rules.may_waive(facts, rule, why=enough)),
        "shows_redating": may_move.ok,
        "may_redate": first_refusal(
            may_move,
            rules.may_redate(
                facts, rule, is_supervised=changing.is_supervised(duty, viewer),
                due_at=max(now, duty.due_at) + rules.WEEK, why=enough, now=now,
            ),
        ),
        "is_statutory": rule.waiving is Waiving.STATUTORY,
        "evidence": Evidence.objects.visible_to(viewer).filter(pk__in=[duty.evidence_id]).first()
        if duty.evidence_id
        else None,
        "synthetic": duty.institution is not None and duty.institution.is_synthetic,
    }  # fmt: skip


def history(duty: Duty) -> list[Moment]:
    """What became of the duty so far, the oldest first."""
    told: dict[tuple[Any, str], list[str]] = {}
    for reminder in queries.reminders_of(duty):
        told.setdefault((reminder.mailed_at, reminder.kind), []).append(reminder.account.name)
    history = [Moment(duty.known_at, _("The reason for the duty became known."))]
    history.append(Moment(duty.imposed_at, _("The duty was imposed."), by=_name(duty.imposed_by)))
    for (at, kind), names in told.items():
        title = _("Reminder sent.") if kind == ReminderKind.REMINDER else _("The matter was taken further.")
        history.append(Moment(at, title, text=", ".join(dict.fromkeys(names)), tone=Tone.WARNING))
    for change in queries.changes_of(duty):
        kind = ChangeKind(change.kind)
        text = _both_dates(change) if kind is ChangeKind.REDATED else ""
        history.append(Moment(change.changed_at, words.of(kind), text=text, by=_name(change.changed_by)))
    if duty.ended_at is not None:
        tone = Tone.SUCCESS if duty.state == DutyState.FULFILLED else Tone.NEUTRAL
        history.append(
            Moment(
                duty.ended_at, words.of(DutyState(duty.state)), text=duty.ended_note, by=_name(duty.ended_by), tone=tone
            )
        )
    return sorted(history, key=lambda moment: moment.at)


def card(duty: Duty, *, now: datetime) -> DutyCard:
    """The duty as a card: what, until when, why, by which rule, where the work is done."""
    rule = catalogue.editions().get((duty.rule, duty.rule_edition))
    is_open = duty.state == DutyState.OPEN
    late = is_open and rules.timing(duty.due_at, now=now) is Timing.OVERDUE
    state = words.of(Timing.OVERDUE) if late else words.of(DutyState(duty.state))
    place = str(duty.institution or duty.jurisdiction or duty.vendor or "")
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
    rule = catalogue.editions().get((duty.rule, duty.rule_edition))
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
    """The page where the work itself is done; nothing when the rule names none, or none for such a subject."""
    rule = catalogue.editions().get((duty.rule, duty.rule_edition))
    if rule is None or rule.link is None:
        return ""
    try:
        return reverse(rule.link.url_name, args=[duty.subject_id] if rule.link.takes_subject else [])
    except NoReverseMatch:
        return ""


def _both_dates(change: DutyChange) -> str:
    both = {"before": words.due(change.due_before), "after": words.due(change.due_after), "why": change.why}
    return _("It was due %(before)s and is now due %(after)s. Reason: %(why)s") % both


def _name(account: Account | None) -> str:
    return account.name if account else ""
