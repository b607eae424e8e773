"""Taking in a catalogue: whole or not at all, each file once, a later version beside the one before."""

import json
import tracemalloc
from datetime import timedelta
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sonae.core.assurance import importing, queries
from sonae.core.assurance.models import ImportedCatalogue, ImportedEntry
from sonae.core.assurance.tests.test_catalogue_files import LIBRARY, OSCAL, oscal
from sonae.core.assurance.vocabulary import CatalogueProblem, CatalogueRefusal, EntryMove
from sonae.core.audit.models import Entry
from sonae.kernel.errors import BadInput, Gone, NotAllowed
from sonae.testing.cast import NOW

LATER = NOW + timedelta(days=1)
pytestmark = pytest.mark.django_db


def taken_in(content: bytes, *, now=NOW, name="ward.json", **more) -> ImportedCatalogue:
    return importing.take_in(content, file_name=name, by=None, now=now, **more)


def next_version(**changed: object) -> bytes:
    document = json.loads(oscal(version="1.1", **{"last-modified": "2026-05-01T09:00:00+09:00"} | changed))
    group = document["catalog"]["groups"][0]
    group["controls"][0]["title"] = "Lists of patients"
    group["controls"][1] = {"id": "wd-3", "title": "Keys"}
    return json.dumps(document).encode()


def test_the_controls_of_a_catalogue_are_kept_in_their_order_and_the_audit_log_names_it(officer):
    found = importing.import_catalogue(oscal(), file_name="ward.json", by=officer.viewer, now=NOW)
    assert (found.title, found.version, found.controls, found.number) == ("Ward controls", "1.0", 3, 1)
    assert [row.name for row in found.entries.all()] == ["wd", "wd-1", "wd-1.1", "wd-2"]
    assert Entry.objects.filter(verb="catalogue.import", subject_id=str(found.pk)).count() == 1


def test_the_same_file_again_changes_nothing():
    first = taken_in(oscal())
    assert taken_in(oscal(), now=LATER, name="copy.json") == first
    assert (ImportedCatalogue.objects.count(), ImportedEntry.objects.count()) == (1, 4)
    assert Entry.objects.filter(verb="catalogue.import").count() == 1


def test_a_later_version_stands_beside_the_one_before_and_says_what_changed():
    first, second = taken_in(oscal()), taken_in(next_version(), now=LATER)
    first.refresh_from_db()
    assert (second.number, first.replaced_at, second.replaced_at) == (2, LATER, None)
    assert queries.version_before(second) == first
    found = queries.changes_since(first, second)
    assert [(one.move, (one.after or one.before).name) for one in found] == [
        (EntryMove.CHANGED, "wd-1"), (EntryMove.ADDED, "wd-3"), (EntryMove.REMOVED, "wd-2")
    ]  # fmt: skip
    assert first.entries.count() == 4


def test_an_older_version_is_refused_and_the_newer_one_stands():
    newer = taken_in(next_version())
    with pytest.raises(NotAllowed) as refused:
        taken_in(oscal(), now=LATER)
    assert refused.value.refusal.reason is CatalogueRefusal.OLDER_THAN_KNOWN
    assert list(ImportedCatalogue.objects.all()) == [newer]


def test_the_version_of_a_library_is_compared_as_a_number():
    taken_in(LIBRARY.replace("version: 3", "version: 9").encode(), name="a.yaml")
    tenth = taken_in(LIBRARY.replace("version: 3", "version: 10").encode(), name="b.yaml", now=LATER)
    assert (tenth.number, tenth.version) == (2, "10")


def test_a_version_with_another_title_follows_the_one_it_is_said_to_follow():
    unnamed = {"document-ids": []}
    first = taken_in(oscal(**unnamed))
    renamed = next_version(title="Ward controls, revised", **unnamed)
    second = taken_in(renamed, now=LATER, follows=first.pk)
    assert (second.number, second.identifier) == (2, first.identifier)
    # From then on the file is known by its new title, too.
    third = next_version(title="Ward controls, revised", **unnamed, **{"last-modified": "2026-06-01T00:00:00Z"})
    assert taken_in(third, now=LATER).number == 3


