"""What the answers of a response say about controls."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from sonae.core.assurance.vocabulary import Finding, StatedDays
from sonae.core.instruments import known
from sonae.core.instruments.checks import Findings
from sonae.core.instruments.contradictions import said_in
from sonae.core.instruments.definition import Question
from sonae.core.instruments.expressions.values import date_in
from sonae.core.instruments.plan import Plan
from sonae.core.instruments.vocabulary import AnswerKind, YesNo


def declared(plan: Plan, answers: Mapping[str, object], findings: Findings) -> dict[str, Finding]:
    """By control: in place where every question that names it was answered yes, absent where each was answered no, and
    partly otherwise; what was not asked, or is out of scope, says nothing."""
    said: dict[str, set[YesNo]] = {}
    for id_, answer in answers.items():
        item = plan.items.get(id_)
        if not isinstance(item, Question) or item.kind is not AnswerKind.YES_NO or not findings.asks(id_):
            continue
        word = said_in(answer)
        if word in (YesNo.YES, YesNo.NO):
            for control in item.controls:
                said.setdefault(control, set()).add(YesNo(str(word)))
    return {control: _finding(words) for control, words in said.items()}


def days_stated(plan: Plan, answers: Mapping[str, object], findings: Findings) -> dict[str, StatedDays]:
    """By control, the latest days that the answers state: of a look (確認日), on rows of a checklist; and of the thing
    itself (実施日), where a question asks for a day that evidence about the control would fill in."""
    done: dict[str, date] = {}
    checked: dict[str, date] = {}
    for id_, answer in answers.items():
        item = plan.items.get(id_)
        if not isinstance(item, Question) or not findings.asks(id_):
            continue
        is_day = item.kind is AnswerKind.DATE
        about = _filled_from(item) if is_day else item.controls
        into = done if is_day else checked
        for day in _days(answer) if is_day else _looks(answer):
            for control in about:
                into[control] = max(into.get(control, day), day)
    return {control: StatedDays(done.get(control), checked.get(control)) for control in done.keys() | checked.keys()}


def _filled_from(question: Question) -> list[str]:
    """The controls whose evidence a question is filled in from."""
    sources = known.names(question.prefill)
    return [name.removeprefix(known.EVIDENCE) for name in sources if name.startswith(known.EVIDENCE)]


def _looks(answer: object) -> Iterator[date]:
    looks = answer.get("checked_on") if isinstance(answer, Mapping) else None
    for look in looks if isinstance(looks, list | tuple) else ():
        yield from _days(look)


def _days(answer: object) -> Iterator[date]:
    found = date_in(answer) if isinstance(answer, str) else None
    if found is not None:
        yield found.date() if isinstance(found, datetime) else found


def _finding(words: set[YesNo]) -> Finding:
    if words == {YesNo.YES}:
        return Finding.IN_PLACE
    return Finding.ABSENT if words == {YesNo.NO} else Finding.PARTLY
