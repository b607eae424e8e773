"""Visits and corrections of the two hospitals for the walk over every address, made by an inspector of each place."""

from datetime import datetime, timedelta
from typing import Any

from sonae.core.access.vocabulary import Place
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.institutions.models import Institution
from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import Population, Prefecture
from sonae.core.instruments import services as instruments
from sonae.prevention.inspections.testing import a_handed_in_self_check
from sonae.prevention.inspections.visits import services
from sonae.prevention.inspections.visits.models import Correction, RowEntry
from sonae.prevention.inspections.visits.testing import (
    OTHER_DEVICE,
    VISIT_ON,
    a_form,
    a_visit,
    an_entry,
    note,
    seen_in_full,
    signed,
)
from sonae.prevention.inspections.visits.vocabulary import Side, VisitState
from sonae.testing import cast
from sonae.testing.access_world import Factory, World


def _inspector(hospital: Institution) -> Viewer:
    return cast.a_person(Role.INSPECTOR, at=Place(jurisdiction_id=hospital.jurisdiction_id)).viewer


def _neighbour(hospital: Institution) -> Institution:
    """Another hospital of the same jurisdiction, with a manager: a hospital has one open visit in a year."""
    found = an_institution(
        population=Population.SYNTHETIC, prefecture=Prefecture(hospital.prefecture), municipality=hospital.municipality
    )
    cast.a_person(Role.INSTITUTION_MANAGER, at=cast.at_institution(found))
    return found


def _nearby(state: VisitState) -> Factory:
    """A visit that only whoever inspects there may touch."""
    return lambda world, hospital: a_visit(_neighbour(hospital), by=_inspector(hospital), now=world.now, at=state).pk


def under_way(world: World, hospital: Institution) -> Any:
    return a_visit(hospital, by=_inspector(hospital), now=world.now).pk


def candidate(world: World, hospital: Institution) -> Any:
    a_form(by=_inspector(hospital), now=world.now)
    return _neighbour(hospital).pk


def arranged(world: World, hospital: Institution) -> Any:
    by = _inspector(hospital)
    visit = a_visit(_neighbour(hospital), by=by, now=world.now, at=VisitState.PLANNED)
    assert by.account_id is not None, "inspectors are people"
    return services.arrange(visit.pk, on=VISIT_ON, team=[by.account_id], by=by, now=world.now).pk


def disputed(world: World, hospital: Institution) -> Any:
    """An entry in conflict; the same for both holes of an address."""
    key = (disputed, hospital.pk)
    if key not in world.made:
        by = _inspector(hospital)
        visit = a_visit(_neighbour(hospital), by=by, now=world.now)
        note(visit, [an_entry("bcp", now=world.now)], by=by, now=world.now)
        later = an_entry("bcp", now=world.now, value="absent")
        services.note_entries(visit.pk, [later], device=OTHER_DEVICE, by=_inspector(hospital), now=world.now)
        world.made[key] = RowEntry.objects.get(pk=later.id)
    return world.made[key]


def _ready(hospital: Institution, *, now: datetime) -> Any:
    by = _inspector(hospital)
    found = {
        "value": "absent",
        "finding": "任命書がない",
        "advice": "任命書のひな形を使えます",
        "due_on": VISIT_ON.replace(year=2028),
    }
    visit = seen_in_full(a_visit(hospital, by=by, now=now), by=by, now=now, manager=found)
    for side in Side:
        signed(visit, side, by=by, now=now)
    return visit.pk


def ready_to_close(world: World, hospital: Institution) -> Any:
    return _ready(_neighbour(hospital), now=world.now)


def arranged_too(world: World, hospital: Institution) -> Any:
    """Another one: what a page has announced, a program cannot."""
    return arranged(world, hospital)


def ready_to_close_too(world: World, hospital: Institution) -> Any:
    """Another one: what a page has closed, a program cannot."""
    return ready_to_close(world, hospital)


def closed(world: World, hospital: Institution) -> Any:
    """A visit of the next year, and made in it: this year's is under way, and a visit begins in its own year alone."""
    now = world.now + timedelta(days=365)
    return services.close(_ready(hospital, now=now), by=_inspector(hospital), now=now).pk


def correction(world: World, hospital: Institution) -> Any:
    return Correction.objects.get(visit_id=closed(world, hospital)).pk


def answered_correction(world: World, hospital: Institution) -> Any:
    manager = world.managers[hospital.pk].viewer
    found = correction(world, hospital)
    return services.answer_correction(found, text="任命書を作成しました", by=manager, now=world.now).pk


def facility_form_year(world: World, hospital: Institution) -> Any:
    """A fiscal year of which a facility form is published, and handed in."""
    instruments.load_shipped(now=world.now)
    return a_handed_in_self_check(hospital.pk, by=world.managers[hospital.pk].viewer, now=world.now)


