"""Evidence about the controls of catalogues that others publish: by version, also after it was taken back."""

import json
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sonae.core.access.vocabulary import Permission
from sonae.core.assurance import catalogue, checks, imported, importing, queries, services
from sonae.core.assurance.models import Evidence, ImportedCatalogue
from sonae.core.assurance.tests.test_catalogue_files import oscal
from sonae.core.assurance.tests.test_importing import next_version, taken_in
from sonae.core.assurance.vocabulary import AssuranceRefusal, Finding, Said, Source, SourceKind, Standing, Strength
from sonae.kernel.errors import NotAllowed
from sonae.testing.cast import NOW, bearer

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)
WHY = "別の資料でした。"


def said(control: str, hospital, **more) -> Said:
    return Said(
        control=control, institution_id=hospital.pk, source=Source(SourceKind.INSPECTION, "a visit"), since=NOW,
        strength=Strength.INSPECTED, **more,
    )  # fmt: skip


def told(found: ImportedCatalogue, hospital, name="wd-1", **more) -> Evidence:
    return services.record_evidence(said(found.address_of(name), hospital, **more), by=None, now=NOW)


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("catalogue:0123456789abcdef/wd-1", ("0123456789abcdef", "wd-1")),
        ("catalogue:0123456789abcdef/urn:x:1/2", ("0123456789abcdef", "urn:x:1/2")),
        ("catalogue:0123456789abcdef/", None),
        ("catalogue:0123456789abcde/wd-1", None),
        ("catalogue:0123456789ABCDEF/wd-1", None),
        ("catalogue:0123456789abcde_/wd-1", None),
        ("catalogue:", None),
        ("0123456789abcdef/wd-1", None),
        ("assets.ledger", None),
    ],
)
def test_an_address_is_whole_or_none(address, parts):
    assert imported.parts_of(address) == parts
    if parts:
        assert imported.address_of(parts[0] + "f" * 48, parts[1]) == address


def test_no_control_of_our_own_reads_as_an_address():
    assert not [name for name in catalogue.controls() if imported.is_address(name)]


def test_evidence_about_a_control_of_others_says_how_it_stands_in_its_version_alone(hospital):
    first, second = taken_in(oscal()), taken_in(next_version(), now=LATER)
    filed = told(first, hospital, finding=Finding.PARTLY)
    assert (filed.edition, filed.facts[catalogue.KEPT_WORDS]["version"]) == (first.dated_on, "1.0")
    found = queries.state_of(first.address_of("wd-1"), hospital.pk, now=NOW)
    assert (found.standing, found.leading.id) == (Standing.PARTLY, filed.pk)
    # The later version may expect something else: nobody has said anything about it.
    assert queries.state_of(second.address_of("wd-1"), hospital.pk, now=NOW).standing is Standing.NO_EVIDENCE
    # Our own catalogue counts as before, and a release that lost no edition is not refused.
    assert set(queries.states_of(hospital.pk, now=NOW)) == set(catalogue.controls())
    assert checks.no_edition_is_lost(databases=["default"]) == []


def test_only_controls_that_a_version_has_take_evidence(hospital):
    document = json.loads(oscal())
    document["catalog"]["groups"][0]["controls"][1]["props"] = [{"name": "status", "value": "withdrawn"}]
    found = taken_in(json.dumps(document).encode())
    names = [*map(found.address_of, ("wd", "wd-1", "wd-2", "wd-9")), "catalogue:0000000000000000/wd-1", "no-such"]
    assert set(queries.subjects(names)) == {found.address_of("wd-1")}
    known = queries.Subjects()
    assert [name in known for name in (names[1], "assets.ledger", *names[2:], 7)] == [True, True, *[False] * 5]
    for name in (names[0], *names[2:]):
        with pytest.raises(NotAllowed) as refused:
            services.record_evidence(said(name, hospital), by=None, now=NOW)
        assert refused.value.refusal.reason is AssuranceRefusal.UNKNOWN_CONTROL
    with CaptureQueriesContext(connection) as asked:
        queries.subjects(names)
    assert len(asked) == 1


def test_a_version_without_a_date_is_of_the_day_on_which_it_was_taken_in(hospital):
    ImportedCatalogue.objects.filter(pk=(found := taken_in(oscal())).pk).update(dated_on=None)
    assert queries.subject(found.address_of("wd-1")).edition == date(2026, 11, 23)


def test_what_was_said_stays_when_its_version_is_taken_back_and_speaks_again_with_the_same_file(
    hospital, officer, manager
):
    found = taken_in(oscal())
    filed, address = told(found, hospital), found.address_of("wd-1")
    page = reverse("assurance:evidence", args=[filed.pk])
    control = reverse("assurance:catalogue-control", args=[found.pk, "wd-1"])
    assert control in manager.client.get(page).text
    importing.take_back(found.pk, why=WHY, by=officer.viewer, now=NOW)
    kept = Evidence.objects.get()
    assert (kept.pk, kept.withdrawn_at, kept.superseded_at, kept.control) == (filed.pk, None, None, address)
    assert manager.client.get(control).status_code == 404
    text = manager.client.get(page).text
    assert "Ward controls (1.0)" in text
    assert "was taken back" in text
    assert "Ward controls (1.0)" in manager.client.get(reverse("assurance:list")).text
    # Nothing more is said about it, and an upgrade is not stopped by it.
    with pytest.raises(NotAllowed):
        told(found, hospital, finding=Finding.ABSENT)
    assert checks.no_edition_is_lost(databases=["default"]) == []
    services.withdraw_recorded(SourceKind.INSPECTION, "nothing", why=WHY, by=officer.account.pk, now=NOW)
    again = taken_in(oscal(), now=LATER)
    assert again.pk != found.pk
    assert "In place" in manager.client.get(reverse("assurance:catalogue-control", args=[again.pk, "wd-1"])).text


def test_the_pages_show_how_a_control_of_others_stands_to_whoever_reads_the_evidence(
    hospital, manager, stranger, officer, operator
):
    found = taken_in(oscal())
    filed = told(found, hospital, finding=Finding.ABSENT)
    address = reverse("assurance:catalogue-control", args=[found.pk, "wd-1"])
    listed = reverse("assurance:catalogue", args=[found.pk])
    own = manager.client.get(address).text
    assert found.address_of("wd-1") in own
    assert hospital.name in own
    assert reverse("assurance:evidence", args=[filed.pk]) in own
    assert "Institutions by how the control stands" in officer.client.get(address).text
    # The text of a control is for everybody, what was said about it is not.
    for person in (stranger, operator):
        text = person.client.get(address).text
        assert "Keep a list." in text
        assert reverse("assurance:evidence", args=[filed.pk]) not in text
    told_to = {
        person: "On record" in person.client.get(listed, {"has_evidence": "yes"}).text
        for person in (manager, officer, stranger, operator)
    }
    assert told_to == {manager: True, officer: True, stranger: False, operator: False}
    assert manager.client.get(reverse("assurance:catalogue-control", args=[found.pk, "wd"])).status_code == 404


def test_programs_find_evidence_by_the_address_of_its_control(hospital, manager):
    found = taken_in(oscal())
    told(found, hospital)
    program = bearer(manager.token(Permission.EVIDENCE_READ, Permission.EVIDENCE_FILE))
    (row,) = program.get("/api/v1/evidence", {"control": found.address_of("wd-1")}).json()["items"]
    assert row["control"] == found.address_of("wd-1")
    assert program.get("/api/v1/evidence", {"control": found.address_of("wd-2")}).json()["items"] == []
