"""The pages and the API: who sees what, what a form keeps, what an export holds."""

import json
import os

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from sonae.prevention.advisories import services, tasks
from sonae.prevention.advisories import testing as samples
from sonae.prevention.advisories.models import Advisory, ImportRun, Source, StatedRange, VersionText
from sonae.prevention.advisories.vocabulary import RunStatus, SourceKind

pytestmark = pytest.mark.django_db

WHY = "The maker's support said so on the telephone."


@pytest.fixture
def advisory(now):
    found = samples.an_advisory(now=now)
    samples.import_documents(("kev.json", samples.as_bytes(samples.a_kev())), now=now)
    return found


@pytest.fixture
def text(advisory):
    return VersionText.objects.get(text=samples.UNREADABLE)


def page(person, name, *args, **query):
    answer = person.client.get(reverse(f"advisories:{name}", args=args), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def sent(person, method, url, body=None):
    raw = "" if body is None else json.dumps(body)
    return person.client.generic(method, url, raw, content_type="application/json")


@pytest.mark.parametrize("who", ["officer", "inspector", "manager", "executive", "colleague", "responder"])
def test_everybody_who_is_signed_in_reads_advisories(request, advisory, who):
    person = request.getfixturevalue(who)
    assert advisory.identifier in page(person, "list")
    shown = page(person, "detail", advisory.pk)
    assert "Pump Controller" in shown
    assert "(*, 2.3)" in shown
    assert person.client.get(f"/api/v1/advisories/{advisory.pk}").json()["identifier"] == advisory.identifier


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ({"q": "EX-26"}, True), ({"q": "other"}, False), ({"cve": samples.CVE}, True), ({"cve": "CVE-1999"}, False),
        ({"product": "pump example"}, True), ({"product": "router"}, False), ({"exploited": "yes"}, True),
        ({"exploited": "no"}, False), ({"medical": "yes"}, True), ({"medical": "no"}, False),
        ({"severity": "critical"}, True), ({"faulty": "yes"}, False), ({"withdrawn": "yes"}, False),
        ({"format": "csaf"}, True),
    ],
)  # fmt: skip
def test_the_list_is_searched_and_filtered(advisory, manager, query, is_found):
    assert (advisory.identifier in page(manager, "list", **query)) is is_found


