"""Reading documents in: what stands, what is repeated, what goes on after an interruption."""

import json
import zlib
from datetime import timedelta
from hashlib import sha256
from types import SimpleNamespace

import pytest

from sonae.core.audit.models import Entry
from sonae.kernel.errors import NotAllowed
from sonae.prevention.advisories import queries, services
from sonae.prevention.advisories import testing as samples
from sonae.prevention.advisories.models import (
    Advisory,
    ExploitLikelihood,
    ImportedDocument,
    ImportRun,
    KnownExploited,
    ProductStatement,
    RawDocument,
    VersionText,
)
from sonae.prevention.advisories.reading.pieces import of_bytes
from sonae.prevention.advisories.services import importing, storing
from sonae.prevention.advisories.testing import import_documents
from sonae.prevention.advisories.vocabulary import Outcome, RunStatus

pytestmark = pytest.mark.django_db


def csaf(**tracking):
    return samples.as_bytes(samples.a_csaf(**tracking))


def counts(run):
    return {
        name: getattr(run, name) for name in ("read", "faulty", "repeated", "refused", "unread") if getattr(run, name)
    }


def test_an_advisory_stands_with_its_document_and_its_statements(now):
    raw = csaf()
    run = import_documents(("ex.json", raw), now=now)
    assert (run.status, counts(run), run.statements) == (RunStatus.DONE, {"read": 1}, 3)
    assert (run.ranges_read, run.ranges_open) == (2, 1)
    advisory = Advisory.objects.get()
    assert (advisory.is_current, advisory.is_medical, advisory.base_score, advisory.severity) == (
        True,
        True,
        9.8,
        "critical",
    )
    assert zlib.decompress(RawDocument.objects.get().content) == raw == queries.raw_of(advisory)
    assert [(one.product, one.version.text) for one in queries.statements_of(advisory)] == [
        ("Pump Controller", "< 2.3"), ("Pump Controller", samples.UNREADABLE), ("Pump Controller", "2.3"),
    ]  # fmt: skip
    assert VersionText.objects.get(text="< 2.3").ranges == ["(*, 2.3)"]
    assert list(advisory.cves.values_list("cve", flat=True)) == [samples.CVE]


def test_the_same_document_again_changes_nothing(now):
    import_documents(("ex.json", csaf()), now=now)
    again = import_documents(("other-name.json", csaf()), ("twice.json", csaf()), now=now)
    assert counts(again) == {"repeated": 2}
    assert (Advisory.objects.count(), ProductStatement.objects.count(), VersionText.objects.count()) == (1, 3, 3)


def test_blanks_and_the_order_of_keys_make_no_other_document(now):
    document = samples.a_csaf()
    import_documents(("ex.json", samples.as_bytes(document)), now=now)
    turned = json.dumps(dict(reversed(document.items())), separators=(",", ":")).encode()
    assert counts(import_documents(("ex.json", turned), now=now)) == {"repeated": 1}
    assert RawDocument.objects.count() == 1


def test_a_newer_revision_stands_and_the_older_stays_for_comparison(now):
    import_documents(("1.json", csaf()), now=now)
    second = csaf(version="2", current_release_date="2026-10-08T09:00:00Z")
    import_documents(("2.json", second), now=now + timedelta(hours=1))
    assert [(one.revision, one.is_current) for one in Advisory.objects.order_by("revision")] == [
        ("1", False),
        ("2", True),
    ]
    assert ProductStatement.objects.standing().count() == 3


def test_an_older_revision_that_comes_later_does_not_stand(now):
    second = csaf(version="2", current_release_date="2026-10-08T09:00:00Z")
    import_documents(("2.json", second), now=now)
    import_documents(("1.json", csaf()), now=now)
    assert Advisory.objects.standing().get().revision == "2"


def test_three_revisions_in_one_file_leave_the_newest(now):
    days = {"1": "2026-10-01", "3": "2026-10-09", "2": "2026-10-05"}
    documents = [(f"{n}.json", csaf(version=n, current_release_date=f"{day}T09:00:00Z")) for n, day in days.items()]
    import_documents(*documents, now=now)
    assert Advisory.objects.standing().get().revision == "3"
    assert Advisory.objects.count() == 3


