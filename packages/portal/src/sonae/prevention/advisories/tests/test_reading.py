"""Each format with a document of our own: what is understood, what is noted, what is refused."""

import gzip
import io
import json
import tarfile
import zipfile
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonae.prevention.advisories import engine
from sonae.prevention.advisories import testing as samples
from sonae.prevention.advisories.reading import Piece, cpe, pieces, read, versions
from sonae.prevention.advisories.reading.pieces import of_bytes
from sonae.prevention.advisories.vocabulary import (
    Advisory,
    Broken,
    Covered,
    DocumentRefusal,
    Exploited,
    FaultReason,
    Format,
    Likelihood,
    NotAnAdvisory,
    ScoreSystem,
)


def found_in(document, *, name="document.json"):
    raw = document if isinstance(document, bytes) else samples.as_bytes(document)
    return [record.found for record in read(of_bytes(raw, name=name))]


def one(document, **rest) -> Advisory:
    [found] = found_in(document, **rest)
    assert isinstance(found, Advisory), found
    return found


def texts(advisory):
    return [(statement.status.value, statement.version) for statement in advisory.statements]


# -- CSAF --


def test_a_csaf_document_says_who_which_product_and_which_version():
    found = one(samples.a_csaf())
    assert (found.format, found.publisher, found.identifier, found.revision) == (
        Format.CSAF, "Example CERT", "EX-26-001", "1",
    )  # fmt: skip
    assert found.published_at == datetime(2026, 10, 1, 9, tzinfo=UTC)
    assert found.cves == (samples.CVE,)
    assert [(score.system, score.base) for score in found.scores] == [(ScoreSystem.V3_1, 9.8)]
    assert found.remediations == ("Update to 2.3.",)
    assert texts(found) == [("affected", "< 2.3"), ("affected", samples.UNREADABLE), ("fixed", "2.3")]
    first = found.statements[0]
    assert (first.vendor, first.product, first.model_numbers) == ("Example Medical", "Pump Controller", ("PC-200",))
    assert first.where == "/product_tree/branches/0/branches/0/branches/0/product"
    assert found.is_medical
    assert found.faults == ()


def test_a_csaf_document_that_fails_a_mandatory_test_is_read_with_the_failure():
    document = samples.a_csaf()
    document["vulnerabilities"][0]["product_status"]["known_affected"].append("P-9")
    found = one(document)
    assert len(found.statements) == 3
    reasons = {fault.reason for fault in found.faults}
    assert reasons == {FaultReason.PRODUCT_NOT_DEFINED, FaultReason.CSAF_TEST}
    tested = next(fault for fault in found.faults if fault.reason is FaultReason.CSAF_TEST)
    assert tested.facts["test"] == "6.1.1"
    assert tested.where == "/vulnerabilities/0/product_status/known_affected/2"


def test_a_csaf_document_outside_its_schema_is_read_with_what_is_outside():
    document = samples.a_csaf()
    del document["document"]["title"]
    found = one(document)
    assert found.statements
    assert {fault.reason for fault in found.faults} == {FaultReason.FIELD_MISSING, FaultReason.CSAF_SCHEMA}


def test_a_product_on_another_has_it_as_its_condition():
    document = samples.a_csaf()
    document["product_tree"]["relationships"] = [
        {
            "category": "installed_on",
            "product_reference": "P-1",
            "relates_to_product_reference": "P-3",
            "full_product_name": {"product_id": "P-1-3", "name": "One on the other"},
        }
    ]
    document["vulnerabilities"][0]["product_status"]["known_affected"] = ["P-1-3"]
    found = one(document)
    on = found.statements[0]
    assert (on.product, on.version, on.runs_on) == ("Pump Controller", "< 2.3", ("Pump Controller 2.3",))


def test_csaf_2_1_has_its_scores_and_purls_where_2_0_has_them_not():
    document = samples.a_csaf()
    document["document"]["csaf_version"] = "2.1"
    vulnerability = document["vulnerabilities"][0]
    cvss = vulnerability.pop("scores")[0]["cvss_v3"]
    vulnerability["metrics"] = [{"content": {"cvss_v3": cvss}, "products": ["P-1"]}]
    leaf = document["product_tree"]["branches"][0]["branches"][0]["branches"][0]["product"]
    leaf["product_identification_helper"] = {"purls": ["pkg:generic/pump@2.2"]}
    found = one(document)
    assert [score.base for score in found.scores] == [9.8]
    assert found.statements[0].purls == ("pkg:generic/pump@2.2",)


@pytest.mark.parametrize("missing", ["tracking", "publisher"])
def test_without_an_id_a_document_is_refused_without_a_publisher_it_is_read(missing):
    document = samples.a_csaf()
    del document["document"][missing]
    [found] = found_in(document)
    if missing == "tracking":
        assert found == Broken(DocumentRefusal.ID_MISSING, facts={"where": "/document/tracking/id"})
    else:
        assert any(fault.where == "/document/publisher/name" for fault in found.faults)


