"""Reads of visits: how the rows stand, what is in dispute, and what still keeps a visit from its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission, Place
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import catalogue
from sonae.core.assurance import queries as assurance
from sonae.core.assurance.vocabulary import ControlState
from sonae.core.institutions.models import Institution
from sonae.core.instruments import queries as instruments
from sonae.core.instruments.definition import Question
from sonae.core.web import words
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import Refused
from sonae.prevention.inspections.visits import basis, rules
from sonae.prevention.inspections.visits.basis import Form
from sonae.prevention.inspections.visits.models import RowEntry, Visit, VisitPhoto
from sonae.prevention.inspections.visits.vocabulary import (
    ClosingFacts,
    RowStands,
    Side,
    VisitFacts,
    VisitState,
    Written,
)
from sonae.prevention.inspections.vocabulary import RowReadiness


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a visit: what was answered beside what was seen, and everything that belongs to it."""

    question: Question
    label: str
    is_asked: bool
    answer: RowReadiness | None
    covers: tuple[tuple[str, ControlState], ...]
    entry: RowEntry | None
    conflicts: tuple[RowEntry, ...]
    photos: tuple[VisitPhoto, ...]

    @property
    def written(self) -> Written:
        return Written() if self.entry is None else self.entry.written()

    @property
    def revision(self) -> int:
        return 0 if self.entry is None or self.entry.revision is None else self.entry.revision


@dataclass(frozen=True, slots=True)
class Part:
    """A page of the form with its rows."""

    leaf: int
    title: str
    rows: tuple[SheetRow, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A visit with all its rows, as its inspectors read it."""

    visit: Visit
    form: Form
    parts: tuple[Part, ...]
    blocks: tuple[Refused, ...]

    @property
    def rows(self) -> tuple[SheetRow, ...]:
        return tuple(row for part in self.parts for row in part.rows)


def inspected_by(visit: Visit, viewer: Viewer) -> bool:
    """Whether this viewer reads the visit from the side of whoever inspects."""
    return visit.institution.jurisdiction_id in access.reach(viewer, Permission.INSPECTION_READ).jurisdiction_ids


def facts(visit: Visit) -> VisitFacts:
    """What the rules ask of a visit."""
    has_records = visit.entries.exists() or visit.photos.exists()
    return VisitFacts(VisitState(visit.state), visit.fiscal_year, visit.on, visit.members.exists(), has_records)


def heads(visit: Visit) -> dict[str, RowEntry]:
    """The entry that each row says; rows of which nobody wrote are left out."""
    return {entry.item: entry for entry in visit.entries.counted().select_related("recorded_by")}


def conflicts(visit: Visit) -> list[RowEntry]:
    """What nobody has decided yet, the oldest first."""
    return list(visit.entries.disputed().select_related("recorded_by"))


def closing(visit: Visit, form: Form, *, now: datetime) -> ClosingFacts:
    """What the rule of closing asks of a visit."""
    written = {item: entry.written() for item, entry in heads(visit).items()}
    asked = form.asked(written, now=now)
    signed = frozenset(Side(one) for one in visit.signatures.filter(voided_at=None).values_list("side", flat=True))
    rows = tuple(
        RowStands(
            item, instruments.title_of(form.plan, item), item in asked, written.get(item, Written()),
            is_measure=basis.is_measure(question),
        )
        for item, question in form.questions.items()
    )  # fmt: skip
    return ClosingFacts(VisitState(visit.state), visit.on, jst_day(now), rows, len(conflicts(visit)), signed)


def sheet(visit: Visit, *, viewer: Viewer, now: datetime) -> Sheet | None:
    """A visit with all its rows; nothing where no form is there to look by."""
    form = basis.form_of(visit)
    if form is None:
        return None
    found = heads(visit)
    disputed, photos = conflicts(visit), list(visit.photos.select_related("document", "added_by"))
    asked = form.asked({item: entry.written() for item, entry in found.items()}, now=now)
    answers, states = form.answers(), _states(visit.institution, viewer, now=now)

    rows = {
        id_: SheetRow(
            question, instruments.title_of(form.plan, id_), id_ in asked, answers.get(id_),
            tuple((name, states[name]) for name in question.controls if name in states), found.get(id_),
            tuple(one for one in disputed if one.item == id_), tuple(one for one in photos if one.item == id_),
        )
        for id_, question in form.questions.items()
    }  # fmt: skip
    return Sheet(visit, form, _parts(form, rows), rules.may_close(closing(visit, form, now=now)))


def _parts(form: Form, rows: Mapping[str, SheetRow]) -> tuple[Part, ...]:
    language = words.language()
    found = []
    for leaf in form.pages:
        title = " ".join(part for part in (leaf.printed_number, leaf.words.text(language)) if part)
        inside = tuple(rows[line.item.id] for line in leaf.lines if line.item.id in rows)
        if inside:
            found.append(Part(leaf.number, title, inside))
    return tuple(found)


def _states(institution: Institution, viewer: Viewer, *, now: datetime) -> Mapping[str, ControlState]:
    """How the controls stand; what only the institution reads is left out, whoever looks."""
    place = Place(institution_id=institution.pk, jurisdiction_id=institution.jurisdiction_id)
    if not access.may(viewer, Permission.EVIDENCE_READ, at=place).ok:
        return {}
    found = assurance.states_of(institution.pk, now=now)
    return {name: state for name, state in found.items() if name not in catalogue.kept_inside()}
