"""When a self-check is ready to be shown: every row that is asked is answered and dated, and every no says until when.

Source: the ministry's manual to the cybersecurity checklist (see the citation of each form). All yes is not needed.
"""

from collections.abc import Iterable

from sonae.core.instruments.vocabulary import FindingReason, LinkState, ResponseState
from sonae.prevention.inspections.vocabulary import (
    Lack,
    Readiness,
    RowFacts,
    RowReadiness,
    RowStanding,
    SheetStanding,
)


def readiness(rows: Iterable[RowFacts], lacks: Iterable[Lack]) -> Readiness:
    """How far a self-check is: its rows in the order of the form, and what the re-check found about its answers.

    What is left over of rows that are not asked any more lacks nothing: nobody is going to read it. What belongs to no
    row, or to the form as a whole, comes first.
    """
    counting = [one for one in lacks if one.reason is not FindingReason.NOT_RELEVANT]
    found = tuple(_row(row, tuple(one for one in counting if one.question == row.question)) for row in rows)
    order = {row.question: number for number, row in enumerate(found)}
    return Readiness(found, tuple(sorted(counting, key=lambda one: order.get(one.question, -1))))


def sheet_standing(state: ResponseState | None, *, link: LinkState | None) -> SheetStanding:
    """How far the form of a vendor is: what became of its response, and of the link that was sent last."""
    match state:
        case None:
            return SheetStanding.NOT_BEGUN
        case ResponseState.SUBMITTED | ResponseState.ACCEPTED:
            return SheetStanding.HANDED_IN
    match link:
        case None:
            return SheetStanding.RETURNED if state is ResponseState.RETURNED else SheetStanding.NOT_ASKED
        case LinkState.OPENED:
            return SheetStanding.OPENED
        case LinkState.SENT:
            return SheetStanding.ASKED
    return SheetStanding.OUT_OF_REACH


def _row(row: RowFacts, lacks: tuple[Lack, ...]) -> RowReadiness:
    if not row.is_asked:
        return RowReadiness(row.question, RowStanding.NOT_ASKED)
    return RowReadiness(row.question, _standing(row, lacks), row.answer, row.checked_on, row.target_on, lacks)


def _standing(row: RowFacts, lacks: tuple[Lack, ...]) -> RowStanding:
    if lacks:
        return RowStanding.LACKING
    return RowStanding.COMPLETE if row.is_answered else RowStanding.MAY_STAY_EMPTY
