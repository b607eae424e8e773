"""A visit for tests of any room, made by its verbs: planned, announced, under way, signed."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sonae.core.access.vocabulary import PlaceKind
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.institutions.models import Institution
from sonae.core.instruments import queries as instruments
from sonae.core.instruments import services as answering
from sonae.core.instruments.definition import Question
from sonae.core.instruments.models import Edition, Submission
from sonae.core.instruments.vocabulary import AnswerKind
from sonae.kernel.calendar import fiscal_year, fiscal_year_days, jst_day
from sonae.prevention.inspections.queries import FACILITY_FORM
from sonae.prevention.inspections.visits import basis, services
from sonae.prevention.inspections.visits.models import Visit, VisitSignature
from sonae.prevention.inspections.visits.vocabulary import Entry, Observation, Side, VisitState, Written

FORM_FILE = Path(__file__).parents[1] / "instruments" / "checklist_facility_r7.yaml"
# The day of `a_visit` where it is made at the moment of the tests.
VISIT_ON = date(2026, 12, 3)
DEVICE = UUID("0d5f8f0e-7d5b-4d5e-9a33-2f1c0f6f0a01")
OTHER_DEVICE = UUID("0d5f8f0e-7d5b-4d5e-9a33-2f1c0f6f0a02")


def a_form(*, by: Viewer, now: datetime) -> Edition:
    """The facility form of fiscal 2025, the newest that is shipped. Alone: reading all of them takes seconds."""
    found = Edition.objects.current().filter(instrument=FACILITY_FORM, fiscal_year=2025).first()
    if found is not None:
        return found
    officer = replace(by, grants=frozenset({(Role.MINISTRY_OFFICER, PlaceKind.NATION.value, None)}))
    return answering.publish(FORM_FILE.read_bytes(), file_name=FORM_FILE.name, by=officer, now=now)


def a_self_check(form: Edition, hospital: Institution, *, by: Viewer, now: datetime, **others: object) -> Submission:
    """The facility form as the institution handed it in: yes in each row, but for what `others` say."""
    response = answering.open_response(form.pk, institution_id=hospital.pk, occasion="visit", by=by, now=now)
    year = form.fiscal_year
    rows = [
        item.id
        for item in instruments.plan_of(form).items.values()
        if isinstance(item, Question) and item.kind is AnswerKind.YES_NO
    ]
    yes = {"answer": "yes", "checked_on": [f"{year}-06-02"]}
    answers = dict.fromkeys(rows[1:], yes) | {rows[0]: "yes"} | others
    saved = answering.save_answers(response.pk, answers, seen=0, by=by, now=now).response
    answering.submit(saved.pk, seen=saved.revision, by=by, now=now)
    return Submission.objects.get(response=response)


def a_visit(
    hospital: Institution, *, by: Viewer, now: datetime, at: VisitState = VisitState.UNDER_WAY, next_year: bool = False
) -> Visit:
    """A visit at a hospital, this fiscal year or the next, in a state that is still open; the next year's is ahead."""
    a_form(by=by, now=now)
    year = fiscal_year(jst_day(now)) + next_year
    visit = services.plan(hospital.pk, fiscal_year=year, by=by, now=now)
    if at is VisitState.PLANNED:
        return visit
    assert by.account_id is not None, "inspectors are people"
    first, last = fiscal_year_days(year)
    # Ten days from now, as far as the fiscal year has them.
    on = min(max(jst_day(now) + timedelta(days=10), first), last)
    services.arrange(visit.pk, on=on, team=[by.account_id], by=by, now=now)
    if at is VisitState.ANNOUNCED:
        return services.announce(visit.pk, by=by, now=now)
    return services.start(visit.pk, by=by, now=now)


def an_entry(item: str, *, now: datetime, seen: int = 0, id_: UUID | None = None, **said: object) -> Entry:
    """What a tablet wrote about a row: in place, unless told otherwise."""
    fields: Mapping[str, object] = {"value": Observation.IN_PLACE.value} | said
    return Entry(id_ or uuid4(), item, Written(**fields), seen, now)  # type: ignore[arg-type]


def rows_of(visit: Visit) -> list[str]:
    """The ids of the rows, in the order of the form."""
    form = basis.form_of(visit)
    assert form is not None, "a form was published"
    return list(form.questions)


def note(visit: Visit, entries: Iterable[Entry], *, by: Viewer, now: datetime) -> services.Recorded:
    """Records entries from the device of this test."""
    return services.note_entries(visit.pk, entries, device=DEVICE, by=by, now=now)


def seen_in_full(visit: Visit, *, by: Viewer, now: datetime, **others: Mapping[str, Any]) -> Visit:
    """Observes every row: in place, but for what `others` say of a row."""
    note(visit, [an_entry(row, now=now, **others.get(row, {})) for row in rows_of(visit)], by=by, now=now)
    return Visit.objects.get(pk=visit.pk)


def signed(visit: Visit, side: Side, *, by: Viewer, now: datetime, name: str = "署名 者") -> VisitSignature:
    """Signs what the visit says now."""
    revision = Visit.objects.get(pk=visit.pk).revision
    return services.sign(
        visit.pk, uuid4(), side=side, name=name, strokes=[[[10, 10], [500, 700]]], signed_at=now,
        seen_revision=revision, by=by, now=now,
    )  # fmt: skip
