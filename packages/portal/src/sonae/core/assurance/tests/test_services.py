from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sonae.core.access import services as access
from sonae.core.access.queries import viewer_of_token
from sonae.core.access.vocabulary import AccessRefusal, Permission
from sonae.core.assurance import catalogue, queries, rules, services
from sonae.core.assurance.models import Evidence
from sonae.core.assurance.vocabulary import (
    AssuranceRefusal,
    EvidenceFiled,
    EvidenceWithdrawn,
    Finding,
    Source,
    SourceKind,
    Standing,
    Strength,
)
from sonae.core.audit.models import Entry
from sonae.core.institutions import testing as institutions
from sonae.core.institutions.models import Institution
from sonae.core.institutions.vocabulary import Prefecture
from sonae.kernel.errors import Conflict, Gone, NotAllowed
from sonae.kernel.events import subscribe
from sonae.testing.cast import NOW

DAY = timedelta(days=1)
SURVEY = Source(SourceKind.SURVEY, "2026#3")
heard: list[EvidenceFiled] = []


def listen(event: EvidenceFiled) -> None:
    heard.append(event)


subscribe(EvidenceFiled, listen)
withdrawn: list[EvidenceWithdrawn] = []


def listen_to_withdrawals(event: EvidenceWithdrawn) -> None:
    withdrawn.append(event)


subscribe(EvidenceWithdrawn, listen_to_withdrawals)


def record(hospital, control="patching", **more):
    given = {"source": SURVEY, "strength": Strength.DECLARED, "since": NOW - DAY, "until": None, "by": None, "now": NOW}
    return services.record_evidence(control, institution_id=hospital.pk, **(given | more))


def file(hospital, by, **more):
    given = {
        "source": Source(SourceKind.PERSON, "own word"), "strength": Strength.DECLARED, "since": NOW - DAY,
        "until": None, "by": by, "now": NOW,
    }  # fmt: skip
    return services.file_evidence("patching", institution_id=hospital.pk, **(given | more))


def refusal_of(error):
    return error.value.refusal.reason


def test_filing_leaves_a_row_an_audit_line_and_an_event(hospital, manager):
    heard.clear()
    evidence = file(hospital, manager.viewer)
    assert Evidence.objects.get() == evidence
    line = Entry.objects.about("evidence", evidence.pk).get()
    assert (line.verb, line.by, line.institution_id) == ("evidence.file", str(manager.account.pk), hospital.pk)
    assert [(event.evidence_id, event.control) for event in heard] == [(evidence.pk, "patching")]


def test_the_same_evidence_twice_is_one_row_and_one_event(hospital, manager):
    heard.clear()
    assert file(hospital, manager.viewer).pk == file(hospital, manager.viewer).pk
    assert Evidence.objects.count() == Entry.objects.filter(verb="evidence.file").count() == len(heard) == 1


def test_a_key_stands_for_one_statement(hospital):
    first = record(hospital, key="july-report")
    assert record(hospital, key="july-report").pk == first.pk
    with pytest.raises(Conflict) as error:
        record(hospital, key="july-report", finding=Finding.ABSENT)
    assert error.value.reason == AssuranceRefusal.KEY_REUSED


@pytest.mark.parametrize("who", ["stranger", "executive", "colleague", "officer", "analyst", "operator", "auditor"])
def test_who_may_not_file(hospital, who, request):
    person = request.getfixturevalue(who)
    with pytest.raises(NotAllowed):
        file(hospital, person.viewer)
    assert not Evidence.objects.exists()


def test_an_inspector_files_about_their_jurisdiction_only(hospital, other_hospital, inspector):
    seen = {"source": Source(SourceKind.INSPECTION, "R8-12"), "strength": Strength.INSPECTED}
    assert file(hospital, inspector.viewer, **seen).strength == Strength.INSPECTED
    with pytest.raises(NotAllowed) as error:
        file(other_hospital, inspector.viewer, **seen)
    assert refusal_of(error) == AccessRefusal.OTHER_INSTITUTION


def test_an_institution_does_not_inspect_itself(hospital, manager):
    with pytest.raises(NotAllowed) as error:
        file(hospital, manager.viewer, source=Source(SourceKind.INSPECTION, "own"), strength=Strength.INSPECTED)
    assert refusal_of(error) == AssuranceRefusal.INSPECTED_BY_ITSELF


def test_a_program_of_the_institution_files_within_its_scope(hospital, other_hospital, manager):
    scopes = [Permission.EVIDENCE_FILE]
    _, secret = access.issue_program_token("x", institution_id=hospital.pk, scopes=scopes, by=manager.viewer, now=NOW)
    program = viewer_of_token(secret, now=NOW)
    measured = {"source": Source(SourceKind.SENSOR, "c-1"), "strength": Strength.MEASURED}
    assert file(hospital, program, **measured).filed_by is None
    with pytest.raises(NotAllowed):
        file(other_hospital, program, **measured)


def test_an_unknown_control_is_refused(hospital):
    with pytest.raises(NotAllowed) as error:
        record(hospital, "no.such")
    assert refusal_of(error) == AssuranceRefusal.UNKNOWN_CONTROL


