"""Filling in what is known already, and looking at it. What a person answered is never written over."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.instruments import offered, queries, table_rules
from sonae.core.instruments import response_rules as rules
from sonae.core.instruments.answers import is_blank
from sonae.core.instruments.definition import Question
from sonae.core.instruments.known import Offer
from sonae.core.instruments.models import Response
from sonae.core.instruments.response_rules import Mark, TakenRow
from sonae.core.instruments.services.answering import confirmed, locked_for_answers, save_said


@transaction.atomic
def prefill(response_id: UUID, *, by: Viewer, now: datetime) -> frozenset[str]:
    """Asks the sources again, and fills in what nobody answered; returns the questions that changed."""
    return fill_in(locked_for_answers(response_id, by=by), now=now)


def fill_in(response: Response, *, now: datetime) -> frozenset[str]:
    """The same for a response that is locked, or just begun."""
    revision, changed = response.revision + 1, set()
    items = queries.plan_of(response.edition).items
    for question, offer in offered.offers_of(response, now=now).items():
        item = items[question]
        if isinstance(item, Question) and item.table is not None:
            if _fill_rows(response, item, offer, revision=revision, now=now):
                changed.add(question)
            continue
        stands = response.answers.get(question)
        if not rules.may_fill_in(response.mark(question), is_blank=is_blank(stands)):
            continue
        mark = response.mark(question)
        if mark is not None and rules.is_same(stands, offer.value) and mark.as_of == offer.as_of:
            continue
        told = Mark(revision, now, None, offer.origin, offer.source[: rules.LONGEST_SOURCE], offer.as_of, False)
        response.put(question, offer.value, told)
        changed.add(question)
    if changed:
        response.changed_at = now
        response.save(update_fields=["answers", "marks", "revision", "changed_at"])
    return frozenset(changed)


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


@transaction.atomic
def look_at(response_id: UUID, questions: Collection[str], *, by: Viewer, now: datetime) -> frozenset[str]:
    """Says that somebody has looked at what a source filled in and lets it stand; returns of which questions.

    Where it was not the institution itself, the source of the answer says who it was.
    """
    response = locked_for_answers(response_id, by=by)
    asked = sorted(set(questions) & set(offered.unlooked(response)))
    revision = response.revision + 1
    for question in asked:
        mark = response.mark(question)
        assert mark is not None, "what was not looked at has a mark"
        source = confirmed(mark.source, response, by=by)
        looked = replace(mark, revision=revision, at=now, by=by.account_id, source=source, is_looked_at=True)
        response.put(question, response.answers.get(question), looked)
    if asked:
        save_said(response, by=by, now=now)
    return frozenset(asked)