# -- MyJVN --


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_both_spellings_of_the_namespace_of_vuldef_are_read(scheme):
    found = one(samples.a_vuldef(scheme=scheme), name="detail.xml")
    assert (found.publisher, found.identifier, found.language) == ("JVN iPedia", "JVNDB-2026-000001", "ja")
    assert found.cves == (samples.CVE,)
    assert found.updated_at == datetime(2026, 10, 3, 3, tzinfo=UTC)
    [statement] = found.statements
    assert (statement.vendor, statement.product) == ("株式会社例", "輸液ポンプ管理装置")
    assert statement.cpes == ("cpe:/a:example:infusion_pump_manager",)
    assert engine.covers(statement.version, "1.2.9") is Covered.YES
    assert engine.covers(statement.version, "1.3.0") is Covered.NO


def test_an_answer_without_hits_has_another_root_and_is_no_fault():
    assert found_in(samples.NO_HITS, name="empty.xml") == [NotAnAdvisory("Result")]


def test_an_error_of_the_service_is_told_in_its_words():
    [found] = found_in(samples.SERVICE_ERROR, name="error.xml")
    assert found == Broken(DocumentRefusal.SERVICE_ERROR, facts={"code": "XX00000001", "message": "feed=sec"})


def test_an_overview_names_products_and_no_versions():
    found = found_in(samples.a_jvnrss("JVNDB-2026-000001", "JVNDB-2026-000002"), name="rss.rdf")
    assert [advisory.identifier for advisory in found] == ["JVNDB-2026-000001", "JVNDB-2026-000002"]
    assert {advisory.format for advisory in found} == {Format.JVNRSS}
    assert texts(found[0]) == [("affected", "")]
    assert found[0].scores[0].base == 9.8


def test_malformed_xml_is_refused_whole_with_line_and_column():
    raw = samples.a_jvnrss("JVNDB-2026-000001").replace(b'retCd="0"', b"retCd= 0")
    line = raw[: raw.index(b"retCd= 0")].count(b"\n") + 1
    [found] = found_in(raw, name="rss.rdf")
    assert (found.reason, found.line) == (DocumentRefusal.NOT_XML, line)
    assert found.column > 0


def test_oka_has_its_versions_in_its_extension():
    found = one(samples.an_oka())
    assert (found.format, found.publisher, found.identifier) == (Format.OKA, "JVN iPedia", "JVNDB-2026-000002")
    assert texts(found) == [("affected", "2.1.0以上 2.1.3以下")]
    assert found.statements[0].cpes == ("cpe:2.3:a:example:image_server:*:*:*:*:*:*:*:*",)
    assert found.faults == ()


def test_oka_with_a_range_in_fields_needs_no_prose():
    found = one(samples.an_oka(low="2.1.0", until="2.1.3"))
    assert texts(found) == [("affected", "vers:generic/>=2.1.0|<=2.1.3")]


def test_oka_inside_stix_is_read():
    document = samples.an_oka()
    bundle = {
        "type": "bundle",
        "objects": [{"type": "identity"}, {"type": "jvn-jp-sdo", "VULDEF-Document": [document]}],
    }
    assert one(bundle).identifier == "JVNDB-2026-000002"


# -- NVD --


def test_nvd_2_0_gathers_the_versions_of_a_product():
    found = one(samples.an_nvd_page(samples.an_nvd_2_0()))
    assert (found.publisher, found.identifier, found.title) == ("NVD", samples.CVE, "A gateway lets everybody in.")
    assert texts(found) == [("affected", "vers:generic/3.0|3.1%20rc1"), ("affected", "vers:generic/>=1.0|<2.3")]
    assert {(one.vendor, one.product) for one in found.statements} == {("example", "gateway")}


def test_one_bad_record_stops_itself_alone_and_names_its_line():
    page = json.dumps(samples.an_nvd_page(samples.an_nvd_2_0(), samples.an_nvd_2_0("CVE-2026-40002")), indent=1)
    raw = page.replace('"CVE-2026-40002"', "NaN").encode()
    first, second = found_in(raw)
    assert isinstance(first, Advisory)
    assert second.reason is DocumentRefusal.NOT_A_NUMBER
    assert second.line == page[: page.index('"CVE-2026-40002"')].count("\n") + 1


def test_a_feed_that_ends_early_gives_what_it_has_and_says_so():
    raw = samples.as_bytes(samples.an_nvd_page(samples.an_nvd_2_0(), samples.an_nvd_2_0("CVE-2026-40002")))
    first, last = found_in(raw[: raw.rindex(b"CVE-2026-40002")])
    assert isinstance(first, Advisory)
    assert last.reason is DocumentRefusal.UNFINISHED