FACTORIES: dict[str, Factory] = {
    "fiscal_year": facility_form_year,
    "/api/v1/inspection-plan/{fiscal_year}.fiscal_year": lambda _world, _hospital: 2026,
    "visits:candidate.institution_id": candidate,
    "visits:candidate.year": lambda _world, _hospital: 2026,
    "visit_id": under_way,
    "visits:arrange.visit_id": _nearby(VisitState.PLANNED),
    "visits:announce.visit_id": arranged,
    "visits:move.visit_id": _nearby(VisitState.ANNOUNCED),
    "visits:cancel.visit_id": _nearby(VisitState.ANNOUNCED),
    "visits:start.visit_id": _nearby(VisitState.ANNOUNCED),
    "visits:close.visit_id": ready_to_close,
    "visits:report.visit_id": closed,
    "visits:assessment-results.visit_id": closed,
    "visits:plan-of-action.visit_id": closed,
    "/api/v1/inspections/{visit_id}/assessment-results.visit_id": closed,
    "/api/v1/inspections/{visit_id}/plan-of-action.visit_id": closed,
    "visits:report.form": lambda _world, _hospital: "pdf",
    "item": lambda _world, _hospital: "manager",
    "visits:decide.visit_id": lambda world, hospital: disputed(world, hospital).visit_id,
    "visits:decide.entry_id": lambda world, hospital: disputed(world, hospital).pk,
    "visits:conflict.visit_id": lambda world, hospital: disputed(world, hospital).visit_id,
    "visits:conflict.entry_id": lambda world, hospital: disputed(world, hospital).pk,
    "/api/v1/inspections/{visit_id}/arrangement.visit_id": _nearby(VisitState.PLANNED),
    "/api/v1/inspections/{visit_id}/announcement.visit_id": arranged_too,
    "/api/v1/inspections/{visit_id}/day.visit_id": _nearby(VisitState.ANNOUNCED),
    "/api/v1/inspections/{visit_id}/cancellation.visit_id": _nearby(VisitState.ANNOUNCED),
    "/api/v1/inspections/{visit_id}/start.visit_id": _nearby(VisitState.ANNOUNCED),
    "/api/v1/inspections/{visit_id}/closing.visit_id": ready_to_close_too,
    "/api/v1/inspections/{visit_id}/report/pdf.visit_id": closed,
    "/api/v1/inspections/{visit_id}/report/docx.visit_id": closed,
    "/api/v1/inspections/{visit_id}/conflicts/{entry_id}/decision.visit_id": lambda world, hospital: (
        disputed(world, hospital).visit_id
    ),
    "/api/v1/inspections/{visit_id}/conflicts/{entry_id}/decision.entry_id": lambda world, hospital: (
        disputed(world, hospital).pk
    ),
    "/api/v1/inspection-corrections/{correction_id}/acceptance.correction_id": answered_correction,
    "/api/v1/inspection-corrections/{correction_id}/return.correction_id": answered_correction,
    "correction_id": correction,
    "visits:accept.correction_id": answered_correction,
    "visits:send-back.correction_id": answered_correction,
}


def entries_body(_world: World, _hospital: Institution) -> dict[str, Any]:
    """A batch of one entry, as a tablet or a program sends it."""
    entry = {
        "id": "0d5f8f0e-7d5b-4d5e-9a33-2f1c0f6f0c01", "item": "manager", "value": "in_place", "seen_revision": 0,
        "recorded_at": "2026-11-23T17:55:00+09:00",
    }  # fmt: skip
    return {"device": str(OTHER_DEVICE), "entries": [entry]}


def _team_form(_world: World, hospital: Institution) -> dict[str, Any]:
    return {"arrange-on": "2026-12-03", "arrange-team": [str(_inspector(hospital).account_id)]}


def _team_body(_world: World, hospital: Institution) -> dict[str, Any]:
    return {"on": "2026-12-03", "team": [str(_inspector(hospital).account_id)]}


REASON = "確認のうえ、日程を調整したため"
WRITTEN = {"id": "0d5f8f0e-7d5b-4d5e-9a33-2f1c0f6f0c02", "seen": "0", "value": "in_place"}
BODIES: dict[str, Factory] = {
    "POST visits:arrange": _team_form,
    "POST visits:move": lambda *_: {"move-on": "2026-12-10", "move-why": REASON},
    "POST visits:cancel": lambda *_: {"cancel-why": REASON},
    "POST visits:row": lambda *_: WRITTEN,
    "POST visits:decide": lambda *_: {"take": "mine", "seen": "1"},
    "POST visits:sign": lambda *_: {
        "sign-id": "0d5f8f0e-7d5b-4d5e-9a33-2f1c0f6f0c03", "sign-seen": "0", "sign-side": "inspector",
        "sign-name": "検見",
    },
    "POST visits:answer": lambda *_: {"answer-text": REASON},
    "POST visits:send-back": lambda *_: {"back-why": REASON, "back-due_on": "2027-02-26"},
    "POST /api/v1/inspections": lambda _world, hospital: {"institution_id": hospital.pk, "fiscal_year": 2026},
    "POST /api/v1/inspections/{visit_id}/records": entries_body,
    "POST /api/v1/inspections/{visit_id}/arrangement": _team_body,
    "POST /api/v1/inspections/{visit_id}/day": lambda *_: {"on": "2026-12-10", "why": REASON},
    "POST /api/v1/inspections/{visit_id}/cancellation": lambda *_: {"why": REASON},
    "POST /api/v1/inspections/{visit_id}/conflicts/{entry_id}/decision": lambda *_: {
        "take": "mine", "seen_revision": 1,
    },
    "POST /api/v1/inspection-corrections/{correction_id}/answer": lambda *_: {"text": REASON},
    "POST /api/v1/inspection-corrections/{correction_id}/return": lambda *_: {"why": REASON, "due_on": "2027-02-26"},
}  # fmt: skip
