"""Where an answer says one thing and the evidence another: a hint to whoever answers or reads, never a refusal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.utils.translation import gettext as _

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import catalogue
from sonae.core.assurance import queries as assurance
from sonae.core.assurance.vocabulary import ControlState, Standing
from sonae.core.instruments import queries
from sonae.core.instruments.definition import Question
from sonae.core.instruments.models import Response
from sonae.core.instruments.vocabulary import AnswerKind, EvidenceSource, YesNo
from sonae.core.web import words
from sonae.kernel.calendar import jst_day

# What the evidence says where a yes is in doubt, and where a no is.
_AGAINST = {
    YesNo.YES: frozenset({Standing.ABSENT, Standing.PARTLY, Standing.EXPIRED}),
    YesNo.NO: frozenset({Standing.IN_PLACE}),
}


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What the evidence about one control says against an answer: how it stands, who says so, since when."""

    control: str
    standing: Standing
    source: StrEnum | None
    since: date | None


def against(said: object, states: Iterable[tuple[str, ControlState]]) -> tuple[Contradiction, ...]:
    """The controls of which the evidence says something else than this yes or no; none for any other answer."""
    doubtful = _AGAINST.get(said, frozenset())  # type: ignore[call-overload]
    return tuple(
        Contradiction(
            control,
            state.standing,
            state.leading.source.kind if state.leading else None,
            jst_day(state.leading.since) if state.leading else None,
        )
        for control, state in states
        # What was said in an earlier response is no evidence against this one: it is shown as what was said.
        if state.standing in doubtful and not _is_own_word(state)
    )


def _is_own_word(state: ControlState) -> bool:
    return state.leading is not None and state.leading.source.kind is EvidenceSource.SUBMISSION


def contradictions_of(
    response: Response, answers: Mapping[str, object], *, viewer: Viewer, now: datetime
) -> dict[str, tuple[Contradiction, ...]]:
    """What the evidence says against these answers, by question, as far as this viewer may read the evidence.

    A vendor that came by a link reads none, and whoever supervises none of what an institution keeps to itself.
    """
    place = queries.place_of(response)
    if not access.may(viewer, Permission.EVIDENCE_READ, at=place).ok:
        return {}
    items = queries.plan_of(response.edition).items
    asked = [
        item
        for id_ in answers
        if isinstance(item := items.get(id_), Question) and item.kind is AnswerKind.YES_NO and item.controls
    ]
    if not asked:
        return {}
    states = assurance.states_of(response.institution_id, now=now)
    is_inside = response.institution_id in viewer.institution_ids
    hidden = frozenset() if is_inside else frozenset(catalogue.kept_inside())
    told = {
        question.id: against(
            said_in(answers[question.id]),
            [(name, states[name]) for name in question.controls if name in states and name not in hidden],
        )
        for question in asked
    }
    return {id_: found for id_, found in told.items() if found}


def said_in(answer: object) -> object:
    """The yes or no of an answer, of a row of the checklist too."""
    return answer.get("answer") if isinstance(answer, Mapping) else answer


def sentence(found: Contradiction) -> str:
    """What the evidence says against an answer, as a sentence."""
    control = catalogue.in_language(catalogue.control(found.control).title)
    facts = {"control": control, "standing": words.of(found.standing)}
    if found.source is None or found.since is None:
        return _("The evidence says otherwise: %(control)s – %(standing)s.") % facts
    facts |= {"source": words.of(found.source), "day": words.jdate(found.since)}
    return _("The evidence says otherwise: %(control)s – %(standing)s (%(source)s, since %(day)s).") % facts
