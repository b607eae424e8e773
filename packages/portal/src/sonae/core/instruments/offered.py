"""What is offered to whoever answers one response: values of sources, and what was said the year before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from sonae.core.assurance import catalogue
from sonae.core.assurance import queries as assurance
from sonae.core.assurance.vocabulary import ControlState, Standing
from sonae.core.instruments import comparisons, known, queries, table_rules
from sonae.core.instruments.answers import is_blank
from sonae.core.instruments.checks import ROW
from sonae.core.instruments.definition import Question
from sonae.core.instruments.known import Offer
from sonae.core.instruments.models import Response, Submission
from sonae.core.instruments.plan import Step
from sonae.core.instruments.vocabulary import AnswerKind, Comparison, Origin, YesNo
from sonae.core.instruments.year_maps import Pair
from sonae.kernel.calendar import jst_day

_SAID = {Standing.IN_PLACE: YesNo.YES, Standing.ABSENT: YesNo.NO}


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was handed in before: its answers, what its edition is called, and when."""

    answers: Mapping[str, object]
    edition: str
    on: date
    # How its edition compares with the one that is answered now; None where it is the same edition.
    pairs: Mapping[str, Pair] | None = None

    def said(self, question: str) -> tuple[object, Origin]:
        """What was answered to a question, or to the one of which it became; nothing where the two do not compare."""
        before, origin = self.before(question)
        return self.answers.get(before), origin

    def before(self, question: str) -> tuple[str, Origin]:
        """The id that a question had, empty where none compares with it, and what an answer to that one is here."""
        if self.pairs is None:
            return question, Origin.EARLIER_RESPONSE
        pair = self.pairs.get(question)
        if pair is None or not pair.takes_over:
            return "", Origin.EARLIER_RESPONSE
        is_reworded = pair.comparison is Comparison.REWORDED
        return pair.question, Origin.EARLIER_REWORDED if is_reworded else Origin.EARLIER_RESPONSE


def earlier_of(response: Response) -> Earlier | None:
    """What the same respondent handed in last to the same instrument: to an earlier edition, or to the same one on an
    occasion before."""
    edition = response.edition
    before = Q(response__edition__rank__lt=edition.rank) | Q(
        response__edition__rank=edition.rank, response__opened_at__lt=response.opened_at
    )
    handed_in = (
        Submission.objects.filter(
            before,
            response__institution_id=response.institution_id,
            response__edition__instrument=edition.instrument,
            **(
                {"response__vendor": None}
                if response.vendor_id is None
                else {"response__vendor_id": response.vendor_id}
            ),
        )
        .select_related("response__edition")
        .order_by("-response__edition__rank", "-response__opened_at", "-at", "-number")
    )
    found = handed_in.first()
    if found is None:
        return None
    answered = found.response.edition
    pairs = None if answered.edition == edition.edition else comparisons.map_of(answered, edition).pairs
    return Earlier(found.answers, answered.edition, jst_day(found.at), pairs)


def offers_of(response: Response, *, now: datetime) -> dict[str, Offer]:
    """What sources know of the questions of a response, by question; only what the question would take as it is.

    Evidence of an institution is not offered to its vendors.
    """
    plan = queries.plan_of(response.edition)
    takes = queries.takes_answers(plan)
    asked = [item for id_ in takes if isinstance(item := plan.items[id_], Question) and item.prefill]
    if not asked:
        return {}
    earlier = earlier_of(response) if any(known.EARLIER in known.names(one.prefill) for one in asked) else None
    states, steps = _states(asked, response, now=now), {step.element.id: step for step in plan.asked}
    found: dict[str, Offer] = {}
    for question in asked:
        for source in known.names(question.prefill):
            if question.table:
                offer = _of_rows(question, earlier, steps, now=now) if earlier else None
            else:
                offer = _offer(source, question, response, earlier, states, now=now)
            if offer is not None and (question.table or _is_taken(steps[question.id], offer.value, now=now)):
                found[question.id] = offer
                break
    return found


def _states(asked: Iterable[Question], response: Response, *, now: datetime) -> Mapping[str, ControlState]:
    """How the controls stand that these questions are filled in from: one query, and none for a vendor.

    What only the institution reads does not find its way into what it hands in.
    """
    sources = {source for question in asked for source in known.names(question.prefill)}
    controls = {source.removeprefix(known.EVIDENCE) for source in sources if source.startswith(known.EVIDENCE)}
    controls -= catalogue.kept_inside()
    if response.vendor_id is not None or not controls:
        return {}
    return assurance.states_named(sorted(controls), response.institution_id, now=now)


def _offer(
    source: str,
    question: Question,
    response: Response,
    earlier: Earlier | None,
    states: Mapping[str, ControlState],
    *,
    now: datetime,
) -> Offer | None:
    if source == known.EARLIER:
        value, origin = earlier.said(question.id) if earlier else (None, Origin.EARLIER_RESPONSE)
        return None if earlier is None or is_blank(value) else Offer(value, origin, earlier.edition, earlier.on)
    if source.startswith(known.EVIDENCE):
        control = source.removeprefix(known.EVIDENCE)
        state = states.get(control)
        return None if state is None else _of_evidence(question, control, state)
    return known.read(source, response.institution_id, now=now)


def _of_rows(question: Question, earlier: Earlier, steps: Mapping[str, Step], *, now: datetime) -> Offer | None:
    """The rows that were handed in before, as far as the table still has them: each cell that its column takes as it
    is, of the column that compares with it."""
    table = question.table
    assert table is not None, "it is asked for a table"
    value, origin = earlier.said(question.id)
    named = {choice.value for choice in table.rows}
    columns = [(column.id, *earlier.before(column.id)) for column in table.columns]
    rows: list[dict[str, object]] = []
    for row in table_rules.rows_in(value):
        said = {
            id_: row[before]
            for id_, before, _ in columns
            if not is_blank(row.get(before)) and _is_taken(steps[id_], row[before], now=now)
        }
        if said and (not named or row.get(ROW) in named):
            rows.append({ROW: row[ROW], **said} if named else said)
    if not rows:
        return None
    if any(how is Origin.EARLIER_REWORDED for _, _, how in columns):
        origin = Origin.EARLIER_REWORDED
    return Offer(rows[: table.most], origin, earlier.edition, earlier.on)


def _of_evidence(question: Question, control: str, state: ControlState) -> Offer | None:
    """A yes or a no where evidence says so; where a day is asked for, the one that the evidence names, if it does."""
    said = _SAID.get(state.standing)
    if said is None or state.leading is None:
        return None
    stated = state.leading.stated
    as_of = stated.named_day or jst_day(state.leading.since)
    if question.kind is AnswerKind.DATE and said is YesNo.YES and stated.done_on:
        return Offer(stated.done_on.isoformat(), Origin.EVIDENCE, control, as_of)
    if question.kind is not AnswerKind.YES_NO:
        return None
    looked = {"checked_on": [stated.checked_on.isoformat()]} if stated.checked_on else {}
    value = said.value if question.dates is None else {"answer": said.value, **looked}
    return Offer(value, Origin.EVIDENCE, control, as_of)


def _is_taken(step: Step, value: object, *, now: datetime) -> bool:
    """Whether the question would take this as an answer: a choice that went, a date outside its year are no help."""
    return step.read is not None and not step.read(value, jst_day(now))[1]


def unlooked(response: Response) -> list[str]:
    """The questions that a source has answered and nobody has looked at since."""
    return [id_ for id_ in sorted(response.marks) if (mark := response.mark(id_)) and not mark.is_looked_at]