def test_withdrawn_evidence_stays_on_record_and_counts_no_more(hospital, manager):
    evidence = file(hospital, manager.viewer)
    assert queries.state_of("patching", hospital.pk, now=NOW).standing is Standing.IN_PLACE
    withdrawn.clear()
    services.withdraw_evidence(evidence.pk, why="wrong device", by=manager.viewer, now=NOW)
    evidence.refresh_from_db()
    assert [(event.evidence_id, event.control, event.institution_id, event.reference) for event in withdrawn] == [
        (evidence.pk, "patching", hospital.pk, "own word")
    ]
    assert (evidence.withdrawn_at, evidence.withdrawn_by, evidence.withdrawn_why) == (
        NOW,
        manager.account,
        "wrong device",
    )
    assert queries.state_of("patching", hospital.pk, now=NOW).standing is Standing.NO_EVIDENCE
    assert Entry.objects.filter(verb="evidence.withdraw").count() == 1
    with pytest.raises(NotAllowed) as error:
        services.withdraw_evidence(evidence.pk, why="wrong device", by=manager.viewer, now=NOW)
    assert refusal_of(error) == AssuranceRefusal.ALREADY_WITHDRAWN


@pytest.mark.parametrize("who", ["stranger", "colleague", "analyst"])
def test_for_others_the_evidence_does_not_exist(hospital, who, request):
    evidence = record(hospital)
    with pytest.raises(Gone):
        services.withdraw_evidence(
            evidence.pk, why="no reason", by=request.getfixturevalue(who).viewer, now=NOW
        )  # fmt: skip
    with pytest.raises(Gone):
        services.withdraw_evidence(uuid4(), why="no reason", by=request.getfixturevalue(who).viewer, now=NOW)


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("manager", True), ("executive", True), ("inspector", True), ("officer", True), ("colleague", False),
        ("stranger", False), ("analyst", False), ("responder", False), ("operator", False), ("auditor", False),
        ("vendor_person", False),
    ],
)  # fmt: skip
def test_who_reads_the_evidence_of_a_hospital(hospital, who, sees, request):
    record(hospital)
    assert Evidence.objects.visible_to(request.getfixturevalue(who).viewer).exists() is sees


# --- the sector, counted in SQL, against the rule ------------------------------------------------------------------

CONTROLS = ("patching", "mfa", "bcp")
words = st.tuples(
    st.integers(0, 3),
    st.sampled_from(CONTROLS),
    st.sampled_from([SourceKind.SURVEY, SourceKind.SENSOR, SourceKind.INSPECTION]),
    st.sampled_from(["", "a"]),
    st.sampled_from(Finding),
    st.integers(-5, 0),
    st.sampled_from([None, 1, 3, 4, 40]),
    st.booleans(),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(words, max_size=16))
def test_the_sector_counted_in_one_statement_is_what_the_rule_says_one_by_one(cast_database, manager, said):
    with transaction.atomic():
        prefectures = (Prefecture.HOKKAIDO, Prefecture.TOKYO, Prefecture.TOKYO, Prefecture.OSAKA)
        places = [institutions.an_institution(prefecture=one) for one in prefectures]
        for number, (place, control, kind, speaker, finding, start, length, is_withdrawn) in enumerate(said):
            since = NOW + start * DAY
            evidence = record(
                places[place], control, source=Source(kind, str(number), speaker), strength=rules.STRONGEST[kind],
                finding=finding, since=since, until=length and since + length * DAY, now=NOW, key=str(number),
            )  # fmt: skip
            if is_withdrawn:
                Evidence.objects.filter(pk=evidence.pk).update(
                    withdrawn_at=NOW, withdrawn_by=manager.account, withdrawn_why="wrong"
                )
        everywhere = Institution.objects.filter(pk__in=[place.pk for place in places])
        counts = queries.states_for_sector(everywhere, now=NOW)
        for control in CONTROLS:
            states = [queries.state_of(control, place.pk, now=NOW) for place in places]
            assert sum(counts[control].by_standing.values()) == counts[control].institutions == 4
            for standing in Standing:
                assert counts[control].by_standing[standing] == sum(state.standing is standing for state in states)
            assert counts[control].contradicted == sum(state.is_contradicted for state in states)
            assert counts[control].expires_soon == sum(state.expires_soon for state in states)
            by_prefecture = queries.standings_by_prefecture(control, everywhere, now=NOW)
            assert {code: count.institutions for code, count in by_prefecture.items()} == {"01": 1, "13": 2, "27": 1}
            tokyo = [queries.state_of(control, place.pk, now=NOW) for place in places if place.prefecture == "13"]
            assert by_prefecture["13"].by_standing[Standing.EXPIRED] == sum(
                state.standing is Standing.EXPIRED for state in tokyo
            )
        transaction.set_rollback(True)


def test_all_controls_of_an_institution_come_in_one_query(hospital, django_assert_num_queries):
    record(hospital)
    record(hospital, "mfa", finding=Finding.PARTLY)
    with django_assert_num_queries(1):
        states = queries.states_of(hospital.pk, now=NOW)
    assert set(states) == set(catalogue.controls())
    assert (states["patching"].standing, states["mfa"].standing) == (Standing.IN_PLACE, Standing.PARTLY)


def test_an_empty_set_of_institutions_has_no_standing(cast_database):
    nowhere = Institution.objects.none()
    assert queries.states_for_sector(nowhere, now=NOW)["mfa"].institutions == 0
    assert queries.standings_by_prefecture("mfa", nowhere, now=NOW) == {}
