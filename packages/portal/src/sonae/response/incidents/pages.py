"""What the pages of an incident show, put together from queries and rules."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.forms import BaseForm
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.duties import asides
from sonae.core.duties.models import Duty
from sonae.core.institutions import offices
from sonae.core.institutions.vocabulary import Population
from sonae.core.web import components, words
from sonae.core.web.vocabulary import WebRefusal
from sonae.kernel.decision import Decision, Refused
from sonae.kernel.errors import BadInput, Gone, Problem
from sonae.prevention.detection.vocabulary import Extraction
from sonae.prevention.sharing import queries as sharing
from sonae.prevention.sharing.vocabulary import IndicatorKind
from sonae.response.incidents import first_steps, forms, onward, queries, rules
from sonae.response.incidents.models import Incident, IncidentIndicator, Statement, TimelineEntry
from sonae.response.incidents.vocabulary import (
    AffectedSystem,
    CareImpact,
    Concerned,
    EntryKind,
    Field,
    Leak,
    Phase,
    Severity,
    StepAnswer,
    TimeKind,
)

_TONES = {
    Severity.OPEN: components.Tone.WARNING,
    Severity.LOW: components.Tone.INFO,
    Severity.SERIOUS: components.Tone.WARNING,
    Severity.GRAVE: components.Tone.DANGER,
}


def one_or_gone(rows: QuerySet[Incident], pk: UUID) -> Incident:
    found = rows.filter(pk=pk).select_related("institution__jurisdiction").first()
    if found is None:
        raise Gone("incident", pk)
    return found


def receipt(incident: Incident, *, viewer: Viewer) -> dict[str, Any]:
    """The page after the report: what was really done with it, and whom to call all the same."""
    may_read = access.may(viewer, Permission.INCIDENT_READ, at=places.place_of_institution(incident.institution_id))
    return {
        "incident": incident,
        "may_read": may_read.ok,
        "told": _told_whom(incident),
        "call_back": queries.call_back_of(incident.pk),
        "offices": offices_to_call(incident),
        **first_steps_in_words(),
    }


def receipt_report(incident: Incident, *, now: datetime) -> dict[str, Any]:
    """The receipt as a paper (`documents/report`), for the file of whoever reported and for a portal that is down."""
    steps = first_steps_in_words()
    told = [(row["name"], _sent_in_words(row["count"])) for row in _told_whom(incident)]
    to_call = [
        (office["name"], office["phone"] or office["url"] or _("No number is recorded here."))
        for office in offices_to_call(incident)
    ]
    first = [f"{number}. {step['title']}: {step['how']}" for number, step in enumerate(steps["first_steps"], 1)]
    return {
        "title": _("Incident %(number)s is registered") % {"number": incident.number},
        "subtitle": incident.institution.name,
        "as_of": now,
        "source": steps["source"],
        "synthetic": incident.institution.is_synthetic,
        "sections": [
            {
                "facts": [
                    (_("Number"), incident.number),
                    (_("Time of the report"), incident.registered_at),
                    (_("Exercise"), incident.is_drill),
                ]
            },
            *([{"heading": _("Who is told"), "facts": told}] if told else []),
            *([] if incident.is_drill else [{"heading": _("Whom to call"), "facts": to_call}]),
            {"heading": _("What to do first, in this order"), "paragraphs": first},
        ],
    }


def _sent_in_words(count: int) -> str:
    if not count:
        return _("Nobody is registered.")
    return ngettext("A message to %(shown)s person was queued.", "Messages to %(shown)s people were queued.", count) % {
        "shown": words.number(count)
    }


def offices_to_call(incident: Incident) -> list[dict[str, Any]]:
    """The bodies that are called about this incident, in the reader's language; some with no number known."""
    body = incident.institution.jurisdiction
    found = list(offices.to_call(body.code))
    if not any(office.jurisdiction for office in found):
        nameless = offices.Office(
            id=offices.INSPECTING_BODY, name_ja=body.name_ja, name_en=body.name_en, source_ja="", source_en="",
            as_of=body.as_of, jurisdiction=body.code,
        )  # fmt: skip
        found.insert(1, nameless)
    return [_office(office) for office in found]


def beside_duty(duty: Duty) -> asides.Aside | None:
    """The numbers to call, for an institution that owes something about a real incident."""
    if duty.institution_id is None:
        return None
    try:
        incident_id = UUID(duty.subject_id)
    except ValueError:
        return None
    owed_here = Incident.objects.filter(institution_id=duty.institution_id, is_drill=False)
    incident = owed_here.filter(pk=incident_id).select_related("institution__jurisdiction").first()
    if incident is None:
        return None
    return asides.Aside(_("Whom to call"), "incidents/beside_duty.html", {"offices": offices_to_call(incident)})


