"""Whom a campaign asks, frozen against the register, and how they are told: nobody twice, nobody never."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sonae.core.audit.models import Entry
from sonae.core.duties.models import Duty
from sonae.core.institutions import services as register
from sonae.core.institutions.models import BedCount, Institution, InstitutionChange
from sonae.core.institutions.queries import licensed_beds_on
from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import Beds, ChangedField, InstitutionKind, Population, Prefecture
from sonae.core.notifications.models import Message
from sonae.kernel.errors import Conflict, Gone, NotAllowed, SonaeError
from sonae.prevention.surveys import queries, rules, services, tasks
from sonae.prevention.surveys.bands import bands
from sonae.prevention.surveys.models import AskedInstitution, Campaign
from sonae.prevention.surveys.testing import a_campaign, a_content, asked_of, opened
from sonae.prevention.surveys.vocabulary import Band, Interval, PopulationRule, SurveyRefusal, Then

SYNTHETIC = PopulationRule(population=Population.SYNTHETIC)
EDGES = (0, 19, 20, 99, 100, 199, 200, 201, 399, 400, 499, 500)


def reason(refused):
    return refused.value.refusal.reason


def a_hospital(**overrides):
    return an_institution(population=Population.SYNTHETIC, **overrides)


def then_of(institution: Institution, day: date) -> Then:
    """What the register said on a day, by a plain walk over its histories."""
    changes = list(InstitutionChange.objects.filter(institution=institution, as_of__gt=day).order_by("as_of", "id"))

    def was(field: ChangedField, now: str) -> str:
        return next((change.before for change in changes if change.field == field), now)

    return Then(
        InstitutionKind(was(ChangedField.KIND, institution.kind)),
        Prefecture(was(ChangedField.PREFECTURE, institution.prefecture)),
        licensed_beds_on(institution.pk, on=day),
        Population.SYNTHETIC if institution.is_synthetic else Population.REAL,
        is_listed=institution.listed_on <= day and was(ChangedField.STATUS, institution.status) == "listed",
    )


def asked_plainly(rule: PopulationRule, day: date) -> dict[int, Band]:
    """Whom a rule asks and in which band, one institution after the other: the oracle of the query."""
    found = {}
    for institution in Institution.objects.all():
        then = then_of(institution, day)
        if rules.asks(rule, then):
            found[institution.pk] = rules.band_of(then.licensed_beds, bands())
    return found


RULES = [
    SYNTHETIC,
    PopulationRule(),
    PopulationRule(population=Population.SYNTHETIC, beds=Interval(20)),
    PopulationRule(population=Population.SYNTHETIC, beds=Interval(20, 200)),
    PopulationRule(population=Population.SYNTHETIC, beds=Interval(200, 201)),
    PopulationRule(population=Population.SYNTHETIC, kinds=frozenset(), beds=Interval(0, 20)),
    PopulationRule(population=Population.SYNTHETIC, prefectures=frozenset({Prefecture.TOKYO})),
    PopulationRule(
        population=Population.SYNTHETIC, kinds=frozenset({InstitutionKind.CLINIC}), prefectures=frozenset(Prefecture)
    ),
]


@pytest.fixture
def moved_register(cast_database, now):
    """A register in which beds, kinds, prefectures and standing changed before, on and after the day that is asked."""
    day = now.date()
    for beds in EDGES:
        a_hospital(licensed_beds=beds)
    a_hospital(licensed_beds=None)
    a_hospital(kind=InstitutionKind.CLINIC, licensed_beds=19, prefecture=Prefecture.TOKYO)
    an_institution(licensed_beds=300)
    for beds, ago in ((199, 40), (250, 0), (30, -20)):
        grown = a_hospital(licensed_beds=200)
        BedCount.objects.filter(institution=grown).update(as_of=day - timedelta(days=100))
        BedCount.objects.create(
            institution=grown, as_of=day - timedelta(days=ago), total=beds, source="by_hand", recorded_at=now
        )
        Institution.objects.filter(pk=grown.pk).update(licensed_beds=beds)
    for field, before, after, ago in (
        ("kind", "clinic", "hospital", -3),
        ("kind", "clinic", "hospital", 3),
        ("prefecture", "13", "01", -1),
        ("status", "listed", "vanished", -1),
        ("status", "listed", "vanished", 5),
    ):
        changed = a_hospital(licensed_beds=120)
        Institution.objects.filter(pk=changed.pk).update(listed_on=day - timedelta(days=50))
        as_of = day - timedelta(days=ago)
        InstitutionChange.objects.create(
            institution=changed, field=field, before=before, after=after, as_of=as_of, recorded_at=now
        )
        if field == "status":
            Institution.objects.filter(pk=changed.pk).update(vanished_on=as_of)
    BedCount.objects.filter(as_of=day, source="synthetic").update(as_of=day - timedelta(days=60))
    Institution.objects.update(listed_on=day - timedelta(days=60))
    return day


def test_whom_a_rule_asks_is_what_a_plain_walk_over_the_histories_finds(moved_register):
    for days in (-10, 0, 30):
        day = moved_register + timedelta(days=days)
        thens = [then_of(one, day) for one in Institution.objects.all()]
        for rule in RULES:
            plainly = asked_plainly(rule, day)
            asked = queries.asked_by(rule, on=day).order_by().values_list("pk", "beds_then")
            assert {pk: rules.band_of(beds, bands()) for pk, beds in asked} == plainly, rule
            counted = queries.preview(rule, on=day)
            assert counted.asked == len(plainly)
            assert counted.by_band == {band: list(plainly.values()).count(band) for band in set(plainly.values())}
            whatever_beds = PopulationRule(rule.kinds, None, rule.prefectures, rule.population)
            unknown = sum(then.licensed_beds is None and rules.asks(whatever_beds, then) for then in thens)
            assert counted.beds_unknown == (unknown if rule.beds else 0)


@pytest.mark.parametrize("rule", [SYNTHETIC, RULES[3]], ids=["all", "20 to 199"])
def test_what_is_frozen_is_what_the_plain_walk_finds(moved_register, officer, rule, now):
    campaign = a_campaign(officer=officer.viewer, now=now, rule=rule, is_told=False)
    frozen = {row.institution_id: row for row in campaign.asked.all()}
    assert {pk: row.band for pk, row in frozen.items()} == asked_plainly(rule, moved_register)
    assert campaign.asked_count == len(frozen)
    for institution in Institution.objects.filter(pk__in=frozen):
        then, row = then_of(institution, moved_register), frozen[institution.pk]
        assert (row.kind, row.prefecture, row.licensed_beds) == (then.kind, then.prefecture, then.licensed_beds)


def test_the_walk_finds_somebody_and_leaves_somebody_out(moved_register):
    found = asked_plainly(RULES[3], moved_register)
    assert 0 < len(found) < Institution.objects.count()
    assert {Band.BEDS_20_99, Band.BEDS_100_199} == set(found.values())


def test_a_draft_asks_nobody_yet_and_is_seen_by_those_who_conduct(officer, manager, prefecture_officer, now):
    campaign = a_campaign(officer=officer.viewer, now=now, is_open=False)
    assert not AskedInstitution.objects.exists()
    assert Campaign.objects.visible_to(officer.viewer).get() == campaign
    for person in (manager, prefecture_officer):
        assert not Campaign.objects.visible_to(person.viewer).exists()


def test_two_who_write_a_draft_do_not_write_over_each_other(officer, hospital, now):
    campaign = a_campaign(officer=officer.viewer, now=now, is_open=False)
    content = a_content(officer=officer.viewer, now=now, edition_id=campaign.edition_id, title_en="Second")
    services.revise_campaign(campaign.pk, content, seen=1, by=officer.viewer, now=now)
    with pytest.raises(Conflict) as overtaken:
        services.revise_campaign(campaign.pk, content, seen=1, by=officer.viewer, now=now)
    assert overtaken.value.reason == SurveyRefusal.CHANGED_MEANWHILE
    with pytest.raises(Conflict):
        services.begin_opening(campaign.pk, seen=1, by=officer.viewer, now=now)
    assert Campaign.objects.get().title_en == "Second"


def test_opening_freezes_what_the_register_says(officer, hospital, other_hospital, now):
    campaign = a_campaign(officer=officer.viewer, now=now, is_told=False)
    assert campaign.asked_count == 2
    one, other = asked_of(campaign, hospital.pk), asked_of(campaign, other_hospital.pk)
    assert (one.kind, one.licensed_beds, one.band, one.prefecture) == ("hospital", 150, "100-199", "01")
    assert (other.licensed_beds, other.band, other.prefecture) == (420, "400-499", "13")
    assert {one.due_at, other.due_at} == {campaign.closes_at}
    assert Entry.objects.get(verb="survey.open").facts["asked"] == 2


def test_the_denominator_never_drifts_and_what_changed_is_shown(officer, hospital, other_hospital, now):
    campaign = a_campaign(officer=officer.viewer, now=now)
    register.change_beds(hospital.pk, Beds(total=99), as_of=now.date(), by=None, now=now)
    Institution.objects.filter(pk=other_hospital.pk).update(vanished_on=now.date())
    arrived = a_hospital()

    frozen = asked_of(campaign, hospital.pk)
    assert (frozen.band, frozen.licensed_beds) == ("100-199", 150)
    assert queries.standing(campaign, officer.viewer, now=now).whole.asked == 2
    found = {row.institution_id: row for row in queries.drifted(campaign, officer.viewer)}
    assert set(found) == {hospital.pk, other_hospital.pk}
    for row in AskedInstitution.objects.select_related("institution"):
        drifts = rules.drifts(row.then(), queries.today_of(row.institution))
        assert bool(drifts) is (row.institution_id in found)
    assert list(queries.newcomers(campaign, on=now.date())) == [arrived]


def test_the_register_of_the_day_is_compared_also_where_beds_are_not_known(officer, hospital, now):
    unknown, still = a_hospital(licensed_beds=None), a_hospital(licensed_beds=None)
    campaign = a_campaign(officer=officer.viewer, now=now)
    Institution.objects.filter(pk=unknown.pk).update(licensed_beds=20)
    Institution.objects.filter(pk=hospital.pk).update(licensed_beds=None)
    found = set(queries.drifted(campaign, officer.viewer).values_list("institution_id", flat=True))
    assert found == {unknown.pk, hospital.pk}
    assert still.pk not in found


@pytest.mark.parametrize("person", ["manager", "inspector", "prefecture_officer", "analyst"])
def test_only_the_ministry_opens(officer, hospital, person, request, now):
    campaign = a_campaign(officer=officer.viewer, now=now, is_open=False)
    with pytest.raises((Gone, NotAllowed)):
        services.begin_opening(campaign.pk, seen=1, by=request.getfixturevalue(person).viewer, now=now)


def test_a_campaign_opens_once(officer, hospital, now):
    campaign = a_campaign(officer=officer.viewer, now=now)
    with pytest.raises(NotAllowed) as refused:
        services.begin_opening(campaign.pk, seen=1, by=officer.viewer, now=now)
    assert reason(refused) == SurveyRefusal.NOT_A_DRAFT
    assert AskedInstitution.objects.count() == 1


def test_nobody_fits_nothing_opens(officer, hospital, now):
    nobody = PopulationRule(population=Population.SYNTHETIC, beds=Interval(9_000))
    with pytest.raises(NotAllowed) as refused:
        a_campaign(officer=officer.viewer, now=now, rule=nobody)
    assert reason(refused) == SurveyRefusal.NOBODY_ASKED
    assert Campaign.objects.get().state == "draft"


def test_each_asked_institution_gets_a_duty_and_its_managers_a_mail(officer, manager, stranger, hospital, now):
    campaign = a_campaign(officer=officer.viewer, now=now)
    duties = Duty.objects.filter(rule="survey.answer")
    assert {duty.institution_id for duty in duties} == {manager.place.institution_id, stranger.place.institution_id}
    assert {duty.due_at for duty in duties} == {campaign.closes_at}
    mails = Message.objects.filter(template="surveys/invited")
    assert set(mails.values_list("account_id", flat=True)) == {manager.account.pk, stranger.account.pk}
    assert {mail.context["path"] for mail in mails} == {f"/surveys/{campaign.pk}/mine/"}


def test_a_killed_worker_repeats_nothing_and_loses_nothing(officer, manager, stranger, now, monkeypatch):
    campaign = a_campaign(officer=officer.viewer, now=now, is_told=False)
    assert services.invite_some(campaign.pk, now=now, limit=1) == 1

    def killed(*_args, **_kwargs):
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr("sonae.core.notifications.services.queue_mails", killed)
        with pytest.raises(SystemExit):
            services.invite_some(campaign.pk, now=now)
    assert (Duty.objects.filter(rule="survey.answer").count(), queries.uninvited(campaign)) == (1, 1)
    assert tasks.tend.func()["invited"] == 1
    assert tasks.tend.func()["invited"] == 0
    assert tasks.invite.func(str(campaign.pk)) == 0
    assert Duty.objects.filter(rule="survey.answer").count() == 2
    assert Message.objects.filter(template="surveys/invited").count() == 2


def test_the_window_opens_before_anybody_is_told(officer, manager, now):
    later = now + timedelta(days=2)
    campaign = a_campaign(officer=officer.viewer, now=now, opens_at=later)
    assert not Duty.objects.filter(rule="survey.answer").exists()
    assert not queries.is_anything_due(now=now)
    assert queries.is_anything_due(now=later)
    assert services.invite_some(campaign.pk, now=later) == 1
    assert not queries.is_anything_due(now=later)


def test_an_institution_that_got_longer_before_it_was_told_has_that_long(officer, manager, hospital, now):
    campaign = a_campaign(officer=officer.viewer, now=now, is_told=False)
    longer = campaign.closes_at + timedelta(days=5)
    services.extend(asked_of(campaign, hospital.pk).pk, due_at=longer, why="病棟の移転", by=officer.viewer, now=now)
    services.invite_some(campaign.pk, now=now)
    assert Duty.objects.get(rule="survey.answer").due_at == longer


def test_a_withdrawn_campaign_tells_nobody_any_more_and_its_duties_fall_away(officer, manager, stranger, now):
    campaign = a_campaign(officer=officer.viewer, now=now, is_told=False)
    services.invite_some(campaign.pk, now=now, limit=1)
    with pytest.raises(NotAllowed) as refused:
        services.withdraw_campaign(campaign.pk, why="", by=officer.viewer, now=now)
    assert reason(refused) == SurveyRefusal.REASON_MISSING
    services.withdraw_campaign(campaign.pk, why="条件の誤り", by=officer.viewer, now=now)
    assert services.invite_some(campaign.pk, now=now) == 0
    assert set(Duty.objects.filter(rule="survey.answer").values_list("state", flat=True)) == {"superseded"}


def test_a_campaign_closes_when_nobody_has_time_left_and_owes_nothing_after(officer, manager, hospital, now):
    campaign = a_campaign(officer=officer.viewer, now=now)
    with pytest.raises(NotAllowed) as refused:
        services.close_campaign(campaign.pk, by=officer.viewer, now=now)
    assert reason(refused) == SurveyRefusal.EXTENSIONS_RUN
    services.close_campaign(campaign.pk, by=officer.viewer, now=campaign.closes_at)
    assert Campaign.objects.get().state == "closed"
    assert Duty.objects.get(rule="survey.answer").state == "superseded"
    assert Entry.objects.get(verb="survey.close").facts == {"asked": 1, "answered": 0}


def test_opening_costs_the_same_few_queries_however_many_are_asked(officer, hospital, now):
    def cost() -> int:
        campaign = a_campaign(officer=officer.viewer, now=now, is_open=False)
        with CaptureQueriesContext(connection) as counted:
            opened(campaign, by=officer.viewer, now=now)
        return len(counted)

    few = cost()
    for _ in range(12):
        a_hospital()
    assert cost() == few


# --- piece by piece ------------------------------------------------------------------------------------------------


@pytest.fixture
def opening(cast_database, officer, now):
    """A campaign that seven institutions are to be asked by; nothing of it is written down yet."""
    for _ in range(7):
        a_hospital()
    draft = a_campaign(officer=officer.viewer, now=now, is_open=False)
    return services.begin_opening(draft.pk, seen=1, by=officer.viewer, now=now)


def written(campaign: Campaign) -> list[int]:
    return list(
        AskedInstitution.objects.filter(campaign=campaign).order_by("pk").values_list("institution_id", flat=True)
    )


def test_whom_a_campaign_asks_is_written_down_piece_by_piece(opening, officer, now):
    assert (opening.state, opening.expected_count, opening.asked_count) == ("opening", 7, 0)
    seen = []
    while services.freeze_some(opening.pk, now=now + timedelta(minutes=1), limit=3):
        opening.refresh_from_db()
        seen.append((opening.state, opening.asked_count))
    opening.refresh_from_db()
    assert seen == [("opening", 3), ("opening", 6), ("opening", 7)]
    assert (opening.state, opening.opened_by_id) == ("open", officer.account.pk)
    assert opening.opened_at == now + timedelta(minutes=1)
    assert written(opening) == sorted(Institution.objects.values_list("pk", flat=True))
    assert [entry.facts for entry in Entry.objects.filter(verb="survey.open-begin")] == [{"expected": 7}]


def test_killed_in_a_piece_it_goes_on_where_it_was_and_doubles_nobody(opening, now, monkeypatch):
    assert services.freeze_some(opening.pk, now=now, limit=3)

    def killed(*_args, **_kwargs):
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(Campaign, "save", killed)
        with pytest.raises(SystemExit):
            services.freeze_some(opening.pk, now=now, limit=3)
    assert len(written(opening)) == 3
    assert queries.is_anything_due(now=now)
    tasks.tend.func()
    opening.refresh_from_db()
    assert (opening.state, opening.asked_count) == ("open", 7)
    assert len(set(written(opening))) == len(written(opening)) == 7
    assert not services.freeze_some(opening.pk, now=now), "the task that comes late finds nothing to do"
    assert Entry.objects.filter(verb="survey.open").count() == 1


def test_cancelled_it_is_a_draft_as_before_and_can_be_opened_again(opening, officer, now):
    services.freeze_some(opening.pk, now=now, limit=3)
    draft = services.cancel_opening(opening.pk, by=officer.viewer, now=now)
    assert (draft.state, draft.asked_count, draft.opening_at, written(draft)) == ("draft", 0, None, [])
    tasks.freeze.func(str(opening.pk))
    assert not written(draft), "the task that runs on hears of it"
    with pytest.raises(NotAllowed) as refused:
        services.cancel_opening(opening.pk, by=officer.viewer, now=now)
    assert reason(refused) == SurveyRefusal.NOT_OPENING
    assert opened(draft, by=officer.viewer, now=now).asked_count == 7


def test_all_of_it_is_taken_from_one_register(opening, now):
    """Half of them before an import and half after it would be those of no register that there ever was."""
    services.freeze_some(opening.pk, now=now, limit=3)
    first = Institution.objects.order_by("pk").first()
    # What the register had forgotten to say of the reference date, of one that is written down already.
    BedCount.objects.filter(institution=first).update(as_of=now.date() - timedelta(days=9))
    BedCount.objects.create(institution=first, as_of=now.date(), total=999, source="by_hand", recorded_at=now)
    arrived = a_hospital()
    while services.freeze_some(opening.pk, now=now, limit=3):
        pass
    opening.refresh_from_db()
    assert (opening.state, opening.asked_count, len(written(opening))) == ("open", 8, 8)
    assert asked_of(opening, first.pk).licensed_beds == 999
    assert arrived.pk in written(opening)


def test_a_register_that_has_nobody_left_opens_nothing(officer, hospital, now):
    draft = a_campaign(officer=officer.viewer, now=now, is_open=False)
    services.begin_opening(draft.pk, seen=1, by=officer.viewer, now=now)
    Institution.objects.update(listed_on=now.date() + timedelta(days=1))
    while services.freeze_some(draft.pk, now=now):
        pass
    assert Campaign.objects.get().state == "draft"


def test_nobody_it_asks_sees_it_before_it_is_open(opening, manager, prefecture_officer, officer, now):
    services.freeze_some(opening.pk, now=now, limit=100)
    assert asked_of(opening, manager.place.institution_id)
    for person in (manager, prefecture_officer):
        assert not Campaign.objects.visible_to(person.viewer).exists()
        assert not AskedInstitution.objects.visible_to(person.viewer).exists()
        assert not queries.own(person.viewer).exists()
    assert services.note_opened(opening.pk, by=manager.viewer, now=now) == 0
    with pytest.raises(NotAllowed):
        services.begin_response(opening.pk, manager.place.institution_id, by=manager.viewer, now=now)
    for verb in (services.close_campaign, services.begin_opening):
        rest = {"seen": 1} if verb is services.begin_opening else {}
        with pytest.raises(NotAllowed):
            verb(opening.pk, by=officer.viewer, now=now, **rest)


def test_a_draft_is_deleted_and_the_log_keeps_that_it_was_there(officer, hospital, now):
    draft = a_campaign(officer=officer.viewer, now=now, is_open=False)
    address = f"/surveys/{draft.pk}/draft/removal/"
    assert address in officer.client.get(f"/surveys/{draft.pk}/").text
    assert officer.client.post(address, {"seen": 7}).status_code == 409, "somebody else changed it meanwhile"
    assert "The draft was deleted." in officer.client.post(address, {"seen": 1}, follow=True).text
    assert not Campaign.objects.filter(pk=draft.pk).exists()
    entry = Entry.objects.get(verb="survey.discard")
    assert (entry.by, entry.subject_id) == (str(officer.account.pk), str(draft.pk))
    assert Entry.objects.filter(verb="survey.draft", subject_id=str(draft.pk)).exists()


def test_only_a_draft_is_deleted_and_only_by_who_conducts_surveys(officer, manager, prefecture_officer, hospital, now):
    draft = a_campaign(officer=officer.viewer, now=now, is_open=False)
    for person in (manager, prefecture_officer):
        with pytest.raises(SonaeError):
            services.discard_campaign(draft.pk, seen=1, by=person.viewer, now=now)
    opened(draft, by=officer.viewer, now=now)
    with pytest.raises(NotAllowed) as refused:
        services.discard_campaign(draft.pk, seen=1, by=officer.viewer, now=now)
    assert refused.value.refusal.reason == SurveyRefusal.NOT_A_DRAFT
    assert Campaign.objects.filter(pk=draft.pk).exists()
