"""A visit as a tablet takes it along: everything that is needed without network, in the language of its reader."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sonae.core.assurance.vocabulary import ControlState
from sonae.core.web import words
from sonae.kernel import calendar
from sonae.kernel.decision import Refused
from sonae.prevention.inspections.visits import basis, doubts, rules
from sonae.prevention.inspections.visits.models import RowEntry
from sonae.prevention.inspections.visits.queries import Sheet, SheetRow
from sonae.prevention.inspections.visits.services import Recorded
from sonae.prevention.inspections.visits.vocabulary import EntryRefused, Observation
from sonae.prevention.inspections.visits.wording import answer_words, cover_words, team_of

# Counts changes of the shape; a tablet with an older page loads itself anew.
SHAPE = 1


def packed(sheet: Sheet, *, now: datetime) -> dict[str, Any]:
    """The visit with all its rows (shape: ADR 0023)."""
    visit = sheet.visit
    return {
        "shape": SHAPE,
        "as_of": now.isoformat(),
        "revision": visit.revision,
        "visit": {
            "id": str(visit.pk),
            "state": visit.state,
            "on": visit.on.isoformat() if visit.on else None,
            "institution": {"code": visit.institution.register_code, "name": visit.institution.name},
            "team": team_of(visit),
        },
        "choices": [{"value": one.value, "label": words.of(one)} for one in Observation],
        "sections": [{"title": part.title, "items": [_item(row, sheet) for row in part.rows]} for part in sheet.parts],
        "conflicts": [conflict_of(one, row.entry) for row in sheet.rows for one in row.conflicts],
        "signatures": [
            {"id": str(one.pk), "side": one.side, "name": one.name, "signed_at": one.signed_at.isoformat()}
            for one in visit.signatures.filter(voided_at=None)
        ],
    }


def answered(found: Recorded, *, refused: tuple[EntryRefused, ...] = ()) -> dict[str, Any]:
    """What became of a batch; `refused` are entries that could not even be read."""
    return {
        "kept": [str(one) for one in found.kept],
        "already": [str(one) for one in found.already],
        "conflicts": [conflict_of(one, found.heads.get(one.item)) for one in found.conflicts],
        "refused": [
            {
                "entry": str(one.entry),
                "item": one.item,
                "reason": one.reason.value,
                "message": words.of(Refused(one.reason, one.facts)),
            }
            for one in (*refused, *found.refused)
        ],
        "items": {item: observed(entry) for item, entry in found.heads.items()},
        "revision": found.revision,
    }


def conflict_of(entry: RowEntry, head: RowEntry | None) -> dict[str, Any]:
    """Both sides of a conflict, under the id by which it is decided: that of the entry."""
    mine = observed(entry)
    del mine["revision"]
    return {
        "id": str(entry.pk),
        "entry": str(entry.pk),
        "item": entry.item,
        "mine": mine,
        "theirs": None if head is None else observed(head),
    }


def observed(entry: RowEntry) -> dict[str, Any]:
    """What an entry says about its row."""
    return {
        "value": entry.value,
        "note": entry.note,
        "finding": entry.finding,
        "advice": entry.advice,
        "due_on": entry.due_on.isoformat() if entry.due_on else None,
        "revision": entry.revision or 0,
        "by": str(entry.recorded_by),
        "at": entry.recorded_at.isoformat(),
    }


def _item(row: SheetRow, sheet: Sheet) -> dict[str, Any]:
    submission = sheet.form.submission
    answer: Mapping[str, Any] | None = None
    if row.answer is not None and submission is not None:
        answer = {"text": answer_words(row.answer), "as_of": submission.at.isoformat()}
    return {
        "id": row.question.id,
        "number": row.question.number,
        "text": row.question.words.text(words.language()),
        "is_asked": row.is_asked,
        "self_answer": answer,
        "evidence": [_cover(name, state) for name, state in row.covers],
        # Words for every choice, because the tablet chooses without network.
        "against": doubts.of_seeing(row),
        "doubts": doubts.of_evidence(row),
        # After which observations a finding is asked for before the visit can be closed.
        "wants_finding": sorted(rules.UNMET) if basis.is_measure(row.question) else [],
        "observed": None if row.entry is None else observed(row.entry),
        "photos": [str(one.pk) for one in row.photos],
    }


def _cover(control: str, state: ControlState) -> dict[str, Any]:
    until = state.leading.until if state.leading else None
    return {
        "text": cover_words(control, state),
        "until": calendar.last_day_before(until).isoformat() if until else None,
    }
