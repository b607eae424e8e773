"""The end of a visit: what was found becomes duties of the institution, what was seen becomes evidence."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import queries as assurance_queries
from sonae.core.assurance import services as assurance
from sonae.core.assurance.vocabulary import Said, Source, SourceKind
from sonae.core.bulletins import queries as people
from sonae.core.duties import services as duties
from sonae.core.notifications import services as notifications
from sonae.kernel import calendar
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import BadInput, Problem
from sonae.prevention.inspections.visits import basis, queries, rules
from sonae.prevention.inspections.visits.basis import Form
from sonae.prevention.inspections.visits.evidence import Seen, finding_of
from sonae.prevention.inspections.visits.models import Correction, CorrectionTurn, Visit
from sonae.prevention.inspections.visits.services.records import locked_visit, person, turn
from sonae.prevention.inspections.visits.vocabulary import (
    CorrectionState,
    CorrectionTurnKind,
    TurnKind,
    VisitRefusal,
    VisitState,
)

DUTY = "inspection.correct"
SUBJECT = "correction"


@transaction.atomic
def close(visit_id: UUID, *, by: Viewer, now: datetime) -> Visit:
    """Ends a visit; raises BadInput with everything that still stands in the way, by row.

    Each finding with a day becomes a correction and a duty of the institution; what was seen is filed as evidence.
    """
    visit = locked_visit(visit_id, by=by)
    form = basis.form_of(visit)
    if form is None:
        require(Refused(VisitRefusal.NO_FORM))
    assert form is not None, "refused above"
    facts = queries.closing(visit, form, now=now)
    if blocks := rules.may_close(facts):
        raise BadInput(Problem(one.reason, field=str(one.facts.get("item", "")), facts=one.facts) for one in blocks)
    visit.state, visit.closed_at, visit.closed_by_id = VisitState.CLOSED, now, by.account_id
    visit.save(update_fields=["state", "closed_at", "closed_by"])
    turn(visit, TurnKind.CLOSED, by=by, now=now, on_before=visit.on)
    asked = {row.item for row in facts.rows if row.is_asked}
    for item, entry in queries.heads(visit).items():
        if item in asked and rules.asks_for_correction(entry.written()):
            assert entry.due_on is not None, "asked above"
            correction = Correction.objects.create(
                visit=visit, entry=entry, due_on=entry.due_on, asked_at=now, asked_by_id=person(by)
            )
            step(correction, CorrectionTurnKind.ASKED, by=by, now=now)
            impose(correction, form, by=by, now=now)
    _file_seen(visit, form, by=by, now=now)
    _tell(visit, now=now)
    return visit


def impose(correction: Correction, form: Form, *, by: Viewer, now: datetime) -> None:
    """Lays the duty of a correction on the institution, until the end of its day; anew for each time it goes back."""
    duties.impose(
        DUTY, institution_id=correction.visit.institution_id, subject=SUBJECT, subject_id=correction.pk, known_at=now,
        now=now, due_at=calendar.end_of(correction.due_on), facts={"row": _title(form, correction.entry.item)},
        by=by.account_id, occasion=f"round:{correction.rounds}",
    )  # fmt: skip


def step(
    correction: Correction,
    kind: CorrectionTurnKind,
    *,
    by: Viewer,
    now: datetime,
    text: str = "",
    document_id: UUID | None = None,
) -> None:
    """Writes one step of a correction into its history."""
    CorrectionTurn.objects.create(
        correction=correction, kind=kind, text=text.strip(), document_id=document_id, due_on=correction.due_on, at=now,
        by_id=person(by),
    )  # fmt: skip


def file_corrected(correction: Correction, form: Form, *, by: Viewer, now: datetime) -> None:
    """Files what an accepted correction says about the controls of its row, and about no other.

    Nothing is filed about a control of which the inspecting body has a newer word, of a later visit.
    """
    visit = correction.visit
    touched = form.questions[correction.entry.item].controls
    later = Visit.objects.filter(institution=visit.institution, started_at__gt=visit.started_at)
    newer = assurance_queries.controls_told_by(
        SourceKind.INSPECTION, [str(one) for one in later.values_list("pk", flat=True)], visit.institution_id
    )
    for control, looks in _looks(visit, form).items():
        if control in touched and control not in newer:
            _file(visit, control, looks, since=now, key=f"visit:{visit.pk}:{control}:{correction.pk}", by=by, now=now)


def _file_seen(visit: Visit, form: Form, *, by: Viewer, now: datetime) -> None:
    """Files what was seen about each control, as of the visit, however late it is closed.

    The inspecting body is one speaker: its newest word stands, of this visit or of a later one.
    """
    assert visit.started_at is not None, "only what began is closed"
    for control, looks in _looks(visit, form).items():
        _file(visit, control, looks, since=visit.started_at, key=f"visit:{visit.pk}:{control}", by=by, now=now)


def _looks(visit: Visit, form: Form) -> dict[str, dict[str, tuple[Seen, datetime]]]:
    """By control and row, what was seen or mended since, and when: of the rows that are asked."""
    assert visit.started_at is not None and visit.closed_at is not None, "evidence is filed of what is over"
    accepted = visit.corrections.filter(state=CorrectionState.ACCEPTED)
    accepted_at = {one.entry.item: one.accepted_at for one in accepted.select_related("entry") if one.accepted_at}
    heads = queries.heads(visit)
    asked = form.asked({item: entry.written() for item, entry in heads.items()}, now=visit.closed_at)
    found: dict[str, dict[str, tuple[Seen, datetime]]] = {}
    for item, entry in heads.items():
        look = Seen(entry.value, is_corrected=item in accepted_at)
        if item not in asked or not look.says_something:
            continue
        for control in form.questions[item].controls:
            found.setdefault(control, {})[item] = look, accepted_at.get(item, visit.started_at)
    known = assurance_queries.subjects(found)
    return {control: looks for control, looks in found.items() if control in known}


def _file(
    visit: Visit,
    control: str,
    looks: Mapping[str, tuple[Seen, datetime]],
    *,
    since: datetime,
    key: str,
    by: Viewer,
    now: datetime,
) -> None:
    """Files one word about one control. It is as fresh as the oldest look that it rests on; nothing where that is
    too long ago."""
    found = finding_of(look for look, _ in looks.values())
    until = min(at for _, at in looks.values()) + timedelta(days=assurance_queries.subject(control).lasts_days)
    if found is None or until <= since:
        return
    finding, strength = found
    source = Source(SourceKind.INSPECTION, str(visit.pk), f"body:{visit.institution.jurisdiction.code}")
    assurance.record_evidence(
        Said(
            control=control, institution_id=visit.institution_id, finding=finding, strength=strength, since=since,
            source=source, until=until, facts={"rows": {item: look.value for item, (look, _) in looks.items()}},
            key=key,
        ),
        by=by.account_id, now=now,
    )  # fmt: skip


def _title(form: Form, item: str) -> dict[str, str]:
    """What the row is called, in both languages."""
    question = form.questions[item]
    return {one: " ".join(part for part in (question.number, question.words.text(one)) if part) for one in ("ja", "en")}


def _tell(visit: Visit, *, now: datetime) -> None:
    """One mail to each manager: the report is there."""
    context = {"on": visit.on, "path": reverse("visits:detail", args=[visit.pk])}
    notifications.queue_mails(
        "inspections/visit_closed",
        to=[
            notifications.Recipient(one.account_id, context, f"visit-closed:{visit.pk}:{one.account_id}")
            for one in people.people_to_tell([visit.institution_id], now=now)
        ],
        now=now,
    )
