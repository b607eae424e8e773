"""What stands beside an answer: where it comes from, what was said the year before, what the evidence says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import catalogue
from sonae.core.instruments import contradictions, offered, queries, register_facts
from sonae.core.instruments.answers import is_blank
from sonae.core.instruments.definition import Question
from sonae.core.instruments.known import EARLIER, names
from sonae.core.instruments.models import Response
from sonae.core.instruments.pages.wording import answer_words
from sonae.core.instruments.response_rules import Mark, TakenRow
from sonae.core.instruments.table_rules import fingerprint, row_note, rows_in
from sonae.core.instruments.vocabulary import Origin
from sonae.core.web import words


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside one answer."""

    contradictions: tuple[str, ...] = ()
    earlier: str = ""
    # Filled in by a source, and nobody has looked at it yet.
    is_unlooked: bool = False

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it as sentences, for a sheet or a cell."""
        unlooked = (_("Filled in beforehand; nobody has looked at it yet."),) if self.is_unlooked else ()
        return (*unlooked, *self.contradictions, *filter(None, (self.earlier,)))


NOTHING = Beside()


def beside(response: Response, answers: Mapping[str, object], *, viewer: Viewer, now: datetime) -> dict[str, Beside]:
    """What stands beside the answers of a response, by question; only where something does."""
    said = contradictions.contradictions_of(response, answers, viewer=viewer, now=now)
    answers_here = queries.answers_here(response, viewer)
    earlier = _earlier(response) if answers_here else {}
    unlooked = frozenset(offered.unlooked(response)) if answers_here else frozenset()
    return {
        id_: Beside(tuple(map(contradictions.sentence, said.get(id_, ()))), earlier.get(id_, ""), id_ in unlooked)
        for id_ in said.keys() | earlier.keys() | unlooked
    }


def notes(response: Response, *, viewer: Viewer, now: datetime) -> dict[str, tuple[str, ...]]:
    """The same as sentences, each answer that a source gave with where it comes from."""
    answers = queries.answers_for(response, viewer)
    found = {id_: about.sentences for id_, about in beside(response, answers, viewer=viewer, now=now).items()}
    if not queries.answers_here(response, viewer):
        return found
    for id_ in response.marks:
        mark = response.mark(id_)
        if mark is not None and mark.as_of is not None:
            found[id_] = (origin_words(mark), *found.get(id_, ()))
        for place, told in row_origins(mark, answers.get(id_)).items():
            found[row_note(id_, place)] = (told,)
    return found


def origin_words(mark: Mark) -> str:
    """Where an answer comes from that nobody typed here, and as of when."""
    if mark.origin is Origin.TYPED:
        return ""
    source = _source_words(mark.origin, mark.source)
    told = f"{words.of(mark.origin)}: {source}" if source else words.of(mark.origin)
    if mark.as_of is None:
        return told
    return _("%(origin)s, as of %(day)s") % {"origin": told, "day": words.jdate(mark.as_of)}


def row_origins(mark: Mark | None, value: object) -> dict[int, str]:
    """Where rows of a table come from that were taken over and stand unchanged, by their place in the answer."""
    if mark is None or not mark.rows:
        return {}
    taken = {row.print: row for row in mark.rows}
    found = ((place, taken.get(fingerprint(row))) for place, row in enumerate(rows_in(value)))
    return {place: _row_words(row) for place, row in found if row is not None}


def _row_words(row: TakenRow) -> str:
    told = f"{words.of(row.origin)}: {_source_words(row.origin, row.source)}"
    return _("%(origin)s, as of %(day)s") % {"origin": told, "day": words.jdate(row.as_of)}


def _source_words(origin: Origin, source: str) -> str:
    """What people call the control or the fact of the register, with who let it stand where that was not the
    institution itself; other sources name themselves."""
    titles: dict[Origin, Callable[[str], str]] = {
        Origin.EVIDENCE: catalogue.title_of,
        Origin.REGISTER: register_facts.title_of,
    }
    title_of = titles.get(origin)
    if title_of is None:
        return source
    name, slash, who = source.partition(" / ")
    return f"{title_of(name)}{slash}{who}"


def _earlier(response: Response) -> dict[str, str]:
    """What was answered the year before to rows of the checklist, and to questions that name it as their source."""
    instrument = queries.plan_of(response.edition).instrument
    items = queries.plan_of(response.edition).items
    shown = [
        item for item in items.values() if isinstance(item, Question) and (item.dates or EARLIER in names(item.prefill))
    ]
    before = offered.earlier_of(response) if shown else None
    if before is None:
        return {}
    return {
        item.id: _("In %(edition)s, submitted on %(day)s: %(answer)s")
        % {
            "edition": before.edition,
            "day": words.jdate(before.on),
            "answer": answer_words(item, said, instrument),
        }
        for item in shown
        if not is_blank(said := before.said(item.id)[0])
    }