def test_a_revision_that_was_changed_without_a_new_number_is_noted(now):
    import_documents(("1.json", csaf()), now=now)
    changed = samples.a_csaf()
    changed["document"]["title"] = "Another title"
    run = import_documents(("1.json", samples.as_bytes(changed)), now=now)
    assert counts(run) == {"faulty": 1}
    standing = Advisory.objects.standing().get()
    assert [fault["reason"] for fault in standing.faults] == ["same_revision_changed"]
    assert standing.title == "Another title"


def test_an_overview_never_takes_the_place_of_the_whole_advisory(now):
    import_documents(("detail.xml", samples.a_vuldef()), now=now)
    import_documents(("rss.rdf", samples.a_jvnrss("JVNDB-2026-000001", "JVNDB-2026-000009")), now=now)
    standing = Advisory.objects.standing()
    assert {(one.identifier, one.format) for one in standing} == {
        ("JVNDB-2026-000001", "myjvn-hnd"), ("JVNDB-2026-000009", "jvnrss"),
    }  # fmt: skip


def test_one_broken_document_stops_no_other_and_is_told_with_its_place(now):
    run = import_documents(
        ("a.json", b'{"document": {"csaf_version": "2.0",\n  oops}}'),
        ("b.json", csaf()),
        ("readme.md", b"# x"),
        now=now,
    )
    assert counts(run) == {"read": 1, "refused": 1, "unread": 1}
    refused = ImportedDocument.objects.get(run=run, outcome=Outcome.REFUSED)
    assert (refused.name, refused.reason, refused.line, refused.column) == ("a.json", "not_json", 2, 3)


def test_a_wrong_checksum_is_refused_and_a_right_one_is_not(now):
    raw = csaf()
    wrong = of_bytes(raw, name="a.json", checksum="sha512:00")
    right = of_bytes(raw, name="b.json", checksum="sha256:" + sha256(raw).hexdigest())
    run = services.carry_out(services.begin_import("x", by=None, now=now), [wrong, right], now=now)
    assert counts(run) == {"read": 1, "refused": 1}


def test_checksums_beside_the_files_of_a_folder_are_held_against_them(now, tmp_path):
    folder = samples.write_folder(
        tmp_path, ("a.json", csaf()), ("a.json.sha512", b"0" * 128 + b"  a.json\n"), ("b.json", csaf(id="EX-2"))
    )
    run = services.begin_import("x", by=None, now=now)
    run = services.carry_out(run, services.documents_of(folder), now=now)
    assert counts(run) == {"read": 1, "refused": 1, "unread": 1}


class Killed(BaseException):
    """The process is gone."""


def test_an_import_that_was_killed_goes_on_behind_what_it_took_in(now, monkeypatch):
    monkeypatch.setattr(importing, "AT_ONCE", 2)
    documents = [of_bytes(csaf(id=f"EX-{at}"), name=f"{at}.json") for at in range(5)]
    run = services.begin_import("x", by=None, now=now)

    def killed(_run):
        raise Killed

    with pytest.raises(Killed):
        services.carry_out(run, documents, now=now, told=killed)
    run.refresh_from_db()
    assert (run.status, run.position, Advisory.objects.count()) == (RunStatus.READING, 2, 2)
    run = services.carry_out(run, documents, now=now)
    assert (run.status, run.position, counts(run)) == (RunStatus.DONE, 5, {"read": 5})
    assert [one.number for one in ImportedDocument.objects.filter(run=run)] == [1, 2, 3, 4, 5]


