"""Incidents for the tests of every slice, made through the real verbs."""

from datetime import datetime, timedelta
from typing import Any

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.duties import queries as duties
from sonae.core.duties import services as duty_services
from sonae.kernel.ids import new_id
from sonae.prevention.sharing import services as sharing
from sonae.response.incidents import first_steps, services
from sonae.response.incidents.models import Incident
from sonae.response.incidents.vocabulary import (
    AffectedSystem,
    Attached,
    CareImpact,
    Field,
    Leak,
    Phase,
    Report,
    StepAnswer,
)

_PATH = (Phase.SUSPECTED, Phase.ACTIVE, Phase.CONTAINED, Phase.RECOVERING, Phase.RESTORED, Phase.REVIEW, Phase.CLOSED)


def a_report(institution_id: int, *, now: datetime, **said: Any) -> Report:
    """Six fields as a night nurse gives them."""
    facts: dict[str, Any] = {
        "seen": "電子カルテが開かず、画面に英語の文章が出ている",
        "phone": "090-0000-0000",
        "noticed_at": now - timedelta(hours=1),
        "systems": frozenset({AffectedSystem.CHARTS}),
        "care": CareImpact.LIMITED,
        "measures": "端末のLANケーブルを抜いた",
    }
    return Report(institution_id=institution_id, **(facts | said))


def an_incident(
    institution_id: int,
    *,
    by: Viewer,
    now: datetime,
    at: Phase = Phase.SUSPECTED,
    values: tuple[str, ...] = (),
    **said: Any,
) -> Incident:
    """An incident in this phase, with indicators; `by` manages the institution."""
    report = a_report(institution_id, now=now, **said)
    incident = services.report_incident(report, intake_id=new_id(), by=by, now=now)
    if values:
        attached = [Attached(*sharing.recognise(value)) for value in values]
        services.attach_indicators(incident.pk, attached, by=by, now=now)
    for phase in _PATH[1 : _PATH.index(at) + 1]:
        _prepare(incident, phase, by=by, now=now)
        services.move_incident(incident.pk, phase, by=by, now=now)
    incident.refresh_from_db()
    return incident


def _prepare(incident: Incident, phase: Phase, *, by: Viewer, now: datetime) -> None:
    if phase is Phase.CONTAINED:
        for step in sorted(first_steps.shipped().containment()):
            services.answer_step(incident.pk, step, StepAnswer.DONE, by=by, now=now)
    if phase is Phase.CLOSED:
        services.state(incident.pk, Field.LEAK, Leak.RULED_OUT, by=by, now=now)
        for duty in duties.hanging_on("incident", incident.pk):
            duty_services.fulfil(duty.pk, note="電話で報告し、様式を提出した", by=by, now=now)
