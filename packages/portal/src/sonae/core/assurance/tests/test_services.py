from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sonae.core.access import services as access
from sonae.core.access.queries import viewer_of_token
from sonae.core.access.vocabulary import AccessRefusal, Permission
from sonae.core.assurance import catalogue, queries, rules, services
from sonae.core.assurance.models import Evidence
from sonae.core.assurance.vocabulary import (
    SOURCES,
    AssuranceRefusal,
    EvidenceFacts,
    EvidenceFiled,
    EvidenceWithdrawn,
    Finding,
    Said,
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
SURVEY = Source(SourceKind.DUTY, "2026#3")
heard: list[EvidenceFiled] = []


def listen(event: EvidenceFiled) -> None:
    heard.append(event)


subscribe(EvidenceFiled, listen)
withdrawn: list[EvidenceWithdrawn] = []


def listen_to_withdrawals(event: EvidenceWithdrawn) -> None:
    withdrawn.append(event)


subscribe(EvidenceWithdrawn, listen_to_withdrawals)


def record(hospital, control="patching", *, by=None, now=NOW, **more):
    given = {"source": SURVEY, "strength": Strength.DECLARED, "since": NOW - DAY} | more
    return services.record_evidence(Said(control=control, institution_id=hospital.pk, **given), by=by, now=now)


def file(hospital, by, *, now=NOW, **more):
    own = {"source": Source(SourceKind.PERSON, "own word"), "strength": Strength.DECLARED, "since": NOW - DAY} | more
    return services.file_evidence(Said(control="patching", institution_id=hospital.pk, **own), by=by, now=now)


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
    seen = {"source": Source(SourceKind.DOCUMENT, "R8-12"), "strength": Strength.REVIEWED}
    assert file(hospital, inspector.viewer, **seen).strength == Strength.REVIEWED
    with pytest.raises(NotAllowed) as error:
        file(other_hospital, inspector.viewer, **seen)
    assert refusal_of(error) == AccessRefusal.OTHER_INSTITUTION


@pytest.mark.parametrize("who", ["manager", "inspector"])
def test_nobody_types_how_an_inspection_ended(hospital, who, request):
    by = request.getfixturevalue(who).viewer
    found = Source(SourceKind.INSPECTION, "own", f"body:{hospital.jurisdiction.code}")
    with pytest.raises(NotAllowed) as error:
        file(hospital, by, source=found, strength=Strength.INSPECTED)
    assert refusal_of(error) == AssuranceRefusal.NOT_BY_HAND
    assert not Evidence.objects.exists()


def test_a_program_of_the_institution_files_within_its_scope(hospital, other_hospital, manager):
    scopes = [Permission.EVIDENCE_FILE]
    _, secret = access.issue_program_token("x", institution_id=hospital.pk, scopes=scopes, by=manager.viewer, now=NOW)
    program = viewer_of_token(secret, now=NOW)
    measured = {"source": Source(SourceKind.PROGRAM, "c-1"), "strength": Strength.MEASURED}
    assert file(hospital, program, **measured).filed_by is None
    with pytest.raises(NotAllowed):
        file(other_hospital, program, **measured)


@pytest.mark.parametrize(
    ("kind", "strength"),
    [("duty", "E0"), ("sensor", "E3"), ("document", "E2"), ("inspection", "E4"), ("program", "E3")],
)
def test_a_manager_types_nothing_that_only_others_can_show(hospital, manager, kind, strength):
    with pytest.raises(NotAllowed):
        file(hospital, manager.viewer, source=Source(SourceKind(kind), "r"), strength=Strength(strength))
    assert not Evidence.objects.exists()


class BackupSource(StrEnum):
    """What a room above brings."""

    COPY = "copy"


def test_a_room_brings_its_own_kind_of_source_and_only_its_verb_records_it(hospital, manager, monkeypatch):
    monkeypatch.setattr(SOURCES, "_known", dict(SOURCES._known))
    monkeypatch.setattr(SOURCES, "_members", dict(SOURCES._members))
    SOURCES.bring(BackupSource.COPY, Strength.PROVEN)
    copy = Source(BackupSource.COPY, "restore-1", "electronic-records")
    for age, strength in enumerate(reversed(Strength)):
        record(hospital, source=copy, strength=strength, since=NOW - (age + 1) * DAY)
    assert Evidence.objects.standing().get().strength == Strength.PROVEN
    assert Evidence.objects.standing().get().said_by() == copy
    with pytest.raises(NotAllowed) as error:
        file(hospital, manager.viewer, source=copy, strength=Strength.DECLARED)
    assert refusal_of(error) == AssuranceRefusal.NOT_BY_HAND


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


def test_what_was_said_from_outside_is_not_taken_back_from_inside(hospital, manager, inspector):
    reviewed = {"source": Source(SourceKind.DOCUMENT, "R8-12"), "strength": Strength.REVIEWED}
    outside = file(hospital, inspector.viewer, finding=Finding.ABSENT, **reviewed)
    own = file(hospital, manager.viewer)
    for evidence, by in ((outside, manager), (own, inspector)):
        with pytest.raises(NotAllowed) as error:
            services.withdraw_evidence(evidence.pk, why="not convenient", by=by.viewer, now=NOW)
        assert refusal_of(error) == AssuranceRefusal.SAID_BY_OTHERS
    services.withdraw_evidence(outside.pk, why="wrong hospital", by=inspector.viewer, now=NOW)
    assert set(Evidence.objects.filter(withdrawn_at=None)) == {own}


@pytest.mark.parametrize("who", ["manager", "inspector"])
def test_what_an_inspection_found_nobody_withdraws_by_hand(hospital, who, request):
    found = Source(SourceKind.INSPECTION, "visit", "body:33")
    evidence = record(hospital, source=found, strength=Strength.INSPECTED, finding=Finding.ABSENT)
    person = request.getfixturevalue(who)
    with pytest.raises(NotAllowed) as error:
        services.withdraw_evidence(evidence.pk, why="not convenient", by=person.viewer, now=NOW)
    assert refusal_of(error) == AssuranceRefusal.SAID_BY_OTHERS
    there = reverse("assurance:withdraw", args=[evidence.pk])
    assert person.client.post(there, {"why": "not convenient"}).status_code == 403
    page = person.client.get(reverse("assurance:evidence", args=[evidence.pk])).text
    assert "Only the side that said this can withdraw it." in page
    assert queries.state_of("patching", hospital.pk, now=NOW).standing is Standing.ABSENT


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


# --- what stands ---------------------------------------------------------------------------------------------------


def renew(hospital, *, now, until, key="", **more):
    given = {"source": Source(SourceKind.SENSOR, "c-1", "c"), "strength": Strength.MEASURED, "since": now} | more
    return services.renew_evidence(
        Said(control="patching", institution_id=hospital.pk, until=until, key=key, **given), by=None, now=now
    )


def test_a_newer_word_of_a_speaker_takes_the_place_of_the_older_one(hospital):
    older = record(hospital, since=NOW - 3 * DAY)
    newer = record(hospital, finding=Finding.ABSENT, now=NOW + DAY)
    backdated = record(hospital, finding=Finding.PARTLY, since=NOW - 2 * DAY, now=NOW + 2 * DAY)
    older.refresh_from_db()
    assert (older.superseded_at, newer.superseded_at, backdated.superseded_at) == (NOW + DAY, None, NOW + 2 * DAY)
    assert Evidence.objects.standing().get() == newer


def test_two_who_file_for_one_speaker_at_once_both_stand_on_record(hospital, monkeypatch):
    record(hospital, since=NOW - 3 * DAY)
    look, blind = services._standing, [None]
    # The second one looked before the first was there, and finds out by the constraint.
    monkeypatch.setattr(services, "_standing", lambda said: blind.pop() if blind else look(said))
    second = record(hospital, finding=Finding.ABSENT)
    assert Evidence.objects.standing().get() == second
    assert (Evidence.objects.count(), blind) == (2, [])
    monkeypatch.setattr(services, "_standing", lambda said: None)
    with pytest.raises(Conflict) as error:
        record(hospital, finding=Finding.PARTLY)
    assert error.value.reason == AssuranceRefusal.SPOKEN_AT_ONCE
    assert Evidence.objects.standing().get() == second


def test_withdrawing_what_stands_lets_the_word_before_stand_again(hospital, manager):
    first, second, third = (record(hospital, since=NOW - age * DAY) for age in (3, 2, 1))
    services.withdraw_evidence(second.pk, why="wrong device", by=manager.viewer, now=NOW)
    assert Evidence.objects.standing().get() == third
    services.withdraw_evidence(third.pk, why="wrong device", by=manager.viewer, now=NOW)
    assert Evidence.objects.standing().get() == first
    services.withdraw_evidence(first.pk, why="wrong device", by=manager.viewer, now=NOW)
    assert not Evidence.objects.standing().exists()


def test_the_same_word_said_every_day_is_one_row_that_lasts_longer(hospital):
    heard.clear()
    for day in range(30):
        evidence = renew(hospital, now=NOW + day * DAY, until=NOW + (day + 2) * DAY, key=f"day-{day}")
    assert Evidence.objects.get() == evidence
    assert (evidence.since, evidence.until, evidence.renewed_at) == (NOW, NOW + 31 * DAY, NOW + 29 * DAY)
    # Whoever waits for a word that is fresh hears each of them.
    assert [event.since for event in heard] == [NOW + day * DAY for day in range(30)]
    assert Entry.objects.filter(verb="evidence.renew").count() == 29


def test_the_same_moment_renewed_twice_changes_nothing(hospital):
    renew(hospital, now=NOW, until=NOW + DAY)
    heard.clear()
    again = renew(hospital, now=NOW + timedelta(hours=1), until=NOW + DAY)
    assert (again.until, again.renewed_at, heard) == (NOW + DAY, None, [])


def test_after_a_gap_a_new_row_begins(hospital):
    first = renew(hospital, now=NOW, until=NOW + DAY)
    second = renew(hospital, now=NOW + 2 * DAY, until=NOW + 3 * DAY)
    first.refresh_from_db()
    assert (first.until, second.since) == (NOW + DAY, NOW + 2 * DAY)
    assert Evidence.objects.standing().get() == second


def test_what_was_renewed_can_be_sent_again(hospital):
    first = renew(hospital, now=NOW, until=NOW + DAY, key="day-0")
    renew(hospital, now=NOW + timedelta(hours=2), until=NOW + 2 * DAY, key="day-1")
    source = Source(SourceKind.SENSOR, "c-1", "c")
    again = record(
        hospital, source=source, strength=Strength.MEASURED, since=NOW, until=NOW + DAY, key="day-0", now=NOW + DAY
    )
    assert (again.pk, again.until) == (first.pk, NOW + 2 * DAY)


def test_a_new_edition_of_the_control_begins_a_new_row(hospital):
    renew(hospital, now=NOW, until=NOW + DAY)
    Evidence.objects.update(edition=date(2020, 4, 1))
    renew(hospital, now=NOW + timedelta(hours=1), until=NOW + 2 * DAY)
    assert Evidence.objects.count() == 2
    assert Evidence.objects.standing().get().edition == catalogue.control("patching").edition


# What happens to one control of one hospital: (what, who speaks, what they find, since, how long), hour by hour.
deeds = st.lists(
    st.tuples(
        st.sampled_from(["record", "record", "renew", "renew", "withdraw"]),
        st.sampled_from(["", "a"]),
        st.sampled_from([Finding.IN_PLACE, Finding.ABSENT]),
        st.integers(-3, 0),
        st.sampled_from([None, 1, 3, 9]),
    ),
    max_size=12,
)
HOUR = timedelta(hours=1)


class Ledger:
    """The oracle: every word ever said in one list, nothing replaced, each question answered by reading all of it."""

    def __init__(self):
        self.words = {}

    def say(self, number, speaker, finding, *, since, until, now):
        source = Source(SourceKind.SENSOR, "r", speaker)
        self.words[number] = EvidenceFacts(
            UUID(int=number + 1), source, Strength.MEASURED, finding, since, until, now
        )  # fmt: skip
        return number

    def say_again(self, number, speaker, finding, *, until, now):
        own = [
            (one.since, one.filed_at, key)
            for key, one in self.words.items()
            if one.source.speaker == speaker and not one.is_withdrawn
        ]
        if own:
            last = max(own)[-1]
            word = self.words[last]
            if word.finding is finding and (word.until is None or word.until > now):
                longest = None if None in (word.until, until) else max(word.until, until)
                self.words[last] = replace(word, until=longest)
                return last
        return self.say(number, speaker, finding, since=now, until=until, now=now)

    def withdraw(self, number):
        self.words[number] = replace(self.words[number], is_withdrawn=True)

    def standing(self, now):
        state = rules.state_of(self.words.values(), now=now)
        return state.standing, sorted(one.source.speaker for one in state.contradicting)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds)
