"""On what a visit looks: the form, what the institution had handed in under it, and which rows are asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sonae.core.instruments import checks
from sonae.core.instruments import queries as instruments
from sonae.core.instruments.definition import Question
from sonae.core.instruments.models import Edition, Submission
from sonae.core.instruments.outline import Leaf, leaves
from sonae.core.instruments.plan import Plan
from sonae.core.instruments.vocabulary import AnswerKind, YesNo
from sonae.prevention.inspections import self_check
from sonae.prevention.inspections.queries import FACILITY_FORM
from sonae.prevention.inspections.visits.models import Visit
from sonae.prevention.inspections.visits.vocabulary import Observation, Written
from sonae.prevention.inspections.vocabulary import RowReadiness

# How what was seen reads as an answer, where other rows depend on it.
_AS_ANSWER: dict[str, str] = {
    Observation.IN_PLACE: YesNo.YES,
    Observation.PARTLY: YesNo.YES,
    Observation.ABSENT: YesNo.NO,
    Observation.NOT_APPLICABLE: YesNo.NO,
}


@dataclass(frozen=True)
class Form:
    """The edition by which a visit looks, and what was handed in under it; nothing where nothing was."""

    edition: Edition
    submission: Submission | None

    @cached_property
    def plan(self) -> Plan:
        return instruments.plan_of(self.edition)

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """The rows of the form by their ids, in its order."""
        return {
            id_: item
            for id_, item in self.plan.items.items()
            if isinstance(item, Question) and item.kind is AnswerKind.YES_NO
        }

    @property
    def pages(self) -> tuple[Leaf, ...]:
        return leaves(self.plan.instrument)

    def answers(self) -> Mapping[str, RowReadiness]:
        """What the institution had answered, by row; nothing where it handed nothing in."""
        if self.submission is None:
            return {}
        found = self_check.readiness_of(self.plan, self.submission.answers, now=self.submission.at)
        return {row.question: row for row in found.rows if row.answer}

    def asked(self, written: Mapping[str, Written], *, now: datetime) -> frozenset[str]:
        """The rows that are asked after what was seen; where nobody looked yet, after what was answered.

        A row is asked unless it is known not to be: a gate that nobody has spoken of stands open.
        """
        answers = dict(self.submission.answers) if self.submission else {}
        for id_ in self.questions:
            seen = _AS_ANSWER.get(written[id_].value) if id_ in written else None
            if seen is not None:
                answers[id_] = seen
            elif id_ not in answers:
                answers[id_] = YesNo.YES
        found = checks.check(self.plan, answers, now=now)
        return frozenset(id_ for id_ in self.questions if found.asks(id_))


def is_measure(question: Question) -> bool:
    """Whether a row is about a measure: it is checked on a day. A gate has no day; it says which rows are asked."""
    return question.dates is not None


def form_of(visit: Visit) -> Form | None:
    """The form of a visit: as it was when it started; until then as it would be if it started now."""
    if visit.edition is not None:
        return Form(visit.edition, visit.submission)
    return form_for(visit.institution_id, visit.fiscal_year)


def form_for(institution_id: int, fiscal_year: int) -> Form | None:
    """The newest form that a fiscal year has or had before it, with what the institution handed in under it last."""
    newest = newest_form(fiscal_year)
    if newest is None:
        return None
    rows = Submission.objects.filter(
        response__institution_id=institution_id, response__vendor=None,
        response__edition__instrument=FACILITY_FORM, response__edition__fiscal_year=newest.fiscal_year,
    )  # fmt: skip
    submission = rows.select_related("response__edition").order_by("-at", "-pk").first()
    return Form(newest if submission is None else submission.response.edition, submission)


def newest_form(fiscal_year: int) -> Edition | None:
    """The facility form of a fiscal year in its newest version, or of the newest year before it that has one."""
    found = Edition.objects.current().filter(instrument=FACILITY_FORM, fiscal_year__lte=fiscal_year)
    return found.order_by("-fiscal_year", "-rank", "-version").first()
