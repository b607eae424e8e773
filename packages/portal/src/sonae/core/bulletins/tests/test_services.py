"""Issuing to an audience, telling its recipients, and what institutions answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sonae.core.access.vocabulary import AccessRefusal, Permission
from sonae.core.audit.models import Entry
from sonae.core.bulletins import queries, services, tasks
from sonae.core.bulletins.models import Bulletin, OwnedProduct, Recipient
from sonae.core.bulletins.testing import an_issued_bulletin
from sonae.core.bulletins.vocabulary import Audience, BulletinRefusal, BulletinState, Content, Stage, Told
from sonae.core.duties.models import Duty
from sonae.core.institutions.models import Institution
from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import InstitutionKind, Population, Prefecture
from sonae.core.notifications.models import Message
from sonae.core.web.vocabulary import Tlp
from sonae.kernel.errors import Conflict, Gone, NotAllowed

CONTENT = Content("VPN装置の更新", "Update the VPN appliance", "**すぐに**更新してください。", "Please update **now**.")


@pytest.fixture
def issue(analyst, second_analyst, now):
    def issue(*, tlp=Tlp.GREEN, audience=None, key="b1", **rest):
        return an_issued_bulletin(
            CONTENT, tlp=tlp, audience=audience or Audience.everyone(), by=analyst.viewer,
            issued_by=second_analyst.viewer, now=now, key=key, **rest,
        )  # fmt: skip

    return issue


def _refusal(refused):
    return refused.value.refusal.reason


def test_an_issued_bulletin_has_one_recipient_row_per_institution_of_its_audience(issue, hospital, other_hospital):
    bulletin = issue(audience=Audience(prefectures=frozenset({Prefecture.TOKYO})))

    rows = Recipient.objects.filter(bulletin=bulletin)
    assert [(row.institution_id, row.prefecture) for row in rows] == [(other_hospital.pk, "13")]
    assert bulletin.state == BulletinState.ISSUED
    assert bulletin.recipient_count == 1


def test_the_same_key_issues_once_and_other_words_under_it_are_a_conflict(issue, hospital, analyst, now):
    first = issue()
    again = issue()

    assert first.pk == again.pk
    assert Entry.objects.filter(verb="bulletin.issue").count() == 1
    with pytest.raises(Conflict):
        services.draft(
            Content("別", "Other", "別", "Other"), tlp=Tlp.GREEN, audience=Audience.everyone(), by=analyst.viewer,
            now=now, key="b1",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("audience", "fits"),
    [
        (Audience(), {"sapporo", "tokyo", "clinic", "named"}),
        (Audience(kinds=frozenset({InstitutionKind.CLINIC})), {"clinic"}),
        (Audience(beds_from=200), {"tokyo"}),
        (Audience(beds_to=199), {"sapporo", "named"}),
        (Audience(beds_from=100, beds_to=199), {"sapporo"}),
        (Audience(prefectures=frozenset({Prefecture.OKINAWA})), {"named"}),
        (Audience(product="vendor:gateway"), {"tokyo"}),
        (Audience(beds_from=100, prefectures=frozenset({Prefecture.OKINAWA})), set()),
    ],
)
def test_an_audience_is_whoever_fits_every_condition(audience, fits, now, cast_database):
    places = _places()
    assert _names(queries.reached_by(audience), places) == fits


def test_the_named_receive_it_whatever_the_conditions_say(cast_database):
    places = _places()
    audience = Audience(beds_from=200, institution_ids=frozenset({places["named"]}))
    assert _names(queries.reached_by(audience), places) == {"tokyo", "named"}
    assert _names(queries.reached_by(Audience.named([places["clinic"]])), places) == {"clinic"}


def _places():
    places = {
        "sapporo": an_institution(licensed_beds=150),
        "tokyo": an_institution(licensed_beds=400, prefecture=Prefecture.TOKYO),
        "clinic": an_institution(kind=InstitutionKind.CLINIC, licensed_beds=None),
        "named": an_institution(licensed_beds=20, prefecture=Prefecture.OKINAWA),
    }
    services.note_owned_products(places["tokyo"].pk, ["vendor:gateway", "vendor:pacs"])
    return {name: place.pk for name, place in places.items()}


def _names(rows, places):
    found = set(rows.values_list("pk", flat=True))
    return {name for name, pk in places.items() if pk in found}


def test_a_ledger_that_changes_replaces_the_products_of_its_institution(hospital):
    services.note_owned_products(hospital.pk, ["a", "b"])
    services.note_owned_products(hospital.pk, ["b", "c", " "])
    assert sorted(OwnedProduct.objects.values_list("product", flat=True)) == ["b", "c"]


def test_red_is_issued_to_named_recipients_only(issue, hospital):
    with pytest.raises(NotAllowed) as refused:
        issue(tlp=Tlp.RED)
    assert _refusal(refused) == BulletinRefusal.RED_NEEDS_NAMES
    assert issue(tlp=Tlp.RED, audience=Audience.named([hospital.pk]), key="b2").recipient_count == 1


def test_a_bulletin_that_reaches_nobody_is_not_issued(issue, hospital):
    with pytest.raises(NotAllowed) as refused:
        issue(audience=Audience(beds_from=19_000))
    assert _refusal(refused) == BulletinRefusal.NOBODY_REACHED
    assert not Recipient.objects.exists()


@pytest.mark.parametrize("name", ["manager", "inspector", "operator", "auditor", "colleague", "responder"])
def test_only_the_ministry_and_the_sharing_centre_write_bulletins(name, request, now, hospital):
    with pytest.raises(NotAllowed) as refused:
        services.draft(
            CONTENT, tlp=Tlp.CLEAR, audience=Audience.everyone(), by=request.getfixturevalue(name).viewer, now=now
        )
    assert _refusal(refused) == AccessRefusal.ROLE_LACKS_PERMISSION


def test_telling_imposes_the_duty_and_queues_one_mail_per_manager(issue, manager, executive, colleague, stranger, now):
    bulletin = issue(acknowledge_by=now + timedelta(days=3))
    while services.tell_some(bulletin.pk, now=now, limit=1):
        pass

    assert set(Message.objects.filter(key__startswith="bulletin:").values_list("account_id", flat=True)) == {
        manager.account.pk,
        stranger.account.pk,
    }
    duties = Duty.objects.filter(rule="bulletin.acknowledge")
    assert {duty.institution_id for duty in duties} == {manager.place.institution_id, stranger.place.institution_id}
    assert {duty.due_at for duty in duties} == {now + timedelta(days=3)}
    assert not Recipient.objects.filter(told_at=None).exists()


def test_telling_again_tells_nobody_twice(issue, manager, now):
    bulletin = issue(acknowledge_by=now + timedelta(days=3))
    services.tell_some(bulletin.pk, now=now)
    # As after a crash that lost the mark but not the message.
    Recipient.objects.update(told_at=None)
    services.tell_some(bulletin.pk, now=now)

    assert Message.objects.filter(key__startswith="bulletin:").count() == 1
    assert Duty.objects.filter(rule="bulletin.acknowledge").count() == 1


def test_a_person_who_manages_two_recipients_gets_one_mail(issue, manager, other_hospital, operator, now):
    from_both = manager.account.pk
    services.grants.found(
        from_both,
        manager.role,
        at=services.grants.place_of_institution(other_hospital.pk),
        now=now - timedelta(days=1),
    )
    bulletin = issue()
    while services.tell_some(bulletin.pk, now=now, limit=1):
        pass
    assert Message.objects.filter(account_id=from_both, key__startswith="bulletin:").count() == 1


def test_the_task_goes_on_where_a_killed_worker_stopped(issue, manager, stranger, now):
    bulletin = issue()
    services.tell_some(bulletin.pk, now=now, limit=1)
    assert tasks.tell_outstanding.func() == 1
    assert tasks.tell_outstanding.func() == 0
    assert tasks.tell_recipients.func(str(bulletin.pk)) == 0
    assert Message.objects.filter(key__startswith="bulletin:").count() == 2


def test_a_mail_names_the_title_only_where_everyone_may_know_it(issue, manager, hospital, now):
    for key, tlp in (("g", Tlp.GREEN), ("a", Tlp.AMBER)):
        services.tell_some(issue(tlp=tlp, key=key, audience=Audience.named([hospital.pk])).pk, now=now)
    assert {message.context["title"]["en"] for message in Message.objects.all()} == {
        CONTENT.title_en,
        "Bulletin TLP:AMBER",
    }


def test_acknowledging_ends_the_duty_and_is_remembered_with_person_and_moment(issue, manager, hospital, now):
    bulletin = issue(acknowledge_by=now + timedelta(days=3))
    services.tell_some(bulletin.pk, now=now)

    receipt = services.acknowledge(bulletin.pk, hospital.pk, by=manager.viewer, now=now)

    assert receipt.stage is Stage.ACKNOWLEDGED
    assert receipt.acknowledged_by_id == manager.account.pk
    assert Duty.objects.get(rule="bulletin.acknowledge").state == "fulfilled"
    services.acknowledge(bulletin.pk, hospital.pk, by=manager.viewer, now=now + timedelta(hours=1))
    assert Recipient.objects.get(pk=receipt.pk).acknowledged_at == now
    assert Entry.objects.filter(verb="bulletin.acknowledged").count() == 1


def test_done_contains_the_stages_before_it(issue, executive, hospital, now):
    receipt = services.mark_done(issue().pk, hospital.pk, by=executive.viewer, now=now)
    assert receipt.stage is Stage.DONE
    assert receipt.opened_at == receipt.acknowledged_at == receipt.done_at == now


def test_who_has_acknowledged_before_being_told_gets_no_duty(issue, manager, hospital, now):
    bulletin = issue(acknowledge_by=now + timedelta(days=3))
    services.acknowledge(bulletin.pk, hospital.pk, by=manager.viewer, now=now)
    services.tell_some(bulletin.pk, now=now)
    assert not Duty.objects.filter(rule="bulletin.acknowledge").exists()
    assert not Message.objects.filter(key__startswith="bulletin:").exists()


def test_nobody_acknowledges_for_another_institution(issue, stranger, colleague, hospital, now):
    bulletin = issue()
    with pytest.raises(NotAllowed) as refused:
        services.acknowledge(bulletin.pk, hospital.pk, by=stranger.viewer, now=now)
    assert _refusal(refused) == AccessRefusal.OTHER_INSTITUTION
    with pytest.raises(NotAllowed) as refused:
        services.acknowledge(bulletin.pk, hospital.pk, by=colleague.viewer, now=now)
    assert _refusal(refused) == AccessRefusal.ROLE_LACKS_PERMISSION


def test_an_institution_that_did_not_receive_it_has_nothing_to_acknowledge(
    issue, hospital, stranger, other_hospital, now
):
    bulletin = issue(audience=Audience.named([hospital.pk]))
    with pytest.raises(NotAllowed) as refused:
        services.acknowledge(bulletin.pk, other_hospital.pk, by=stranger.viewer, now=now)
    assert _refusal(refused) == BulletinRefusal.NOT_A_RECIPIENT


def test_a_withdrawn_bulletin_keeps_its_reason_and_its_duties_fall_away(issue, manager, officer, hospital, now):
    bulletin = issue(acknowledge_by=now + timedelta(days=3))
    services.tell_some(bulletin.pk, now=now)

    services.withdraw(bulletin.pk, why="Wrong version named.", by=officer.viewer, now=now)

    assert Bulletin.objects.visible_to(manager.viewer).get().withdrawn_why == "Wrong version named."
    assert Duty.objects.get(rule="bulletin.acknowledge").state == "superseded"
    with pytest.raises(NotAllowed) as refused:
        services.acknowledge(bulletin.pk, hospital.pk, by=manager.viewer, now=now)
    assert _refusal(refused) == BulletinRefusal.NOT_ISSUED
    assert services.tell_some(bulletin.pk, now=now) == 0


def test_an_issued_bulletin_keeps_its_words(issue, analyst, hospital, now):
    bulletin = issue()
    with pytest.raises(NotAllowed) as refused:
        services.revise(bulletin.pk, CONTENT, tlp=Tlp.CLEAR, audience=Audience.everyone(), by=analyst.viewer, now=now)
    assert _refusal(refused) == BulletinRefusal.NOT_A_DRAFT
    with pytest.raises(NotAllowed):
        services.issue_draft(bulletin.pk, by=analyst.viewer, now=now)


def test_a_token_without_the_scope_does_not_issue(analyst, hospital, now):
    bulletin = services.draft(CONTENT, tlp=Tlp.GREEN, audience=Audience.everyone(), by=analyst.viewer, now=now)
    from_token = replace(analyst.viewer, scopes=frozenset({Permission.BULLETIN_READ, Permission.BULLETIN_WRITE}))
    with pytest.raises(NotAllowed) as refused:
        services.issue_draft(bulletin.pk, by=from_token, now=now)
    assert _refusal(refused) == AccessRefusal.TOKEN_LACKS_SCOPE


def test_opening_is_remembered_once_and_looking_at_red_is_written_down_each_time(
    issue, manager, hospital, stranger, now
):
    bulletin = issue(tlp=Tlp.RED, audience=Audience.named([hospital.pk]))
    assert services.note_opened(bulletin.pk, by=manager.viewer, now=now) == 1
    assert services.note_opened(bulletin.pk, by=manager.viewer, now=now) == 0
    assert Entry.objects.filter(kind="read", verb="bulletin.open").count() == 2
    with pytest.raises(Gone):
        services.note_opened(bulletin.pk, by=stranger.viewer, now=now)


def test_reach_counts_stages_for_whoever_may_follow(issue, manager, stranger, officer, inspector, hospital, now):
    bulletin = issue()
    services.mark_done(bulletin.pk, hospital.pk, by=manager.viewer, now=now)
    services.note_opened(bulletin.pk, by=stranger.viewer, now=now)

    nation = queries.reach_of(bulletin.pk, viewer=officer.viewer, now=now)
    assert (nation.recipients, nation.opened, nation.acknowledged, nation.done) == (2, 2, 1, 1)
    own = queries.reach_of(bulletin.pk, viewer=inspector.viewer, now=now)
    assert (own.recipients, own.done) == (1, 1)
    by_prefecture = queries.reach_by_prefecture(bulletin.pk, viewer=officer.viewer, now=now)
    assert {code: found.done for code, found in by_prefecture.items()} == {"01": 1, "13": 0}


def test_a_text_that_names_an_institution_needs_a_second_person_to_issue_it(analyst, second_analyst, hospital, now):
    naming = Content("注意喚起", "Warning", f"{hospital.name}が攻撃を受けました。", "A hospital was attacked.")
    draft = services.draft(naming, tlp=Tlp.GREEN, audience=Audience.everyone(), by=analyst.viewer, now=now)

    with pytest.raises(NotAllowed) as refused:
        services.issue_draft(draft.pk, by=analyst.viewer, now=now)
    assert refused.value.refusal.reason == BulletinRefusal.SECOND_PERSON_NEEDED
    assert refused.value.refusal.facts["names"] == hospital.name

    services.revise(
        draft.pk, naming, tlp=Tlp.GREEN, audience=Audience.everyone(), by=second_analyst.viewer, now=now
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        services.issue_draft(draft.pk, by=second_analyst.viewer, now=now)


@pytest.mark.parametrize("hidden", ["{0} ", "**{0}**", "{1}\u200b{2}", "{1} {2}", "&#{3};{4}"])
def test_a_name_is_found_however_it_is_written(analyst, hospital, now, hidden):
    name = hospital.name
    text = hidden.format(name, name[:2], name[2:], ord(name[0]), name[1:])
    draft = services.draft(
        Content("題", "Title", f"{text}の件", "Text"), tlp=Tlp.GREEN, audience=Audience.everyone(),
        by=analyst.viewer, now=now,
    )  # fmt: skip
    with pytest.raises(NotAllowed) as refused:
        services.issue_draft(draft.pk, by=analyst.viewer, now=now)
    assert refused.value.refusal.reason == BulletinRefusal.SECOND_PERSON_NEEDED


def test_a_second_person_issues_what_names_an_institution(analyst, officer, hospital, now):
    naming = Content(f"{hospital.name}の公表について", "On a public statement", "本文", "Text")
    draft = services.draft(naming, tlp=Tlp.CLEAR, audience=Audience.everyone(), by=analyst.viewer, now=now)
    assert services.issue_draft(draft.pk, by=officer.viewer, now=now).state == BulletinState.ISSUED


def test_what_another_room_wrote_is_withdrawn_by_that_room_only(officer, hospital, now):
    bulletin = services.issue(
        "題", "Title", "本文", "Text", tlp=Tlp.GREEN, audience=Audience.everyone(), by=officer.viewer, now=now,
        key="from-elsewhere", source="disclosure",
    )  # fmt: skip
    with pytest.raises(NotAllowed) as refused:
        services.withdraw(bulletin.pk, why="誤り", by=officer.viewer, now=now)
    assert refused.value.refusal.reason == BulletinRefusal.WRITTEN_ELSEWHERE
    withdrawn = services.withdraw(bulletin.pk, why="誤り", by=officer.viewer, now=now, source="disclosure")
    assert withdrawn.state == BulletinState.WITHDRAWN


def test_nobody_issues_what_they_wrote_whatever_it_says(analyst, second_analyst, hospital, now):
    draft = services.draft(CONTENT, tlp=Tlp.GREEN, audience=Audience.everyone(), by=analyst.viewer, now=now)
    with pytest.raises(NotAllowed) as refused:
        services.issue_draft(draft.pk, by=analyst.viewer, now=now)
    assert _refusal(refused) == BulletinRefusal.ANOTHER_PERSON_ISSUES
    assert services.issue_draft(draft.pk, by=second_analyst.viewer, now=now).state == BulletinState.ISSUED


def test_nobody_learns_who_owns_a_product_by_writing_to_its_owners(issue, officer, manager, hospital, settings, now):
    settings.DISCLOSURE_K = 2
    services.note_owned_products(hospital.pk, ["fortinet fortigate 60f"])
    by_product = Audience(product="fortinet fortigate 60f")
    assert (queries.told_of(by_product).institutions, queries.known_products()) == (0, [])
    with pytest.raises(NotAllowed) as refused:
        issue(audience=by_product)
    assert _refusal(refused) == BulletinRefusal.TOO_FEW_OWNERS
    for _ in range(2):
        services.note_owned_products(an_institution().pk, ["fortinet fortigate 60f"])
    assert queries.told_of(by_product) == Told(2, is_at_least=True)
    bulletin = issue(audience=by_product, key="b2")
    assert queries.reach_of(bulletin.pk, viewer=officer.viewer, now=now).recipients == 3
    assert queries.reach_by_prefecture(bulletin.pk, viewer=officer.viewer, now=now) == {}
    assert not Recipient.objects.visible_to(officer.viewer).exists()
    assert [row.institution_id for row in Recipient.objects.visible_to(manager.viewer)] == [hospital.pk]


def test_the_reason_of_a_withdrawal_names_nobody(issue, officer, hospital, now):
    bulletin = issue()
    with pytest.raises(NotAllowed) as refused:
        services.withdraw(bulletin.pk, why=f"{hospital.name}の誤報", by=officer.viewer, now=now)
    assert refused.value.refusal.reason == BulletinRefusal.REASON_NAMES


def test_real_and_made_up_institutions_are_addressed_apart(officer, hospital, now):
    Institution.objects.filter(pk=hospital.pk).update(is_synthetic=False)
    real, made_up = (queries.count_reached(Audience.all_of(population)) for population in Population)
    assert real == 1
    assert made_up == queries.count_reached(Audience.everyone()) - 1
