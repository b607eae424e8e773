"""The answers to a checklist as the rules see them: its rows, and what the re-check of `core.instruments` finds."""

from collections.abc import Mapping
from datetime import date, datetime

from sonae.core.instruments import checks
from sonae.core.instruments.answers import is_blank
from sonae.core.instruments.definition import Question
from sonae.core.instruments.expressions.values import date_in
from sonae.core.instruments.plan import Plan
from sonae.core.instruments.vocabulary import AnswerKind, YesNo
from sonae.prevention.inspections import rules
from sonae.prevention.inspections.vocabulary import Lack, Readiness, RowFacts


def readiness_of(plan: Plan, answers: Mapping[str, object], *, now: datetime) -> Readiness:
    """How far these answers are at this moment, row by row. Never raises for what was answered."""
    findings = checks.check(plan, answers, now=now)
    rows = [
        _row(id_, answers.get(id_), is_asked=findings.asks(id_))
        for id_, item in plan.items.items()
        if isinstance(item, Question) and item.kind is AnswerKind.YES_NO
    ]
    return rules.readiness(rows, [Lack(one.question, one.reason, one.facts) for one in findings.found])


def _row(question: str, raw: object, *, is_asked: bool) -> RowFacts:
    fields: Mapping[object, object] = raw if isinstance(raw, Mapping) else {"answer": raw}
    said = fields.get("answer")
    answer = said if isinstance(said, str) and said in frozenset(YesNo) else ""
    target = _day(fields.get("target_on")) if answer == YesNo.NO else None
    return RowFacts(question, is_asked, not is_blank(raw), answer, _days(fields.get("checked_on")), target)


def _days(raw: object) -> tuple[date, ...]:
    several = raw if isinstance(raw, list | tuple) else [raw]
    return tuple(day for one in several if (day := _day(one)) is not None)


def _day(raw: object) -> date | None:
    found = date_in(raw) if isinstance(raw, str) else None
    return None if isinstance(found, datetime) else found
