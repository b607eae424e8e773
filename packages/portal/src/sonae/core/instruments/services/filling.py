"""Filling answers in from sources: what is asked, and nobody answered."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sonae.core.instruments import offered, queries, table_rules
from sonae.core.instruments import response_rules as rules
from sonae.core.instruments.answers import is_blank
from sonae.core.instruments.checks import Findings
from sonae.core.instruments.definition import Question
from sonae.core.instruments.known import Offer
from sonae.core.instruments.models import Response
from sonae.core.instruments.response_rules import Mark, TakenRow


def fill_in(response: Response, *, now: datetime) -> frozenset[str]:
    """Fills in what nobody answered, of a response that is locked, or just begun; returns the questions that changed.

    Only what is asked after the other answers, among them those that were just filled in.
    """
    return _fill(response, offered.offers_of(response, now=now), now=now)


def fill_in_opened(response: Response, before: Findings, *, now: datetime) -> frozenset[str]:
    """The same for the questions alone that were not asked `before`, and are now."""
    closed = {question for question, rows in before.not_asked if not rows}
    items, findings = queries.plan_of(response.edition).items, queries.findings_of(response, now=now)
    if not any(isinstance(item := items[id_], Question) and item.prefill for id_ in closed if findings.asks(id_)):
        return frozenset()
    offers = offered.offers_of(response, now=now)
    return _fill(response, {id_: offer for id_, offer in offers.items() if id_ in closed}, now=now)


def _fill(response: Response, offers: dict[str, Offer], *, now: datetime) -> frozenset[str]:
    revision, changed, waiting = response.revision + 1, set[str](), dict(offers)
    # Each round asks at least one question less of the sources.
    while asked := _asked(response, waiting, now=now):
        for question in asked:
            if _fill_one(response, question, waiting.pop(question), revision=revision, now=now):
                changed.add(question)
    if changed:
        response.changed_at = now
        response.save(update_fields=["answers", "marks", "revision", "changed_at"])
    return frozenset(changed)


def _asked(response: Response, questions: Iterable[str], *, now: datetime) -> list[str]:
    if not questions:
        return []
    findings = queries.findings_of(response, now=now)
    return [id_ for id_ in questions if findings.asks(id_)]


def _fill_one(response: Response, question: str, offer: Offer, *, revision: int, now: datetime) -> bool:
    """Fills one question in, if it is open to that; says whether something changed."""
    item = queries.plan_of(response.edition).items[question]
    if isinstance(item, Question) and item.table is not None:
        return _fill_rows(response, item, offer, revision=revision, now=now)
    stands, mark = response.answers.get(question), response.mark(question)
    if not rules.may_fill_in(mark, is_blank=is_blank(stands)):
        return False
    if mark is not None and rules.is_same(stands, offer.value) and mark.as_of == offer.as_of:
        return False
    told = Mark(revision, now, None, offer.origin, offer.source[: rules.LONGEST_SOURCE], offer.as_of, False)
    response.put(question, offer.value, told)
    return True


def _fill_rows(response: Response, question: Question, offer: Offer, *, revision: int, now: datetime) -> bool:
    """Fills the rows of a table that nobody answered; says of each where it comes from, and whether there was one."""
    assert question.table is not None, "it is asked for a table"
    stands, mark = response.answers.get(question.id), response.mark(question.id)
    taken = {row.print for row in mark.rows} if mark else set()
    is_open = rules.may_fill_in(mark, is_blank=is_blank(stands))
    offers = table_rules.rows_in(offer.value)
    rows = table_rules.with_taken(
        stands, offers, is_named=bool(question.table.rows), is_open=is_open, taken=taken
    )  # fmt: skip
    if rules.is_same(rows, table_rules.rows_in(stands)):
        return False
    new = {table_rules.fingerprint(row) for row in offers} & {table_rules.fingerprint(row) for row in rows}
    source = offer.source[: rules.LONGEST_SOURCE]
    told = tuple(TakenRow(one, offer.origin, source, offer.as_of) for one in sorted(new - taken))
    kept = mark.rows if mark else ()
    if is_open or mark is None:
        whole = Mark(revision, now, None, offer.origin, source, offer.as_of, False, (*kept, *told))
    else:
        # The rows that somebody typed stay theirs, and so does the last word.
        whole = replace(mark, revision=revision, rows=(*kept, *told))
    response.put(question.id, rows, whole)
    return True
