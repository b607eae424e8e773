"""The register through the API."""

import pytest
from django.test import Client

from sonae.core.access.vocabulary import Permission
from sonae.core.institutions import services
from sonae.core.institutions.models import Institution
from sonae.core.institutions.vocabulary import Beds
from sonae.testing.cast import NOW, Person, bearer

LIST = "/api/v1/institutions"


def test_a_token_reads_the_register_page_by_page(
    officer: Person, hospital: Institution, other_hospital: Institution
) -> None:
    client = bearer(officer.token(Permission.REGISTER_READ))
    first = client.get(LIST, {"limit": 1}).json()
    second = client.get(LIST, {"limit": 1, "cursor": first["next_cursor"]}).json()
    assert [row["id"] for row in (*first["items"], *second["items"])] == sorted([hospital.pk, other_hospital.pk])
    assert second["next_cursor"] == ""
    assert first["items"][0]["jurisdiction"].isdecimal()


def test_conditions_are_those_of_the_page(officer: Person, hospital: Institution, other_hospital: Institution) -> None:
    client = officer.client

    def found(**query: str) -> set[int]:
        return {row["id"] for row in client.get(LIST, query).json()["items"]}

    assert found(q=hospital.name) == {hospital.pk}
    assert found(prefecture=other_hospital.prefecture, kind="hospital") == {other_hospital.pk}
    assert hospital.pk in found(beds=hospital.bed_band, status="listed")
    assert found(status="vanished") == set()


def test_one_institution_and_its_beds(officer: Person, hospital: Institution) -> None:
    services.change_beds(hospital.pk, Beds(total=7), as_of=NOW.date(), by=None, now=NOW)
    client = officer.client
    assert client.get(f"{LIST}/{hospital.pk}").json()["licensed_beds"] == 7
    assert client.get(f"{LIST}/{hospital.pk}/beds").json()["items"][0]["total"] == 7


def test_what_does_not_exist_is_not_found(officer: Person) -> None:
    client = officer.client
    for key in (0, 999_999, 2**70):
        assert client.get(f"{LIST}/{key}").status_code == 404
        assert client.get(f"{LIST}/{key}/beds").status_code == 404


def test_bad_questions_are_problems(officer: Person) -> None:
    client = officer.client
    for query in ({"kind": "x"}, {"cursor": "x"}, {"limit": 0}, {"q": "x" * 201}, {"prefecture": "48"}):
        answer = client.get(LIST, query)
        assert answer.status_code == 422
        assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.django_db
def test_nobody_reads_the_register_unasked() -> None:
    assert Client().get(LIST).status_code in (401, 403)
