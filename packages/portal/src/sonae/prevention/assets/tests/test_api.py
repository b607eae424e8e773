import json

import pytest
from django.urls import reverse

from sonae.core.access import services as access
from sonae.core.access.vocabulary import Permission
from sonae.core.bulletins.models import OwnedProduct
from sonae.prevention.assets.models import Asset, Connection
from sonae.testing.cast import bearer

ASSETS, CONNECTIONS = "/api/v1/assets", "/api/v1/connections"
SERVER = {"kind": "server", "name": "電子カルテサーバ", "maker": "Example", "product": "Charts 9"}
LINE = {"kind": "vpn", "name": "保守回線", "patched_by": "vendor", "last_checked_on": "2026-11-01"}


@pytest.fixture
def program(manager, hospital, now):
    """The hospital's own inventory program."""
    scopes = [Permission.ASSET_READ, Permission.ASSET_CHANGE]
    return bearer(
        access.issue_program_token("台帳", institution_id=hospital.pk, scopes=scopes, by=manager.viewer, now=now)[1]
    )


def sent(client, method, url, body, **headers):
    return client.generic(method, url, json.dumps(body), content_type="application/json", headers=headers)


def test_a_program_keeps_the_ledger_without_a_person(program, hospital, now):
    added = sent(program, "POST", ASSETS, SERVER | {"institution_id": hospital.pk})
    assert added.status_code == 201
    url = f"{ASSETS}/{added.json()['id']}"
    assert sent(program, "PUT", url, SERVER | {"version": "9.1"}).json()["version"] == "9.1"
    assert OwnedProduct.objects.get().product == "example charts 9"
    assert program.post(f"{url}/retirement").json()["retired_at"]
    assert program.get(url).json()["retired_at"]
    row = Asset.objects.get()
    assert (row.recorded_by_id, row.retired_by_id) == (None, None)
    assert not OwnedProduct.objects.exists()
    again = program.post(f"{url}/retirement")
    assert (again.status_code, again.json()["reason"]) == (403, "already_retired")


def test_a_row_sent_twice_under_one_key_is_one_row(program, hospital, now):
    body = SERVER | {"institution_id": hospital.pk}
    first, second = (sent(program, "POST", ASSETS, body, **{"Idempotency-Key": "row-1"}) for _ in range(2))
    assert first.json() == second.json()
    assert Asset.objects.count() == 1


def test_a_connection_ends_at_a_device_of_the_same_institution(program, hospital, stranger, other_hospital, now):
    theirs = Asset.objects.create(institution=other_hospital, kind="server", name="x", recorded_at=now)
    body = LINE | {"institution_id": hospital.pk, "device_id": str(theirs.pk)}
    assert sent(program, "POST", CONNECTIONS, body).status_code == 404
    added = sent(program, "POST", CONNECTIONS, body | {"device_id": None})
    assert (added.status_code, added.json()["last_checked_on"], added.json()["multi_factor"]) == (
        201, "2026-11-01", "unknown",
    )  # fmt: skip
    url = f"{CONNECTIONS}/{added.json()['id']}"
    assert sent(program, "PUT", url, LINE | {"multi_factor": "yes"}).json()["multi_factor"] == "yes"
    assert program.post(f"{url}/retirement").json()["retired_at"]
    assert Connection.objects.get().retired_by_id is None


@pytest.mark.parametrize(
    "said", [{"kind": "toaster"}, {"name": " "}, {"name": "x" * 121}, {"colour": "red"}, {"institution_id": True}]
)
def test_what_does_not_fit_is_refused_and_nothing_is_stored(program, hospital, now, said):
    assert sent(program, "POST", ASSETS, SERVER | {"institution_id": hospital.pk} | said).status_code == 422
    assert not Asset.objects.exists()


def test_another_hospitals_rows_do_not_exist_and_nobody_writes_there(program, stranger, hospital, other_hospital, now):
    theirs = Asset.objects.create(institution=other_hospital, kind="server", name="x", recorded_at=now)
    url = f"{ASSETS}/{theirs.pk}"
    assert program.get(url).status_code == 404
    assert sent(program, "PUT", url, SERVER).status_code == 404
    assert program.post(f"{url}/retirement").status_code == 404
    assert sent(program, "POST", ASSETS, SERVER | {"institution_id": other_hospital.pk}).status_code == 403
    reader = bearer(stranger.token(Permission.ASSET_READ))
    assert reader.post(f"{url}/retirement").json()["reason"] == "token_lacks_scope"


@pytest.mark.parametrize(("day", "status"), [("0001-01-01", 422), ("1900-01-01", 422), ("2098-01-01", 403)])
def test_nobody_has_checked_a_connection_on_a_day_that_cannot_be(program, hospital, day, status):
    body = LINE | {"institution_id": hospital.pk, "last_checked_on": day}
    assert sent(program, "POST", CONNECTIONS, body).status_code == status
    assert not Connection.objects.exists()


@pytest.mark.parametrize("day", ["0001-01-01", "1900-01-01", "2098-01-01", "9999-12-31"])
def test_the_form_of_a_connection_gives_such_a_day_back_at_its_field(manager, hospital, day):
    typed = {
        "institution": hospital.pk, "kind": "vpn", "name": "保守回線", "source_restricted": "yes",
        "multi_factor": "yes", "patched_by": "vendor", "last_checked_on": day,
    }  # fmt: skip
    answer = manager.client.post(reverse("assets:add-connection"), typed)
    assert answer.status_code == 422 and 'id="id_last_checked_on_error"' in answer.content.decode()
    assert not Connection.objects.exists()
    taken = manager.client.post(reverse("assets:add-connection"), typed | {"last_checked_on": "2026-11-01"})
    assert taken.status_code == 302 and Connection.objects.get().name == "保守回線"
