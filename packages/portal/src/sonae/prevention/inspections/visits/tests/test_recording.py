"""Batches of a tablet: sent twice, half refused, from two inspectors at once, to a visit that is over."""

import threading
from datetime import date, timedelta
from uuid import uuid4

import pytest
import typst
from django.db import connection
from django.urls import reverse

from sonae.core.access.vocabulary import Place
from sonae.core.accounts.vocabulary import Role
from sonae.core.audit.models import Entry as AuditEntry
from sonae.core.documents.tests import samples
from sonae.kernel.errors import Conflict, Gone, NotAllowed
from sonae.prevention.inspections.visits import queries, rules, services
from sonae.prevention.inspections.visits.models import RowEntry, Visit
from sonae.prevention.inspections.visits.testing import (
    DEVICE,
    OTHER_DEVICE,
    VISIT_ON,
    a_form,
    a_self_check,
    a_visit,
    an_entry,
    note,
    rows_of,
    seen_in_full,
    signed,
)
from sonae.prevention.inspections.visits.vocabulary import Side, Take, VisitRefusal, VisitState
from sonae.testing import cast
from sonae.testing.cast import NOW

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def second(hospital):
    """Another inspector of the same jurisdiction."""
    return cast.a_person(Role.INSPECTOR, at=Place(jurisdiction_id=hospital.jurisdiction_id), name="検見 次郎")


@pytest.fixture
def elsewhere(other_hospital):
    """An inspector of another jurisdiction."""
    return cast.a_person(Role.INSPECTOR, at=Place(jurisdiction_id=other_hospital.jurisdiction_id), name="他県 一")


@pytest.fixture
def visit(hospital, inspector, manager):
    return a_visit(hospital, by=inspector.viewer, now=NOW)


def fresh(visit) -> Visit:
    return Visit.objects.get(pk=visit.pk)


def test_what_is_recorded_stands_with_who_and_when(visit, inspector):
    entry = an_entry("manager", now=NOW, value="partly", finding="任命書がない", due_on=date(2027, 1, 29))
    found = note(visit, [entry], by=inspector.viewer, now=LATER)
    assert (found.kept, found.already, found.conflicts, found.refused) == ([entry.id], [], [], [])
    head = found.heads["manager"]
    assert head.written() == entry.written
    assert (head.revision, head.recorded_by_id, head.recorded_at, head.received_at) == (
        1, inspector.account.pk, NOW, LATER,
    )  # fmt: skip
    assert found.revision == fresh(visit).revision == 1
    assert AuditEntry.objects.filter(verb="visit.record", subject_id=str(visit.pk)).count() == 1


def test_the_same_batch_twice_changes_nothing(visit, inspector):
    batch = [an_entry(row, now=NOW) for row in rows_of(visit)[:3]]
    first = note(visit, batch, by=inspector.viewer, now=NOW)
    again = note(visit, [*batch, batch[0]], by=inspector.viewer, now=LATER)
    assert again.kept == []
    assert again.already == [*first.kept, batch[0].id]
    assert again.revision == first.revision
    assert RowEntry.objects.count() == 3
    assert AuditEntry.objects.filter(verb="visit.record").count() == 1


def test_a_part_of_a_batch_that_came_before_is_told_apart_from_what_is_new(visit, inspector):
    old, new = an_entry("manager", now=NOW), an_entry("bcp", now=NOW)
    note(visit, [old], by=inspector.viewer, now=NOW)
    found = note(visit, [old, new], by=inspector.viewer, now=LATER)
    assert (found.already, found.kept) == ([old.id], [new.id])


def test_one_entry_twice_in_a_batch_counts_once(visit, inspector):
    entry = an_entry("manager", now=NOW)
    found = note(visit, [entry, entry], by=inspector.viewer, now=NOW)
    assert (found.kept, found.already, found.revision) == ([entry.id], [entry.id], 1)


def test_half_a_batch_is_refused_and_the_other_half_stands(visit, inspector):
    good = [an_entry("manager", now=NOW), an_entry("bcp", now=NOW)]
    bad = [an_entry("no-such-row", now=NOW), an_entry("bcp", now=NOW, value="perhaps")]
    found = note(visit, [good[0], bad[0], bad[1], good[1]], by=inspector.viewer, now=NOW)
    assert found.kept == [one.id for one in good]
    assert [(one.entry, one.reason) for one in found.refused] == [
        (bad[0].id, VisitRefusal.UNKNOWN_ITEM),
        (bad[1].id, VisitRefusal.UNKNOWN_VALUE),
    ]
    # What was refused left nothing behind, so that it can be mended and sent under the same id.
    mended = note(
        visit, [an_entry("bcp", now=NOW, seen=1, id_=bad[1].id, value="absent")], by=inspector.viewer, now=NOW
    )
    assert mended.kept == [bad[1].id]