def test_nvd_1_1_names_what_a_product_runs_on():
    found = one(samples.an_nvd_feed(samples.an_nvd_1_1()))
    [statement] = found.statements
    assert (statement.vendor, statement.product) == ("example", "router x/1 firmware")
    assert statement.runs_on == ("example router x/1",)
    assert [(score.system, score.base) for score in found.scores] == [(ScoreSystem.V2, 4.3)]


def test_a_rejected_number_is_withdrawn():
    found = one(samples.an_nvd_feed(samples.an_nvd_1_1(description="** REJECT ** Do not use.")))
    assert found.is_withdrawn


@given(st.lists(st.text(max_size=30), min_size=0, max_size=6), st.integers(1, 400))
def test_records_are_cut_the_same_however_the_file_is_read(names, at_once):
    feed = samples.an_nvd_feed(*(samples.an_nvd_1_1(description=name) for name in names))
    raw = json.dumps(feed, ensure_ascii=True, indent=1).encode()

    class Slow(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, at_once) if size > 0 else at_once)

    from_pieces = [record.raw for record in read(Piece("feed.json", lambda: Slow(raw)))]
    assert [json.loads(one) for one in from_pieces] == feed["CVE_Items"]


# -- CVE records --


@pytest.mark.parametrize(
    ("version", "text"),
    [
        ({"version": "1.2"}, "1.2"),
        ({"version": "n/a"}, "n/a"),
        ({"version": "0", "lessThan": "2.3", "versionType": "semver"}, "vers:generic/<2.3"),
        ({"version": "1.0", "lessThanOrEqual": "2.3", "versionType": "custom"}, "vers:generic/>=1.0|<=2.3"),
        ({"version": "1.0", "lessThan": "*", "versionType": "python"}, "vers:pypi/>=1.0"),
        ({"version": "unspecified", "lessThan": "build 5", "versionType": "custom"}, "unspecified < build 5"),
    ],
)
def test_a_range_in_fields_becomes_one_text(version, text):
    found = one(samples.a_cve_record({"status": "affected"} | version))
    assert texts(found) == [("affected", text)]


def test_a_range_is_cut_where_its_status_changes():
    version = {
        "version": "1.0", "lessThan": "3.0", "status": "affected", "versionType": "semver",
        "changes": [{"at": "2.0", "status": "unaffected"}],
    }  # fmt: skip
    assert texts(one(samples.a_cve_record(version))) == [
        ("affected", "vers:generic/>=1.0|<2.0"), ("not_affected", "vers:generic/>=2.0|<3.0"),
    ]  # fmt: skip


def test_all_versions_that_are_not_named_are_affected_where_the_record_says_so():
    found = one(samples.a_cve_record({"version": "2.0", "status": "unaffected"}, default="affected"))
    assert texts(found) == [("not_affected", "2.0"), ("affected", versions.EVERY)]


def test_commits_are_not_taken_for_versions():
    version = {"version": "1da177e4c3f4", "lessThan": "a1b2c3d4e5f6", "status": "affected", "versionType": "git"}
    found = one(samples.a_cve_record(version))
    assert found.statements == ()
    assert FaultReason.COMMITS_NOT_COMPARED in {fault.reason for fault in found.faults}


def test_where_the_authority_names_no_product_the_addition_of_cisa_does():
    record = samples.a_cve_record(
        affected=[{"vendor": "n/a", "product": "n/a", "versions": [{"version": "n/a", "status": "affected"}]}]
    )
    record["containers"]["adp"] = [samples.a_cve_record({"version": "1.2", "status": "affected"})["containers"]["cna"]]
    found = one(record)
    assert texts(found) == [("affected", "1.2")]


# -- OSV, KEV, EPSS --


def test_osv_in_yaml_becomes_ranges_of_its_ecosystem():
    found = one(samples.AN_OSV.encode(), name="PYSEC-2026-1.yaml")
    assert (found.publisher, found.identifier, found.cves) == ("OSV PYSEC", "PYSEC-2026-1", (samples.CVE,))
    [statement] = found.statements
    assert statement.version == "vers:pypi/<1.4.2|>=2.0.0|<2.1.0"
    assert statement.purls == ("pkg:pypi/example-dicom",)
    assert [engine.covers(statement.version, version) for version in ("1.4.1", "1.4.2", "2.0.0", "2.1.0")] == [
        Covered.YES, Covered.NO, Covered.YES, Covered.NO,
    ]  # fmt: skip


def test_osv_in_json_is_the_same():
    document = {"id": "GHSA-xxxx", "modified": "2026-10-02T00:00:00Z", "aliases": [], "affected": [
        {"package": {"ecosystem": "npm", "name": "left"}, "versions": ["1.0.0", "1.0.1"]}]}  # fmt: skip
    found = one(document)
    assert texts(found) == [("affected", "vers:npm/1.0.0|1.0.1")]