def _office(office: offices.Office) -> dict[str, Any]:
    japanese = words.is_japanese()
    return {
        "name": office.name_ja if japanese else office.name_en,
        "what_for": office.what_for_ja if japanese else office.what_for_en,
        "source": office.source_ja if japanese else office.source_en,
        "phone": office.phone,
        "dialled": office.dialled,
        "url": office.url,
        "as_of": office.as_of,
        "unverified": not office.is_confirmed,
    }


def _told_whom(incident: Incident) -> list[dict[str, Any]]:
    """Each body with the number of its people to whom a message was queued; empty where nobody wrote that down."""
    told = queries.told_of(incident.pk) or {}
    named = {Concerned.INSPECTING_BODY: _name_of_body(incident)}
    return [
        {
            "name": named.get(concerned) or words.of(concerned),
            "count": count,
            "should_call": not count and concerned in (Concerned.MINISTRY, Concerned.INSPECTING_BODY),
        }
        for concerned, count in told.items()
    ]


def _name_of_body(incident: Incident) -> str:
    body = incident.institution.jurisdiction
    return body.name_ja if words.is_japanese() else body.name_en


def first_steps_in_words() -> dict[str, Any]:
    """The first steps in the reader's language, and where their order comes from."""
    edition = first_steps.shipped()
    japanese = words.is_japanese()
    return {
        "edition": edition,
        "source": edition.source_ja if japanese else edition.source_en,
        "first_steps": [
            {"title": step.title_ja, "how": step.how_ja} if japanese else {"title": step.title_en, "how": step.how_en}
            for step in edition.steps
        ],
    }


def detail(
    incident: Incident,
    *,
    viewer: Viewer,
    now: datetime,
    opened: str = "",
    typed: forms.TypedIndicatorsForm | None = None,
) -> dict[str, Any]:
    """The page of one incident; `opened` names the folded group that stands open when the page comes."""
    at = places.place_of_institution(incident.institution_id)
    may_change = access.may(viewer, Permission.INCIDENT_CHANGE, at=at)
    said = queries.statements_of(incident.pk)
    steps = [_step(state) for state in queries.steps_of(incident.pk)]
    return {
        "opened": opened,
        "incident": incident,
        "phase": Phase(incident.phase),
        "severity": incident.severity,
        "severity_tone": _TONES[incident.severity],
        "may_change": may_change.ok,
        "is_ended": Phase(incident.phase) in rules.ENDED,
        **first_steps_in_words(),
        "steps": steps,
        "answered": sum(1 for step in steps if step["answer"]),
        "answers": list(StepAnswer),
        "statements": [_statement(field, said.get(field)) for field in Field if field in said or field is Field.LEAK],
        "moments": [_moment(incident, kind, row) for kind, row in queries.moments_of(incident.pk).items()],
        "duties": _duties(incident, viewer),
        "call_back": queries.call_back_of(incident.pk),
        "offices": offices_to_call(incident),
        "onward": onward.links_from(incident, viewer=viewer, now=now),
        "now": now,
        "indicators": [_indicator(row, incident) for row in queries.indicators_of(incident.pk)],
        "timeline": [_entry(entry) for entry in queries.timeline_of(incident.pk)],
        "possible": [
            (after, rules.needs_reason(Phase(incident.phase), after), _may_take(after, decision, viewer, at))
            for after, decision in queries.possible_steps(incident)
        ],
        "state_form": forms.StateForm(
            initial={"leak": Leak.UNKNOWN} | {field.value: row.value for field, row in said.items()}
        ),
        "note_form": forms.NoteForm(),
        "typed_form": typed or forms.TypedIndicatorsForm(),
        "file_form": forms.EventFileForm(),
        "synthetic": incident.institution.is_synthetic,
    }  # fmt: skip


def extraction(incident: Incident, found: Extraction) -> dict[str, Any]:
    """What was read in a file, each line to be ticked by a person."""
    population = _population(incident)
    rows = [
        {
            "choice": f"{each.kind}|{', '.join(each.signatures)[:300].replace('|', '/')}|{each.value}",
            "kind": each.kind,
            "value": each.value,
            "count": each.count,
            "signatures": each.signatures[:3],
            "decision": sharing.may_publish(each.kind, each.value, population=population),
        }
        for each in found.found
    ]
    return {"incident": incident, "found": found, "rows": rows, "problems": found.problems[:20]}


def insist_on(form: BaseForm) -> None:
    """Goes on only with a valid form; raises what is wrong with one that has no page of its own to say it on."""
    if not form.is_valid():
        raise BadInput(
            [
                Problem(WebRefusal.FIELD_INVALID, field=str(form.fields[name].label or name), facts={"why": str(error)})
                for name, errors in form.errors.items()
                for error in errors
            ]
        )