def test_another_entry_under_a_known_id_is_refused(visit, inspector):
    entry = an_entry("manager", now=NOW)
    note(visit, [entry], by=inspector.viewer, now=NOW)
    found = note(visit, [an_entry("manager", now=NOW, id_=entry.id, value="absent")], by=inspector.viewer, now=NOW)
    assert [one.reason for one in found.refused] == [VisitRefusal.ENTRY_ID_REUSED]
    assert queries.heads(fresh(visit))["manager"].value == "in_place"


def test_what_one_tablet_wrote_without_network_follows_in_order(visit, inspector):
    batch = [an_entry("manager", now=NOW, note=text) for text in ("一", "二", "三")]
    found = note(visit, batch, by=inspector.viewer, now=LATER)
    assert found.kept == [one.id for one in batch]
    assert (found.heads["manager"].note, found.heads["manager"].revision) == ("三", 3)


def conflicting(visit, inspector, second):
    mine = an_entry("bcp", now=NOW, value="absent", finding="BCPがない")
    note(visit, [an_entry("bcp", now=NOW, value="partly")], by=inspector.viewer, now=NOW)
    found = services.note_entries(visit.pk, [mine], device=OTHER_DEVICE, by=second.viewer, now=LATER)
    return mine, found


def test_two_inspectors_at_one_row_overwrite_nothing(visit, inspector, second):
    mine, found = conflicting(visit, inspector, second)
    assert (found.kept, found.already) == ([], [])
    [conflict] = found.conflicts
    assert (conflict.pk, conflict.value, found.heads["bcp"].value) == (mine.id, "absent", "partly")
    assert fresh(visit).revision == 1
    # Whoever doubts that it arrived is told of the conflict again.
    again = services.note_entries(visit.pk, [mine], device=OTHER_DEVICE, by=second.viewer, now=LATER)
    assert (again.already, [one.pk for one in again.conflicts]) == ([mine.id], [mine.id])


@pytest.mark.parametrize(("take", "value", "revision"), [(Take.MINE, "absent", 2), (Take.THEIRS, "partly", 1)])
def test_a_conflict_is_decided_and_both_sides_stay_on_record(visit, inspector, second, take, value, revision):
    mine, _ = conflicting(visit, inspector, second)
    services.decide(visit.pk, mine.id, take=take, by=inspector.viewer, now=LATER, seen_revision=1)
    head = queries.heads(fresh(visit))["bcp"]
    assert (head.value, head.revision) == (value, revision)
    assert queries.conflicts(fresh(visit)) == []
    assert sorted(RowEntry.objects.filter(item="bcp").values_list("value", flat=True)) == ["absent", "partly"]
    # The same choice again changes nothing; another one comes too late.
    services.decide(visit.pk, mine.id, take=take, by=second.viewer, now=LATER)
    with pytest.raises(Conflict) as late:
        services.decide(
            visit.pk, mine.id, take=Take.THEIRS if take is Take.MINE else Take.MINE, by=second.viewer, now=LATER
        )
    assert late.value.reason is VisitRefusal.DECIDED_OTHERWISE
    assert RowEntry.objects.get(pk=mine.id).settled_by_id == inspector.account.pk


@pytest.fixture
def three_sides(visit, hospital, inspector, second):
    """A row of which the inspector wrote, and two others something else: the two conflicts, the oldest first."""
    third = cast.a_person(Role.INSPECTOR, at=Place(jurisdiction_id=hospital.jurisdiction_id), name="検見 三郎")
    mine, _ = conflicting(visit, inspector, second)
    also = an_entry("bcp", now=NOW, value="not_seen", note="見ていない")
    services.note_entries(visit.pk, [also], device=uuid4(), by=third.viewer, now=LATER + timedelta(minutes=1))
    assert [one.pk for one in queries.conflicts(fresh(visit))] == [mine.id, also.id]
    return mine.id, also.id