def test_a_file_that_belongs_to_one_catalogue_does_not_follow_another():
    taken_in(oscal())
    other = taken_in(LIBRARY.encode(), name="a.yaml")
    with pytest.raises(NotAllowed) as refused:
        taken_in(next_version(), now=LATER, follows=other.pk)
    assert refused.value.refusal.reason is CatalogueRefusal.OTHER_CATALOGUE
    with pytest.raises(NotAllowed) as refused:
        taken_in(oscal(title="New", **{"document-ids": []}), now=LATER, follows=other.pk)
    assert refused.value.refusal.reason is CatalogueRefusal.OTHER_FORM
    with pytest.raises(Gone):
        taken_in(next_version(), follows=UUID(int=7))


def test_a_namesake_takes_no_catalogue_over(officer):
    first = taken_in(oscal())
    for changed, reason in (
        ({"last-modified": "9999-12-30T00:00:00Z"}, CatalogueRefusal.DATED_IN_FUTURE),
        ({"parties": [{"type": "organization", "name": "Somebody"}]}, CatalogueRefusal.OTHER_PUBLISHER),
        ({"parties": []}, CatalogueRefusal.OTHER_PUBLISHER),
    ):
        with pytest.raises(NotAllowed) as refused:
            taken_in(next_version(**changed), now=LATER)
        assert refused.value.refusal.reason is reason
    assert ImportedCatalogue.objects.get() == first
    # A publisher that goes by a new name is said to follow.
    renamed = next_version(parties=[{"type": "organization", "name": "Example body, renamed"}])
    assert taken_in(renamed, now=LATER, follows=first.pk).number == 2


def test_nothing_is_taken_in_that_is_dated_after_today():
    with pytest.raises(NotAllowed):
        taken_in(LIBRARY.replace("2026-04-01", "2026-12-25").encode(), name="a.yaml")
    assert not ImportedCatalogue.objects.exists()


def test_a_version_is_taken_back_with_a_reason_and_the_one_before_stands_again(officer, manager):
    first, second = taken_in(oscal()), taken_in(next_version(), now=LATER)

    def take_back(found, person, why="Not from the publisher."):
        return importing.take_back(found.pk, why=why, by=person.viewer, now=LATER)

    for found, person, why in ((second, manager, "Why not"), (first, officer, "Too old"), (second, officer, " x ")):
        with pytest.raises(NotAllowed):
            take_back(found, person, why)
    assert take_back(second, officer) == first
    first.refresh_from_db()
    assert (first.replaced_at, list(ImportedCatalogue.objects.all()), ImportedEntry.objects.count()) == (
        None, [first], 4
    )  # fmt: skip
    entry = Entry.objects.get(verb="catalogue.take-back")
    assert (entry.subject_id, entry.facts["why"]) == (str(second.pk), "Not from the publisher.")
    with pytest.raises(Gone):
        take_back(second, officer)
    assert taken_in(next_version(), now=LATER).number == 2
    assert take_back(ImportedCatalogue.objects.current().get(), officer) == first
    assert take_back(first, officer) is None
    assert not ImportedEntry.objects.exists()


def test_the_page_takes_a_version_back(operator, manager):
    first, second = taken_in(oscal()), taken_in(next_version(), now=LATER)
    address = reverse("assurance:take-back-catalogue", args=[second.pk])
    page = operator.client.get(reverse("assurance:catalogue", args=[second.pk])).content.decode()
    assert address in page
    for person, found in ((manager, second), (operator, first)):
        shown = person.client.get(reverse("assurance:catalogue", args=[found.pk])).content.decode()
        assert "taking-back" not in shown
    assert manager.client.post(address, {"why": "Not ours"}).status_code == 403
    assert operator.client.post(address, {"why": ""}).status_code == 422
    answer = operator.client.post(address, {"why": "By mistake"})
    assert (answer.status_code, answer.url) == (302, reverse("assurance:catalogue", args=[first.pk]))
    rest = reverse("assurance:take-back-catalogue", args=[first.pk])
    assert operator.client.post(rest, {"why": "All of it"}).url == reverse("assurance:catalogues")


def test_nothing_is_half_written(monkeypatch):
    first = taken_in(oscal())

    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("the machine stops here")

    monkeypatch.setattr("sonae.core.audit.services.record", broken)
    with pytest.raises(RuntimeError):
        taken_in(next_version(), now=LATER)
    first.refresh_from_db()
    assert (first.replaced_at, ImportedCatalogue.objects.count(), ImportedEntry.objects.count()) == (None, 1, 4)


