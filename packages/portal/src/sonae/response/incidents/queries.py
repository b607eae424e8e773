from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.duties import queries as duties
from sonae.core.duties.models import Duty
from sonae.response.incidents import first_steps, rules
from sonae.response.incidents.models import (
    Draft,
    Incident,
    IncidentIndicator,
    Moment,
    Statement,
    StepTaken,
    TimelineEntry,
)
from sonae.response.incidents.vocabulary import (
    Concerned,
    EntryKind,
    Field,
    FirstStep,
    IncidentFacts,
    Leak,
    Phase,
    StepAnswer,
    TimeKind,
)

# Owed by a body of the sector to whoever reported.
CALL_BACK = "incident.call-back"
LATELY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StepState:
    """One of the first steps and what was answered, if anything."""

    step: FirstStep
    answer: StepAnswer | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenIncidents:
    """What goes on in the sector, for whoever may read it."""

    ongoing: int
    by_prefecture: dict[str, int]
    as_of: datetime


def facts_of(incident: Incident) -> IncidentFacts:
    """The incident as the rules see it: its phase, and what still hangs on it."""
    return IncidentFacts(
        phase=Phase(incident.phase),
        leak=Leak(incident.leak),
        open_duties=duties.hanging_on("incident", incident.pk).count(),
        unanswered_steps=len(unanswered_containment(incident.pk)),
    )


def unanswered_containment(incident_id: UUID) -> frozenset[str]:
    """The containment steps nobody has answered yet."""
    answered = set(StepTaken.objects.filter(incident_id=incident_id).values_list("step", flat=True))
    return first_steps.shipped().containment() - answered


def steps_of(incident_id: UUID) -> list[StepState]:
    """The first steps in their order, each with its newest answer."""
    newest = {row.step: row for row in StepTaken.objects.filter(incident_id=incident_id)}
    return [
        StepState(
            step,
            StepAnswer(newest[step.id].answer) if step.id in newest else None,
            newest[step.id].answered_at if step.id in newest else None,
        )
        for step in first_steps.shipped().steps
    ]


def statements_of(incident_id: UUID) -> dict[Field, Statement]:
    """The newest statement under each heading."""
    rows = Statement.objects.filter(incident_id=incident_id).select_related("stated_by")
    return {Field(row.field): row for row in rows}


def told_of(incident_id: UUID) -> dict[Concerned, int] | None:
    """How many people of each kind were sent a message about the report; None where that was not written down."""
    entry = TimelineEntry.objects.filter(incident_id=incident_id, kind=EntryKind.REPORTED).first()
    if entry is None or "told" not in entry.facts:
        return None
    return {Concerned(name): count for name, count in entry.facts["told"].items()}


def call_back_of(incident_id: UUID) -> Duty | None:
    """The duty of somebody to call the reporter back, done or not."""
    return Duty.objects.filter(rule=CALL_BACK, subject="incident", subject_id=str(incident_id)).first()


def draft_of(viewer: Viewer) -> Draft | None:
    """What somebody began and has not reported.

    The last save of a form can arrive after its report. What it kept is no draft: with its intake id the next report
    would be taken for this one again.
    """
    draft = Draft.objects.visible_to(viewer).first()
    if draft is None or Incident.objects.filter(intake_id__in=_intake_ids(draft)).exists():
        return None
    return draft


def own_reports(viewer: Viewer, *, most: int) -> Sequence[Incident]:
    """The newest reports of this very person, for whoever may not read the incidents themselves."""
    return list(Incident.objects.reported_by_viewer(viewer).select_related("institution")[:most])


def reported_lately(viewer: Viewer, *, now: datetime) -> Incident | None:
    """What this very person reported last, if within a day: whoever comes back to the form reads that it arrived."""
    recent = Incident.objects.reported_by_viewer(viewer).filter(registered_at__gt=now - LATELY)
    return recent.order_by("-registered_at").first()


def moments_of(incident_id: UUID) -> dict[TimeKind, Moment]:
    """The newest word on each moment."""
    return {
        TimeKind(row.kind): row for row in Moment.objects.filter(incident_id=incident_id).select_related("stated_by")
    }


def indicators_of(incident_id: UUID) -> Sequence[IncidentIndicator]:
    """What was confirmed and not taken off again."""
    return list(
        IncidentIndicator.objects.filter(incident_id=incident_id, removed_at=None).select_related("confirmed_by")
    )


def timeline_of(incident_id: UUID) -> Sequence[TimelineEntry]:
    """What happened, the newest first."""
    return list(
        TimelineEntry.objects.filter(incident_id=incident_id)
        .select_related("written_by")
        .order_by("-written_at", "-id")
    )


def ongoing_for(viewer: Viewer, *, now: datetime) -> OpenIncidents:
    """How many incidents go on where this viewer may look; drills do not count."""
    found = Incident.objects.visible_to(viewer).ongoing().filter(is_drill=False)
    rows = found.order_by().values_list("institution__prefecture").annotate(Count("id"))
    by_prefecture: dict[str, int] = dict(rows)
    return OpenIncidents(sum(by_prefecture.values()), by_prefecture, now)


def possible_steps(incident: Incident) -> list[tuple[Phase, Any]]:
    """Each phase that could follow, with what stands in the way besides a reason that is still to be written."""
    facts = facts_of(incident)
    reason = "-" * rules.SHORTEST_REASON
    return [
        (after, rules.may_move(facts, after, reason=reason, has_kept_case=True))
        for after in rules.next_phases(Phase(incident.phase))
    ]


def _intake_ids(draft: Draft) -> list[UUID]:
    """The intake id of the form behind a draft; none where what was sent is no id."""
    found = []
    for text in draft.typed.get("intake_id", []):
        with suppress(ValueError):
            found.append(UUID(text))
    return found