@pytest.mark.parametrize(("take", "value", "revision"), [(Take.MINE, "not_seen", 2), (Take.THEIRS, "partly", 1)])
def test_one_decision_ends_every_conflict_of_its_row_and_keeps_all_sides(
    visit, inspector, three_sides, take, value, revision
):
    older, newer = three_sides
    elsewhere = an_entry("ledger", now=NOW)
    note(visit, [elsewhere], by=inspector.viewer, now=LATER)
    services.decide(
        visit.pk, newer, take=take, seen_conflicts=three_sides, seen_revision=1, by=inspector.viewer, now=LATER
    )
    assert queries.conflicts(fresh(visit)) == []
    head = queries.heads(fresh(visit))["bcp"]
    assert (head.value, head.revision) == (value, revision)
    other = RowEntry.objects.get(pk=older)
    assert (other.settlement, other.revision, other.settled_by_id) == ("theirs", None, inspector.account.pk)
    assert RowEntry.objects.filter(item="bcp").count() == 3
    # Whoever had chosen the other one without network is told that it is decided.
    with pytest.raises(Conflict) as late:
        services.decide(visit.pk, older, take=Take.MINE, by=inspector.viewer, now=LATER)
    assert late.value.reason is VisitRefusal.DECIDED_OTHERWISE


def test_nobody_decides_over_a_side_that_they_were_not_shown(visit, inspector, three_sides):
    older, newer = three_sides
    with pytest.raises(Conflict) as unseen:
        services.decide(visit.pk, older, take=Take.THEIRS, seen_conflicts=[older], by=inspector.viewer, now=LATER)
    assert unseen.value.reason is VisitRefusal.CHANGED_MEANWHILE
    assert len(queries.conflicts(fresh(visit))) == 2
    page = reverse("visits:decide", args=[visit.pk, older])
    said = {"take": "mine", "seen": "1"}
    assert inspector.client.post(page, said | {"conflict": [str(older), "no-id"]}).status_code == 409
    shown = inspector.client.get(reverse("visits:row", args=[visit.pk, "bcp"])).text
    assert shown.count(f'name="conflict" value="{newer}"') == 2
    assert inspector.client.post(page, said | {"conflict": [str(older), str(newer)]}).status_code == 302
    assert queries.conflicts(fresh(visit)) == []


def test_a_choice_about_a_row_that_moved_on_is_asked_again(visit, inspector, second):
    mine, _ = conflicting(visit, inspector, second)
    note(visit, [an_entry("bcp", now=NOW, seen=1, value="in_place")], by=inspector.viewer, now=LATER)
    with pytest.raises(Conflict) as moved:
        services.decide(visit.pk, mine.id, take=Take.MINE, by=second.viewer, now=LATER, seen_revision=1)
    assert moved.value.reason is VisitRefusal.CHANGED_MEANWHILE


def test_the_newer_word_of_a_device_takes_the_place_of_its_older_one_in_a_conflict(visit, inspector, second):
    mine, _ = conflicting(visit, inspector, second)
    newer = an_entry("bcp", now=LATER, value="absent", finding="BCPが古い")
    found = services.note_entries(visit.pk, [newer], device=OTHER_DEVICE, by=second.viewer, now=LATER)
    assert [one.pk for one in found.conflicts] == [newer.id]
    assert RowEntry.objects.get(pk=mine.id).settlement == "replaced"


def test_after_its_word_was_chosen_a_device_goes_on_without_a_conflict(visit, inspector, second):
    mine, _ = conflicting(visit, inspector, second)
    services.decide(visit.pk, mine.id, take=Take.MINE, by=second.viewer, now=LATER)
    more = an_entry("bcp", now=LATER, seen=2, value="absent", finding="BCPがない", advice="ひな形があります")
    found = services.note_entries(visit.pk, [more], device=OTHER_DEVICE, by=second.viewer, now=LATER)
    assert found.kept == [more.id]


def test_what_is_recorded_begins_a_visit_that_was_ahead(hospital, inspector, manager):
    visit = a_visit(hospital, by=inspector.viewer, now=NOW, at=VisitState.ANNOUNCED)
    note(visit, [an_entry("manager", now=NOW)], by=inspector.viewer, now=NOW)
    begun = fresh(visit)
    assert (begun.state, begun.on, begun.started_by_id) == ("under_way", date(2026, 11, 23), inspector.account.pk)
    assert [turn.kind for turn in begun.turns.all()] == ["started", "announced", "arranged", "planned"]


