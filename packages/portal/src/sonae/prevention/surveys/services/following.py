"""Following one institution up: more time, a mark that no answer comes, a call, and answers entered in its place."""

from datetime import date, datetime

from django.db import transaction

from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.duties import services as duties
from sonae.core.instruments import services as instruments
from sonae.core.instruments.models import Response
from sonae.kernel.decision import first_refusal, require
from sonae.prevention.surveys import queries, rules
from sonae.prevention.surveys.models import AskedInstitution, Call, Extension, Proxy
from sonae.prevention.surveys.services.answering import edition_to_answer, link, require_may_begin
from sonae.prevention.surveys.services.inviting import tell_of_stand_in, title_of
from sonae.prevention.surveys.services.records import DUTY, SUBJECT, locked_asked, record_about
from sonae.prevention.surveys.vocabulary import CallOutcome, CampaignState, Channel, Excuse


@transaction.atomic
def extend(asked_id: int, *, due_at: datetime, why: str, by: Viewer, now: datetime) -> Extension:
    """Gives one institution more time; its duty moves, and its people are told by the reminders of the duty."""
    asked = locked_asked(asked_id, Permission.SURVEY_CONDUCT, by=by)
    state = CampaignState(asked.campaign.state)
    is_later = rules.is_later(due_at, due_at=asked.due_at, now=now)
    require(first_refusal(rules.may_be_extended(state, asked.stage), is_later, rules.has_reason(why)))
    assert by.account_id is not None, "whoever conducts surveys is a person"
    given = Extension.objects.create(
        asked=asked, due_before=asked.due_at, due_after=due_at, why=_reason(why), given_at=now,
        given_by_id=by.account_id,
    )  # fmt: skip
    asked.due_at = due_at
    asked.save(update_fields=["due_at"])
    duties.move_due(
        DUTY, subject=SUBJECT, subject_id=asked.campaign_id, due_at=due_at, why=given.why, now=now, by=by.account_id,
        institution_id=asked.institution_id,
    )  # fmt: skip
    record_about("survey.extend", asked, by=by.account_id, now=now, before=given.due_before, after=due_at)
    return given


@transaction.atomic
def excuse(asked_id: int, *, kind: Excuse, why: str, by: Viewer, now: datetime) -> AskedInstitution:
    """Marks an institution as one that will not answer: it owes nothing any more, and stays in the denominator."""
    asked = locked_asked(asked_id, Permission.SURVEY_CONDUCT, by=by)
    is_excused = asked.excused_at is not None
    may = rules.may_be_excused(CampaignState(asked.campaign.state), asked.stage, is_excused=is_excused)
    require(first_refusal(may, rules.has_reason(why)))
    asked.excused_at, asked.excused_by_id, asked.excuse, asked.excused_why = now, by.account_id, kind, _reason(why)
    asked.save(update_fields=["excused_at", "excused_by", "excuse", "excused_why"])
    instruments.end_stand_ins(occasion=asked.campaign.occasion, institution_id=asked.institution_id)
    duties.settle(
        DUTY, subject=SUBJECT, subject_id=asked.campaign_id, institution_id=asked.institution_id, by=by.account_id,
        now=now,
    )  # fmt: skip
    record_about("survey.excuse", asked, by=by.account_id, now=now, kind=kind)
    return asked


@transaction.atomic
def expect_again(asked_id: int, *, by: Viewer, now: datetime) -> AskedInstitution:
    """Takes the mark away: the answer is owed again, until the institution's due moment or for a week."""
    asked = locked_asked(asked_id, Permission.SURVEY_CONDUCT, by=by)
    require(rules.may_expect_again(CampaignState(asked.campaign.state), is_excused=asked.excused_at is not None))
    asked.excused_at, asked.excused_by_id, asked.excuse, asked.excused_why = None, None, "", ""
    asked.due_at = rules.mended_by(asked.due_at, now=now)
    asked.save(update_fields=["excused_at", "excused_by", "excuse", "excused_why", "due_at"])
    if asked.told_at is not None:
        duties.impose(
            DUTY, institution_id=asked.institution_id, subject=SUBJECT, subject_id=asked.campaign_id, known_at=now,
            now=now, due_at=asked.due_at, facts={"title": title_of(asked.campaign)}, by=by.account_id,
            occasion=f"again:{now.isoformat()}",
        )  # fmt: skip
    record_about("survey.expect_again", asked, by=by.account_id, now=now)
    return asked


@transaction.atomic
def note_call(
    asked_id: int,
    *,
    called_at: datetime,
    outcome: CallOutcome,
    by: Viewer,
    now: datetime,
    whom: str = "",
    note: str = "",
    next_on: date | None = None,
) -> Call:
    """Writes down a call of the follow-up. What is noted is never changed; a correction is another line."""
    asked = locked_asked(asked_id, Permission.SURVEY_FOLLOW_UP, by=by)
    require(rules.may_note_call(CampaignState(asked.campaign.state), called_at=called_at, next_on=next_on, now=now))
    assert by.account_id is not None, "officers are people"
    call = Call.objects.create(
        asked=asked, called_at=called_at, outcome=outcome, whom=whom.strip(), note=note.strip(), next_on=next_on,
        noted_at=now, noted_by_id=by.account_id,
    )  # fmt: skip
    record_about("survey.call", asked, by=by.account_id, now=now, outcome=outcome)
    return call


@transaction.atomic
def stand_in(
    asked_id: int, *, channel: Channel, informant: str, why: str, by: Viewer, now: datetime
) -> tuple[Proxy, Response]:
    """Lets an officer enter the answers that an institution gave by another way.

    Every answer is marked as entered by proxy, and this row says who at the institution gave them, how, and why. The
    officer who submitted them does not accept them.
    """
    asked = locked_asked(asked_id, Permission.SURVEY_FOLLOW_UP, by=by)
    require_may_begin(asked, now=now)
    stage, is_own_draft = queries.begun_here(asked)
    may = rules.may_be_stood_in_for(stage, is_own_draft=is_own_draft)
    require(first_refusal(may, rules.has_informant(informant), rules.has_reason(why)))
    assert by.account_id is not None, "officers are people"
    response = instruments.stand_in(
        edition_to_answer(asked.campaign).pk, institution_id=asked.institution_id, occasion=asked.campaign.occasion,
        needs=Permission.SURVEY_FOLLOW_UP, by=by.account_id, now=now,
    )  # fmt: skip
    proxy = Proxy.objects.create(
        asked=asked, channel=channel, informant=informant.strip(), why=_reason(why), begun_at=now,
        begun_by_id=by.account_id,
    )  # fmt: skip
    link(asked, response.pk, by=by.account_id, now=now)
    record_about("survey.stand_in", asked, by=by.account_id, now=now, channel=channel)
    tell_of_stand_in(proxy, now=now)
    return proxy, response


def _reason(why: str) -> str:
    return why.strip()[: rules.LONGEST_REASON]
