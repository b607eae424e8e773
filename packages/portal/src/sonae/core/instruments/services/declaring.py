"""What was submitted stands as evidence that somebody says so, until it is returned or submitted anew."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sonae.core.assurance import queries as assurance_queries
from sonae.core.assurance import services as assurance
from sonae.core.assurance.vocabulary import Said, Source, StatedDays, Strength
from sonae.core.instruments import queries
from sonae.core.instruments.checks import Findings
from sonae.core.instruments.declarations import days_stated, declared
from sonae.core.instruments.models import Response, Submission
from sonae.core.instruments.vocabulary import EvidenceSource, Origin
from sonae.kernel import calendar

# A word that holds for no time at all is none that can be filed.
_EXPIRED_AFTER = timedelta(seconds=1)
# Kept beside the evidence, in the language of the records: the answers were returned for correction.
RETURNED = "根拠となった回答が差し戻されたため。"


def declare(response: Response, submission: Submission, findings: Findings, *, now: datetime) -> None:
    """Files what the answers say about controls; it takes the place of what the same institution submitted before.

    What a vendor says about its part is no word of the institution about the whole: nothing is filed on it.
    """
    if response.vendor_id is not None:
        return
    plan, answers = queries.plan_of(response.edition), _own_words(response, submission.answers)
    said, days = declared(plan, answers, findings), days_stated(plan, answers, findings)
    about = assurance_queries.subjects(said)
    for name, finding in sorted(said.items()):
        control = about.get(name)
        # An old edition may name a control that the catalogue has no more, or of a version that was taken back.
        if control is None:
            continue
        told = Said(
            control=name,
            institution_id=response.institution_id,
            source=Source(EvidenceSource.SUBMISSION, str(submission.pk), speaker=response.edition.instrument),
            strength=Strength.DECLARED,
            finding=finding,
            since=submission.at,
            until=fresh_until(days.get(name, StatedDays()), control.lasts_days, said_at=submission.at),
            # The word stands from the moment in which it was handed in, so that a later word takes the place of an
            # earlier one whatever day it names; the days that it names are kept beside.
            stated=days.get(name, StatedDays()),
            key=f"submission:{submission.pk}:{name}",
        )
        assurance.record_evidence(told, by=submission.by_id, now=now)


def fresh_until(stated: StatedDays, lasts_days: int, *, said_at: datetime) -> datetime:
    """Until when a word is fresh: so many days after the day on which the thing was done or last looked at.

    What is too long ago by then is on record all the same, and expired as soon as it is said.
    """
    if stated.named_day is None:
        return said_at + timedelta(days=lasts_days)
    return max(calendar.start_of(stated.named_day) + timedelta(days=lasts_days), said_at + _EXPIRED_AFTER)


def take_back(submission: Submission, *, by: UUID, now: datetime) -> None:
    """Withdraws what was filed on a submission that is returned. For what reason stands in the turn."""
    assurance.withdraw_recorded(EvidenceSource.SUBMISSION, str(submission.pk), why=RETURNED, by=by, now=now)


def _own_words(response: Response, answers: Mapping[str, object]) -> dict[str, object]:
    """The answers that somebody gave. What a source filled in and nobody looked at says nothing new, and evidence that
    was taken over would renew itself for ever."""
    marks = {id_: response.mark(id_) for id_ in answers}
    taken = {id_ for id_, mark in marks.items() if mark and (not mark.is_looked_at or mark.origin is Origin.EVIDENCE)}
    return {id_: answer for id_, answer in answers.items() if id_ not in taken}