def test_a_file_with_mistakes_writes_nothing():
    with pytest.raises(BadInput) as refused:
        taken_in(oscal(**{"oscal-version": "0.9"}))
    assert [one.reason for one in refused.value.problems] == [CatalogueProblem.VERSION_UNKNOWN]
    assert not ImportedCatalogue.objects.exists()


def test_officers_and_operators_take_catalogues_in_and_nobody_else(officer, operator, manager, inspector):
    for person in (manager, inspector):
        with pytest.raises(NotAllowed):
            importing.import_catalogue(oscal(), file_name="a.json", by=person.viewer, now=NOW)
        assert person.client.get(reverse("assurance:import-catalogue")).status_code == 403
    for person in (officer, operator):
        assert person.client.get(reverse("assurance:import-catalogue")).status_code == 200


def sent(person, content: bytes, **fields):
    file = SimpleUploadedFile("ward.json", content, "application/json")
    return person.client.post(reverse("assurance:import-catalogue"), {"file": file, **fields}, follow=True)


def test_the_page_takes_a_file_shows_its_controls_and_finds_them(operator):
    page = sent(operator, oscal()).content.decode()
    assert "Keep a list." in page
    found = ImportedCatalogue.objects.get()
    listed = operator.client.get(reverse("assurance:catalogues"), {"q": "ward"}).content.decode()
    assert reverse("assurance:catalogue", args=[found.pk]) in listed
    assert "Ward controls" not in operator.client.get(reverse("assurance:catalogues"), {"q": "nurse"}).content.decode()
    narrowed = operator.client.get(reverse("assurance:catalogue", args=[found.pk]), {"q": "signed"}).content.decode()
    assert "Signed lists" in narrowed
    assert "Keep a list." not in narrowed


def test_the_page_tells_every_problem_and_keeps_nothing(operator):
    document = json.loads(oscal())
    del document["catalog"]["metadata"]["version"]
    document["catalog"]["groups"][0]["title"] = 7.5
    answer = sent(operator, json.dumps(document).encode())
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "/catalog/metadata/version" in text
    assert "/catalog/groups/0/title" in text
    assert not ImportedCatalogue.objects.exists()


def test_the_page_of_changes_shows_both_texts(operator, manager):
    first = taken_in(oscal())
    second = taken_in(next_version(), now=LATER)
    text = manager.client.get(reverse("assurance:catalogue-changes", args=[second.pk])).content.decode()
    assert all(words in text for words in ("Lists of patients", "Keys", "Old"))
    assert manager.client.get(reverse("assurance:catalogue-changes", args=[first.pk])).status_code == 200
    older = sent(operator, json.dumps(OSCAL | {"x": 1}).encode())
    assert older.status_code == 422


def test_two_large_versions_are_compared_without_reading_what_did_not_change(operator):
    document = json.loads(oscal())
    document["catalog"]["controls"] = [
        {"id": f"x-{n}", "title": "x", "parts": [{"name": "statement", "prose": f"{n} " + "y" * 19_000}]}
        for n in range(250)
    ]
    taken_in(json.dumps(document).encode())
    document["catalog"]["metadata"]["version"] = "1.1"
    document["catalog"]["controls"][7]["parts"][0]["prose"] = "z" * 19_000
    second = taken_in(json.dumps(document).encode(), now=LATER)
    address = reverse("assurance:catalogue-changes", args=[second.pk])
    operator.client.get(address)
    tracemalloc.start()
    try:
        page = operator.client.get(address).content.decode()
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()
    assert ("x-7" in page, "x-8" in page, "z" * 3_900 in page, "z" * 4_100 in page) == (True, False, True, False)


def test_a_page_costs_the_same_number_of_queries_for_any_number_of_controls(operator):
    many = json.loads(oscal(title="Many", **{"document-ids": []}))
    many["catalog"]["controls"] = [{"id": f"x-{n}", "title": f"Control {n}"} for n in range(2_000)]
    counted = []
    for content in (oscal(), json.dumps(many).encode()):
        address = reverse("assurance:catalogue", args=[taken_in(content).pk])
        operator.client.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert operator.client.get(address).status_code == 200
        counted.append(len(asked))
    assert ImportedEntry.objects.count() == 2_008
    assert counted[0] == counted[1]
