"""What changed between two states of an institution's row."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from sonae.core.institutions.models import ImportRun, Institution, InstitutionChange
from sonae.core.institutions.vocabulary import ChangedField, InstitutionStatus


@dataclass(frozen=True, slots=True)
class State:
    """The part of an institution's row whose changes are kept; the inspecting body by its code."""

    kind: str
    prefecture: str
    municipality: str
    jurisdiction: str
    address: str
    status: str


def state_of(institution: Institution, *, jurisdiction: str) -> State:
    """The present state of a row, saved or not."""
    return State(
        kind=institution.kind,
        prefecture=institution.prefecture,
        municipality=institution.municipality,
        jurisdiction=jurisdiction,
        address=institution.address,
        status=institution.status,
    )


def status_of(vanished_on: dt.date | None) -> InstitutionStatus:
    return InstitutionStatus.VANISHED if vanished_on else InstitutionStatus.LISTED


def differences(
    institution_id: int,
    before: State,
    after: State,
    *,
    as_of: dt.date,
    now: dt.datetime,
    run: ImportRun | None,
) -> Iterator[InstitutionChange]:
    """An unsaved change for each field that differs."""
    for field in ChangedField:
        was, is_now = getattr(before, field), getattr(after, field)
        if was != is_now:
            yield InstitutionChange(
                institution_id=institution_id,
                field=field,
                before=was,
                after=is_now,
                as_of=as_of,
                import_run=run,
                recorded_at=now,
            )
