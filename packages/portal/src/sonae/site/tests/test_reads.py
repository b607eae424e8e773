"""Who from outside looked at the confidential records of an institution is on record, once for each look."""

import pytest
from django.test import Client

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission, PlaceKind
from sonae.core.accounts.vocabulary import Role
from sonae.core.assurance import services as assurance
from sonae.core.assurance.models import Evidence
from sonae.core.assurance.vocabulary import Said, Source, SourceKind, Strength
from sonae.core.audit.models import Entry
from sonae.core.audit.vocabulary import EntryKind
from sonae.core.institutions.models import Institution
from sonae.response.incidents.models import Incident
from sonae.response.incidents.testing import an_incident
from sonae.testing.cast import NOW, Person, bearer


def _looks(verb: str) -> list[Entry]:
    return list(Entry.objects.filter(verb=verb, kind=EntryKind.READ).order_by("pk"))


def _read(client: Client, url: str, **asked: str) -> None:
    answer = client.get(url, asked)
    assert answer.status_code == 200, answer.content
    if answer.streaming:
        b"".join(answer.streaming_content)


def _evidence(hospital: Institution) -> Evidence:
    said = Said(
        control="patching", institution_id=hospital.pk, source=Source(SourceKind.PERSON, "a word"),
        strength=Strength.DECLARED, since=NOW,
    )  # fmt: skip
    return assurance.record_evidence(said, by=None, now=NOW)


@pytest.fixture
def incident(hospital: Institution, manager: Person) -> Incident:
    return an_incident(hospital.pk, by=manager.viewer, now=NOW)


@pytest.mark.parametrize("who", ["officer", "inspector"])
@pytest.mark.parametrize(
    ("asked", "facts"),
    [
        ({}, {"rows": 1}),
        ({"phase": "suspected"}, {"rows": 1, "filter": {"phase": "suspected"}}),
        ({"q": "no such place"}, {"rows": 0, "filter": {"q": "*"}}),
        ({"export": "csv"}, {"rows": 1, "file": "csv"}),
        ({"export": "xlsx", "phase": "closed"}, {"rows": 0, "file": "xlsx", "filter": {"phase": "closed"}}),
    ],
)
def test_a_list_read_from_outside_is_one_line(
    request: pytest.FixtureRequest, incident: Incident, who: str, asked: dict[str, str], facts: dict[str, object]
) -> None:
    person: Person = request.getfixturevalue(who)
    _read(person.client, "/incidents/", **asked)
    (look,) = _looks("incident.list")
    assert (look.by, look.facts) == (str(person.account.pk), facts)


def test_an_institution_reads_its_own_lists_without_a_line(incident: Incident, manager: Person) -> None:
    _read(manager.client, "/incidents/")
    _read(manager.client, "/incidents/", export="csv")
    _read(bearer(manager.token(Permission.INCIDENT_READ)), "/api/v1/incidents")
    assert _looks("incident.list") == []


def test_a_program_of_an_officer_leaves_the_same_line(incident: Incident, officer: Person) -> None:
    _read(bearer(officer.token(Permission.INCIDENT_READ)), "/api/v1/incidents")
    (look,) = _looks("incident.list")
    assert (look.by, look.facts) == (str(officer.account.pk), {"rows": 1})


def test_the_receipt_is_a_look_at_the_incident(incident: Incident, officer: Person) -> None:
    _read(officer.client, f"/incidents/{incident.pk}/receipt/")
    (look,) = _looks("incident.open")
    assert (look.by, look.subject_id, look.institution_id) == (
        str(officer.account.pk), str(incident.pk), incident.institution_id,
    )  # fmt: skip


def test_evidence_read_from_outside_is_on_record(hospital: Institution, officer: Person) -> None:
    evidence = _evidence(hospital)
    program = bearer(officer.token(Permission.EVIDENCE_READ))
    for client, url in (
        (officer.client, f"/evidence/{evidence.pk}/"),
        (program, f"/api/v1/evidence/{evidence.pk}"),
    ):
        _read(client, url)
    assert [(look.by, look.institution_id) for look in _looks("evidence.open")] == [
        (str(officer.account.pk), hospital.pk)
    ] * 2
    _read(officer.client, "/evidence/", export="csv")
    _read(officer.client, f"/controls/{evidence.control}/")
    _read(program, "/api/v1/evidence", institution_id=str(hospital.pk))
    assert [look.facts for look in _looks("evidence.list")] == [
        {"rows": 1, "file": "csv"},
        {"rows": 1, "filter": {"control": evidence.control}},
        {"rows": 1, "filter": {"institution_id": hospital.pk}},
    ]


def test_an_institution_reads_its_own_evidence_without_a_line(hospital: Institution, manager: Person) -> None:
    evidence = _evidence(hospital)
    _read(manager.client, f"/evidence/{evidence.pk}/")
    _read(manager.client, "/evidence/")
    assert _looks("evidence.open") == _looks("evidence.list") == []


def test_nobody_outside_reads_what_collectors_saw_so_no_look_at_an_alert_needs_a_line() -> None:
    held = {role for role in Role if Permission.SIGHTING_READ in access.MATRIX[role]}
    assert held
    assert {access.PLACE_OF_ROLE[role] for role in held} == {PlaceKind.INSTITUTION}