@pytest.mark.parametrize("name", ["list", "triage", "sources", "imports"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_list_is_exported(advisory, manager, name, kind):
    answer = manager.client.get(reverse(f"advisories:{name}"), {"export": kind})
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)


def test_the_document_of_the_publisher_is_handed_out_as_it_came(advisory, manager):
    answer = manager.client.get(reverse("advisories:document", args=[advisory.pk]))
    assert answer.content == samples.as_bytes(samples.a_csaf())
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Type"] == "application/octet-stream"


def test_nothing_of_a_publisher_becomes_markup_or_a_link_that_runs(manager, now):
    document = samples.a_csaf()
    document["document"]["title"] = "<script>alert(1)</script>"
    document["document"]["references"] = [{"summary": "x", "url": "javascript:alert(1)"}]
    samples.import_documents(("a.json", samples.as_bytes(document)), now=now)
    shown = page(manager, "detail", Advisory.objects.get().pk)
    assert "<script>alert" not in shown
    assert 'href="javascript' not in shown


def test_a_fault_is_shown_with_its_place(manager, now):
    document = samples.a_csaf()
    document["vulnerabilities"][0]["product_status"]["known_affected"].append("P-9")
    samples.import_documents(("a.json", samples.as_bytes(document)), now=now)
    shown = page(manager, "detail", Advisory.objects.get().pk)
    assert "/vulnerabilities/0/product_status/known_affected/2" in shown
    assert "6.1.1" in shown


def test_an_older_revision_leads_to_the_one_that_counts(advisory, manager, now):
    newer = samples.an_advisory(now=now, version="2", current_release_date="2026-10-08T09:00:00Z")
    assert reverse("advisories:detail", args=[newer.pk]) in page(manager, "detail", advisory.pk)


# -- version texts --


def test_a_preview_shows_what_a_range_holds_and_keeps_what_was_typed(text, officer):
    url = reverse("advisories:state", args=[text.pk])
    answer = officer.client.post(url, {"step": "preview", "said": ">=1.0 <2.3", "why": WHY, "versions": "2.2, 2.3"})
    shown = answer.content.decode()
    assert "[1.0, 2.3)" in shown
    assert WHY.replace("'", "&#x27;") in shown
    assert not StatedRange.objects.exists()


def test_a_stated_range_is_shown_on_every_advisory_with_the_text(text, officer, manager, now):
    url = reverse("advisories:state", args=[text.pk])
    assert officer.client.post(url, {"step": "state", "said": "<1.4", "why": WHY}).status_code == 302
    assert "&lt;1.4" in page(manager, "version_text", text.pk)
    assert "(*, 1.4)" in page(manager, "detail", Advisory.objects.get().pk)


def test_a_range_that_is_not_read_stays_in_the_form_with_the_reason(text, officer):
    url = reverse("advisories:state", args=[text.pk])
    answer = officer.client.post(url, {"step": "state", "said": "some of the early ones", "why": WHY})
    assert answer.status_code == 422
    assert "some of the early ones" in answer.content.decode()
    assert officer.client.post(url, {"step": "state", "said": "", "why": WHY}).status_code == 422


def test_a_manager_sees_the_queue_and_no_form(text, manager):
    assert 'name="said"' not in page(manager, "version_text", text.pk)
    assert manager.client.post(reverse("advisories:state", args=[text.pk]), {"said": "<1"}).status_code == 403


def test_the_api_tries_and_states_a_range(text, officer, manager):
    url = f"/api/v1/version-texts/{text.pk}"
    assert officer.client.get("/api/v1/version-texts").json()["items"][0]["statement_count"] == 1
    tried = sent(manager, "POST", f"{url}/trial", {"said": ">=1.0 <2.3", "versions": ["2.2", "2.3"]}).json()
    assert (tried["ranges"], tried["versions"]) == (["[1.0, 2.3)"], [["2.2", "yes"], ["2.3", "no"]])
    assert sent(manager, "POST", f"{url}/range", {"said": "<2.3", "why": WHY}).status_code == 403
    stated = sent(officer, "POST", f"{url}/range", {"said": "<2.3", "why": WHY}).json()
    assert (stated["certainty"], stated["said"]) == ("stated", "<2.3")
    refused = sent(officer, "POST", f"{url}/range", {"said": "n/a", "why": WHY})
    assert (refused.status_code, refused.json()["reason"]) == (403, "range_says_nothing")
    assert officer.client.get("/api/v1/version-texts?stated=false").json()["items"] == []


# -- sources and imports --


def test_a_source_is_added_asked_paused_and_resumed(analyst, manager, now):
    url = reverse("advisories:add_source")
    given = {"name": "vendor", "kind": "kev", "address": "https://example.org/kev.json"}
    assert analyst.client.post(url, given | {"address": "http://example.org/"}).status_code == 422
    assert analyst.client.post(url, given).status_code == 302
    again = analyst.client.post(url, given)
    assert again.status_code == 422
    source = Source.objects.get()
    assert "vendor" in page(manager, "sources")
    for name in ("pull", "pause", "resume"):
        assert manager.client.post(reverse(f"advisories:{name}", args=[source.pk])).status_code == 403
        assert analyst.client.post(reverse(f"advisories:{name}", args=[source.pk])).status_code == 302
    assert "https://example.org/kev.json" in page(manager, "source", source.pk)


def test_the_api_keeps_sources(analyst, manager):
    given = {"name": "vendor", "kind": "kev", "address": "https://example.org/kev.json"}
    assert sent(manager, "POST", "/api/v1/advisory-sources", given).status_code == 403
    added = sent(analyst, "POST", "/api/v1/advisory-sources", given)
    assert added.status_code == 201
    url = f"/api/v1/advisory-sources/{added.json()['id']}"
    assert analyst.client.post(f"{url}/pull").status_code == 202
    assert analyst.client.post(f"{url}/pause").json()["paused_at"]
    assert analyst.client.post(f"{url}/pull").json()["reason"] == "source_paused"
    assert analyst.client.post(f"{url}/resumption").json()["paused_at"] is None
    assert manager.client.get("/api/v1/advisory-sources").json()["items"][0]["name"] == "vendor"


def test_an_old_source_says_so(manager, now):
    services.add_source("old", kind=SourceKind.KEV, address="https://example.org/x", by=None, now=now)
    Source.objects.update(created_at=now.replace(year=2025))
    page_of = page(manager, "source", Source.objects.get().pk)
    assert "古" in page_of or "長い間" in page_of or "long time" in page_of


def upload(raw, name="ex.json"):
    return SimpleUploadedFile(name, raw)


def test_a_file_is_uploaded_read_in_its_job_and_shown_document_by_document(analyst, manager, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    answer = analyst.client.post(reverse("advisories:upload"), {"file": upload(samples.as_bytes(samples.a_csaf()))})
    run = ImportRun.objects.get()
    assert answer.url == reverse("advisories:import", args=[run.pk])
    assert 'hx-trigger="every 2s"' in page(manager, "import", run.pk)
    assert tasks.carry_out_import.call(str(run.pk)) == RunStatus.DONE
    shown = page(manager, "import", run.pk)
    assert "EX-26-001" in shown
    assert 'hx-trigger="every 2s"' not in shown
    assert manager.client.get(reverse("advisories:progress", args=[run.pk])).headers["HX-Refresh"] == "true"
    assert list((tmp_path / "feeds").iterdir()) == []
    assert tasks.carry_out_import.call(str(run.pk)) == RunStatus.DONE


def test_an_import_is_cancelled_before_it_begins(analyst, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    analyst.client.post(reverse("advisories:upload"), {"file": upload(b"{}")})
    run = ImportRun.objects.get()
    assert analyst.client.post(reverse("advisories:cancel", args=[run.pk])).status_code == 302
    assert tasks.carry_out_import.call(str(run.pk)) == RunStatus.CANCELLED
    assert tasks.sweep_feeds.call() == 0
    assert analyst.client.post(reverse("advisories:cancel", args=[run.pk])).status_code == 403


def test_the_api_imports_a_file(analyst, manager, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    url = "/api/v1/advisory-imports"
    assert manager.client.post(url, {"file": upload(b"{}")}).status_code == 403
    queued = analyst.client.post(url, {"file": upload(b'{"document": oops}', "broken.json")})
    assert queued.status_code == 202
    run_id = queued.json()["id"]
    tasks.carry_out_import.call(run_id)
    assert manager.client.get(f"{url}/{run_id}").json()["refused"] == 1
    [document] = manager.client.get(f"{url}/{run_id}/documents").json()["items"]
    assert (document["reason"], document["line"], document["column"]) == ("not_json", 1, 14)
    assert analyst.client.post(f"{url}/{run_id}/cancellation").json()["reason"] == "run_over"
    assert manager.client.get(url).json()["items"][0]["id"] == run_id


def test_the_api_filters_advisories(advisory, manager):
    for query, count in (("cve=CVE-2026-40001", 1), ("product=router", 0), ("exploited=true", 1), ("medical=false", 0)):
        assert len(manager.client.get(f"/api/v1/advisories?{query}").json()["items"]) == count
    detail = manager.client.get(f"/api/v1/advisories/{advisory.pk}").json()
    assert detail["marks"][0]["exploited_since"] == "2026-10-05"
    statements = manager.client.get(f"/api/v1/advisories/{advisory.pk}/statements").json()["items"]
    assert [one["ranges"] for one in statements] == [["(*, 2.3)"], [], ["=2.3"]]


def test_leftover_files_are_swept(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "old").write_bytes(b"x")
    os.utime(folder / "old", (0, 0))
    (folder / "new").write_bytes(b"x")
    assert tasks.sweep_feeds.call() == 1
    assert [path.name for path in folder.iterdir()] == ["new"]
