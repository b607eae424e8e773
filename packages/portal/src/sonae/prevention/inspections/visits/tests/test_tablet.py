"""The addresses that a tablet talks to, as a tablet talks to them."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sonae.core.access.vocabulary import Place
from sonae.core.accounts.vocabulary import Role
from sonae.core.assurance import services as assurance
from sonae.core.assurance.vocabulary import Finding, Said, Source, SourceKind, Strength
from sonae.core.audit.models import Entry as AuditEntry
from sonae.core.documents import services as documents
from sonae.core.documents.models import Document
from sonae.core.documents.tests import samples
from sonae.core.documents.vocabulary import FileRefusal
from sonae.kernel.errors import BadInput
from sonae.prevention.inspections.visits import bodies, services
from sonae.prevention.inspections.visits.models import RowEntry, Visit, VisitPhoto
from sonae.prevention.inspections.visits.testing import DEVICE, a_form, a_self_check, a_visit, an_entry, note, rows_of
from sonae.prevention.inspections.visits.vocabulary import Observation, VisitState
from sonae.testing import cast
from sonae.testing.cast import NOW


@pytest.fixture
def visit(hospital, inspector, manager):
    return a_visit(hospital, by=inspector.viewer, now=NOW)


def post(person, name, *args, body):
    return person.client.post(reverse(f"visits:{name}", args=args), json.dumps(body), content_type="application/json")


def said(item, *, seen=0, **others):
    return {
        "id": str(uuid4()), "item": item, "value": "in_place", "note": "", "finding": "", "advice": "", "due_on": None,
        "seen_revision": seen, "recorded_at": "2026-11-23T17:55:00+09:00",
    } | others  # fmt: skip


def send(person, visit, *entries, device=DEVICE):
    return post(person, "records", visit.pk, body={"device": str(device), "entries": list(entries)})


def test_the_pack_holds_everything_that_is_needed_without_network(hospital, inspector, manager):
    submission = a_self_check(a_form(by=inspector.viewer, now=NOW), hospital, by=manager.viewer, now=NOW)
    visit = a_visit(hospital, by=inspector.viewer, now=NOW + timedelta(minutes=1))
    answer = inspector.client.get(reverse("visits:pack", args=[visit.pk]))
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    pack = answer.json()
    assert (pack["shape"], pack["revision"]) == (1, 0)
    assert pack["visit"]["institution"] == {"code": hospital.register_code, "name": hospital.name}
    assert pack["visit"]["team"] == ["検見 正"]
    assert [one["value"] for one in pack["choices"]] == list(Observation)
    items = [item for section in pack["sections"] for item in section["items"]]
    assert [item["id"] for item in items] == rows_of(visit)
    manager_row = next(item for item in items if item["id"] == "manager")
    assert manager_row["number"] == "1-①"
    assert "Yes" in manager_row["self_answer"]["text"]
    assert manager_row["self_answer"]["as_of"] == submission.at.isoformat()
    # The self-check itself speaks for the control of the row.
    assert any("E0" in one["text"] and one["until"] for one in manager_row["evidence"])
    assert manager_row["observed"] is None
    assert AuditEntry.objects.filter(verb="visit.read", subject_id=str(visit.pk)).count() == 1


def test_the_tablet_takes_along_what_speaks_against_the_self_check(hospital, inspector, manager):
    form, no = (
        a_form(by=inspector.viewer, now=NOW),
        {"answer": "no", "checked_on": ["2025-06-02"], "target_on": "2026-03-01"},
    )
    a_self_check(form, hospital, by=manager.viewer, now=NOW, bcp=no)
    say(hospital, "assets.ledger", Finding.ABSENT, by=manager)
    visit = a_visit(hospital, by=inspector.viewer, now=NOW + timedelta(minutes=1))
    pack = inspector.client.get(reverse("visits:pack", args=[visit.pk])).json()
    rows = {item["id"]: item for section in pack["sections"] for item in section["items"]}
    assert set(rows["manager"]["against"]) == {"partly", "absent", "not_applicable"}
    assert rows["manager"]["against"]["absent"] == ("The self-check says “Yes”, but on site it was: Not in place yet.")
    assert set(rows["bcp"]["against"]) == {"in_place"}
    assert rows["manager"]["doubts"] == []
    assert any("The evidence says otherwise" in one for one in rows["ledger"]["doubts"])
    # The pages say it beside the row as well.
    note(visit, [an_entry("manager", now=NOW, value="absent")], by=inspector.viewer, now=NOW)
    for name in ("detail", "row"):
        args = [visit.pk, "manager"][: 2 if name == "row" else 1]
        page = inspector.client.get(reverse(f"visits:{name}", args=args)).text
        assert "The self-check says “Yes”, but on site it was: Not in place yet." in page


def say(hospital, control, finding, *, by):
    """Files a stronger word than that of the self-check."""
    source = Source(SourceKind.DOCUMENT, "stocktake-2026", f"institution:{hospital.pk}")
    assurance.record_evidence(
        Said(
            control=control, institution_id=hospital.pk, source=source, strength=Strength.DOCUMENTED, since=NOW,
            finding=finding,
        ),
        by=by.viewer.account_id, now=NOW,
    )  # fmt: skip


def test_a_visit_that_is_still_ahead_can_be_taken_along(hospital, inspector, manager):
    visit = a_visit(hospital, by=inspector.viewer, now=NOW, at=VisitState.ANNOUNCED)
    pack = inspector.client.get(reverse("visits:pack", args=[visit.pk])).json()
    assert (pack["visit"]["state"], pack["visit"]["on"]) == ("announced", "2026-12-03")
    assert pack["sections"]


def test_a_batch_comes_back_with_what_became_of_each_entry(visit, inspector):
    good, bad = said("manager", finding="任命書がない", due_on="2027-01-29"), said("no-such-row")
    answer = send(inspector, visit, good, bad)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["kept"], body["already"], body["conflicts"], body["revision"]) == ([good["id"]], [], [], 1)
    assert [(one["entry"], one["reason"]) for one in body["refused"]] == [(bad["id"], "unknown_item")]
    assert body["refused"][0]["message"] == "The form of this visit has no such row."
    assert body["items"]["manager"] == {
        "value": "in_place", "note": "", "finding": "任命書がない", "advice": "", "due_on": "2027-01-29", "revision": 1,
        "by": "検見 正", "at": "2026-11-23T08:55:00+00:00",
    }  # fmt: skip
    again = send(inspector, visit, good).json()
    assert (again["already"], again["kept"], again["revision"]) == ([good["id"]], [], 1)


def test_an_entry_that_cannot_be_read_does_not_hold_up_the_others(visit, inspector):
    good = said("bcp")
    wrong = [said("manager", due_on="2027-02-30"), said("manager", seen_revision="1"), said("manager", extra=1)]
    body = send(inspector, visit, *wrong, good).json()
    assert body["kept"] == [good["id"]]
    assert [one["reason"] for one in body["refused"]] == ["due_unreadable", "body_unreadable", "body_unreadable"]


@pytest.mark.parametrize(
    "changes",
    [{"note": "a\0b"}, {"finding": "a\ud800b"}, {"item": "bcp\ud800"}, {"extra\udfff": 1}, {"advice": ["\0"]}],
)
def test_an_entry_that_no_database_holds_is_refused_alone(visit, inspector, changes):
    good, bad = said("manager"), said("bcp") | changes
    answer = send(inspector, visit, bad, good)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert body["kept"] == [good["id"]]
    assert [(one["entry"], one["reason"]) for one in body["refused"]] == [(bad["id"], "text_unsound")]


@pytest.mark.parametrize(
    "changes", [{"name": "A\0B"}, {"name": "A\ud800"}, {"x\ud800": 1}, {"strokes": [["\0"]]}, {"side": "\ud800"}]
)
def test_a_signature_that_no_database_holds_is_refused(visit, inspector, changes):
    answer = post(inspector, "signatures", visit.pk, body=signature(visit, **changes))
    assert (answer.status_code, answer.json()["reason"]) == (422, "body_unreadable")


@pytest.mark.parametrize("name", ["備前\u202e院長", "備前\n院長", "備前\u2028院長", "備\u200b前", "a\x1bb"])
def test_a_name_that_reads_otherwise_than_it_is_signs_nothing(visit, inspector, name):
    answer = post(inspector, "signatures", visit.pk, body=signature(visit, name=name))
    assert (answer.status_code, answer.json()["reason"]) == (403, "name_unsound")


def test_a_body_that_is_too_large_is_not_read(visit, inspector):
    body = f'{{"device": "{DEVICE}", "entries": []{" " * bodies.MOST_BYTES}}}'
    answer = inspector.client.post(reverse("visits:records", args=[visit.pk]), body, content_type="application/json")
    assert (answer.status_code, answer.json()["reason"]) == (422, "body_unreadable")


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", '{"device": "x", "entries": []}', '{"device": "%s", "entries": [{}]}' % DEVICE, "[" * 99_999],
)
def test_a_body_that_cannot_be_read_at_all_is_refused_as_problem_details(visit, inspector, body):
    answer = inspector.client.post(reverse("visits:records", args=[visit.pk]), body, content_type="application/json")
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["reason"] == "body_unreadable"
    assert not RowEntry.objects.exists()


def test_a_conflict_shows_both_sides_and_is_decided(visit, inspector, hospital):
    second = cast.a_person(Role.INSPECTOR, at=Place(jurisdiction_id=hospital.jurisdiction_id), name="検見 次郎")
    send(inspector, visit, said("bcp", value="partly"))
    mine = said("bcp", value="absent")
    [conflict] = send(second, visit, mine, device=uuid4()).json()["conflicts"]
    assert (conflict["id"], conflict["entry"], conflict["item"]) == (mine["id"], mine["id"], "bcp")
    assert (conflict["mine"]["value"], conflict["mine"]["by"]) == ("absent", "検見 次郎")
    assert (conflict["theirs"]["value"], conflict["theirs"]["by"], conflict["theirs"]["revision"]) == (
        "partly", "検見 正", 1,
    )  # fmt: skip
    packed = second.client.get(reverse("visits:pack", args=[visit.pk])).json()
    assert packed["conflicts"] == [conflict]
    decided = post(second, "conflict", visit.pk, mine["id"], body={"take": "mine"})
    assert decided.status_code == 200, decided.content
    assert decided.json()["items"]["bcp"]["value"] == "absent"
    late = post(inspector, "conflict", visit.pk, mine["id"], body={"take": "theirs"})
    assert (late.status_code, late.json()["reason"]) == (409, "decided_otherwise")
    assert post(inspector, "conflict", visit.pk, uuid4(), body={"take": "theirs"}).status_code == 404
    assert post(inspector, "conflict", visit.pk, mine["id"], body={"take": "both"}).status_code == 422


def test_a_visit_that_is_over_answers_409(hospital, inspector, manager):
    visit = a_visit(hospital, by=inspector.viewer, now=NOW, at=VisitState.ANNOUNCED)
    services.cancel(visit.pk, why="院内で感染症が発生", by=inspector.viewer, now=NOW)
    answer = send(inspector, visit, said("manager"))
    assert (answer.status_code, answer.json()["reason"]) == (409, "is_closed")


@pytest.mark.parametrize("name", ["pack", "records", "signatures", "photos"])
def test_another_jurisdiction_finds_nothing_and_the_institution_may_not(visit, manager, other_hospital, name):
    elsewhere = cast.a_person(Role.INSPECTOR, at=Place(jurisdiction_id=other_hospital.jurisdiction_id))
    address = reverse(f"visits:{name}", args=[visit.pk])
    ask = "get" if name == "pack" else "post"
    assert getattr(elsewhere.client, ask)(address, {}).status_code == 404
    assert getattr(manager.client, ask)(address, {}).status_code == 403


def jpeg_with_place() -> bytes:
    exif = b"Exif\0\0II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0GPS 34.6551N 133.9195E"
    segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    picture = samples.jpeg(8, 8)
    return picture[:2] + segment + picture[2:]


def photo(person, visit, content, *, id_, item="manager", name="IMG_0001.jpg"):
    file = SimpleUploadedFile(name, content, "image/jpeg")
    return person.client.post(reverse("visits:photos", args=[visit.pk]), {"id": str(id_), "item": item, "file": file})


def test_a_picture_is_kept_once_and_without_the_place_where_it_was_taken(visit, inspector, manager):
    content, id_ = jpeg_with_place(), uuid4()
    assert b"GPS" in content
    first = photo(inspector, visit, content, id_=id_)
    assert (first.status_code, first.json()) == (200, {"kept": str(id_)}), first.content
    assert photo(inspector, visit, content, id_=id_).json() == {"kept": str(id_)}
    document = Document.objects.get()
    assert VisitPhoto.objects.get().document == document
    assert (document.institution_id, document.sensitivity, document.purpose) == (
        visit.institution_id, "shareable", "visit_photo",
    )  # fmt: skip
    _, kept = services_open(document, inspector)
    assert b"GPS" not in kept
    assert b"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06" in kept  # which way up it is


def services_open(document, person):
    found, file = documents.open_document(document.pk, by=person.viewer, now=NOW)
    with file:
        return found, file.read()


@pytest.mark.parametrize(
    ("content", "status"), [(b"no picture", 422), (samples.png(8, 8)[:20], 422), (b"\xff\xd8\xff\xe1\xff\xff", 422)]
)
def test_what_is_no_picture_is_refused_and_leaves_nothing(visit, inspector, content, status):
    answer = photo(inspector, visit, content, id_=uuid4())
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not Document.objects.exists()


def test_another_picture_under_a_known_id_is_refused_and_not_lost_silently(visit, inspector):
    id_ = uuid4()
    assert photo(inspector, visit, samples.jpeg(8, 8), id_=id_).status_code == 200
    other = photo(inspector, visit, samples.jpeg(9, 9), id_=id_)
    assert (other.status_code, other.json()["reason"]) == (409, "entry_id_reused")
    assert Document.objects.count() == 1


def test_a_picture_goes_to_the_institution_with_the_report_and_no_sooner(visit, inspector, manager, officer):
    assert photo(inspector, visit, samples.jpeg(8, 8), id_=uuid4()).status_code == 200
    document = Document.objects.get()
    there = reverse("documents:detail", args=[document.pk])
    assert Document.objects.visible_to(inspector.viewer).get() == document
    for person in (manager, officer):
        assert not Document.objects.visible_to(person.viewer).exists()
    assert inspector.client.get(there).status_code == 200
    assert manager.client.get(there).status_code == 404
    assert document.name not in manager.client.get(reverse("documents:list")).text
    closed = {"state": VisitState.CLOSED, "closed_at": NOW, "closed_by": inspector.account}
    Visit.objects.filter(pk=visit.pk).update(**closed)
    assert manager.client.get(there).status_code == 200


def test_a_picture_that_is_too_large_is_not_held(visit, inspector):
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield b"\xff\xd8" + bytes(999_998)

    with pytest.raises(BadInput) as refused:
        services.add_photo(visit.pk, uuid4(), item="manager", pieces=endless(), by=inspector.viewer, now=NOW)
    assert refused.value.problems[0].reason is FileRefusal.TOO_LARGE
    assert len(taken) == 16
    assert not Document.objects.exists()


def test_a_picture_of_a_row_that_the_form_lacks_is_refused(visit, inspector):
    answer = photo(inspector, visit, samples.png(8, 8), id_=uuid4(), item="no-such-row", name="a.png")
    assert (answer.status_code, answer.json()["reason"]) == (403, "unknown_item")


def signature(visit, **others):
    return {
        "id": str(uuid4()), "side": "institution", "name": "備前 院長", "strokes": [[[0, 0], [1000, 999.5]]],
        "signed_at": "2026-11-23T17:59:00+09:00", "seen_revision": Visit.objects.get(pk=visit.pk).revision,
    } | others  # fmt: skip


def test_a_signature_is_kept_under_the_revision_that_was_seen(visit, inspector):
    send(inspector, visit, said("manager"))
    body = signature(visit)
    answer = post(inspector, "signatures", visit.pk, body=body)
    assert answer.json() == {"kept": body["id"], "revision": 1}
    assert post(inspector, "signatures", visit.pk, body=body).status_code == 200
    stale = post(inspector, "signatures", visit.pk, body=signature(visit, seen_revision=0))
    assert (stale.status_code, stale.json()["reason"]) == (403, "other_revision_signed")


@pytest.mark.parametrize(
    "strokes", [[[[0, 1001]]], [[[0]]], ["a"], [[[0, True]]], [[[0, 0]] * 20_001], [[]] * 501, [[["0", 0]]]]
)
def test_what_is_no_drawing_is_no_signature(visit, inspector, strokes):
    answer = post(inspector, "signatures", visit.pk, body=signature(visit, strokes=strokes))
    assert (answer.status_code, answer.json()["reason"]) == (403, "strokes_unreadable")


def test_a_typed_name_is_a_signature_too(visit, inspector):
    assert post(inspector, "signatures", visit.pk, body=signature(visit, strokes=[])).status_code == 200


def test_the_page_of_a_visit_costs_the_same_however_much_was_recorded(visit, inspector):
    there = reverse("visits:detail", args=[visit.pk])
    client = inspector.client
    with CaptureQueriesContext(connection) as empty:
        client.get(there)
    send(inspector, visit, *[said(row, finding="所見") for row in rows_of(visit)])
    send(inspector, visit, *[said(row, value="absent") for row in rows_of(visit)], device=uuid4())
    with CaptureQueriesContext(connection) as full:
        client.get(there)
    assert len(full) <= len(empty) + 1
