"""What the pages of one visit, one row and one correction show."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission, Place
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import catalogue
from sonae.core.instruments import queries as instruments
from sonae.core.web import words
from sonae.core.web.components import Moment
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import Decision
from sonae.prevention.inspections.pages import year_form
from sonae.prevention.inspections.visits import basis, doubts, queries, rules, services
from sonae.prevention.inspections.visits.basis import Form
from sonae.prevention.inspections.visits.forms import (
    AnswerForm,
    ArrangeForm,
    CancelForm,
    MoveForm,
    PhotoForm,
    RowForm,
    SendBackForm,
    SignatureForm,
)
from sonae.prevention.inspections.visits.models import Correction, RowEntry, Visit
from sonae.prevention.inspections.visits.queries import Sheet, SheetRow
from sonae.prevention.inspections.visits.vocabulary import (
    CorrectionState,
    CorrectionTurnKind,
    Observation,
    Side,
    TurnKind,
    VisitState,
)
from sonae.prevention.inspections.visits.wording import (
    answer_words,
    cover_words,
    form_words,
    signer_words,
    team_of,
    year_words,
)

MENDED_WITHIN = timedelta(days=30)


def anchor(item: str) -> str:
    """The place of a row on the page of its visit."""
    return f"row-{item.replace('/', '-')}"


def visit_page(
    visit: Visit,
    viewer: Viewer,
    *,
    now: datetime,
    arrange_form: ArrangeForm | None = None,
    move_form: MoveForm | None = None,
    cancel_form: CancelForm | None = None,
    sign_form: SignatureForm | None = None,
) -> dict[str, Any]:
    """Everything that the page of a visit says to whoever inspects."""
    sheet = queries.sheet(visit, viewer=viewer, now=now)
    may_conduct = access.may(viewer, Permission.INSPECTION_CONDUCT, at=_place(visit))
    state, facts, today = VisitState(visit.state), queries.facts(visit), jst_day(now)
    return {
        "visit": visit,
        "facts": visit_facts(visit),
        "state": state.value,
        "state_words": words.of(state),
        "may_conduct": may_conduct,
        "is_ahead": state in rules.AHEAD,
        "may_start": rules.may_start(facts, today=today),
        "may_cancel": rules.may_be_cancelled(facts).ok,
        "may_announce": may_announce(visit, today=today, now=now),
        "arrange_form": arrange_form or _arrange_form(visit, now=now),
        "move_form": move_form or MoveForm(),
        "cancel_form": cancel_form or CancelForm(),
        "sign_form": sign_form or SignatureForm(initial={"seen": visit.revision}),
        "parts": [(part.title, [row_line(visit, row) for row in part.rows]) for part in sheet.parts] if sheet else [],
        "blocks": sheet.blocks if sheet else (),
        "form": form_facts(sheet.form) if sheet else None,
        "year_form": year_form.to_inspector(visit.fiscal_year, sheet.form.edition) if sheet else None,
        "signatures": signatures(visit),
        "history": list(history(visit)),
        "corrections": corrections(visit),
        "preparation": preparation(visit, sheet),
    }


def own_page(visit: Visit, viewer: Viewer, *, now: datetime) -> dict[str, Any]:
    """What an institution reads of its own visit: when it is and, once it is closed, what was seen."""
    is_closed = visit.state == VisitState.CLOSED
    sheet = queries.sheet(visit, viewer=viewer, now=now)
    return {
        "visit": visit,
        "facts": visit_facts(visit),
        "state": visit.state,
        "state_words": words.of(VisitState(visit.state)),
        "parts": [(part.title, [row_line(visit, row) for row in part.rows]) for part in sheet.parts]
        if sheet and is_closed
        else [],
        "form": form_facts(sheet.form) if sheet else None,
        "year_form": year_form.to_inspector(visit.fiscal_year, sheet.form.edition) if sheet else None,
        "signatures": signatures(visit) if is_closed else [],
        "corrections": corrections(visit) if is_closed else [],
        "history": list(history(visit, told_only=True)),
        "preparation": preparation(visit, sheet),
    }


def row_page(visit: Visit, row: SheetRow, *, form: RowForm, photo_form: PhotoForm) -> dict[str, Any]:
    """Everything that the page of one row says."""
    return {
        "visit": visit,
        "row": row_line(visit, row),
        "form": form,
        "photo_form": photo_form,
        "is_open": visit.state in rules.OPEN,
        "is_under_way": visit.state == VisitState.UNDER_WAY,
        "conflicts": [
            {"id": one.pk, "mine": said(one), "theirs": said(row.entry), "seen": row.revision} for one in row.conflicts
        ],
        "earlier": [
            Moment(
                one.recorded_at,
                words.of(Observation(one.value)) if one.value else "–",
                text=_texts(one),
                by=str(one.recorded_by),
            )
            for one in visit.entries.filter(item=row.question.id)
            .select_related("recorded_by")
            .order_by("-received_at", "-id")
        ],
    }


def row_line(visit: Visit, row: SheetRow) -> dict[str, Any]:
    """One row in words."""
    return {
        "id": row.question.id,
        "anchor": anchor(row.question.id),
        "label": row.label,
        "is_asked": row.is_asked,
        "href": reverse("visits:row", args=[visit.pk, row.question.id]),
        "answer": answer_words(row.answer) if row.answer else "",
        "covers": [
            (cover_words(name, state), jst_day(state.leading.until) if state.leading and state.leading.until else None)
            for name, state in row.covers
        ],
        "seen": said(row.entry),
        "doubts": doubts.of(row),
        "conflicts": len(row.conflicts),
        "photos": [(reverse("documents:detail", args=[one.document_id]), one.added_at) for one in row.photos],
    }


def said(entry: RowEntry | None) -> dict[str, Any] | None:
    """What an entry says, in words."""
    if entry is None:
        return None
    return {
        "value": words.of(Observation(entry.value)) if entry.value else "",
        "note": entry.note,
        "finding": entry.finding,
        "advice": entry.advice,
        "due_on": entry.due_on,
        "by": str(entry.recorded_by),
        "at": entry.recorded_at,
    }


def visit_facts(visit: Visit) -> list[tuple[str, object]]:
    """When, who, by which law: the head of the page and of the report."""
    return [
        (_("Institution"), f"{visit.institution.name} ({visit.institution.register_code})"),
        (_("Fiscal year"), year_words(visit.fiscal_year)),
        (_("Day of the visit"), visit.on),
        (_("Who goes"), "、".join(team_of(visit)) or None),
        (_("State"), VisitState(visit.state)),
    ]


def form_facts(form: Form) -> dict[str, Any]:
    """By which form the visit looks, and since when what was answered stands."""
    source = form.plan.instrument.source
    return {
        "title": form_words(form.edition),
        "submitted_at": form.submission.at if form.submission else None,
        "source": catalogue.in_language(source.title) if source else "",
        "url": source.url if source else "",
        "as_of": source.as_of if source else None,
        "unverified": source.unverified if source else False,
    }


def signatures(visit: Visit) -> list[tuple[str, str, datetime]]:
    """Who signed for which side, of the signatures in force."""
    in_force = visit.signatures.filter(voided_at=None).select_related("kept_by")
    return [(words.of(Side(one.side)), signer_words(one), one.signed_at) for one in in_force]


def corrections(visit: Visit) -> list[dict[str, Any]]:
    """What was found and is to be mended, with how far each is."""
    return [
        {
            "href": reverse("visits:correction", args=[one.pk]),
            "finding": one.entry.finding,
            "state": words.of(CorrectionState(one.state)),
            "due_on": one.due_on,
        }
        for one in visit.corrections.select_related("entry")
    ]


def history(visit: Visit, *, told_only: bool = False) -> Iterator[Moment]:
    """The steps of a visit, the newest first; an institution reads those that it was told of."""
    inside = (TurnKind.PLANNED, TurnKind.ARRANGED) if told_only else ()
    for turn in visit.turns.select_related("by"):
        if turn.kind in inside:
            continue
        moved = turn.on_before != turn.on_after and turn.on_after is not None
        day = _("to %(day)s") % {"day": words.jdate(turn.on_after)} if moved and turn.on_after else ""
        yield Moment(
            turn.at, words.of(TurnKind(turn.kind)), text=" – ".join(filter(None, (day, turn.why))),
            by="" if told_only else str(turn.by),
        )  # fmt: skip


def preparation(visit: Visit, sheet: Sheet | None) -> str:
    """The way to the page on which the institution prepares."""
    if sheet is None or sheet.form.edition.fiscal_year is None:
        return ""
    return reverse("inspections:preparation", args=[visit.institution_id, sheet.form.edition.fiscal_year])


def may_announce(visit: Visit, *, today: date, now: datetime) -> Decision:
    """Whether the institution may be told now."""
    return rules.may_announce(queries.facts(visit), people_to_tell=services.count_to_tell(visit, now=now), today=today)


def correction_page(
    correction: Correction,
    viewer: Viewer,
    *,
    now: datetime,
    answer_form: AnswerForm | None = None,
    back_form: SendBackForm | None = None,
) -> dict[str, Any]:
    """Everything that the page of one correction says, to whichever side reads it."""
    visit, state = correction.visit, CorrectionState(correction.state)
    form = basis.form_of(visit)
    assert form is not None, "a closed visit has a form"
    with_institution = state in (CorrectionState.OPEN, CorrectionState.SENT_BACK)
    return {
        "correction": correction,
        "visit": visit,
        "label": instruments.title_of(form.plan, correction.entry.item),
        "facts": [
            (_("Institution"), visit.institution.name),
            (_("Day of the visit"), visit.on),
            (_("To be mended by"), correction.due_on),
            (_("State"), state),
        ],
        "is_overdue": with_institution and correction.due_on < jst_day(now),
        "may_answer": with_institution and access.may(viewer, Permission.INSPECTION_CORRECT, at=_place(visit)).ok,
        "may_decide": state is CorrectionState.ANSWERED
        and access.may(viewer, Permission.INSPECTION_CONDUCT, at=_place(visit)).ok,
        "answer_form": answer_form or AnswerForm(),
        "back_form": back_form or SendBackForm(initial={"due_on": jst_day(now) + MENDED_WITHIN}),
        "history": [
            Moment(
                turn.at, words.of(CorrectionTurnKind(turn.kind)), text=turn.text, by=str(turn.by),
                href=reverse("documents:detail", args=[turn.document_id]) if turn.document_id else "",
            )
            for turn in correction.turns.select_related("by")
        ],
    }  # fmt: skip


def _arrange_form(visit: Visit, *, now: datetime) -> ArrangeForm:
    team = [str(one) for one in visit.members.values_list("account_id", flat=True)]
    known = {"on": visit.on, "team": team, "companions": visit.companions}
    return ArrangeForm(initial=known, inspectors=services.may_join(visit, now=now))


def _texts(entry: RowEntry) -> str:
    return " – ".join(filter(None, (entry.note, entry.finding, entry.advice)))


def _place(visit: Visit) -> Place:
    return Place(institution_id=visit.institution_id, jurisdiction_id=visit.institution.jurisdiction_id)