def test_a_visit_looks_at_what_was_handed_in_when_it_began(hospital, inspector, manager):
    form = a_form(by=inspector.viewer, now=NOW)
    submission = a_self_check(form, hospital, by=manager.viewer, now=NOW)
    visit = a_visit(hospital, by=inspector.viewer, now=LATER)
    assert (visit.submission, visit.edition) == (submission, form)
    sheet = queries.sheet(visit, viewer=inspector.viewer, now=LATER)
    assert {row.answer.answer for row in sheet.rows} == {"yes"}


def test_what_keeps_nothing_begins_no_visit(hospital, inspector, manager, second):
    visit = a_visit(hospital, by=inspector.viewer, now=NOW, at=VisitState.PLANNED)
    note(visit, [], by=second.viewer, now=NOW)
    note(visit, [an_entry("no-such-row", now=NOW)], by=second.viewer, now=NOW)
    assert (fresh(visit).state, fresh(visit).members.count()) == ("planned", 0)
    assert not Visit.objects.visible_to(manager.viewer).exists()
    note(visit, [an_entry("bcp", now=NOW)], by=second.viewer, now=NOW)
    assert (fresh(visit).state, fresh(visit).revision) == ("under_way", 1)


def test_nothing_is_recorded_of_a_visit_before_its_fiscal_year(hospital, inspector, manager):
    visit = a_visit(hospital, by=inspector.viewer, now=NOW, at=VisitState.PLANNED, next_year=True)
    found = note(visit, [an_entry("bcp", now=NOW)], by=inspector.viewer, now=NOW)
    assert [one.reason for one in found.refused] == [VisitRefusal.YEAR_NOT_BEGUN]
    assert fresh(visit).state == "planned"
    assert not RowEntry.objects.exists()


def test_the_button_begins_no_visit_outside_its_fiscal_year_and_says_what_to_do(hospital, inspector, manager):
    visit = a_visit(hospital, by=inspector.viewer, now=NOW, at=VisitState.ANNOUNCED, next_year=True)
    page = inspector.client.get(reverse("visits:detail", args=[visit.pk])).text
    assert "cannot begin before it" in page
    answer = inspector.client.post(reverse("visits:start", args=[visit.pk]))
    assert (answer.status_code, "take it off the plan" in answer.text) == (403, True)
    years_later = NOW + timedelta(days=600)
    with pytest.raises(NotAllowed) as late:
        services.start(visit.pk, by=inspector.viewer, now=years_later)
    assert late.value.refusal.reason is VisitRefusal.YEAR_OVER
    assert fresh(visit).state == "announced"
    assert services.start(visit.pk, by=inspector.viewer, now=NOW + timedelta(days=200)).state == "under_way"


def test_a_visit_that_began_by_mistake_is_taken_back_while_nothing_is_recorded(visit, inspector, manager):
    assert "Take it off the plan" in inspector.client.get(reverse("visits:detail", args=[visit.pk])).text
    services.cancel(visit.pk, why="開始を誤って押した", by=inspector.viewer, now=LATER)
    found = fresh(visit)
    assert (found.state, found.started_at, found.edition) == ("cancelled", None, None)
    assert [turn.kind for turn in found.turns.all()][:2] == ["cancelled", "started"]
    assert not Visit.objects.visible_to(manager.viewer).exists()


def test_a_visit_of_which_something_is_recorded_is_not_taken_back(visit, inspector):
    note(visit, [an_entry("bcp", now=NOW)], by=inspector.viewer, now=NOW)
    with pytest.raises(NotAllowed) as late:
        services.cancel(visit.pk, why="開始を誤って押した", by=inspector.viewer, now=LATER)
    assert late.value.refusal.reason is VisitRefusal.NOT_AHEAD


def test_one_person_has_one_word_in_dispute_about_a_row_however_many_devices(visit, inspector, second):
    note(visit, [an_entry("bcp", now=NOW, value="partly")], by=inspector.viewer, now=NOW)
    for number in range(5):
        entry = an_entry("bcp", now=NOW, value="absent", note=f"{number}")
        services.note_entries(visit.pk, [entry], device=uuid4(), by=second.viewer, now=LATER)
    assert [one.note for one in queries.conflicts(fresh(visit))] == ["4"]
    assert RowEntry.objects.filter(settlement="replaced").count() == 4