def test_what_stands_in_the_database_is_what_the_whole_ledger_says(hospital, manager, drawn):
    with transaction.atomic():
        ledger, rows = Ledger(), {}
        for number, (deed, speaker, finding, start, length) in enumerate(drawn):
            now = NOW + number * HOUR
            until = now + length * HOUR if length else None
            since = now if deed == "renew" else now + start * HOUR
            said = Said(
                control="patching", institution_id=hospital.pk, source=Source(SourceKind.SENSOR, "r", speaker),
                strength=Strength.MEASURED, finding=finding, since=since, until=until, key=f"key-{number}",
            )  # fmt: skip
            if deed == "record":
                rows[ledger.say(number, speaker, finding, since=since, until=until, now=now)] = (
                    services.record_evidence(said, by=None, now=now)
                )
            elif deed == "renew":
                rows[ledger.say_again(number, speaker, finding, until=until, now=now)] = services.renew_evidence(
                    said, by=None, now=now
                )
            elif rows:
                chosen = sorted(rows)[number % len(rows)]
                services.withdraw_evidence(rows.pop(chosen).pk, why="wrong device", by=manager.viewer, now=now)
                ledger.withdraw(chosen)
            state = queries.state_of("patching", hospital.pk, now=now)
            assert (state.standing, sorted(one.source.speaker for one in state.contradicting)) == ledger.standing(now)
            assert {row.pk for row in rows.values()} == set(
                Evidence.objects.filter(withdrawn_at=None).values_list("pk", flat=True)
            )
        transaction.set_rollback(True)


# --- the sector, counted in SQL, against the rule ------------------------------------------------------------------

CONTROLS = ("patching", "mfa", "bcp")
words = st.tuples(
    st.integers(0, 3),
    st.sampled_from(CONTROLS),
    st.sampled_from([SourceKind.DUTY, SourceKind.SENSOR, SourceKind.INSPECTION]),
    st.sampled_from(["", "a"]),
    st.sampled_from(Finding),
    st.integers(-5, 0),
    st.sampled_from([None, 1, 3, 4, 40]),
    st.booleans(),
)


def withdraw_unasked(evidence, by):
    """What the verb does, at an institution where nobody of the cast may ask for it."""
    evidence.withdrawn_at, evidence.withdrawn_by, evidence.withdrawn_why = NOW, by, "wrong device"
    evidence.save()
    if evidence.superseded_at is None:
        services._let_the_one_before_stand(evidence)


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
                withdraw_unasked(evidence, manager.account)
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
