"""Answering a survey, and what follows when a response moves: the duty ends, comes again, and nothing is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from sonae.core.access import queries as grants
from sonae.core.access import services as access
from sonae.core.access.models import Grant
from sonae.core.access.vocabulary import NATIONWIDE, Place
from sonae.core.accounts.vocabulary import Role
from sonae.core.duties.models import Duty
from sonae.core.institutions.models import Institution
from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import Population
from sonae.core.instruments import services as instruments
from sonae.core.instruments.models import Response
from sonae.core.instruments.testing import FORM, an_edition
from sonae.core.instruments.vocabulary import Origin
from sonae.core.notifications.models import Message
from sonae.kernel.errors import Gone, NotAllowed
from sonae.prevention.surveys import queries, services
from sonae.prevention.surveys.models import AskedInstitution, Call, Campaign, Proxy
from sonae.prevention.surveys.testing import ANSWERS, a_campaign, an_answer, asked_of
from sonae.prevention.surveys.vocabulary import (
    CallOutcome,
    Channel,
    Dimension,
    Excuse,
    Progress,
    Stage,
    SurveyRefusal,
)

DUTY = {"rule": "survey.answer"}
WHY = "担当者の交代のため"


def reason(refused):
    return refused.value.refusal.reason


@pytest.fixture
def campaign(officer, manager, now) -> Campaign:
    return a_campaign(officer=officer.viewer, now=now)


def stage_at(campaign, hospital) -> Stage:
    return asked_of(campaign, hospital.pk).stage


def open_duties(hospital) -> int:
    return Duty.objects.filter(**DUTY, state="open", institution=hospital).count()


def test_an_institution_goes_through_the_stages_and_its_duty_ends_with_the_submission(
    campaign, officer, manager, hospital, now
):
    assert stage_at(campaign, hospital) is Stage.ASKED
    assert services.note_opened(campaign.pk, by=manager.viewer, now=now) == 1
    assert services.note_opened(campaign.pk, by=manager.viewer, now=now) == 0
    assert stage_at(campaign, hospital) is Stage.OPENED
    begun = services.begin_response(campaign.pk, hospital.pk, by=manager.viewer, now=now)
    assert services.begin_response(campaign.pk, hospital.pk, by=manager.viewer, now=now) == begun
    assert stage_at(campaign, hospital) is Stage.DRAFT
    assert open_duties(hospital) == 1

    response = an_answer(campaign, hospital.pk, by=manager.viewer, now=now)

    assert stage_at(campaign, hospital) is Stage.SUBMITTED
    ended = Duty.objects.get(**DUTY)
    assert (ended.state, ended.ended_by_id) == ("fulfilled", manager.account.pk)
    instruments.accept(response.pk, seen=response.revision, by=officer.viewer, now=now)
    assert stage_at(campaign, hospital) is Stage.ACCEPTED


def test_a_returned_response_is_owed_again_with_time_to_put_it_right(campaign, officer, manager, hospital, now):
    response = an_answer(campaign, hospital.pk, by=manager.viewer, now=now)
    for time in (1, 2):
        late = campaign.closes_at - timedelta(hours=time)
        instruments.return_for_correction(
            response.pk, reason="病床数を確認してください", seen=response.revision, by=officer.viewer, now=late
        )
        assert stage_at(campaign, hospital) is Stage.RETURNED
        owed = Duty.objects.get(**DUTY, state="open")
        assert owed.due_at == asked_of(campaign, hospital.pk).due_at > campaign.closes_at
        assert owed.occurrence == time + 1
        response = instruments.submit(response.pk, seen=response.revision, by=manager.viewer, now=late)
        assert open_duties(hospital) == 0


def test_nothing_is_handed_in_once_the_counting_began(campaign, officer, manager, hospital, now):
    response = services.begin_response(campaign.pk, hospital.pk, by=manager.viewer, now=now)
    kept = instruments.save_answers(response.pk, ANSWERS, seen=0, by=manager.viewer, now=now)
    late = campaign.closes_at + timedelta(days=1)
    services.close_campaign(campaign.pk, by=officer.viewer, now=late)

    with pytest.raises(NotAllowed) as refused:
        instruments.submit(response.pk, seen=kept.response.revision, by=manager.viewer, now=late)

    assert reason(refused) == SurveyRefusal.IS_OVER
    assert Response.objects.get().state == "draft"
    with pytest.raises(NotAllowed) as refused:
        services.begin_response(campaign.pk, hospital.pk, by=manager.viewer, now=late)
    assert reason(refused) == SurveyRefusal.IS_OVER


@pytest.mark.parametrize("end", ["close", "withdraw"])
def test_nothing_is_given_back_that_nobody_could_hand_in_again(campaign, officer, manager, hospital, end):
    late = campaign.closes_at + timedelta(days=1)
    response = an_answer(campaign, hospital.pk, by=manager.viewer, now=late)
    if end == "close":
        services.close_campaign(campaign.pk, by=officer.viewer, now=late)
    else:
        services.withdraw_campaign(campaign.pk, why=WHY, by=officer.viewer, now=late)

    with pytest.raises(NotAllowed) as refused:
        instruments.return_for_correction(
            response.pk, reason="病床数を確認してください", seen=response.revision, by=officer.viewer, now=late
        )

    assert reason(refused) == SurveyRefusal.IS_OVER
    assert stage_at(campaign, hospital) is Stage.SUBMITTED


@pytest.mark.postgres
@pytest.mark.usefixtures("real_commits")
def test_a_campaign_does_not_close_while_an_answer_is_handed_in(officer, manager, hospital, now):
    campaign = a_campaign(officer=officer.viewer, now=now)
    response = services.begin_response(campaign.pk, hospital.pk, by=manager.viewer, now=now)
    instruments.save_answers(response.pk, ANSWERS, seen=0, by=manager.viewer, now=now)

    def is_free() -> bool:
        try:
            with transaction.atomic():
                Campaign.objects.select_for_update(nowait=True).get(pk=campaign.pk)
        except OperationalError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            instruments.submit(response.pk, seen=1, by=manager.viewer, now=now)
            assert not other.submit(is_free).result()
        assert other.submit(is_free).result()


def test_a_late_answer_counts_while_the_campaign_is_open(campaign, manager, hospital):
    late = campaign.closes_at + timedelta(days=1)
    an_answer(campaign, hospital.pk, by=manager.viewer, now=late)
    assert stage_at(campaign, hospital) is Stage.SUBMITTED


def test_a_response_begun_elsewhere_on_the_occasion_of_the_campaign_is_its_answer(campaign, manager, hospital, now):
    response = instruments.open_response(
        campaign.edition_id, institution_id=hospital.pk, occasion=campaign.occasion, by=manager.viewer, now=now
    )
    instruments.save_answers(response.pk, ANSWERS, seen=0, by=manager.viewer, now=now)
    instruments.submit(response.pk, seen=1, by=manager.viewer, now=now)
    assert asked_of(campaign, hospital.pk).response == response
    assert open_duties(hospital) == 0


@pytest.mark.parametrize("occasion", ["2026", "survey:", "survey:nonsense", "survey:{other}"])
def test_responses_on_other_occasions_change_nothing(campaign, manager, hospital, occasion, now):
    other = occasion.format(other="00000000-0000-0000-0000-000000000000")
    response = instruments.open_response(
        campaign.edition_id, institution_id=hospital.pk, occasion=other, by=manager.viewer, now=now
    )
    instruments.save_answers(response.pk, ANSWERS, seen=0, by=manager.viewer, now=now)
    instruments.submit(response.pk, seen=1, by=manager.viewer, now=now)
    assert stage_at(campaign, hospital) is Stage.ASKED
    assert open_duties(hospital) == 1


def test_another_form_on_the_occasion_of_the_campaign_is_not_its_answer(campaign, officer, manager, hospital, now):
    other = an_edition(by=officer.viewer, now=now, form=FORM.replace("id: readiness", "id: other"))
    response = instruments.open_response(
        other.pk, institution_id=hospital.pk, occasion=campaign.occasion, by=manager.viewer, now=now
    )
    instruments.save_answers(response.pk, ANSWERS, seen=0, by=manager.viewer, now=now)
    instruments.submit(response.pk, seen=1, by=manager.viewer, now=now)
    assert stage_at(campaign, hospital) is Stage.ASKED


def test_a_corrected_form_is_answered_by_whoever_begins_after_it(campaign, officer, stranger, manager, hospital, now):
    begun = services.begin_response(campaign.pk, hospital.pk, by=manager.viewer, now=now)
    corrected = an_edition(by=officer.viewer, now=now, form=FORM.replace("病床数", "許可病床数"))
    assert corrected.pk != begun.edition_id
    assert services.begin_response(campaign.pk, hospital.pk, by=manager.viewer, now=now) == begun
    again = a_campaign(officer=officer.viewer, now=now, edition_id=corrected.pk)
    assert services.begin_response(again.pk, hospital.pk, by=manager.viewer, now=now).edition_id == corrected.pk


def test_only_those_who_are_asked_answer_and_only_for_themselves(campaign, stranger, manager, hospital, now):
    arrived = stranger.place.institution_id
    with pytest.raises(NotAllowed) as refused:
        services.begin_response(campaign.pk, arrived, by=stranger.viewer, now=now)
    assert reason(refused) == SurveyRefusal.NOT_ASKED
    with pytest.raises(NotAllowed):
        services.begin_response(campaign.pk, hospital.pk, by=stranger.viewer, now=now)
    assert not Campaign.objects.visible_to(stranger.viewer).exists()


# --- the follow-up -------------------------------------------------------------------------------------------------


def test_nothing_is_handed_in_that_is_not_expected(campaign, officer, manager, hospital, now):
    asked = asked_of(campaign, hospital.pk)
    response = services.begin_response(campaign.pk, hospital.pk, by=manager.viewer, now=now)
    instruments.save_answers(response.pk, ANSWERS, seen=0, by=manager.viewer, now=now)
    services.excuse(asked.pk, kind=Excuse.CANNOT, why=WHY, by=officer.viewer, now=now)
    with pytest.raises(NotAllowed) as refused:
        instruments.submit(response.pk, seen=1, by=manager.viewer, now=now)
    assert reason(refused) == SurveyRefusal.IS_EXCUSED


def test_nothing_is_handed_in_before_the_window(officer, manager, hospital, now):
    soon = now + timedelta(days=1)
    campaign = a_campaign(officer=officer.viewer, now=now, opens_at=soon, is_told=False)
    response = instruments.open_response(
        campaign.edition_id, institution_id=hospital.pk, occasion=campaign.occasion, by=manager.viewer, now=now
    )
    instruments.save_answers(response.pk, ANSWERS, seen=0, by=manager.viewer, now=now)
    with pytest.raises(NotAllowed) as refused:
        instruments.submit(response.pk, seen=1, by=manager.viewer, now=now)
    assert reason(refused) == SurveyRefusal.NOT_OPEN_YET


def test_more_time_moves_the_duty_of_one_institution(campaign, officer, hospital, now):
    asked = asked_of(campaign, hospital.pk)
    longer = campaign.closes_at + timedelta(days=14)
    given = services.extend(asked.pk, due_at=longer, why=WHY, by=officer.viewer, now=now)
    assert (given.due_before, given.due_after, given.why) == (campaign.closes_at, longer, WHY)
    assert (asked_of(campaign, hospital.pk).due_at, Duty.objects.get(**DUTY).due_at) == (longer, longer)
    with pytest.raises(NotAllowed) as refused:
        services.close_campaign(campaign.pk, by=officer.viewer, now=campaign.closes_at)
    assert reason(refused) == SurveyRefusal.EXTENSIONS_RUN


def test_an_institution_that_closed_is_marked_and_stays_in_the_denominator(campaign, officer, hospital, now):
    asked = asked_of(campaign, hospital.pk)
    services.excuse(asked.pk, kind=Excuse.HAS_CLOSED, why="廃院届の提出", by=officer.viewer, now=now)
    whole = queries.standing(campaign, officer.viewer, now=now).whole
    assert (whole.asked, whole.excused, open_duties(hospital)) == (1, 1, 0)
    services.expect_again(asked.pk, by=officer.viewer, now=now)
    assert queries.standing(campaign, officer.viewer, now=now).whole.excused == 0
    assert open_duties(hospital) == 1


def test_calls_are_noted_by_those_who_follow_up_and_read_by_them_alone(
    campaign, officer, prefecture_officer, inspector, manager, hospital, now
):
    asked = asked_of(campaign, hospital.pk)
    for person in (officer, prefecture_officer):
        services.note_call(
            asked.pk, called_at=now, outcome=CallOutcome.NEEDS_TIME, whom="事務長", by=person.viewer, now=now,
            next_on=now.date(),
        )  # fmt: skip
    for person in (inspector, manager):
        with pytest.raises(NotAllowed):
            services.note_call(asked.pk, called_at=now, outcome=CallOutcome.DECLINES, by=person.viewer, now=now)
    assert Call.objects.visible_to(inspector.viewer).count() == 2
    assert not Call.objects.visible_to(manager.viewer).exists()
    row = queries.follow_up(campaign, prefecture_officer.viewer).get()
    assert (row.calls_made, row.last_outcome, row.call_again_on) == (2, "needs_time", now.date())


def test_a_prefecture_follows_up_its_own_territory_and_nothing_else(officer, prefecture_officer, other_hospital, now):
    campaign = a_campaign(officer=officer.viewer, now=now)
    far = asked_of(campaign, other_hospital.pk)
    with pytest.raises(Gone):
        services.note_call(far.pk, called_at=now, outcome=CallOutcome.DECLINES, by=prefecture_officer.viewer, now=now)
    own = queries.standing(campaign, prefecture_officer.viewer, now=now)
    assert own.whole.asked == 1
    assert set(own.by[Dimension.PREFECTURE]) == {"01"}
    assert queries.standing(campaign, officer.viewer, now=now).whole.asked == 2
    for verb, said in (
        (services.extend, {"due_at": campaign.closes_at + timedelta(days=1), "why": WHY}),
        (services.excuse, {"kind": Excuse.CANNOT, "why": WHY}),
    ):
        own_row = queries.follow_up(campaign, prefecture_officer.viewer).get()
        with pytest.raises(NotAllowed):
            verb(own_row.pk, by=prefecture_officer.viewer, now=now, **said)


def test_whoever_also_works_at_an_institution_does_not_follow_it_up(
    officer, prefecture_officer, hospital, other_hospital, now
):
    campaign = a_campaign(officer=officer.viewer, now=now)
    services.note_call(
        asked_of(campaign, other_hospital.pk).pk,
        called_at=now,
        outcome=CallOutcome.DECLINES,
        by=officer.viewer,
        now=now,
    )
    account = prefecture_officer.account.pk
    access.found(account, Role.INSTITUTION_MANAGER, at=Place(institution_id=other_hospital.pk), now=now)
    both = grants.viewer_of(account, now=now)
    Institution.objects.update(vanished_on=now.date())

    assert queries.own(both).get().institution == other_hospital
    for rows in (queries.follow_up(campaign, both), queries.drifted(campaign, both)):
        assert [row.institution_id for row in rows] == [hospital.pk]
    assert queries.standing(campaign, both, now=now).whole.asked == 1


def test_a_prefecture_officer_answers_by_telephone_and_every_answer_says_so(
    campaign, officer, prefecture_officer, manager, hospital, now
):
    asked = asked_of(campaign, hospital.pk)
    caller = prefecture_officer.viewer
    proxy, response = services.stand_in(
        asked.pk, channel=Channel.TELEPHONE, informant="事務長 備前", why="端末の故障", by=caller, now=now
    )
    kept = instruments.save_answers(response.pk, ANSWERS, seen=0, by=caller, now=now)
    assert {kept.response.mark(question).origin for question in ANSWERS} == {Origin.PROXY}
    handed_in = instruments.submit(response.pk, seen=1, by=caller, now=now)

    assert (proxy.channel, proxy.informant, proxy.begun_by_id) == ("telephone", "事務長 備前", caller.account_id)
    assert stage_at(campaign, hospital) is Stage.SUBMITTED
    assert Duty.objects.get(**DUTY).ended_by_id == caller.account_id
    assert queries.follow_up(campaign, officer.viewer).get().is_proxied
    # The institution sees what was said in its name, and mends it after a return.
    assert Response.objects.visible_to(manager.viewer).get() == handed_in
    instruments.return_for_correction(response.pk, reason="病床数の誤り", seen=1, by=officer.viewer, now=now)
    mended = instruments.save_answers(response.pk, {"beds": 150}, seen=1, by=manager.viewer, now=now)
    assert mended.response.mark("beds").origin is Origin.TYPED


def test_nobody_answers_in_place_of_an_institution_that_answers_itself(
    campaign, prefecture_officer, manager, hospital, now
):
    services.begin_response(campaign.pk, hospital.pk, by=manager.viewer, now=now)
    said = {"channel": Channel.TELEPHONE, "informant": "事務長", "why": WHY}
    with pytest.raises(NotAllowed) as refused:
        services.stand_in(asked_of(campaign, hospital.pk).pk, by=prefecture_officer.viewer, now=now, **said)
    assert reason(refused) == SurveyRefusal.INSTITUTION_ANSWERS
    assert not Proxy.objects.exists()


@pytest.mark.parametrize("person", ["inspector", "analyst", "stranger", "manager"])
def test_who_does_not_follow_up_does_not_stand_in(campaign, hospital, person, request, now):
    viewer = request.getfixturevalue(person).viewer
    said = {"channel": Channel.PAPER, "informant": "事務長", "why": WHY}
    with pytest.raises((Gone, NotAllowed)):
        services.stand_in(asked_of(campaign, hospital.pk).pk, by=viewer, now=now, **said)


def test_a_stand_in_ends_with_the_role_over_the_place(campaign, prefecture_officer, hospital, now):
    said = {"channel": Channel.TELEPHONE, "informant": "事務長", "why": WHY}
    caller = prefecture_officer.viewer
    _, response = services.stand_in(asked_of(campaign, hospital.pk).pk, by=caller, now=now, **said)
    Grant.objects.filter(account=prefecture_officer.account).update(ends_at=now)
    with pytest.raises(Gone):
        instruments.save_answers(response.pk, ANSWERS, seen=0, by=prefecture_officer.viewer, now=now)


@pytest.mark.parametrize(
    ("caller", "role"),
    [
        ("officer", Role.RESPONDER),
        ("officer", Role.SHARING_ANALYST),
        ("prefecture_officer", Role.INSPECTOR),
    ],
)
def test_a_stand_in_ends_with_the_permission_that_allowed_it(campaign, hospital, caller, role, request, now):
    caller = request.getfixturevalue(caller)
    said = {"channel": Channel.TELEPHONE, "informant": "事務長", "why": WHY}
    _, response = services.stand_in(asked_of(campaign, hospital.pk).pk, by=caller.viewer, now=now, **said)
    assert Response.objects.visible_to(caller.viewer).exists()
    Grant.objects.filter(account=caller.account).update(ends_at=now)
    at = Place(jurisdiction_id=hospital.jurisdiction_id) if role is Role.INSPECTOR else NATIONWIDE
    access.found(caller.account.pk, role, at=at, now=now)
    moved = grants.viewer_of(caller.account.pk, now=now)

    assert not Response.objects.visible_to(moved).exists()
    with pytest.raises(Gone):
        instruments.save_answers(response.pk, ANSWERS, seen=0, by=moved, now=now)


def test_a_stand_in_ends_when_the_institution_goes_on_itself(campaign, prefecture_officer, manager, hospital, now):
    said = {"channel": Channel.TELEPHONE, "informant": "事務長", "why": WHY, "now": now}
    caller, asked = prefecture_officer.viewer, asked_of(campaign, hospital.pk)
    _, response = services.stand_in(asked.pk, by=caller, **said)
    instruments.save_answers(response.pk, {"gate": "yes"}, seen=0, by=caller, now=now)
    services.stand_in(asked.pk, by=caller, **said)

    instruments.save_answers(response.pk, {"beds": 150}, seen=1, by=manager.viewer, now=now)

    assert not Response.objects.visible_to(caller).exists()
    for act in (
        lambda: instruments.save_answers(response.pk, {"beds": 1}, seen=2, by=caller, now=now),
        lambda: instruments.submit(response.pk, seen=2, by=caller, now=now),
    ):
        with pytest.raises(Gone):
            act()
    with pytest.raises(NotAllowed) as refused:
        services.stand_in(asked.pk, by=caller, **said)
    assert reason(refused) == SurveyRefusal.INSTITUTION_ANSWERS


def test_an_officer_goes_on_with_what_no_one_of_the_institution_touched(campaign, officer, manager, hospital, now):
    said = {"channel": Channel.TELEPHONE, "informant": "事務長", "why": WHY, "by": officer.viewer, "now": now}
    asked = asked_of(campaign, hospital.pk)
    _, response = services.stand_in(asked.pk, **said)
    instruments.save_answers(response.pk, {"gate": "yes"}, seen=0, by=officer.viewer, now=now)
    services.excuse(asked.pk, kind=Excuse.CANNOT, why=WHY, by=officer.viewer, now=now)
    services.expect_again(asked.pk, by=officer.viewer, now=now)
    _, again = services.stand_in(asked.pk, **said)
    assert again == response


def test_nobody_stands_in_where_the_institution_began_elsewhere(campaign, prefecture_officer, manager, hospital, now):
    instruments.open_response(
        campaign.edition_id, institution_id=hospital.pk, occasion=campaign.occasion, by=manager.viewer, now=now
    )
    said = {"channel": Channel.TELEPHONE, "informant": "事務長", "why": WHY}
    with pytest.raises(NotAllowed) as refused:
        services.stand_in(asked_of(campaign, hospital.pk).pk, by=prefecture_officer.viewer, now=now, **said)
    assert reason(refused) == SurveyRefusal.INSTITUTION_ANSWERS


def test_the_managers_hear_that_somebody_answers_in_their_place(campaign, prefecture_officer, manager, hospital, now):
    said = {"channel": Channel.TELEPHONE, "informant": "事務長", "why": WHY}
    services.stand_in(asked_of(campaign, hospital.pk).pk, by=prefecture_officer.viewer, now=now, **said)
    mails = Message.objects.filter(template="surveys/stood_in")
    assert list(mails.values_list("account_id", flat=True)) == [manager.account.pk]


@pytest.mark.parametrize("end", ["close", "withdraw", "excuse"])
def test_a_stand_in_ends_with_what_it_was_for(campaign, officer, prefecture_officer, hospital, end, now):
    said = {"channel": Channel.TELEPHONE, "informant": "事務長", "why": WHY}
    caller, asked = prefecture_officer.viewer, asked_of(campaign, hospital.pk)
    _, response = services.stand_in(asked.pk, by=caller, now=now, **said)
    late = campaign.closes_at + timedelta(days=1)
    match end:
        case "close":
            services.close_campaign(campaign.pk, by=officer.viewer, now=late)
        case "withdraw":
            services.withdraw_campaign(campaign.pk, why=WHY, by=officer.viewer, now=late)
        case "excuse":
            services.excuse(asked.pk, kind=Excuse.CANNOT, why=WHY, by=officer.viewer, now=late)

    assert not Response.objects.visible_to(caller).exists()
    with pytest.raises(Gone):
        instruments.save_answers(response.pk, ANSWERS, seen=0, by=caller, now=late)


# --- figures -------------------------------------------------------------------------------------------------------


def counted_plainly(rows) -> Progress:
    counted = dict.fromkeys(("asked", "opened", "draft", "returned", "submitted", "accepted", "excused"), 0)
    for row in rows:
        counted["asked"] += 1
        counted["opened"] += row.stage is not Stage.ASKED
        counted["excused"] += row.excused_at is not None
        if row.stage.value in counted and row.stage not in (Stage.ASKED, Stage.OPENED):
            counted[row.stage.value] += 1
    return Progress(**counted)


@pytest.fixture
def mixed(officer, manager, stranger, hospital, other_hospital, now) -> Campaign:
    """A campaign in which the institutions have come to different stages."""
    for beds in (30, 250, 800, None):
        an_institution(population=Population.SYNTHETIC, licensed_beds=beds)
    campaign = a_campaign(officer=officer.viewer, now=now)
    services.note_opened(campaign.pk, by=stranger.viewer, now=now)
    response = an_answer(campaign, hospital.pk, by=manager.viewer, now=now)
    instruments.return_for_correction(response.pk, reason="確認のため", seen=1, by=officer.viewer, now=now)
    small = AskedInstitution.objects.get(campaign=campaign, band="20-99")
    services.excuse(small.pk, kind=Excuse.HAS_CLOSED, why=WHY, by=officer.viewer, now=now)
    return campaign


def test_the_figures_are_those_of_a_plain_count(mixed, officer, django_assert_num_queries, now):
    viewer = officer.viewer
    with django_assert_num_queries(1):
        found = queries.standing(mixed, viewer, now=now)
    rows = list(AskedInstitution.objects.filter(campaign=mixed).select_related("response"))
    assert found.whole == counted_plainly(rows)
    assert found.whole.asked == 6
    assert found.whole.answered + found.whole.outstanding == 6
    for dimension, column in ((Dimension.BAND, "band"), (Dimension.PREFECTURE, "prefecture"), (Dimension.KIND, "kind")):
        names = {getattr(row, column) for row in rows}
        assert found.by[dimension] == {
            name: counted_plainly([row for row in rows if getattr(row, column) == name]) for name in names
        }


@pytest.mark.parametrize("stage", Stage)
def test_a_stage_in_the_database_is_the_stage_of_each_row(mixed, stage):
    rows = AskedInstitution.objects.filter(campaign=mixed).select_related("response")
    assert set(rows.filter(queries.stage_condition(stage))) == {row for row in rows if row.stage is stage}


# --- days of reminders ---------------------------------------------------------------------------------------------


def test_a_day_of_reminders_reaches_each_who_has_not_answered_once(
    officer, manager, stranger, hospital, now, monkeypatch
):
    campaign = a_campaign(officer=officer.viewer, now=now)
    day = (now + timedelta(days=3)).date()
    date = services.add_reminder_date(campaign.pk, day=day, by=officer.viewer, now=now)
    assert services.remind_some(date.pk, now=now) == 0
    an_answer(campaign, hospital.pk, by=manager.viewer, now=now)
    later = now + timedelta(days=3)

    def killed(*_args, **_kwargs):
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr("sonae.core.notifications.services.queue_mails", killed)
        with pytest.raises(SystemExit):
            services.remind_some(date.pk, now=later)
    assert services.remind_some(date.pk, now=later) == 1
    assert services.remind_some(date.pk, now=later) == 0
    date.refresh_from_db()
    assert (date.reminded, date.finished_at) == (1, later)
    assert services.remind_some(date.pk, now=later + timedelta(days=1)) == 0
    mails = Message.objects.filter(template="surveys/reminded")
    assert list(mails.values_list("account_id", flat=True)) == [stranger.account.pk]


def test_a_day_of_reminders_can_be_taken_back_until_it_begins(campaign, officer, manager, hospital, now):
    date = services.add_reminder_date(campaign.pk, day=now.date(), by=officer.viewer, now=now)
    services.drop_reminder_date(date.pk, by=officer.viewer, now=now)
    date = services.add_reminder_date(campaign.pk, day=now.date(), by=officer.viewer, now=now)
    services.remind_some(date.pk, now=now)
    with pytest.raises(NotAllowed) as refused:
        services.drop_reminder_date(date.pk, by=officer.viewer, now=now)
    assert reason(refused) == SurveyRefusal.REMINDER_BEGUN
    with pytest.raises(NotAllowed) as refused:
        services.add_reminder_date(campaign.pk, day=now.date(), by=officer.viewer, now=now)
    assert reason(refused) == SurveyRefusal.REMINDER_TWICE