def test_a_page_that_was_opened_before_does_not_write_over_what_its_own_reader_wrote_since(visit, inspector):
    there = reverse("visits:row", args=[visit.pk, "bcp"])

    def write(note):
        said = {"id": str(uuid4()), "seen": "0", "value": "absent", "note": note}
        return inspector.client.post(there, said)

    assert write("机で書いた長い文")["Location"] != there
    assert write("一時間前のタブ")["Location"] == there
    assert queries.heads(fresh(visit))["bcp"].note == "机で書いた長い文"
    assert [one.note for one in queries.conflicts(fresh(visit))] == ["一時間前のタブ"]


def test_a_cancelled_visit_takes_nothing(hospital, inspector, manager):
    visit = a_visit(hospital, by=inspector.viewer, now=NOW, at=VisitState.ANNOUNCED)
    services.cancel(visit.pk, why="院内で感染症が発生", by=inspector.viewer, now=NOW)
    with pytest.raises(Conflict) as over:
        note(visit, [an_entry("manager", now=NOW)], by=inspector.viewer, now=NOW)
    assert over.value.reason is VisitRefusal.IS_CLOSED


def test_nobody_from_another_jurisdiction_knows_of_a_visit(visit, elsewhere):
    with pytest.raises(Gone):
        note(visit, [an_entry("manager", now=NOW)], by=elsewhere.viewer, now=NOW)
    assert not Visit.objects.visible_to(elsewhere.viewer).exists()
    with pytest.raises(Gone):
        services.plan(visit.institution_id, fiscal_year=2026, by=elsewhere.viewer, now=NOW)


def test_the_institution_reads_its_visit_and_records_nothing(visit, manager):
    with pytest.raises(NotAllowed):
        note(visit, [an_entry("manager", now=NOW)], by=manager.viewer, now=NOW)


def test_the_institution_knows_of_a_visit_from_the_announcement_on(hospital, inspector, manager):
    visit = a_visit(hospital, by=inspector.viewer, now=NOW, at=VisitState.PLANNED)
    assert not Visit.objects.visible_to(manager.viewer).exists()
    services.arrange(visit.pk, on=VISIT_ON, team=[inspector.account.pk], by=inspector.viewer, now=NOW)
    services.announce(visit.pk, by=inspector.viewer, now=NOW)
    assert Visit.objects.visible_to(manager.viewer).exists()


def test_a_signature_stands_under_one_revision_and_is_void_after_the_next(visit, inspector):
    note(visit, [an_entry("manager", now=NOW)], by=inspector.viewer, now=NOW)
    first = signed(visit, Side.INSTITUTION, by=inspector.viewer, now=NOW)
    assert (first.revision, first.voided_at) == (1, None)
    note(visit, [an_entry("bcp", now=NOW)], by=inspector.viewer, now=LATER)
    first.refresh_from_db()
    assert first.voided_at == LATER
    with pytest.raises(NotAllowed) as stale:
        services.sign(
            visit.pk, uuid4(), side=Side.INSTITUTION, name="院長", strokes=[], signed_at=NOW, seen_revision=1,
            by=inspector.viewer, now=LATER,
        )  # fmt: skip
    assert stale.value.refusal.reason is VisitRefusal.OTHER_REVISION_SIGNED
    assert signed(visit, Side.INSTITUTION, by=inspector.viewer, now=LATER).revision == 2


def test_a_signature_that_comes_twice_is_kept_once_and_a_new_one_takes_its_place(visit, inspector):
    first = signed(visit, Side.INSPECTOR, by=inspector.viewer, now=NOW)
    again = services.sign(
        visit.pk, first.pk, side=Side.INSPECTOR, name=first.name, strokes=[], signed_at=NOW, seen_revision=99,
        by=inspector.viewer, now=LATER,
    )  # fmt: skip
    assert again == first
    signed(visit, Side.INSPECTOR, by=inspector.viewer, now=LATER)
    assert visit.signatures.filter(voided_at=None).count() == 1
    assert visit.signatures.count() == 2


