import gzip
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sonae.core.assurance import queries as assurance
from sonae.core.assurance import services as ledger
from sonae.core.assurance.models import Evidence
from sonae.core.assurance.vocabulary import Said, Source, SourceKind, Strength
from sonae.core.audit.models import Entry
from sonae.core.duties import services as duties
from sonae.core.duties.models import Duty
from sonae.core.duties.vocabulary import DutyState
from sonae.core.institutions.vocabulary import Population
from sonae.core.notifications import mail
from sonae.core.notifications.models import Message
from sonae.core.web.vocabulary import Tlp
from sonae.kernel.errors import BadInput, Gone, NotAllowed
from sonae.prevention.detection import queries, rules, services
from sonae.prevention.detection.models import Alert, Collector, Sighting
from sonae.prevention.detection.testing import a_batch, a_collector, a_sighting, an_alert, program_of
from sonae.prevention.detection.vocabulary import DetectionRefusal, EventFileProblem, Finding, Range
from sonae.prevention.sharing import services as sharing
from sonae.prevention.sharing import vocabulary as shared
from sonae.prevention.sharing.testing import an_indicator
from sonae.prevention.sharing.vocabulary import IndicatorKind
from sonae_wire.messages import Heartbeat
from sonae_wire.paths import BATCH_LIMIT
from sonae_wire.vocabulary import SightingProblem

# Whatever a batch holds: its rows travel together.
MOST_QUERIES = 40


@pytest.fixture
def program(manager, hospital, now):
    """The collector of the hospital, as it speaks."""
    _, secret = a_collector(hospital.pk, by=manager.viewer, now=now)
    return program_of(secret, now=now)


@pytest.fixture
def indicator(analyst, now):
    return an_indicator(by=analyst.viewer, now=now)


def a_heartbeat(now, **said):
    facts = {
        "collector_version": "0.1.0", "sent_at": now, "events_read": 10, "bad_lines": 0, "indicators_held": 1,
        "sightings_waiting": 0, "cursor": "1",
    }  # fmt: skip
    return Heartbeat(**(facts | said))


def test_a_sighting_becomes_an_alert_a_duty_and_a_mail(program, indicator, manager, hospital, now):
    sighting = a_sighting(indicator.pk, now=now)
    receipt = services.record_sightings(a_batch(sighting, now=now), by=program, now=now)
    assert receipt.accepted == (sighting.id,)
    alert = Alert.objects.get()
    duty = Duty.objects.get(rule="sighting.respond")
    assert (duty.institution_id, duty.subject_id, duty.state) == (hospital.pk, str(alert.pk), DutyState.OPEN)
    message = Message.objects.get(template="detection/sighting")
    assert message.account_id == manager.account.pk
    assert indicator.value not in json.dumps(message.context)
    assert Entry.objects.filter(verb="sighting.record", institution_id=hospital.pk).count() == 1


def test_sending_again_changes_nothing(program, indicator, now):
    batch = a_batch(a_sighting(indicator.pk, now=now), now=now)
    services.record_sightings(batch, by=program, now=now)
    rows = [model.objects.count() for model in (Sighting, Alert, Duty, Message)]
    again = services.record_sightings(batch, by=program, now=now)
    assert again.accepted == () and again.already_known == (batch.sightings[0].id,)
    assert [model.objects.count() for model in (Sighting, Alert, Duty, Message)] == rows