def test_a_cancelled_import_stops_behind_its_batch_and_keeps_what_it_took_in(now, monkeypatch, analyst):
    monkeypatch.setattr(importing, "AT_ONCE", 2)
    documents = [of_bytes(csaf(id=f"EX-{at}"), name=f"{at}.json") for at in range(5)]
    run = services.begin_import("x", by=analyst.viewer, now=now)
    run = services.carry_out(
        run, documents, now=now, told=lambda run: services.cancel_import(run.pk, by=analyst.viewer, now=now)
    )
    assert (run.status, run.position, Advisory.objects.count()) == (RunStatus.CANCELLED, 2, 2)
    with pytest.raises(NotAllowed):
        services.cancel_import(run.pk, by=analyst.viewer, now=now)
    assert Entry.objects.filter(verb="advisory.cancel_import").count() == 1


def test_an_import_that_nobody_goes_on_with_is_ended(now):
    run = services.begin_import("x", by=None, now=now)
    assert services.close_abandoned(now=now + timedelta(days=1)) == 0
    assert services.close_abandoned(now=now + timedelta(days=3)) == 1
    run.refresh_from_db()
    assert run.status == RunStatus.REFUSED


def test_only_who_manages_feeds_imports(now, manager):
    with pytest.raises(NotAllowed):
        services.begin_import("x", by=manager.viewer, now=now)
    assert not ImportRun.objects.exists()


def test_marks_are_kept_once_and_the_newest_day_stands(now):
    import_documents(
        ("kev.json", samples.as_bytes(samples.a_kev())), ("kev2.json", samples.as_bytes(samples.a_kev())), now=now
    )
    assert KnownExploited.objects.get().is_ransomware
    for day, share in (("2026-10-05", "0.5"), ("2026-10-07", "0.7"), ("2026-10-06", "0.6")):
        raw = f"#model_version:x,score_date:{day}T00:00:00+0000\ncve,epss,percentile\n{samples.CVE},{share},0.9\n"
        import_documents(("epss.csv", raw.encode()), now=now)
    assert ExploitLikelihood.objects.get().probability == 0.7


def test_a_row_of_epss_does_not_cost_the_whole_file(now, monkeypatch):
    """A day has 300,000 rows: a digest of the file for each of them would be terabytes."""

    def refused(_raw):
        raise AssertionError("a mark is not known by the bytes of its file")

    monkeypatch.setattr(storing, "hashlib", SimpleNamespace(sha256=refused))
    run = import_documents(("epss.csv", f"cve,epss,percentile\n{samples.CVE},0.5,0.9\n".encode()), now=now)
    assert run.marks == 1


def test_a_list_knows_what_is_exploited(now, officer):
    import_documents(("ex.json", csaf()), ("kev.json", samples.as_bytes(samples.a_kev())), now=now)
    import_documents(("epss.csv", f"cve,epss,percentile\n{samples.CVE},0.5,0.9\n".encode()), now=now)
    row = queries.for_list(officer.viewer).get()
    assert (row.is_exploited, row.likelihood) == (True, 0.5)
    assert Advisory.objects.exploited(yes=True).count() == 1
    assert Advisory.objects.exploited(yes=False).count() == 0
    assert Advisory.objects.naming("CVE-2026-4").count() == 1
    assert Advisory.objects.about("example pump").count() == 1
    assert Advisory.objects.about("example other").count() == 0


def test_what_changed_since_is_found_and_what_ended(now):
    later, after = now + timedelta(hours=1), now + timedelta(hours=2)
    import_documents(("1.json", csaf()), now=now)
    assert queries.statements_changed(since=now, until=later).count() == 3
    import_documents(("2.json", csaf(version="2", current_release_date="2026-10-08T09:00:00Z")), now=later)
    assert queries.statements_changed(since=later, until=after).count() == 3
    assert queries.statements_ended(since=later, until=after).count() == 3
    assert queries.statements_ended(since=now, until=later).count() == 0


def test_the_matching_takes_a_statement_with_its_range(now):
    import_documents(("1.json", csaf()), now=now)
    first, *_ = queries.products(queries.statements_changed(since=now, until=now + timedelta(hours=1)))
    assert (first.vendor, first.product, first.identifiers.model_numbers) == (
        "Example Medical",
        "Pump Controller",
        ("PC-200",),
    )
    assert [first.covers(version).value for version in ("2.2", "2.3")] == ["yes", "no"]
