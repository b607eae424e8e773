"""The plan of a year: whom it proposes and why, and what happens to a visit before it begins."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from sonae.core.access.vocabulary import Place
from sonae.core.accounts.vocabulary import Role
from sonae.core.assurance import services as assurance
from sonae.core.assurance.vocabulary import Said, Source, SourceKind, Strength
from sonae.core.duties import services as duties
from sonae.core.institutions.models import Institution
from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import InstitutionKind, Population
from sonae.core.notifications.models import Message
from sonae.kernel.errors import Gone, NotAllowed
from sonae.prevention.inspections.visits import plans, priorities, rules, services
from sonae.prevention.inspections.visits.models import Visit
from sonae.prevention.inspections.visits.testing import VISIT_ON, a_form, a_self_check, a_visit
from sonae.prevention.inspections.visits.vocabulary import (
    PlanFacts,
    PlanReason,
    Side,
    Take,
    VisitFacts,
    VisitRefusal,
    VisitState,
)
from sonae.testing import cast
from sonae.testing.cast import NOW

TODAY = date(2026, 11, 23)
R = PlanReason


def candidate(viewer, hospital):
    return plans.candidates(viewer, 2026, now=NOW).get(pk=hospital.pk)


def reasons(row):
    return {reason for reason, _ in plans.priority_of(row).reasons}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (PlanFacts(1), {R.NEVER_VISITED, R.NO_SELF_CHECK}),
        (PlanFacts(1, date(2026, 4, 1), True), set()),
        (PlanFacts(1, date(2026, 3, 31), True), {R.VISIT_IS_DUE}),
        # About every third year: visited in fiscal 2024 it is due in 2027, not in 2026.
        (PlanFacts(3, date(2024, 4, 1), True), set()),
        (PlanFacts(3, date(2024, 3, 31), True), {R.VISIT_IS_DUE}),
        (PlanFacts(3, date(2026, 4, 1), True, 1, 2, 3), {R.DUTIES_OVERDUE, R.EVIDENCE_EXPIRED, R.CORRECTIONS_OPEN}),
    ],
)
def test_each_reason_stands_for_what_it_says(facts, expected):
    found = priorities.priority(facts, fiscal_year=2026)
    assert {reason for reason, _ in found.reasons} == expected
    assert found.points == sum(priorities.POINTS[reason] for reason in expected)


def test_an_institution_of_which_nothing_is_known_comes_first(hospital, inspector, manager):
    visited = an_institution(population=Population.SYNTHETIC, name="吉備合成病院")
    assert visited.jurisdiction_id == hospital.jurisdiction_id
    form = a_form(by=inspector.viewer, now=NOW)
    keeper = cast.a_person(Role.INSTITUTION_MANAGER, at=cast.at_institution(visited))
    a_self_check(form, visited, by=keeper.viewer, now=NOW)
    rows = list(plans.candidates(inspector.viewer, 2026, now=NOW).order_by("-points", "name"))
    assert [row.pk for row in rows] == [hospital.pk, visited.pk]
    assert [(row.points, reasons(row)) for row in rows] == [
        (5, {R.NEVER_VISITED, R.NO_SELF_CHECK}), (3, {R.NEVER_VISITED}),
    ]  # fmt: skip


def test_what_is_overdue_and_what_ran_out_speaks_for_a_visit(hospital, inspector, manager):
    a_form(by=inspector.viewer, now=NOW)
    duties.impose(
        "bulletin.acknowledge", institution_id=hospital.pk, subject="bulletin", subject_id="x",
        known_at=NOW - timedelta(days=9), due_at=NOW - timedelta(days=1), now=NOW - timedelta(days=9),
        facts={"title": {"ja": "題", "en": "Title"}},
    )  # fmt: skip
    assurance.record_evidence(
        Said(
            control="patching", institution_id=hospital.pk, source=Source(SourceKind.PERSON, "x"),
            strength=Strength.DECLARED, since=NOW - timedelta(days=9), until=NOW - timedelta(days=1),
        ),
        by=manager.account.pk, now=NOW - timedelta(days=9),
    )  # fmt: skip
    row = candidate(inspector.viewer, hospital)
    assert {R.DUTIES_OVERDUE, R.EVIDENCE_EXPIRED} <= reasons(row)
    assert row.points == plans.priority_of(row).points == 8


@given(
    kind=st.sampled_from(sorted(priorities.EVERY_YEARS)),
    last=st.none() | st.dates(date(2018, 1, 1), date(2026, 11, 1)),
    counts=st.tuples(*[st.integers(0, 2)] * 3), has_self_check=st.booleans(), year=st.integers(2020, 2027),
)  # fmt: skip
def test_points_are_the_sum_of_the_reasons_that_are_shown(kind, last, counts, has_self_check, year):
    facts = PlanFacts(priorities.EVERY_YEARS[kind], last, has_self_check, *counts)
    found = priorities.priority(facts, fiscal_year=year)
    assert found.points == sum(points for _, points in found.reasons)
    assert (R.NEVER_VISITED in dict(found.reasons)) is (last is None)
    assert not {R.NEVER_VISITED, R.VISIT_IS_DUE} <= set(dict(found.reasons))


def test_the_database_counts_the_points_that_the_rule_counts(hospital, inspector, manager, other_hospital):
    a_form(by=inspector.viewer, now=NOW)
    for kind in priorities.EVERY_YEARS:
        for last in (None, date(2021, 5, 1), date(2025, 6, 1), date(2026, 5, 1)):
            one = an_institution(
                population=Population.SYNTHETIC, kind=kind, name=f"合成{kind}{last}", licensed_beds=None
            )
            if last is not None:
                Visit.objects.create(
                    institution=one, fiscal_year=2020, state=VisitState.CLOSED, on=last, planned_at=NOW,
                    planned_by=inspector.account, started_at=NOW, started_by=inspector.account, closed_at=NOW,
                    closed_by=inspector.account, edition=a_form(by=inspector.viewer, now=NOW),
                )  # fmt: skip
    rows = list(plans.candidates(inspector.viewer, 2026, now=NOW))
    assert len(rows) == 1 + 4 * len(priorities.EVERY_YEARS)
    for row in rows:
        assert row.points == plans.priority_of(row).points
        for reason, condition in plans.conditions(2026).items():
            holds = plans.candidates(inspector.viewer, 2026, now=NOW).filter(condition, pk=row.pk).exists()
            assert holds is (reason in reasons(row)), (row, reason)


def test_the_plan_costs_the_same_however_many_it_shows(hospital, inspector, manager, django_assert_max_num_queries):
    a_form(by=inspector.viewer, now=NOW)
    for number in range(20):
        an_institution(population=Population.SYNTHETIC, name=f"合成{number:02}病院")
    client = inspector.client
    with django_assert_max_num_queries(22):
        answer = client.get(reverse("visits:plan"))
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "No visit is on record (+3)" in text
    assert "合成19病院" in text


def test_the_plan_is_searched_narrowed_and_handed_out_as_a_file(hospital, inspector, manager):
    a_form(by=inspector.viewer, now=NOW)
    an_institution(population=Population.SYNTHETIC, name="吉備合成病院")
    address = reverse("visits:plan")
    assert "備前合成病院" not in inspector.client.get(address, {"q": "吉備"}).content.decode().split("<tbody>")[1]
    nobody = inspector.client.get(address, {"reason": "corrections_open"}).content.decode()
    assert "備前合成病院" not in nobody
    file = inspector.client.get(address, {"export": "csv", "year": "2027"})
    assert "備前合成病院" in b"".join(file.streaming_content if file.streaming else [file.content]).decode("utf-8-sig")


def test_pharmacies_are_inspected_under_another_act_and_not_on_this_plan(hospital, inspector, manager):
    a_form(by=inspector.viewer, now=NOW)
    pharmacy = an_institution(
        population=Population.SYNTHETIC, kind=InstitutionKind.PHARMACY, name="吉備合成薬局", licensed_beds=None
    )
    assert pharmacy.jurisdiction_id == hospital.jurisdiction_id
    assert "吉備合成薬局" not in inspector.client.get(reverse("visits:plan")).content.decode()
    with pytest.raises(Gone):
        services.plan(pharmacy.pk, fiscal_year=2026, by=inspector.viewer, now=NOW)


def test_another_jurisdiction_is_not_on_the_plan(hospital, other_hospital, inspector):
    a_form(by=inspector.viewer, now=NOW)
    assert "武蔵合成病院" not in inspector.client.get(reverse("visits:plan")).content.decode()
    there = reverse("visits:candidate", args=[2026, other_hospital.pk])
    assert inspector.client.get(there).status_code == 404
    assert inspector.client.post(there).status_code == 404
    assert not Visit.objects.exists()


def test_an_institution_is_put_on_the_plan_arranged_and_announced_by_its_pages(hospital, inspector, manager):
    a_form(by=inspector.viewer, now=NOW)
    client = inspector.client
    there = reverse("visits:candidate", args=[2026, hospital.pk])
    assert "No visit is on record (+3)" in client.get(there).content.decode()
    assert client.post(there).status_code == 302
    visit = Visit.objects.get()
    refused = client.post(
        reverse("visits:arrange", args=[visit.pk]),
        {"arrange-on": "2027-04-01", "arrange-team": [str(inspector.account.pk)]},
    )
    assert refused.status_code == 422
    assert "has to lie in the fiscal year" in refused.content.decode()
    said = {"arrange-on": "2026-12-03", "arrange-team": [str(inspector.account.pk)], "arrange-companions": "保健所 森"}
    assert client.post(reverse("visits:arrange", args=[visit.pk]), said).status_code == 302
    assert manager.client.get(reverse("visits:detail", args=[visit.pk])).status_code == 404
    assert client.post(reverse("visits:announce", args=[visit.pk])).status_code == 302
    mail = Message.objects.get(template="inspections/visit_announced")
    assert mail.account == manager.account
    assert mail.context["path"] == reverse("inspections:preparation", args=[hospital.pk, 2025])
    page = manager.client.get(reverse("visits:detail", args=[visit.pk])).content.decode()
    assert "What to have ready" in page
    assert "保健所 森" in page
    assert mail.context["path"] in page


def test_a_visit_that_was_announced_is_moved_or_called_off_with_a_reason_that_the_institution_reads(
    hospital, inspector, manager
):
    visit = a_visit(hospital, by=inspector.viewer, now=NOW, at=VisitState.ANNOUNCED)
    client = inspector.client
    short = client.post(reverse("visits:move", args=[visit.pk]), {"move-on": "2026-12-10", "move-why": "雨"})
    assert short.status_code == 422
    said = {"move-on": "2026-12-10", "move-why": "院内で感染症が発生したため"}
    assert client.post(reverse("visits:move", args=[visit.pk]), said).status_code == 302
    assert (
        client.post(reverse("visits:cancel", args=[visit.pk]), {"cancel-why": "院内の感染が続くため"}).status_code
        == 302
    )
    visit.refresh_from_db()
    assert (visit.state, visit.on) == ("cancelled", date(2026, 12, 10))
    assert set(Message.objects.values_list("template", flat=True)) == {
        "inspections/visit_announced", "inspections/visit_moved", "inspections/visit_cancelled",
    }  # fmt: skip
    page = manager.client.get(reverse("visits:detail", args=[visit.pk])).content.decode()
    assert "院内で感染症が発生したため" in page
    assert "院内の感染が続くため" in page
    # It makes room for another one in the year.
    services.plan(hospital.pk, fiscal_year=2026, by=inspector.viewer, now=NOW)


def test_only_inspectors_of_the_jurisdiction_go_along(hospital, other_hospital, inspector, manager):
    visit = a_visit(hospital, by=inspector.viewer, now=NOW, at=VisitState.PLANNED)
    elsewhere = cast.a_person(Role.INSPECTOR, at=Place(jurisdiction_id=other_hospital.jurisdiction_id))
    with pytest.raises(NotAllowed) as refused:
        services.arrange(
            visit.pk, on=VISIT_ON, team=[inspector.account.pk, elsewhere.account.pk], by=inspector.viewer, now=NOW
        )
    assert refused.value.refusal.reason is VisitRefusal.TEAM_UNKNOWN


def test_an_institution_that_left_the_register_is_not_put_on_the_plan(hospital, inspector):
    a_form(by=inspector.viewer, now=NOW)
    Institution.objects.filter(pk=hospital.pk).update(vanished_on=date(2026, 10, 1))
    with pytest.raises(Gone):
        services.plan(hospital.pk, fiscal_year=2026, by=inspector.viewer, now=NOW)


def facts(state=VisitState.PLANNED, *, on=VISIT_ON, has_team=True, has_records=False):
    return VisitFacts(state, 2026, on, has_team, has_records)


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        (rules.may_plan(2026, has_open_visit=False, has_form=True, today=TODAY), None),
        (rules.may_plan(2027, has_open_visit=False, has_form=True, today=TODAY), None),
        (rules.may_plan(2028, has_open_visit=False, has_form=True, today=TODAY), VisitRefusal.YEAR_OUTSIDE),
        (rules.may_plan(2025, has_open_visit=False, has_form=True, today=TODAY), VisitRefusal.YEAR_OUTSIDE),
        (rules.may_plan(2026, has_open_visit=True, has_form=True, today=TODAY), VisitRefusal.ON_THE_PLAN_ALREADY),
        (rules.may_plan(2026, has_open_visit=False, has_form=False, today=TODAY), VisitRefusal.NO_FORM),
        (rules.may_arrange(facts(), on=date(2026, 3, 31), has_team=True, today=TODAY), VisitRefusal.DATE_OUTSIDE_YEAR),
        (rules.may_arrange(facts(), on=date(2027, 3, 31), has_team=True, today=TODAY), None),
        (rules.may_arrange(facts(), on=date(2026, 11, 22), has_team=True, today=TODAY), VisitRefusal.DATE_PAST),
        (rules.may_arrange(facts(), on=TODAY, has_team=False, today=TODAY), VisitRefusal.TEAM_MISSING),
        (rules.may_arrange(facts(VisitState.ANNOUNCED), on=TODAY, has_team=True, today=TODAY), VisitRefusal.NOT_AHEAD),
        (rules.may_announce(facts(on=None), people_to_tell=1, today=TODAY), VisitRefusal.DATE_MISSING),
        (rules.may_announce(facts(has_team=False), people_to_tell=1, today=TODAY), VisitRefusal.TEAM_MISSING),
        (rules.may_announce(facts(), people_to_tell=0, today=TODAY), VisitRefusal.NOBODY_TO_TELL),
        (rules.may_announce(facts(VisitState.CLOSED), people_to_tell=1, today=TODAY), VisitRefusal.NOT_AHEAD),
        (rules.may_announce(facts(), people_to_tell=1, today=TODAY), None),
        (rules.may_move(facts(VisitState.ANNOUNCED), on=VISIT_ON, why="理由は別", today=TODAY), VisitRefusal.SAME_DATE),
        (rules.may_move(facts(), on=TODAY, why="理由は別です", today=TODAY), VisitRefusal.NOT_AHEAD),
        (
            rules.may_move(facts(VisitState.ANNOUNCED), on=TODAY, why="四文字だ", today=TODAY),
            VisitRefusal.REASON_MISSING,
        ),
        (rules.may_cancel(facts(VisitState.UNDER_WAY, has_records=True), why="理由は別です"), VisitRefusal.NOT_AHEAD),
        (rules.may_cancel(facts(VisitState.UNDER_WAY), why="理由は別です"), None),
        (rules.may_cancel(facts(VisitState.CLOSED), why="理由は別です"), VisitRefusal.NOT_AHEAD),
        (rules.may_begin_on(facts(), date(2026, 3, 31)), VisitRefusal.YEAR_NOT_BEGUN),
        (rules.may_begin_on(facts(), date(2026, 4, 1)), None),
        (rules.may_begin_on(facts(), date(2027, 3, 31)), None),
        (rules.may_begin_on(facts(), date(2027, 4, 1)), VisitRefusal.YEAR_OVER),
        (rules.may_begin_on(facts(VisitState.UNDER_WAY), date(2027, 4, 1)), None),
        (rules.may_start(facts(has_team=False), today=TODAY), VisitRefusal.TEAM_MISSING),
        (rules.may_start(facts(VisitState.CLOSED), today=TODAY), VisitRefusal.NOT_AHEAD),
        (rules.may_start(facts(on=None), today=TODAY), None),
        (rules.may_start(facts(), today=date(2026, 3, 31)), VisitRefusal.YEAR_NOT_BEGUN),
        (rules.may_start(facts(), today=date(2027, 4, 1)), VisitRefusal.YEAR_OVER),
        (rules.may_start(facts(VisitState.CLOSED), today=date(2027, 4, 1)), VisitRefusal.NOT_AHEAD),
    ],
)
def test_what_may_be_done_with_a_visit(decision, reason):
    assert (None if decision.ok else decision.reason) == reason


def test_an_officer_of_the_prefecture_reads_every_visit_in_it_and_changes_none(
    hospital, inspector, manager, prefecture_officer
):
    visit = a_visit(hospital, by=inspector.viewer, now=NOW, at=VisitState.ANNOUNCED)
    who, why = {"by": prefecture_officer.viewer, "now": NOW}, "理由は別にあります"
    assert "備前合成病院" in prefecture_officer.client.get(reverse("visits:list")).content.decode()
    page = prefecture_officer.client.get(reverse("visits:detail", args=[visit.pk])).content.decode()
    assert "Move the visit" not in page
    tries = [
        lambda: services.arrange(visit.pk, on=VISIT_ON, team=[inspector.account.pk], **who),
        lambda: services.announce(visit.pk, **who),
        lambda: services.move(visit.pk, on=VISIT_ON, why=why, **who),
        lambda: services.cancel(visit.pk, why=why, **who),
        lambda: services.start(visit.pk, **who),
        lambda: services.note_entries(visit.pk, [], device=uuid4(), **who),
        lambda: services.decide(visit.pk, uuid4(), take=Take.MINE, **who),
        lambda: services.sign(
            visit.pk, uuid4(), side=Side.INSPECTOR, name="県", strokes=[], signed_at=NOW, seen_revision=0, **who
        ),
        lambda: services.add_photo(visit.pk, uuid4(), item="bcp", pieces=[b""], **who),
        lambda: services.close(visit.pk, **who),
    ]
    for attempt in tries:
        with pytest.raises(NotAllowed):
            attempt()
    with pytest.raises(Gone):
        services.plan(hospital.pk, fiscal_year=2027, **who)
    visit.refresh_from_db()
    assert (visit.state, visit.revision, visit.turns.count()) == ("announced", 0, 3)
