"""A hospital's own list comes into the ledger: planned, applied in one go, taken back."""

import os
from dataclasses import replace
from datetime import date, timedelta

import pytest

from sonae.core.audit.models import Entry
from sonae.core.bulletins.models import OwnedProduct
from sonae.core.duties.models import Duty
from sonae.kernel.errors import BadInput, Gone, NotAllowed
from sonae.prevention.assets import services
from sonae.prevention.assets.intake import files, presenting
from sonae.prevention.assets.intake.vocabulary import (
    Identity,
    ImportState,
    IntakeRefusal,
    Newcomers,
    QuestionAnswer,
    QuestionKind,
    RowProblem,
    Verdict,
)
from sonae.prevention.assets.models import Asset, Connection, LedgerImport, LedgerQuestion, MappingPreset, PlannedRow
from sonae.prevention.assets.services import applying
from sonae.prevention.assets.services.ledger import AssetContent, ConnectionContent
from sonae.prevention.assets.testing import ROWS, a_list, applied, apply, planned, undone

SECOND = timedelta(seconds=1)
CHANGED = ROWS[1].replace("外来受付", "救急外来")


def rows_of(run):
    return list(PlannedRow.objects.filter(run=run).order_by("pk"))


def verdicts(run):
    return [(row.line, row.verdict) for row in rows_of(run)]


def content_of(asset, **changed):
    fields = ("kind", "name", "maker", "product", "version", "place", "responsible", "note")
    return AssetContent(**{name: getattr(asset, name) for name in fields} | changed)


