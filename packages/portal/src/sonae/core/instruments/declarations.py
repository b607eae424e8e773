"""What the answers of a response say about controls."""

from collections.abc import Mapping

from sonae.core.assurance.vocabulary import Finding
from sonae.core.instruments.checks import Findings
from sonae.core.instruments.contradictions import said_in
from sonae.core.instruments.definition import Question
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


def _finding(words: set[YesNo]) -> Finding:
    if words == {YesNo.YES}:
        return Finding.IN_PLACE
    return Finding.ABSENT if words == {YesNo.NO} else Finding.PARTLY