def test_what_the_institution_signed_is_not_replaced_by_another_name(visit, inspector, second):
    first = signed(visit, Side.INSTITUTION, by=inspector.viewer, now=NOW, name="院長 本人")
    with pytest.raises(NotAllowed) as replaced:
        services.sign(
            visit.pk, uuid4(), side=Side.INSTITUTION, name="だれか", strokes=[], signed_at=LATER, seen_revision=0,
            by=second.viewer, now=LATER,
        )  # fmt: skip
    assert replaced.value.refusal.reason is VisitRefusal.SIGNED_ALREADY
    note(visit, [an_entry("bcp", now=NOW)], by=inspector.viewer, now=LATER)
    assert signed(visit, Side.INSTITUTION, by=inspector.viewer, now=LATER).voided_at is None
    first.refresh_from_db()
    assert first.voided_at == LATER


def test_a_signature_that_is_void_is_not_kept_when_it_comes_again(visit, inspector):
    first = signed(visit, Side.INSTITUTION, by=inspector.viewer, now=NOW)
    note(visit, [an_entry("bcp", now=NOW)], by=inspector.viewer, now=LATER)
    with pytest.raises(NotAllowed) as void:
        services.sign(
            visit.pk, first.pk, side=Side.INSTITUTION, name=first.name, strokes=[], signed_at=NOW, seen_revision=1,
            by=inspector.viewer, now=LATER,
        )  # fmt: skip
    assert void.value.refusal.reason is VisitRefusal.OTHER_REVISION_SIGNED


def test_a_picture_that_is_added_after_signing_voids_what_was_signed(visit, inspector, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    first = signed(visit, Side.INSTITUTION, by=inspector.viewer, now=NOW)
    id_, content = uuid4(), samples.jpeg(8, 8)
    for _ in range(2):
        services.add_photo(visit.pk, id_, item="bcp", pieces=[content], by=inspector.viewer, now=LATER)
    first.refresh_from_db()
    assert (first.voided_at, fresh(visit).revision) == (LATER, 1)


def test_what_is_kept_already_or_not_taken_any_more_is_answered_before_anything_is_drawn(
    visit, inspector, settings, tmp_path, monkeypatch
):
    settings.MEDIA_ROOT = tmp_path
    drawn, compiler = [], typst.Compiler
    monkeypatch.setattr(typst, "Compiler", lambda *said, **how: drawn.append(said) or compiler(*said, **how))

    def add(id_, content):
        return services.add_photo(visit.pk, id_, item="bcp", pieces=[content], by=inspector.viewer, now=LATER)

    id_, content = uuid4(), samples.picture(40, 20)
    first = add(id_, content)
    assert len(drawn) == 1
    assert add(id_, content) == first
    with pytest.raises(Conflict) as reused:
        add(id_, samples.picture(20, 40))
    assert reused.value.reason is VisitRefusal.ENTRY_ID_REUSED
    monkeypatch.setattr(rules, "MOST_PHOTOS", 1)
    with pytest.raises(NotAllowed) as many:
        add(uuid4(), content)
    assert many.value.refusal.reason is VisitRefusal.TOO_MANY_PHOTOS
    seen_in_full(visit, by=inspector.viewer, now=LATER)
    for side in Side:
        signed(visit, side, by=inspector.viewer, now=LATER)
    services.close(visit.pk, by=inspector.viewer, now=LATER)
    with pytest.raises(Conflict) as over:
        add(uuid4(), content)
    assert over.value.reason is VisitRefusal.IS_CLOSED
    assert add(id_, content) == first
    assert len(drawn) == 1


@pytest.mark.django_db(transaction=True)
def test_two_inspectors_recording_at_the_same_moment_both_leave_their_word(hospital, inspector, manager):
    second = cast.a_person(Role.INSPECTOR, at=Place(jurisdiction_id=hospital.jurisdiction_id), name="検見 次郎")
    visit = a_visit(hospital, by=inspector.viewer, now=NOW)
    wishes = {DEVICE: (inspector.viewer, "in_place"), OTHER_DEVICE: (second.viewer, "absent")}
    found, begin = {}, threading.Barrier(2)

    def send(device):
        viewer, value = wishes[device]
        begin.wait()
        try:
            entry = an_entry("bcp", now=NOW, value=value)
            found[device] = services.note_entries(visit.pk, [entry], device=device, by=viewer, now=NOW)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[device]) for device in wishes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((len(one.kept), len(one.conflicts)) for one in found.values()) == [(0, 1), (1, 0)]
    assert sorted(RowEntry.objects.values_list("value", flat=True)) == ["absent", "in_place"]
    assert fresh(visit).revision == 1
