"""A response by workbook: taken back with every changed answer, or not at all (`queries.workbook_of` hands it out)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.instruments import checks, queries
from sonae.core.instruments.answer_book import reader
from sonae.core.instruments.answer_book.reader import Cellname, Place
from sonae.core.instruments.checks import Findings
from sonae.core.instruments.models import Response
from sonae.core.instruments.problems import FormFault, refused
from sonae.core.instruments.services.answering import Kept, save_answers
from sonae.core.instruments.vocabulary import BookProblem, Origin
from sonae.kernel.decision import require
from sonae.kernel.errors import Gone


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a workbook: which answers were saved, what the rules now say, and where each answer stands."""

    kept: Kept
    findings: Findings
    places: Mapping[Place, Cellname]
    # What stands in the workbook as it was handed out, though the response moved on since: the response's stands.
    moved_on: tuple[str, ...] = ()


def take_workbook(response_id: UUID, content: bytes, *, file_name: str, by: Viewer, now: datetime) -> Taken:
    """Saves what was changed in a workbook since it was handed out, right or wrong, as if it had been typed.

    Raises BadInput with every fault, by sheet, row and column, where it cannot be read or was made for something else:
    then nothing of it is saved. What somebody else changed meanwhile is refused answer by answer, and theirs stands.
    """
    rows = Response.objects.visible_to(by).select_related("edition", "institution")
    response = rows.filter(pk=response_id).first()
    if response is None:
        raise Gone("response", response_id)
    require(queries.may_answer(response, by))
    plan = queries.plan_of(response.edition)
    book = reader.read(content, plan, name=file_name)
    if isinstance(book, tuple):
        raise refused(book, file=file_name)
    if book.response != str(response.pk):
        raise refused([FormFault(BookProblem.OTHER_RESPONSE)], file=file_name)
    if book.digest != response.edition.digest:
        raise refused([FormFault(BookProblem.OTHER_EDITION)], file=file_name)
    kept = save_answers(
        response.pk, book.changed, seen=book.revision, by=by, now=now, origin=Origin.WORKBOOK, source=file_name
    )  # fmt: skip
    marks = {id_: kept.response.mark(id_) for id_ in sorted(book.untouched)}
    moved_on = tuple(id_ for id_, mark in marks.items() if mark is not None and mark.revision > book.revision)
    return Taken(kept, checks.check(plan, kept.response.answers, now=now), book.places, moved_on)