def test_the_plan_says_what_would_be_added_and_the_ledger_stays_as_it_was(manager, hospital, now):
    run = planned(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    assert (run.state, run.rows_read, run.rows_added, run.problem_count) == (ImportState.PLANNED, 3, 3, 0)
    assert not Asset.objects.exists()
    assert rows_of(run)[1].after == {
        "asset_number": "A-002", "name": "受付端末1", "kind": "pc", "maker": "Example", "product": "Desk 3",
        "serial": "SN-2", "hostname": "pc01", "mac_address": "00:11:22:33:44:66", "ip_address": "192.0.2.21",
        "place": "外来受付", "responsible": "医事課", "acquired_on": "2019-04-01",
    }  # fmt: skip


def test_what_is_applied_stands_in_the_ledger_and_everything_follows_it(manager, hospital, now):
    run = applied(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    assert (run.state, run.applied_at) == (ImportState.APPLIED, now + SECOND)
    vpn = Asset.objects.get(asset_number="A-003")
    assert (vpn.kind, vpn.mac_address, vpn.acquired_on, vpn.recorded_by_id) == (
        "network_device", "00:11:22:33:44:77", date(2021, 6, 1), manager.account.pk,
    )  # fmt: skip
    assert OwnedProduct.objects.filter(product="fortinet fortigate 60f").exists()
    assert Entry.objects.filter(verb="ledger.apply_import").count() == 1


def test_the_same_list_again_changes_nothing_and_applying_twice_does_nothing(manager, hospital, now):
    run = applied(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    assert services.carry_out_apply(run.pk, now=now + 2 * SECOND) == ImportState.APPLIED
    assert Asset.objects.count() == 3
    again = planned(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now + 3 * SECOND)
    assert (again.rows_unchanged, again.rows_added, again.rows_changed) == (3, 0, 0)
    with pytest.raises(NotAllowed) as refused:
        services.order_apply(again.pk, by=manager.viewer, now=now + 4 * SECOND)
    assert refused.value.refusal.reason is IntakeRefusal.NOTHING_TO_APPLY


def test_a_changed_row_says_what_stood_there_and_an_empty_cell_erases_nothing(manager, hospital, now):
    applied(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    emptied = CHANGED.replace("医事課", "")
    run = planned(
        a_list(ROWS[0], emptied, ROWS[2]), institution_id=hospital.pk, by=manager.viewer, now=now + 2 * SECOND
    )
    (row,) = PlannedRow.objects.filter(run=run, verdict=Verdict.CHANGED)
    assert (row.line, row.before, row.after) == (3, {"place": "外来受付"}, {"place": "救急外来"})
    apply(run, by=manager.viewer, now=now + 3 * SECOND)
    desk = Asset.objects.get(asset_number="A-002")
    assert (desk.place, desk.responsible, desk.changed_at) == ("救急外来", "医事課", now + 3 * SECOND)


def test_an_import_is_taken_back_whole(manager, hospital, now):
    applied(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    more = "A-004,検査端末,PC,Example,Desk 3,SN-4,pc04,001122334488,192.0.2.24,検査室,検査科,R6.4.1"
    run = applied(
        a_list(ROWS[0], CHANGED, ROWS[2], more), institution_id=hospital.pk, by=manager.viewer, now=now + 2 * SECOND
    )
    assert Asset.objects.in_use().count() == 4
    undone(run, by=manager.viewer, now=now + 5 * SECOND)
    assert run.state == ImportState.UNDONE
    assert sorted(Asset.objects.in_use().values_list("asset_number", "place")) == [
        ("A-001", "サーバ室"), ("A-002", "外来受付"), ("A-003", "サーバ室"),
    ]  # fmt: skip
    # What was there for an hour can still be told.
    assert Asset.objects.get(asset_number="A-004").retired_at == now + 5 * SECOND
    assert services.carry_out_undo(run.pk, now=now + 6 * SECOND) == ImportState.UNDONE


def test_what_was_changed_by_hand_since_is_named_and_nothing_is_taken_back(manager, hospital, now):
    run = applied(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    desk = Asset.objects.get(asset_number="A-002")
    services.change_asset(desk.pk, content_of(desk, note="修理済み"), by=manager.viewer, now=now + 9 * SECOND)
    line = ConnectionContent(
        kind="vpn", name="保守", vendor="", purpose="", device=Asset.objects.get(asset_number="A-003"), firmware="",
        source_restricted="unknown", multi_factor="unknown", patched_by="unknown", contract_clause="",
        last_checked_on=None, note="",
    )  # fmt: skip
    services.record_connection(hospital.pk, line, by=manager.viewer, now=now + 9 * SECOND)
    with pytest.raises(BadInput) as refused:
        services.order_undo(run.pk, by=manager.viewer, now=now + 10 * SECOND)
    assert [one.facts["name"] for one in refused.value.problems] == ["VPN装置", "受付端末1"]
    assert {one.reason for one in refused.value.problems} == {IntakeRefusal.CHANGED_SINCE}
    assert LedgerImport.objects.get(pk=run.pk).state == ImportState.APPLIED
    assert Connection.objects.in_use().count() == 1 and Asset.objects.in_use().count() == 3


def test_what_changes_between_the_order_and_the_job_stops_the_undo_too(manager, hospital, now):
    run = applied(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    services.order_undo(run.pk, by=manager.viewer, now=now + 5 * SECOND)
    desk = Asset.objects.get(asset_number="A-002")
    services.change_asset(desk.pk, content_of(desk, note="修理済み"), by=manager.viewer, now=now + 6 * SECOND)
    assert services.carry_out_undo(run.pk, now=now + 7 * SECOND) == ImportState.APPLIED
    assert Asset.objects.in_use().count() == 3


def test_a_plan_is_not_applied_to_a_ledger_that_changed_since(manager, hospital, now):
    applied(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    run = planned(a_list(ROWS[0], CHANGED), institution_id=hospital.pk, by=manager.viewer, now=now + 2 * SECOND)
    vpn = Asset.objects.get(asset_number="A-003")
    services.retire_asset(vpn.pk, by=manager.viewer, now=now + 3 * SECOND)
    with pytest.raises(NotAllowed) as refused:
        services.order_apply(run.pk, by=manager.viewer, now=now + 4 * SECOND)
    assert refused.value.refusal.reason is IntakeRefusal.PLAN_STALE
    services.plan_again(run.pk, by=manager.viewer, now=now + 5 * SECOND)
    services.carry_out_plan(run.pk, now=now + 5 * SECOND)
    run.refresh_from_db()
    # Whoever took it out knows that it is gone: nobody is asked.
    assert (run.rows_changed, run.rows_vanished) == (1, 0)
    assert apply(run, by=manager.viewer, now=now + 6 * SECOND).state == ImportState.APPLIED


def test_a_job_that_is_stopped_leaves_the_ledger_as_it_was_and_the_plan_waiting(manager, hospital, now, monkeypatch):
    monkeypatch.setattr(applying, "AT_ONCE", 1)
    run = planned(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    services.order_apply(run.pk, by=manager.viewer, now=now + SECOND)
    services.cancel_import(run.pk, by=manager.viewer, now=now + SECOND)
    assert services.carry_out_apply(run.pk, now=now + SECOND) == ImportState.PLANNED
    assert not Asset.objects.exists()
    assert apply(run, by=manager.viewer, now=now + 2 * SECOND).rows_added == Asset.objects.count() == 3


def test_a_job_that_is_killed_in_the_middle_leaves_nothing_and_the_next_one_does_it_whole(
    manager, hospital, now, monkeypatch
):
    run = planned(a_list(ROWS[0], ROWS[1]), institution_id=hospital.pk, by=manager.viewer, now=now)
    services.order_apply(run.pk, by=manager.viewer, now=now + SECOND)

    class Killed(BaseException):
        pass

    def killed(*_args, **_named):
        assert Asset.objects.count() == 2, "in the middle: the assets are written, the import is not closed"
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(applying, "follow_devices", killed)
        with pytest.raises(Killed):
            services.carry_out_apply(run.pk, now=now + SECOND)
    assert not Asset.objects.exists()
    assert services.carry_out_apply(run.pk, now=now + 2 * SECOND) == ImportState.APPLIED
    assert Asset.objects.count() == 2


def test_a_plan_that_was_killed_begins_anew(manager, hospital, now):
    run = services.begin_import([a_list()], institution_id=hospital.pk, name="l.csv", by=manager.viewer, now=now)
    LedgerImport.objects.filter(pk=run.pk).update(state=ImportState.PLANNING)
    PlannedRow.objects.create(run=run, line=2, verdict=Verdict.ADDED)
    done = planned(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    LedgerImport.objects.filter(pk=run.pk).update(mapping=done.mapping)
    assert services.carry_out_plan(run.pk, now=now) == ImportState.PLANNED
    assert verdicts(run) == [(2, "added"), (3, "added"), (4, "added")]


# --- what is not understood -------------------------------------------------------------------------------------------


def test_a_field_that_cannot_be_read_keeps_its_row_and_is_told(manager, hospital, now):
    odd = "A-009,心電計,謎の機械,Example,E1,SN-9,,12:34,192.0.2.300,検査室,検査科,令和のいつか"
    run = planned(a_list(odd), institution_id=hospital.pk, by=manager.viewer, now=now)
    (row,) = rows_of(run)
    assert row.verdict == Verdict.ADDED
    assert [(one["field"], one["reason"], one["value"]) for one in row.problems] == [
        ("kind", "kind_unknown", "謎の機械"), ("mac_address", "address_unreadable", "12:34"),
        ("ip_address", "address_unreadable", "192.0.2.300"), ("acquired_on", "day_unreadable", "令和のいつか"),
    ]  # fmt: skip
    assert not {"kind", "mac_address", "ip_address", "acquired_on"} & row.after.keys()


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (["A-001,別の機械,PC,,,SN-77,,,,,,"], RowProblem.CONTRADICTORY),
        (["A-001,機械,PC,,,SN-2,,,,,,"], RowProblem.CONTRADICTORY),
        ([",,PC,,,,,,,,,"], RowProblem.NO_IDENTITY),
        (["A-050,,PC,,,,,,,,,"], RowProblem.NO_NAME),
    ],
)
def test_a_row_that_may_be_two_devices_or_none_is_not_understood(manager, hospital, now, rows, problem):
    applied(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    run = planned(a_list(*rows), institution_id=hospital.pk, by=manager.viewer, now=now + 2 * SECOND, source="別")
    (row,) = PlannedRow.objects.filter(run=run, line__gt=0)
    assert (row.verdict, row.asset_id, row.problems[0]["reason"]) == (Verdict.NOT_UNDERSTOOD, None, problem)
    with pytest.raises(NotAllowed):
        services.order_apply(run.pk, by=manager.viewer, now=now + 3 * SECOND)


def test_two_lines_about_one_device_are_both_not_understood(manager, hospital, now):
    run = planned(a_list(*ROWS, ROWS[0]), institution_id=hospital.pk, by=manager.viewer, now=now)
    assert verdicts(run) == [(2, "not_understood"), (3, "added"), (4, "added"), (5, "not_understood")]
    assert [row.problems[0]["facts"] for row in rows_of(run) if row.problems] == [{"line": 5}, {"line": 2}]
    assert (run.rows_added, run.rows_not_understood, run.problem_count) == (2, 2, 2)
    apply(run, by=manager.viewer, now=now + SECOND)
    assert sorted(Asset.objects.values_list("asset_number", flat=True)) == ["A-002", "A-003"]


def test_the_priority_says_by_what_a_device_is_known(manager, hospital, now):
    applied(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    renumbered = ROWS[0].replace("A-001", "B-900")
    by_serial = planned(
        a_list(renumbered), institution_id=hospital.pk, by=manager.viewer, now=now + 2 * SECOND, source="別",
        priority=(Identity.SERIAL,),
    )  # fmt: skip
    assert [row.after for row in rows_of(by_serial)] == [{"asset_number": "B-900"}]
    by_both = planned(
        a_list(renumbered), institution_id=hospital.pk, by=manager.viewer, now=now + 2 * SECOND, source="別",
        priority=(Identity.SERIAL, Identity.ASSET_NUMBER),
    )  # fmt: skip
    assert [row.verdict for row in rows_of(by_both)] == [Verdict.NOT_UNDERSTOOD]


# --- questions --------------------------------------------------------------------------------------------------------


def test_a_device_that_vanished_is_asked_about_and_stays_until_somebody_answers(manager, hospital, now):
    applied(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    run = applied(a_list(*ROWS[:2]), institution_id=hospital.pk, by=manager.viewer, now=now + 2 * SECOND)
    (question,) = LedgerQuestion.objects.all()
    assert (question.kind, question.label, question.run_id) == (QuestionKind.VANISHED, "VPN装置", run.pk)
    assert Asset.objects.in_use().count() == 3
    duty = Duty.objects.get(rule="ledger.answer_questions")
    assert (duty.institution_id, duty.state, duty.facts["questions"]) == (hospital.pk, "open", 1)
    services.answer_question(
        question.pk, QuestionAnswer.RETIRE, reason="廃棄した", by=manager.viewer, now=now + 9 * SECOND
    )
    assert Asset.objects.get(asset_number="A-003").retired_at == now + 9 * SECOND
    duty.refresh_from_db()
    assert duty.state == "fulfilled"


def test_what_is_kept_is_not_asked_about_again_and_what_moved_has_its_new_place(manager, hospital, now):
    applied(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    applied(a_list(ROWS[0]), institution_id=hospital.pk, by=manager.viewer, now=now + 2 * SECOND)
    desk, vpn = LedgerQuestion.objects.order_by("label")[::-1]
    by = manager.viewer
    services.answer_question(desk.pk, QuestionAnswer.KEEP, reason="倉庫で予備", by=by, now=now + 5 * SECOND)
    services.answer_question(vpn.pk, QuestionAnswer.MOVED, reason="移設", place="別館", by=by, now=now + 5 * SECOND)
    assert Asset.objects.get(pk=vpn.asset_id).place == "別館"
    again = planned(a_list(ROWS[0]), institution_id=hospital.pk, by=by, now=now + 9 * SECOND)
    assert (again.rows_vanished, again.rows_unchanged) == (0, 1)


def test_a_list_of_another_name_says_nothing_of_what_it_does_not_have(manager, hospital, now):
    applied(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    other = planned(
        a_list(ROWS[0]), institution_id=hospital.pk, by=manager.viewer, now=now + 2 * SECOND, source="放射線科"
    )
    assert other.rows_vanished == 0


def test_an_unknown_device_of_a_list_that_asks_is_added_only_when_somebody_says_so(manager, hospital, now):
    how = {"institution_id": hospital.pk, "by": manager.viewer, "newcomers": Newcomers.ASK, "source": "EDR"}
    run = applied(a_list(*ROWS[:2]), now=now, **how)
    assert (run.rows_unknown, Asset.objects.count()) == (2, 0)
    ours, strange = LedgerQuestion.objects.order_by("key")
    services.answer_question(
        ours.pk, QuestionAnswer.ADD, reason="情報係で確認", by=manager.viewer, now=now + 3 * SECOND
    )
    services.answer_question(
        strange.pk, QuestionAnswer.NOT_OURS, reason="事業者の持込み", by=manager.viewer, now=now + 3 * SECOND
    )
    added = Asset.objects.get()
    assert (added.asset_number, added.kind, added.acquired_on) == ("A-001", "server", date(2020, 4, 1))
    again = planned(a_list(*ROWS[:2]), now=now + 5 * SECOND, **how)
    assert (again.rows_unknown, again.rows_unchanged, again.rows_vanished) == (0, 2, 0)
    gone = planned(a_list(ROWS[1]), now=now + 6 * SECOND, **how)
    assert gone.rows_vanished == 1


@pytest.mark.parametrize(
    ("answer", "said", "reason"),
    [
        (QuestionAnswer.RETIRE, {"reason": "  "}, IntakeRefusal.REASON_MISSING),
        (QuestionAnswer.MOVED, {"reason": "移設"}, IntakeRefusal.PLACE_MISSING),
        (QuestionAnswer.ADD, {"reason": "x"}, IntakeRefusal.ANSWER_NOT_FOR_THIS),
    ],
)
def test_an_answer_has_a_reason_and_fits_its_question(manager, hospital, now, answer, said, reason):
    applied(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    applied(a_list(*ROWS[:2]), institution_id=hospital.pk, by=manager.viewer, now=now + 2 * SECOND)
    question = LedgerQuestion.objects.get()
    with pytest.raises(NotAllowed) as refused:
        services.answer_question(question.pk, answer, by=manager.viewer, now=now + 3 * SECOND, **said)
    assert refused.value.refusal.reason is reason
    assert Asset.objects.in_use().count() == 3


def test_taking_an_import_back_takes_back_its_questions(manager, hospital, now):
    applied(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    run = applied(a_list(*ROWS[:2]), institution_id=hospital.pk, by=manager.viewer, now=now + 2 * SECOND)
    undone(run, by=manager.viewer, now=now + 5 * SECOND)
    assert LedgerQuestion.objects.get().state == "withdrawn"
    assert Duty.objects.get(rule="ledger.answer_questions").state == "superseded"


# --- the steps --------------------------------------------------------------------------------------------------------


def test_the_columns_are_remembered_by_the_headers(manager, hospital, other_hospital, stranger, now):
    headers = "No,呼び名,どこ,番号"
    first = services.begin_import(
        [a_list("1,麻酔器,手術室,M-1", headers=headers)], institution_id=hospital.pk, name="a.csv", by=manager.viewer,
        now=now,
    )  # fmt: skip
    draft = presenting.draft_of(first)
    assert draft.mapping.columns == ("", "", "", "")
    with pytest.raises(BadInput) as refused:
        services.map_import(first.pk, draft.mapping, source="", by=manager.viewer, now=now)
    assert [one.reason for one in refused.value.problems] == [IntakeRefusal.NO_COLUMN_FOR_NAME]
    said = ("", "name", "place", "asset_number")
    services.map_import(first.pk, replace(draft.mapping, columns=said), source="手術室", by=manager.viewer, now=now)
    title = "手術室 機器一覧（令和8年）,,,\r\n"
    again = services.begin_import(
        [title.encode("cp932") + a_list("1,麻酔器,手術室,M-1", headers="Ｎｏ,呼び名,どこ,番号")],
        institution_id=hospital.pk, name="b.csv", by=manager.viewer, now=now,
    )  # fmt: skip
    remembered = presenting.draft_of(again)
    assert (remembered.mapping.columns, remembered.source, remembered.is_remembered) == (said, "手術室", True)
    assert (remembered.mapping.header_line, remembered.mapping.data_line) == (2, 3)
    theirs = services.begin_import(
        [a_list("1,麻酔器,手術室,M-1", headers=headers)], institution_id=other_hospital.pk, name="a.csv",
        by=stranger.viewer, now=now,
    )  # fmt: skip
    assert not presenting.draft_of(theirs).is_remembered
    assert MappingPreset.objects.count() == 1


def test_nobody_brings_a_file_to_the_ledger_of_others_or_reads_their_plans(
    manager, stranger, colleague, hospital, other_hospital, now
):
    with pytest.raises(NotAllowed):
        services.begin_import([a_list()], institution_id=other_hospital.pk, name="a.csv", by=manager.viewer, now=now)
    with pytest.raises(NotAllowed):
        services.begin_import([a_list()], institution_id=hospital.pk, name="a.csv", by=colleague.viewer, now=now)
    run = planned(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    for verb in (services.order_apply, services.order_undo, services.cancel_import, services.plan_again):
        with pytest.raises(Gone):
            verb(run.pk, by=stranger.viewer, now=now)
    assert not LedgerImport.objects.visible_to(stranger.viewer).exists()


def test_a_plan_that_nobody_applies_goes_with_its_file(manager, hospital, now):
    run = planned(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    assert services.expire_imports(now=now + timedelta(days=6)) == 0
    with pytest.raises(NotAllowed) as refused:
        services.order_apply(run.pk, by=manager.viewer, now=now + timedelta(days=7))
    assert refused.value.refusal.reason is IntakeRefusal.PLAN_EXPIRED
    assert services.expire_imports(now=now + timedelta(days=7)) == 1
    run.refresh_from_db()
    assert run.state == ImportState.EXPIRED
    assert not PlannedRow.objects.exists() and not files.path_of(run.pk).exists()


def test_what_a_killed_upload_left_behind_is_swept(manager, hospital, now):
    run = planned(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    lost = files.folder() / "0197-lost.percent"
    lost.write_text("1")
    services.expire_imports(now=now)
    assert lost.exists(), "it may be coming in right now"
    for path in (lost, files.path_of(run.pk)):
        os.utime(path, (1, 1))
    services.expire_imports(now=now)
    assert not lost.exists() and files.path_of(run.pk).exists()


def test_a_plan_that_was_stopped_while_it_waited_for_its_turn_is_not_made(manager, hospital, now):
    run = planned(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    services.plan_again(run.pk, by=manager.viewer, now=now)
    services.cancel_import(run.pk, by=manager.viewer, now=now)
    assert services.carry_out_plan(run.pk, now=now) == ImportState.CANCELLED
    assert not PlannedRow.objects.exists()


def test_a_file_whose_bytes_are_gone_says_so(manager, hospital, now):
    run = planned(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    services.plan_again(run.pk, by=manager.viewer, now=now)
    files.discard(run.pk)
    assert services.carry_out_plan(run.pk, now=now) == ImportState.REFUSED
    run.refresh_from_db()
    assert run.refusal[0]["reason"] == IntakeRefusal.FILE_GONE