def _may_take(after: Phase, decision: Decision, viewer: Viewer, at: Any) -> Decision:
    permission = Permission.INCIDENT_CLOSE if after is Phase.CLOSED else Permission.INCIDENT_CHANGE
    allowed = access.may(viewer, permission, at=at)
    return decision if allowed.ok else allowed


def _population(incident: Incident) -> Population:
    return Population.SYNTHETIC if incident.institution.is_synthetic else Population.REAL


def _step(state: queries.StepState) -> dict[str, Any]:
    step = state.step
    title, how = (step.title_ja, step.how_ja) if words.is_japanese() else (step.title_en, step.how_en)
    return {"id": step.id, "title": title, "how": how, "answer": state.answer, "answered_at": state.answered_at}


def _duties(incident: Incident, viewer: Viewer) -> list[Duty]:
    """What is owed because of the incident, as far as this viewer may open it."""
    about = Q(hangs_on="incident", hangs_on_id=str(incident.pk)) | Q(subject="incident", subject_id=str(incident.pk))
    found = Duty.objects.visible_to(viewer).open().filter(about)
    return list(found.select_related("institution", "jurisdiction").order_by("due_at", "pk"))


def _statement(field: Field, row: Statement | None) -> dict[str, Any]:
    if row is None:
        return {"field": field, "value": _("Not asked yet"), "at": None, "by": ""}
    return {"field": field, "value": _value(field, row.value), "at": row.stated_at, "by": row.stated_by.name}


def _value(field: Field, value: Any) -> str:
    match field:
        case Field.SYSTEMS:
            return _(", ").join(words.of(AffectedSystem(one)) for one in value) or "–"
        case Field.CARE:
            return words.of(CareImpact(value))
        case Field.LEAK:
            return words.of(Leak(value))
    return str(value) or "–"


def _moment(incident: Incident, kind: TimeKind, row: Any) -> dict[str, Any]:
    # The report does not ask when it happened: nobody has said that this is unknown.
    if kind is TimeKind.OCCURRED and row.at is None and row.stated_at == incident.registered_at:
        return {"kind": kind, "at": None, "is_asked": False}
    return {
        "is_asked": True,
        "kind": kind,
        "at": row.at,
        "as_of": row.stated_at,
        "precision": row.precision,
        "source": row.source,
    }


def _indicator(row: IncidentIndicator, incident: Incident) -> dict[str, Any]:
    kind = IndicatorKind(row.kind)
    decision = sharing.may_publish(kind, row.value, population=_population(incident))
    return {"row": row, "kind": kind, "warning": decision if isinstance(decision, Refused) else None}


def _entry(entry: TimelineEntry) -> components.Moment:
    kind = EntryKind(entry.kind)
    return components.Moment(
        at=entry.written_at, title=words.of(kind), text=_told(kind, entry), by=entry.written_by.name,
        tone=components.Tone.INFO if kind is EntryKind.PHASE else components.Tone.NEUTRAL,
    )  # fmt: skip


def _told(kind: EntryKind, entry: TimelineEntry) -> str:
    facts = entry.facts
    match kind:
        case EntryKind.REPORTED if facts.get("told"):
            told = [
                _("%(who)s: %(count)s") % {"who": words.of(Concerned(who)), "count": words.number(count)}
                for who, count in facts["told"].items()
            ]
            return _("Messages were queued. %(told)s") % {"told": _(", ").join(told)}
        case EntryKind.PHASE:
            step = {
                "before": words.of(Phase(facts["before"])),
                "after": words.of(Phase(facts["after"])),
                "why": entry.text,
            }
            return (_("%(before)s → %(after)s. %(why)s") % step).strip()
        case EntryKind.STATED:
            field = Field(facts["field"])
            return _("%(field)s: %(value)s") % {"field": words.of(field), "value": _value(field, facts["value"])}
        case EntryKind.STEP:
            return _("%(field)s: %(value)s") % {
                "field": _title_of(facts["step"]),
                "value": words.of(StepAnswer(facts["answer"])),
            }
        case EntryKind.TIME:
            at = datetime.fromisoformat(facts["at"]) if facts["at"] else None
            return _("%(field)s: %(value)s") % {"field": words.of(TimeKind(facts["kind"])), "value": words.readable(at)}
        case EntryKind.INDICATORS:
            return _("Values: %(count)s") % {"count": words.number(facts["count"])}
    return entry.text


def _title_of(step_id: str) -> str:
    steps = {step.id: step for step in first_steps.shipped().steps}
    step = steps.get(step_id)
    if step is None:
        return step_id
    return step.title_ja if words.is_japanese() else step.title_en
