"""Filling in what is known already, and looking at it. What a person answered is never written over."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.instruments import offered
from sonae.core.instruments.services.answering import confirmed, locked_for_answers, save_said
from sonae.core.instruments.services.filling import fill_in


@transaction.atomic
def prefill(response_id: UUID, *, by: Viewer, now: datetime) -> frozenset[str]:
    """Asks the sources again, and fills in what nobody answered; returns the questions that changed."""
    return fill_in(locked_for_answers(response_id, by=by), now=now)


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
