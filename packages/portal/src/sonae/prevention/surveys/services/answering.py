"""What an institution does with a survey, and what follows when its response moves."""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.duties import services as duties
from sonae.core.instruments import services as instruments
from sonae.core.instruments.models import Edition, Response
from sonae.core.instruments.vocabulary import ResponseAccepted, ResponseMoved, ResponseReturned, ResponseSubmitted
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import NotAllowed
from sonae.prevention.surveys import rules
from sonae.prevention.surveys.models import UNOPENED, AskedInstitution, Campaign
from sonae.prevention.surveys.services.inviting import title_of
from sonae.prevention.surveys.services.records import DUTY, SUBJECT, record_about
from sonae.prevention.surveys.vocabulary import OCCASION, CampaignState, SurveyRefusal


@transaction.atomic
def note_opened(campaign_id: UUID, *, by: Viewer, now: datetime) -> int:
    """Remembers that someone of these institutions has looked; returns for how many it was the first time."""
    own = access.reach(by, Permission.SURVEY_READ).institution_ids
    if by.account_id is None or not own:
        return 0
    unopened = AskedInstitution.objects.filter(campaign_id=campaign_id, institution_id__in=own, opened_at=None)
    return unopened.exclude(campaign__state__in=UNOPENED).update(opened_at=now, opened_by_id=by.account_id)


@transaction.atomic
def begin_response(campaign_id: UUID, institution_id: int, *, by: Viewer, now: datetime) -> Response:
    """The institution's response to a campaign, begun where there is none yet."""
    asked = _asked(campaign_id, institution_id)
    if asked is None:
        raise NotAllowed(Refused(SurveyRefusal.NOT_ASKED))
    require_may_begin(asked, now=now)
    response = instruments.open_response(
        edition_to_answer(asked.campaign).pk, institution_id=institution_id, occasion=asked.campaign.occasion, by=by,
        now=now,
    )  # fmt: skip
    link(asked, response.pk, by=by.account_id, now=now)
    return response


@transaction.atomic
def take_submission(event: ResponseSubmitted) -> bool:
    """A response to a campaign was handed in: the duty ends. Subscribed to ResponseSubmitted.

    Where it could not be begun now, it is refused, and with it the submission: once the campaign is closed the counting
    has begun.
    """
    asked = _asked_of(event)
    if asked is None:
        return False
    require_may_begin(asked, now=event.now)
    by = event.handed_in_by
    link(asked, event.response_id, by=by, now=event.now)
    duties.settle(
        DUTY, subject=SUBJECT, subject_id=asked.campaign_id, institution_id=asked.institution_id, by=by, now=event.now
    )
    return True


@transaction.atomic
def take_return(event: ResponseReturned) -> bool:
    """A response was given back: the answer is owed again, with time to put it right. Subscribed to ResponseReturned.

    Once the campaign is over it is refused, and with it the return: nobody could hand the answer in again.
    """
    asked = _asked_of(event)
    if asked is None:
        return False
    require(rules.may_hand_in(CampaignState(asked.campaign.state)))
    due_at = rules.mended_by(asked.due_at, now=event.now)
    if due_at != asked.due_at:
        asked.due_at = due_at
        asked.save(update_fields=["due_at"])
    duties.impose(
        DUTY, institution_id=asked.institution_id, subject=SUBJECT, subject_id=asked.campaign_id, known_at=event.now,
        now=event.now, due_at=due_at, facts={"title": title_of(asked.campaign)}, occasion=str(event.submission_id),
    )  # fmt: skip
    return True


@transaction.atomic
def take_acceptance(event: ResponseAccepted) -> bool:
    """A response was accepted: nothing of it is owed any more. Subscribed to ResponseAccepted."""
    asked = _asked_of(event)
    if asked is None:
        return False
    duties.settle(
        DUTY, subject=SUBJECT, subject_id=asked.campaign_id, institution_id=asked.institution_id, now=event.now
    )
    return True


def require_may_begin(asked: AskedInstitution, *, now: datetime) -> None:
    """Refuses where an institution may not begin to answer now."""
    campaign = asked.campaign
    require(
        rules.may_begin(
            CampaignState(campaign.state), opens_at=campaign.opens_at, is_asked=True,
            is_excused=asked.excused_at is not None, now=now,
        )
    )  # fmt: skip


def edition_to_answer(campaign: Campaign) -> Edition:
    """The newest version of the edition that the campaign asks: a corrected form takes the place of the first."""
    asked = campaign.edition
    newest = Edition.objects.current().filter(instrument=asked.instrument, edition=asked.edition).first()
    return newest or asked


def link(asked: AskedInstitution, response_id: UUID, *, by: UUID | None, now: datetime) -> None:
    """Remembers which response is the answer of this institution."""
    if asked.response_id == response_id:
        return
    asked.response_id = response_id
    asked.save(update_fields=["response"])
    record_about("survey.begin", asked, by=by, now=now, response=str(response_id))


def _asked_of(event: ResponseMoved) -> AskedInstitution | None:
    """Whose answer a response is; None where no campaign asks for it."""
    if not event.occasion.startswith(OCCASION):
        return None
    try:
        campaign_id = UUID(event.occasion.removeprefix(OCCASION))
    except ValueError:
        return None
    asked = _asked(campaign_id, event.institution_id)
    if asked is None:
        return None
    if event.edition_id == asked.campaign.edition_id:
        return asked
    expected, answered = asked.campaign.edition, Edition.objects.get(pk=event.edition_id)
    return asked if (answered.instrument, answered.edition) == (expected.instrument, expected.edition) else None


def _asked(campaign_id: UUID, institution_id: int) -> AskedInstitution | None:
    """Whom the campaign asks, locked; the campaign stays as it is meanwhile, and others answer it at the same time."""
    _hold_still(campaign_id)
    rows = AskedInstitution.objects.select_for_update(of=("self",)).select_related("campaign")
    return rows.filter(campaign_id=campaign_id, institution_id=institution_id).order_by("pk").first()


def _hold_still(campaign_id: UUID) -> None:
    # Shared: whoever closes or withdraws the campaign waits, who answers it does not. SQLite has one writer anyway.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM surveys_campaign WHERE id = %s FOR SHARE", [campaign_id])