def test_the_catalogue_of_exploited_vulnerabilities_is_read_in_both_forms():
    [entry] = found_in(samples.a_kev())
    table = (
        b"cveID,vendorProject,product,vulnerabilityName,dateAdded,shortDescription,requiredAction,dueDate,"
        b"knownRansomwareCampaignUse,notes,cwes\n"
        b'CVE-2026-40001,Example,Gateway,"Example Gateway Bypass",2026-10-05,x,Update.,2026-10-26,Known,,\n'
    )
    [row] = found_in(table, name="kev.csv")
    assert isinstance(entry, Exploited)
    assert entry == row
    assert (entry.added_on, entry.due_on, entry.is_ransomware) == (date(2026, 10, 5), date(2026, 10, 26), True)


def test_an_entry_that_is_due_before_it_was_added_is_read_with_the_fault():
    [entry] = found_in(samples.a_kev({"dueDate": "2026-09-01"}))
    assert [fault.reason for fault in entry.faults] == [FaultReason.DUE_BEFORE_ADDED]


def test_an_entry_without_a_number_is_refused_alone():
    first, second = found_in(samples.a_kev({"cveID": "none"}, {}))
    assert isinstance(first, Broken)
    assert isinstance(second, Exploited)


def test_epss_has_its_day_before_its_header():
    [found] = [record.found for record in _read_file(samples.an_epss(), "epss_scores.csv.gz")]
    assert found == Likelihood(samples.CVE, 0.94229, 0.99918, date(2026, 10, 5))


def _read_file(raw: bytes, name: str, tmp_path=None):
    plain = gzip.decompress(raw)
    return read(of_bytes(plain, name=name))


def test_a_row_of_epss_that_is_no_number_is_refused_with_its_line():
    raw = gzip.decompress(samples.an_epss("CVE-2026-40001,0.1,0.2", "CVE-2026-40002,nan,0.2"))
    _, second = found_in(raw, name="epss.csv")
    assert second == Broken(DocumentRefusal.NOT_A_NUMBER, line=4)


# -- names and archives --


@pytest.mark.parametrize(
    ("text", "vendor", "product", "version"),
    [
        ("cpe:2.3:a:example:image_server:1.0:*:*:*:*:*:*:*", "example", "image server", "1.0"),
        (r"cpe:2.3:o:example:x\:y\/1:1.0:sp1:*:*:*:*:*:*", "example", "x:y/1", "1.0 sp1"),
        ("cpe:/a:rockwell:center_%28idc%29", "rockwell", "center (idc)", "*"),
    ],
)
def test_the_parts_of_a_cpe(text, vendor, product, version):
    found = cpe.read(text)
    assert found is not None
    assert (found.vendor, found.product, found.version) == (vendor, product, version)


@pytest.mark.parametrize("text", ["", "cpe:2.3:a", "pkg:pypi/x", "cpe"])
def test_what_is_no_cpe(text):
    assert cpe.read(text) is None


@given(st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12))
def test_a_range_in_fields_never_becomes_a_range_of_something_else(low, high):
    """Signs of the notation inside a version stay inside it: whatever is read has at most these two ends."""
    understood = engine.understand(versions.between(low, high))
    assert len(understood.ranges) <= 1


def _names(path):
    return [one.name if isinstance(one, Piece) else one for one in pieces(path)]


def test_a_folder_an_archive_and_a_packed_file_hold_the_same_documents(tmp_path):
    raw = samples.as_bytes(samples.a_csaf())
    folder = samples.write_folder(tmp_path / "folder", ("2026/ex.json", raw), ("readme.md", b"# x"))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("2026/ex.json", raw)
        archive.writestr("readme.md", "# x")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as tar:
        tar.add(folder, arcname=".")
    (tmp_path / "ex.json.gz").write_bytes(gzip.compress(raw))
    found = {}
    for path in (folder, tmp_path / "a.zip", tmp_path / "a.tar.gz", tmp_path / "ex.json.gz"):
        found[path.name] = [
            record.found for piece in pieces(path) if isinstance(piece, Piece) for record in read(piece)
        ]
    for records in found.values():
        assert [one.identifier for one in records if isinstance(one, Advisory)] == ["EX-26-001"]


def test_a_link_in_a_folder_is_not_followed(tmp_path):
    (tmp_path / "outside.json").write_bytes(samples.as_bytes(samples.a_csaf()))
    folder = samples.write_folder(tmp_path / "folder", ("inside.json", b"{}"))
    (folder / "link.json").symlink_to(tmp_path / "outside.json")
    assert _names(folder) == ["inside.json"]
