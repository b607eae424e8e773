"""More time for many at once: a whole campaign, a prefecture or a kind of institution, in batches, beside one alone."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from sonae.core.access import queries as viewers
from sonae.core.access import rules as access
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.bulletins import queries as people
from sonae.core.duties import services as duties
from sonae.core.institutions.vocabulary import InstitutionKind, Prefecture
from sonae.core.notifications import services as notifications
from sonae.kernel.decision import Decision, first_refusal, require
from sonae.kernel.errors import Gone
from sonae.kernel.events import publish
from sonae.prevention.surveys import queries, rules
from sonae.prevention.surveys.models import AskedInstitution, Campaign, CampaignExtension, Extension
from sonae.prevention.surveys.services.inviting import institutions_of, mail_context
from sonae.prevention.surveys.services.records import DUTY, SUBJECT, locked_campaign, record, record_about
from sonae.prevention.surveys.vocabulary import CampaignExtending, CampaignState

# In one transaction. SQLite has one writer: while each of these institutions' duties is moved (about 12 ms for each
# on a machine of two cores) nobody else can save anything, and nobody is to notice.
EXTENDED_AT_ONCE = 10


@transaction.atomic
def begin_extension(
    campaign_id: UUID,
    *,
    due_at: datetime,
    why: str,
    by: Viewer,
    now: datetime,
    prefecture: Prefecture | None = None,
    kind: InstitutionKind | None = None,
) -> CampaignExtension:
    """Begins to give more time to all who owe an answer: everybody, or those of a prefecture, a kind, or both.

    Each of them gets it in a task (`extend_some`), by the rule by which one alone gets it. Given to everybody it also
    moves the end of the campaign.
    """
    given = plan_extension(campaign_id, due_at=due_at, why=why, by=by, now=now, prefecture=prefecture, kind=kind)
    campaign = given.campaign
    given.save()
    if not (prefecture or kind) and due_at > campaign.closes_at:
        campaign.closes_at = due_at
        campaign.save(update_fields=["closes_at"])
    record(
        "survey.extend_many", campaign, by=by.account_id, now=now, after=due_at, why=given.why,
        prefecture=given.prefecture, kind=given.kind, expected=given.expected_count,
    )  # fmt: skip
    publish(CampaignExtending(given.pk))
    return given


@transaction.atomic
def plan_extension(
    campaign_id: UUID,
    *,
    due_at: datetime,
    why: str,
    by: Viewer,
    now: datetime,
    prefecture: Prefecture | None = None,
    kind: InstitutionKind | None = None,
) -> CampaignExtension:
    """What `begin_extension` would begin, with how many institutions it concerns (`expected_count`); nothing is kept.
    Raises NotAllowed for what a rule refuses."""
    campaign = locked_campaign(campaign_id, by=by)
    assert by.account_id is not None, "whoever conducts surveys is a person"
    is_running = campaign.extensions.filter(finished_at=None).exists()
    given = CampaignExtension(
        campaign=campaign, prefecture=prefecture or "", kind=kind or "", due_after=due_at,
        why=why.strip()[: rules.LONGEST_REASON], given_at=now, given_by_id=by.account_id,
    )  # fmt: skip
    given.expected_count = queries.to_extend(given).count()
    state = CampaignState(campaign.state)
    may = rules.may_extend_many(state, due_at=due_at, owing=given.expected_count, is_running=is_running, now=now)
    require(first_refusal(may, rules.has_reason(why)))
    return given


@transaction.atomic
def extend_some(extension_id: int, *, now: datetime, limit: int = EXTENDED_AT_ONCE) -> bool:
    """Gives the next institutions their time; tells whether there is more to do.

    Rows, duties, mails and how far it is are one transaction: killed in between, nobody has it twice. Whoever has
    answered meanwhile, or has as long already, is left out. It stops where whoever ordered it may not any more.
    """
    # The campaign first, as whoever cancels: the other way round each would wait for the other.
    campaign = Campaign.objects.select_for_update(of=("self",)).filter(extensions=extension_id).first()
    rows = CampaignExtension.objects.select_for_update(of=("self",))
    given = rows.filter(pk=extension_id, finished_at=None).first()
    if campaign is None or given is None:
        return False
    given.campaign = campaign
    if not _may_still(given, now=now).ok:
        given.unauthorised_at = given.finished_at = now
        given.save(update_fields=["unauthorised_at", "finished_at"])
        record("survey.extend_many_stop", given.campaign, by=None, now=now, given_by=given.given_by_id)
        return False
    is_open = given.campaign.state == CampaignState.OPEN
    next_ones = queries.to_extend(given).filter(pk__gt=given.reached).order_by("pk")
    batch = list(next_ones.select_for_update(of=("self",))[:limit]) if is_open else []
    if not batch:
        given.finished_at = now
        given.save(update_fields=["finished_at"])
        return False
    for asked in batch:
        _extend(asked, given, now=now)
    mailed = _queue_mails(given, [asked.institution_id for asked in batch if asked.told_at is not None], now=now)
    AskedInstitution.objects.filter(campaign=given.campaign, institution_id__in=mailed).update(mailed_at=now)
    given.reached, given.extended = batch[-1].pk, given.extended + len(batch)
    given.mailed += len(mailed)
    given.save(update_fields=["reached", "extended", "mailed"])
    return True


@transaction.atomic
def cancel_extension(campaign_id: UUID, extension_id: int, *, by: Viewer, now: datetime) -> CampaignExtension:
    """Gives nobody else the time; whoever has it by now keeps it, and the end of the campaign stays where it is."""
    campaign = locked_campaign(campaign_id, by=by)
    given = campaign.extensions.select_for_update(of=("self",)).filter(pk=extension_id).first()
    if given is None:
        raise Gone("extension", extension_id)
    require(rules.may_cancel_extending(is_running=given.finished_at is None))
    given.cancelled_at, given.cancelled_by_id, given.finished_at = now, by.account_id, now
    given.save(update_fields=["cancelled_at", "cancelled_by", "finished_at"])
    record("survey.extend_many_cancel", campaign, by=by.account_id, now=now, extended=given.extended)
    return given


def note_extending_job(extension_id: int, job_id: str) -> None:
    """Keeps which job gives the time, so that nobody else begins the same work while it may still run."""
    CampaignExtension.objects.filter(pk=extension_id).update(job=job_id)


def _may_still(given: CampaignExtension, *, now: datetime) -> Decision:
    """Whether whoever ordered it may do so now: the order is theirs, and runs long after it was given."""
    by = viewers.viewer_of_orderer(given.given_by, now=now)
    return access.may(by, Permission.SURVEY_CONDUCT, at=NATIONWIDE)


def _extend(asked: AskedInstitution, given: CampaignExtension, *, now: datetime) -> None:
    one = Extension.objects.create(
        asked=asked, due_before=asked.due_at, due_after=given.due_after, why=given.why, given_at=now,
        given_by_id=given.given_by_id,
    )  # fmt: skip
    asked.due_at = given.due_after
    asked.save(update_fields=["due_at"])
    duties.move_due(
        DUTY, subject=SUBJECT, subject_id=asked.campaign_id, due_at=given.due_after, why=given.why, now=now,
        by=given.given_by_id, institution_id=asked.institution_id,
    )  # fmt: skip
    record_about("survey.extend", asked, by=given.given_by_id, now=now, before=one.due_before, after=one.due_after)


def _queue_mails(given: CampaignExtension, institution_ids: list[int], *, now: datetime) -> set[int]:
    """A mail to each manager, once for each extension, of however many institutions; returns those written to."""
    told = people.people_to_tell(institution_ids, now=now)
    context = mail_context(given.campaign) | {"due_at": given.due_after}
    notifications.queue_mails(
        "surveys/extended",
        to=[
            notifications.Recipient(one.account_id, context, f"survey-extension:{given.pk}:{one.account_id}")
            for one in told
        ],
        now=now,
    )
    return institutions_of(told) & set(institution_ids)
