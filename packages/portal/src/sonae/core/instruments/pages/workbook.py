"""What became of a workbook that was sent back: what was saved, what somebody else changed meanwhile, what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from sonae.core.instruments import queries
from sonae.core.instruments.checks import Finding
from sonae.core.instruments.definition import Item, Question, questions, sections
from sonae.core.instruments.models import Response
from sonae.core.instruments.pages.wording import answer_words, finding_words, label_of
from sonae.core.instruments.services import Taken
from sonae.core.web import words


@dataclass(frozen=True, slots=True)
class Point:
    """One sentence about one answer, and the cell it stands in."""

    place: str
    label: str
    sentence: str


def outcome(taken: Taken) -> dict[str, Any]:
    """What the page says after a workbook was taken."""
    items = queries.plan_of(taken.kept.response.edition).instrument.items
    asked: dict[str, Item] = {section.id: section for section in sections(items)}
    asked |= {question.id: question for question in questions(items)}
    return {
        "saved": len(taken.kept.saved),
        "not_taken": [_point(taken, asked, id_, (), words.of(why)) for id_, why in taken.kept.refused.items()],
        "moved_on": [
            _point(taken, asked, id_, (), _stands(taken.kept.response, asked.get(id_))) for id_ in taken.moved_on
        ],
        "open_points": [
            _point(taken, asked, finding.question, finding.rows, _sentence(finding, asked))
            for finding in taken.findings.found
        ],
    }


def _stands(response: Response, item: Item | None) -> str:
    """What stands in the response, where the file says what it said when it was downloaded."""
    if not isinstance(item, Question):
        return ""
    said = answer_words(item, response.answers.get(item.id), queries.plan_of(response.edition).instrument)
    return _("The saved answer is: %(answer)s") % {"answer": said}


def _sentence(finding: Finding, asked: Mapping[str, Item]) -> str:
    item = asked.get(finding.question)
    return finding_words(finding, item if isinstance(item, Question) else None)


def _point(taken: Taken, asked: Mapping[str, Item], id_: str, rows: tuple[int, ...], sentence: str) -> Point:
    place = taken.places.get((id_, rows))
    return Point(str(place) if place else "", label_of(asked[id_]) if id_ in asked else id_, sentence)
