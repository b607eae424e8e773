"""Jobs and the audit log through the API."""

from pathlib import Path

import pytest
from django.test import Client

from sonae.core.access.vocabulary import Permission
from sonae.core.audit import services as audit
from sonae.core.audit.models import Entry
from sonae.site import chain
from sonae.site.tests import probe_tasks
from sonae.testing.cast import Person, bearer


def test_an_operators_program_watches_cancels_and_restarts_jobs(operator: Person, tmp_path: Path) -> None:
    job_id = probe_tasks.note.enqueue(str(tmp_path), "x").id
    client = bearer(operator.token(Permission.JOB_READ, Permission.JOB_MANAGE))
    (listed,) = client.get("/api/v1/jobs", {"state": "READY"}).json()["items"]
    assert (listed["id"], listed["attempts"], listed["started_at"]) == (job_id, 0, None)
    url = f"/api/v1/jobs/{job_id}"
    assert client.post(f"{url}/cancellation").json()["reason"] == "cancelled"
    assert client.post(f"{url}/cancellation").json()["reason"] == "only_waiting_cancelled"
    assert client.post(f"{url}/again").json()["state"] == "READY"
    assert client.get(url).json()["state"] == "READY"
    assert client.get("/api/v1/jobs/00000000-0000-0000-0000-000000000000").status_code == 404


def test_an_auditor_sees_jobs_and_changes_none(auditor: Person, tmp_path: Path) -> None:
    job_id = probe_tasks.note.enqueue(str(tmp_path), "x").id
    client = bearer(auditor.token(Permission.JOB_READ))
    assert client.get(f"/api/v1/jobs/{job_id}").status_code == 200
    assert client.post(f"/api/v1/jobs/{job_id}/cancellation").status_code == 403


def _read_to_the_end(client: Client) -> list[int]:
    numbers: list[int] = []
    cursor = ""
    while True:
        page = client.get("/api/v1/audit/entries", {"limit": 3, "cursor": cursor}).json()
        numbers += [entry["number"] for entry in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            return numbers


def test_an_auditors_program_reads_the_whole_chain_and_has_it_checked(auditor: Person) -> None:
    client = bearer(auditor.token(Permission.AUDIT_READ))
    audit.link_waiting()
    numbers = _read_to_the_end(client)
    assert numbers == sorted(set(numbers))
    assert numbers[0] == 1
    first, second = client.get("/api/v1/audit/entries", {"limit": 2}).json()["items"]
    assert second["seal_before"] == first["seal"]
    assert client.get("/api/v1/audit/verification").json() == {"verification": None}
    assert client.post("/api/v1/audit/verification").status_code == 202
    chain.verify_chain.func(str(auditor.account.pk))
    assert client.get("/api/v1/audit/verification").json()["verification"]["breaks"] == 0
    searched = client.get("/api/v1/audit/entries", {"verb": "audit.", "kind": "read"}).json()["items"]
    assert {entry["verb"] for entry in searched} == {"audit.search"}
    assert Entry.objects.filter(verb="audit.search", facts={"verb": "audit.", "kind": "read"}).count() == 1


@pytest.mark.parametrize("name", ["officer", "operator", "manager"])
def test_only_an_auditor_reads_the_log_through_the_api(name: str, request: pytest.FixtureRequest) -> None:
    client = request.getfixturevalue(name).client
    assert client.get("/api/v1/audit/entries").status_code == 403
    assert client.post("/api/v1/audit/verification").status_code == 403
