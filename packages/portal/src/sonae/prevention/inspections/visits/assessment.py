"""A visit that is closed, as an assessment: what was seen, what follows, and how far what is to be mended is."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from sonae.core.instruments import queries as instruments
from sonae.core.web import words
from sonae.kernel.decision import ALLOWED, Decision, Refused
from sonae.prevention.inspections.oscal import facts
from sonae.prevention.inspections.oscal.facts import Assessment, Institution, Method, Risk, RiskStatus
from sonae.prevention.inspections.oscal.self_assessment import basis_of
from sonae.prevention.inspections.visits import basis, queries, wording
from sonae.prevention.inspections.visits.basis import Form
from sonae.prevention.inspections.visits.models import Correction, CorrectionTurn, RowEntry, Visit
from sonae.prevention.inspections.visits.vocabulary import (
    CorrectionState,
    CorrectionTurnKind,
    Observation,
    VisitState,
)
from sonae.prevention.inspections.vocabulary import ExportRefusal, RowReadiness

# How something was seen, in the words of OSCAL: with one's own eyes, or by asking. That something was tried out
# (TEST) no row of the checklist records; of what nobody looked at there is no observation.
_METHODS: Mapping[str, Method] = {
    Observation.IN_PLACE: Method.EXAMINE,
    Observation.PARTLY: Method.EXAMINE,
    Observation.ABSENT: Method.EXAMINE,
    Observation.NOT_APPLICABLE: Method.INTERVIEW,
}
# What says whether a row is so; that it does not apply, or was not looked at, says neither.
_DECIDED = frozenset({Observation.IN_PLACE, Observation.PARTLY, Observation.ABSENT})
_STATUS: Mapping[CorrectionState, RiskStatus] = {
    CorrectionState.OPEN: RiskStatus.OPEN,
    CorrectionState.SENT_BACK: RiskStatus.OPEN,
    CorrectionState.ANSWERED: RiskStatus.REMEDIATING,
    CorrectionState.ACCEPTED: RiskStatus.CLOSED,
}


def assessment_of(visit: Visit) -> Assessment:
    """What a closed visit found, in the language of the moment. It names no person: the report does.

    The findings stay as they were on the day of the visit; each step of a correction makes a new version.
    """
    assert visit.state == VisitState.CLOSED, "before its end nobody knows what a visit finds"
    form = basis.form_of(visit)
    assert form is not None and visit.started_at is not None and visit.closed_at is not None, "closed"
    rows = _rows(visit, form, closed_at=visit.closed_at)
    corrections = {one.entry.item: one for one in visit.corrections.select_related("entry")}
    turns = CorrectionTurn.objects.filter(correction__visit=visit).exclude(kind=CorrectionTurnKind.ASKED)
    steps = list(turns.order_by("at", "pk").values_list("at", flat=True))
    body = visit.institution.jurisdiction
    said = {
        "institution": visit.institution.name,
        "body": body.name_ja if words.is_japanese() else body.name_en,
        "on": words.jdate(visit.on) if visit.on else "",
    }
    return Assessment(
        key=f"visit:{visit.pk}",
        title=_("On-site inspection of %(institution)s on %(on)s") % said,
        plan_title=_("What is to be mended after the on-site inspection of %(institution)s on %(on)s") % said,
        description=_description(rows, said),
        language=words.language(),
        institution=Institution(visit.institution.register_code, visit.institution.name),
        basis=basis_of(form.edition),
        begun_at=visit.started_at,
        ended_at=visit.closed_at,
        changed_at=max([visit.closed_at, *steps]),
        version=str(len(steps) + 1),
        observations=tuple(one for row in rows for one in _observations(row, form, corrections.get(row.item))),
        findings=tuple(one for row in rows for one in _findings(row, corrections.get(row.item))),
        risks=tuple(_risk(row, corrections[row.item]) for row in rows if row.item in corrections),
    )


def may_be_planned(found: Assessment) -> Decision:
    """Whether there is a plan of action: something is still to be mended."""
    is_open = any(risk.status is not RiskStatus.CLOSED for risk in found.risks)
    return ALLOWED if is_open else Refused(ExportRefusal.NOTHING_OPEN)


class _Row:
    """One row that is asked, with what was written about it and what had been answered."""

    def __init__(self, item: str, form: Form, entry: RowEntry, answer: RowReadiness | None) -> None:
        self.item, self.entry, self.answer = item, entry, answer
        self.title = instruments.title_of(form.plan, item)
        self.controls = form.questions[item].controls

    @property
    def observations(self) -> Iterator[str]:
        """The keys of what was observed before the visit was closed."""
        if self.answer is not None:
            yield f"{self.item}:answered"
        if self.entry.value in _METHODS:
            yield f"{self.item}:seen"


def _rows(visit: Visit, form: Form, *, closed_at: datetime) -> list[_Row]:
    heads, answers = queries.heads(visit), form.answers()
    asked = form.asked({item: entry.written() for item, entry in heads.items()}, now=closed_at)
    return [_Row(id_, form, heads[id_], answers.get(id_)) for id_ in form.questions if id_ in asked and id_ in heads]


def _description(rows: Iterable[_Row], said: Mapping[str, str]) -> str:
    about = _(
        "What the inspectors of %(body)s saw on site, beside what the institution had answered before. The inspection "
        "is there to support the institution."
    )
    unseen = [
        _("Not looked at: %(row)s (%(why)s)") % {"row": row.title, "why": row.entry.note.strip()}
        for row in rows
        if row.entry.value == Observation.NOT_SEEN
    ]
    return "\n".join([about % said, *unseen])


def _observations(row: _Row, form: Form, correction: Correction | None) -> Iterator[facts.Observation]:
    entry = row.entry
    if row.answer is not None:
        assert form.submission is not None, "there are answers"
        yield facts.Observation(
            f"{row.item}:answered", row.title, _("Answered: %(answer)s") % {"answer": wording.answer_words(row.answer)},
            Method.INTERVIEW, form.submission.at,
        )  # fmt: skip
    if entry.value in _METHODS:
        seen = _("Seen on site: %(seen)s") % {"seen": words.of(Observation(entry.value))}
        yield facts.Observation(
            f"{row.item}:seen", row.title, seen, _METHODS[entry.value], entry.recorded_at, entry.note.strip()
        )
    if correction is not None and correction.accepted_at is not None:
        mended = _("What was to be mended is done, by what the institution showed.")
        yield facts.Observation(f"{row.item}:mended", row.title, mended, Method.EXAMINE, correction.accepted_at)


def _findings(row: _Row, correction: Correction | None) -> Iterator[facts.Finding]:
    """What follows for a row: nothing where it does not apply or nobody looked, unless something is to be mended."""
    entry = row.entry
    if entry.value not in _DECIDED and correction is None:
        return
    said = [words.of(Observation(entry.value)), entry.finding.strip()]
    if entry.advice.strip():
        said.append(_("Advice: %(advice)s") % {"advice": entry.advice.strip()})
    mended = [f"{row.item}:mended"] if correction is not None and correction.accepted_at is not None else []
    yield facts.Finding(
        row.item, row.title, "\n".join(filter(None, said)), row.item, entry.value == Observation.IN_PLACE, row.controls,
        (*row.observations, *mended), (row.item,) if correction is not None else (),
    )  # fmt: skip


def _risk(row: _Row, correction: Correction) -> Risk:
    state = CorrectionState(correction.state)
    how_far = _("To be mended by %(day)s: %(state)s")
    return Risk(
        row.item, row.title, row.entry.finding.strip(),
        how_far % {"day": words.jdate(correction.due_on), "state": words.of(state)},
        row.entry.advice.strip(), correction.due_on, _STATUS[state],
    )  # fmt: skip