def a_full_batch(analyst, now, *, minutes=0):
    """As many sightings as one message may hold, each of another indicator."""
    addresses = [f"45.{second}.{third}.9" for second in range(83, 85) for third in range(BATCH_LIMIT // 2)]
    published = sharing.publish_indicators(
        [shared.Candidate(IndicatorKind.IPV4, address) for address in addresses],
        report_id=uuid4(), tlp=Tlp.GREEN,
        population=Population.SYNTHETIC, source=shared.SourceKind.ANALYST, by=analyst.viewer, now=now,
    )  # fmt: skip
    seen = [a_sighting(each.pk, now=now, last_seen_at=now + timedelta(minutes=minutes)) for each in published]
    return a_batch(*seen, now=now)


def test_a_full_batch_costs_no_more_queries_than_a_handful(program, analyst, manager, now):
    batch = a_full_batch(analyst, now)
    with CaptureQueriesContext(connection) as first:
        receipt = services.record_sightings(batch, by=program, now=now)
    assert len(receipt.accepted) == BATCH_LIMIT
    with CaptureQueriesContext(connection) as again:
        assert services.record_sightings(batch, by=program, now=now).already_known == receipt.accepted
    more = a_full_batch(analyst, now, minutes=5)
    with CaptureQueriesContext(connection) as widened:
        assert len(services.record_sightings(more, by=program, now=now).accepted) == BATCH_LIMIT
    counted = {"first": len(first), "again": len(again), "widened": len(widened)}
    assert all(number <= MOST_QUERIES for number in counted.values()), counted
    assert Sighting.objects.count() == Alert.objects.open().count() == BATCH_LIMIT
    assert set(Alert.objects.values_list("last_seen_at", "count")) == {(now + timedelta(minutes=5), 1)}
    assert Duty.objects.open().filter(rule="sighting.respond").count() == BATCH_LIMIT


def test_many_alerts_at_once_are_one_mail_to_each_manager(program, analyst, manager, now):
    services.record_sightings(a_full_batch(analyst, now), by=program, now=now)
    message = Message.objects.get(template="detection/sighting")
    assert (message.account_id, message.context["path"]) == (manager.account.pk, reverse("detection:sightings"))
    _, text = mail.written(message.template, context=message.context, language="ja")
    assert "複数" in text


def test_only_alerts_that_are_new_are_told_of(program, indicator, analyst, manager, now):
    alert = an_alert(indicator.pk, program=program, now=now)
    fresh = an_indicator("45.83.64.2", by=analyst.viewer, now=now)
    yesterday = a_sighting(indicator.pk, now=now, first_seen_at=now - timedelta(days=1))
    services.record_sightings(a_batch(yesterday, a_sighting(fresh.pk, now=now), now=now), by=program, now=now)
    (other,) = Alert.objects.exclude(pk=alert.pk)
    paths = sorted(message.context["path"] for message in Message.objects.all())
    assert paths == sorted(reverse("detection:sighting", args=[each.pk]) for each in (alert, other))


def test_another_batch_under_the_same_name_is_told_of_too(program, indicator, analyst, manager, now):
    first = a_batch(a_sighting(indicator.pk, now=now), now=now)
    fresh = an_indicator("45.83.64.2", by=analyst.viewer, now=now)
    services.record_sightings(first, by=program, now=now)
    second = a_batch(a_sighting(fresh.pk, now=now), now=now).model_copy(update={"batch_id": first.batch_id})
    services.record_sightings(second, by=program, now=now)
    assert Message.objects.filter(template="detection/sighting", account=manager.account).count() == 2


def test_a_batch_that_was_cut_off_leaves_nothing_and_is_taken_whole_the_next_time(program, indicator, analyst, now):
    fresh = an_indicator("45.83.64.2", by=analyst.viewer, now=now)
    batch = a_batch(a_sighting(indicator.pk, now=now), a_sighting(fresh.pk, now=now), now=now)
    kinds = (Sighting, Alert, Duty, Message)
    with transaction.atomic():
        services.record_sightings(batch, by=program, now=now)
        transaction.set_rollback(True)
    assert [kind.objects.count() for kind in kinds] == [0, 0, 0, 0]
    assert services.record_sightings(batch, by=program, now=now).accepted == tuple(each.id for each in batch.sightings)
    assert [kind.objects.count() for kind in kinds] == [2, 2, 2, 1]


def test_two_days_of_one_indicator_in_a_batch_are_one_alert(program, indicator, now):
    seen = [a_sighting(indicator.pk, now=now, first_seen_at=now - timedelta(days=days, hours=1)) for days in (0, 2, 1)]
    services.record_sightings(a_batch(*seen, now=now), by=program, now=now)
    alert = Alert.objects.get()
    assert (alert.count, alert.first_seen_at, alert.last_seen_at) == (3, seen[1].first_seen_at, seen[0].last_seen_at)
    assert Sighting.objects.filter(alert=alert).count() == 3


def test_a_sighting_that_grows_after_the_answer_stays_with_the_alert_that_was_answered(
    program, indicator, manager, now
):
    alert = an_alert(indicator.pk, program=program, now=now)
    services.answer_alert(alert.pk, finding=Finding.BLOCKED, note="blocked at the firewall", by=manager.viewer, now=now)
    more = a_sighting(indicator.pk, now=now, count=4)
    assert services.record_sightings(a_batch(more, now=now), by=program, now=now).accepted == (more.id,)
    answered = Alert.objects.get()
    assert (answered.count, answered.finding, answered.answered_at) == (4, Finding.BLOCKED, now)


def test_more_of_the_same_day_widens_the_figures_and_opens_nothing(program, indicator, now):
    first = a_sighting(indicator.pk, now=now)
    services.record_sightings(a_batch(first, now=now), by=program, now=now)
    more = first.model_copy(update={"count": 7, "last_seen_at": now})
    assert services.record_sightings(a_batch(more, now=now), by=program, now=now).accepted == (first.id,)
    alert = Alert.objects.get()
    assert (alert.count, alert.last_seen_at, Sighting.objects.get().count) == (7, now, 7)
    # Arriving late, the smaller message says nothing new.
    assert services.record_sightings(a_batch(first, now=now), by=program, now=now).already_known == (first.id,)
    assert Message.objects.filter(template="detection/sighting").count() == 1


def test_another_day_joins_the_open_alert(program, indicator, now):
    for days in (0, 1, 2):
        sighting = a_sighting(indicator.pk, now=now, first_seen_at=now - timedelta(days=days, hours=1))
        services.record_sightings(a_batch(sighting, now=now), by=program, now=now)
    assert Alert.objects.get().count == 3
    assert Sighting.objects.count() == 3
    assert Duty.objects.filter(rule="sighting.respond").count() == 1


def test_what_is_seen_after_the_answer_is_a_new_alert(program, indicator, manager, now):
    alert = an_alert(indicator.pk, program=program, now=now)
    services.answer_alert(alert.pk, finding=Finding.BLOCKED, note="blocked at the firewall", by=manager.viewer, now=now)
    later = now + timedelta(days=2)
    anew = an_alert(indicator.pk, program=program, now=later)
    assert anew.pk != alert.pk
    assert Duty.objects.filter(rule="sighting.respond", state=DutyState.OPEN).count() == 1


def test_nothing_but_the_answer_ends_the_duty_of_an_open_alert(program, indicator, manager, hospital, now):
    alert = an_alert(indicator.pk, program=program, now=now)
    duty = Duty.objects.get(rule="sighting.respond")
    with pytest.raises(NotAllowed):
        duties.fulfil(duty.pk, note="checked, false alarm", by=manager.viewer, now=now)
    ledger.record_evidence(
        Said(
            control="detection.sighting-handled", institution_id=hospital.pk,
            source=Source(SourceKind.DUTY, str(alert.pk)), strength=Strength.DECLARED, since=now,
        ),
        by=manager.account.pk, now=now,
    )  # fmt: skip
    duty.refresh_from_db()
    assert (duty.state, Alert.objects.open().get()) == (DutyState.OPEN, alert)


def test_each_sighting_that_is_not_taken_is_named_with_its_reason(program, analyst, now):
    good = an_indicator("45.83.64.2", by=analyst.viewer, now=now)
    revoked = an_indicator("45.83.64.3", by=analyst.viewer, now=now)
    sharing.revoke_indicator(revoked.pk, by=analyst.viewer, now=now)
    future = an_indicator("45.83.64.4", by=analyst.viewer, now=now)
    old = an_indicator("45.83.64.5", by=analyst.viewer, now=now)
    unknown = a_sighting(program.token_id, now=now)
    batch = a_batch(
        a_sighting(good.pk, now=now),
        a_sighting(revoked.pk, now=now),
        a_sighting(future.pk, now=now, first_seen_at=now + timedelta(days=1)),
        a_sighting(old.pk, now=now, first_seen_at=now - timedelta(days=500)),
        unknown,
        now=now,
    )
    receipt = services.record_sightings(batch, by=program, now=now)
    assert [each.reason for each in receipt.refused] == [
        SightingProblem.REVOKED_INDICATOR, SightingProblem.IN_THE_FUTURE, SightingProblem.TOO_OLD,
        SightingProblem.UNKNOWN_INDICATOR,
    ]  # fmt: skip
    assert len(receipt.accepted) == 1
    told = {*receipt.accepted, *receipt.already_known, *(each.id for each in receipt.refused)}
    assert told == {each.id for each in batch.sightings}


def test_an_institution_cannot_occupy_the_ids_of_another(program, indicator, stranger, other_hospital, now):
    _, secret = a_collector(other_hospital.pk, by=stranger.viewer, now=now)
    sighting = a_sighting(indicator.pk, now=now)
    services.record_sightings(a_batch(sighting, now=now), by=program_of(secret, now=now), now=now)
    assert services.record_sightings(a_batch(sighting, now=now), by=program, now=now).accepted == (sighting.id,)
    assert Alert.objects.count() == 2


def test_an_id_reused_for_another_indicator_does_not_replace_what_is_stored(program, indicator, analyst, now):
    other = an_indicator("45.83.64.9", by=analyst.viewer, now=now)
    sighting = a_sighting(indicator.pk, now=now)
    services.record_sightings(a_batch(sighting, now=now), by=program, now=now)
    forged = sighting.model_copy(update={"indicator_id": other.pk})
    assert services.record_sightings(a_batch(forged, now=now), by=program, now=now).already_known == (sighting.id,)
    assert Sighting.objects.get().indicator_id == indicator.pk


def test_the_answer_ends_the_duty_and_is_evidence(program, indicator, manager, hospital, now):
    alert = an_alert(indicator.pk, program=program, now=now)
    services.answer_alert(alert.pk, finding=Finding.HARMLESS, note="a test by our vendor", by=manager.viewer, now=now)
    duty = Duty.objects.get(rule="sighting.respond")
    evidence = Evidence.objects.get(control="detection.sighting-handled")
    assert (duty.state, duty.evidence_id) == (DutyState.FULFILLED, evidence.pk)
    assert evidence.institution_id == hospital.pk
    assert "a test by our vendor" not in json.dumps(evidence.facts)
    assert Entry.objects.filter(verb="sighting.answer").count() == 1
    with pytest.raises(NotAllowed) as refused:
        services.answer_alert(alert.pk, finding=Finding.HARMLESS, note="again and again", by=manager.viewer, now=now)
    assert refused.value.refusal.reason is DetectionRefusal.ALREADY_ANSWERED


def test_an_answer_that_is_taken_back_asks_for_another_one(program, indicator, manager, now):
    alert = an_alert(indicator.pk, program=program, now=now)
    for hours in (1, 3):
        answered = now + timedelta(hours=hours)
        services.answer_alert(
            alert.pk, finding=Finding.HARMLESS, note="a test by our vendor", by=manager.viewer, now=answered
        )
        evidence = Evidence.objects.get(control="detection.sighting-handled", withdrawn_at=None)
        ledger.withdraw_evidence(
            evidence.pk, why="it was not our vendor", by=manager.viewer, now=answered + timedelta(hours=1)
        )
        assert Alert.objects.open().get() == alert
        duty = Duty.objects.get(rule="sighting.respond")
        assert (duty.state, duty.evidence_id) == (DutyState.OPEN, None)
    assert Entry.objects.filter(verb="sighting.reopen").count() == 2


def test_an_answer_taken_back_after_a_newer_sighting_is_left_to_the_newer_alert(program, indicator, manager, now):
    alert = an_alert(indicator.pk, program=program, now=now)
    services.answer_alert(alert.pk, finding=Finding.BLOCKED, note="blocked at the firewall", by=manager.viewer, now=now)
    newer = an_alert(indicator.pk, program=program, now=now + timedelta(days=2))
    evidence = Evidence.objects.get(control="detection.sighting-handled")
    ledger.withdraw_evidence(evidence.pk, why="it was not blocked", by=manager.viewer, now=now + timedelta(days=3))
    assert Alert.objects.open().get() == newer
    assert Duty.objects.open().get(rule="sighting.respond").subject_id == str(newer.pk)
    assert Duty.objects.get(subject_id=str(alert.pk)).state == DutyState.SUPERSEDED


@pytest.mark.parametrize("who", ["officer", "inspector"])
def test_the_evidence_of_an_answer_tells_no_supervisor_who_was_hit(
    request, program, indicator, manager, executive, hospital, now, who
):
    alert = an_alert(indicator.pk, program=program, now=now)
    services.answer_alert(alert.pk, finding=Finding.BLOCKED, note="blocked at the firewall", by=manager.viewer, now=now)
    watcher = request.getfixturevalue(who)
    evidence = Evidence.objects.get(control="detection.sighting-handled")
    assert Evidence.objects.visible_to(executive.viewer).filter(pk=evidence.pk).exists()
    assert not Evidence.objects.visible_to(watcher.viewer).filter(pk=evidence.pk).exists()
    page = watcher.client.get(reverse("assurance:control", args=["detection.sighting-handled"])).text
    assert hospital.name not in page
    assert "Share of institutions where it is in place" not in page
    counted = assurance.states_for_sector(assurance.institutions_in_reach(watcher.viewer), now=now)
    assert "detection.sighting-handled" not in counted


@pytest.mark.parametrize("who", ["stranger", "colleague", "officer", "analyst", "inspector", "responder", "operator"])
def test_nobody_else_sees_or_answers(request, program, indicator, now, who):
    alert = an_alert(indicator.pk, program=program, now=now)
    person = request.getfixturevalue(who).viewer
    assert not Alert.objects.visible_to(person).exists()
    assert not Sighting.objects.visible_to(person).exists()
    assert not Collector.objects.visible_to(person).exists()
    with pytest.raises(Gone):
        services.answer_alert(alert.pk, finding=Finding.BLOCKED, note="not my business", by=person, now=now)


def test_made_up_figures_do_not_keep_others_from_being_counted(program, indicator, now):
    Alert.objects.filter(pk=an_alert(indicator.pk, program=program, now=now).pk).update(count=2**63 - 1)
    sighting = a_sighting(indicator.pk, now=now, count=2**53 - 1)
    receipt = services.record_sightings(a_batch(sighting, now=now), by=program, now=now)
    assert receipt.accepted == (sighting.id,)
    assert Alert.objects.get().count == 2**53 - 1


def test_the_head_of_the_hospital_reads_and_does_not_answer(program, indicator, executive, now):
    alert = an_alert(indicator.pk, program=program, now=now)
    assert Alert.objects.visible_to(executive.viewer).get() == alert
    with pytest.raises(NotAllowed):
        services.answer_alert(alert.pk, finding=Finding.BLOCKED, note="not my business", by=executive.viewer, now=now)


def test_the_sector_is_told_a_range_and_no_name(program, indicator, analyst, officer, stranger, other_hospital, now):
    assert queries.sector_summary(officer.viewer, k=10, now=now).institutions == Range(0, 0)
    an_alert(indicator.pk, program=program, now=now)
    one = queries.sector_summary(officer.viewer, k=10, now=now)
    _, secret = a_collector(other_hospital.pk, by=stranger.viewer, now=now)
    an_alert(indicator.pk, program=program_of(secret, now=now), now=now)
    two = queries.sector_summary(officer.viewer, k=10, now=now)
    assert one.institutions == two.institutions == Range(1, 9)
    assert one.indicators_seen == 1
    (row,) = queries.seen_indicators(officer.viewer)
    assert rules.told_as(row.seen_by, k=10) == Range(1, 9)


def test_a_heartbeat_is_remembered_and_proves_once_a_day_that_the_collector_runs(program, hospital, now):
    for minutes in (0, 5):
        services.record_heartbeat(
            a_heartbeat(now, events_read=10 + minutes), by=program, now=now + timedelta(minutes=minutes)
        )
    collector = Collector.objects.get()
    assert (collector.events_read, collector.version) == (15, "0.1.0")
    assert Evidence.objects.filter(control="detection.sensor-running", institution_id=hospital.pk).count() == 1


def test_each_silence_is_one_duty_that_the_next_heartbeat_ends(program, now):
    services.record_heartbeat(a_heartbeat(now), by=program, now=now)
    assert services.impose_on_silence(now=now + timedelta(hours=1)) == 0
    for day in (1, 3):
        silent = now + timedelta(days=day)
        assert services.impose_on_silence(now=silent) == 1
        assert services.impose_on_silence(now=silent) == 0
        assert Duty.objects.open().filter(rule="collector.silent").count() == 1
        services.record_heartbeat(a_heartbeat(silent), by=program, now=silent + timedelta(minutes=1))
        assert not Duty.objects.open().filter(rule="collector.silent").exists()
    assert Duty.objects.filter(rule="collector.silent").count() == 2


def test_a_retired_collector_opens_nothing_and_is_not_missed(program, manager, now):
    services.record_heartbeat(a_heartbeat(now), by=program, now=now)
    services.impose_on_silence(now=now + timedelta(days=1))
    collector = Collector.objects.get()
    services.retire_collector(collector.pk, by=manager.viewer, now=now + timedelta(days=1))
    collector.refresh_from_db()
    assert collector.token.revoked_at is not None
    assert not Duty.objects.open().filter(rule="collector.silent").exists()
    assert services.impose_on_silence(now=now + timedelta(days=9)) == 0
    with pytest.raises(NotAllowed):
        services.retire_collector(collector.pk, by=manager.viewer, now=now)


@pytest.mark.parametrize("who", ["stranger", "colleague", "executive", "officer", "operator"])
def test_only_the_manager_enrols_and_retires(request, program, hospital, now, who):
    person = request.getfixturevalue(who).viewer
    with pytest.raises(NotAllowed):
        services.enrol_collector("x", institution_id=hospital.pk, by=person, now=now)
    with pytest.raises(Gone):
        services.retire_collector(Collector.objects.get().pk, by=person, now=now)


def test_people_do_not_speak_as_collectors(manager, indicator, now):
    with pytest.raises(NotAllowed):
        services.record_sightings(a_batch(a_sighting(indicator.pk, now=now), now=now), by=manager.viewer, now=now)


# --- the door to the engine --------------------------------------------------------------------------------------


def an_alert_line(address="45.83.64.1", **more):
    event = {
        "timestamp": "2026-11-22T21:00:00.000000+0000", "event_type": "alert", "src_ip": "10.0.0.5", "src_port": 50000,
        "dest_ip": address, "dest_port": 443, "proto": "TCP",
        "alert": {"signature": "ET MALWARE beacon", "signature_id": 1},
    }  # fmt: skip
    return json.dumps(event | more)


def test_what_the_alerts_of_a_file_speak_of_is_found_and_bad_lines_are_named(tmp_path):
    path = tmp_path / "upload"
    path.write_text("\n".join([an_alert_line(), "not json", an_alert_line(), an_alert_line("10.0.0.9")]) + "\n")
    found = queries.extract(path, name="eve.json")
    assert [(each.kind, each.value, each.count) for each in found.found] == [(IndicatorKind.IPV4, "45.83.64.1", 2)]
    assert (found.events_read, found.bad_lines) == (3, 1)
    assert (found.problems[0].reason, found.problems[0].file, found.problems[0].line) == (
        EventFileProblem.NOT_JSON, "eve.json", 2,
    )  # fmt: skip


def test_addresses_of_the_institution_itself_are_left_out(tmp_path):
    path = tmp_path / "upload"
    path.write_text(an_alert_line("45.83.64.1") + "\n")
    assert queries.extract(path, name="eve.json", own_addresses=["45.83.64.0/24"]).found == ()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", EventFileProblem.NOT_EVENTS),
        (b"PK\x03\x04 broken", EventFileProblem.DAMAGED_COMPRESSION),
        (b"\x1f\x8b\x09" + b"x" * 100, EventFileProblem.DAMAGED_COMPRESSION),
        (gzip.compress(b" " * 200_000_000, compresslevel=1), EventFileProblem.EXPANDS_TOO_MUCH),
        ("日本語のメモ".encode("utf-16"), EventFileProblem.WRONG_ENCODING),
        (b"[" * 100_000, EventFileProblem.TOO_DEEP),
        (b"hello\n" * 500, EventFileProblem.NOT_EVENTS),
    ],
)
def test_a_file_that_is_none_is_refused_by_name(tmp_path, content, reason):
    path = tmp_path / "upload"
    path.write_bytes(content)
    with pytest.raises(BadInput) as refused:
        queries.extract(path, name="memo.txt")
    assert refused.value.problems[0].file == "memo.txt"
    assert refused.value.problems[0].reason is reason


@pytest.mark.shared
def test_real_alert_telemetry_yields_candidates(shared_data):
    files = sorted((shared_data / "ids" / "suricata-eve").rglob("*.json"))
    assert files, "the folder of real telemetry holds files"
    found = queries.extract(files[0], name=files[0].name)
    assert found.events_read > 0
