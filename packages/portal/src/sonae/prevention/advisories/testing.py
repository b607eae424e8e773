"""Small documents of our own in every format that is read here, and sources with them, for tests of all rooms."""

import copy
import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from sonae.prevention.advisories import services
from sonae.prevention.advisories.models import Advisory, ImportRun, VersionText
from sonae.prevention.advisories.reading.pieces import of_bytes

CVE = "CVE-2026-40001"
UNREADABLE = "distributed before the second spring of operation"

_CSAF: dict[str, Any] = {
    "document": {
        "category": "csaf_security_advisory",
        "csaf_version": "2.0",
        "lang": "en",
        "title": "Example Pump Controller with a hard-coded password",
        "publisher": {"category": "coordinator", "name": "Example CERT", "namespace": "https://cert.example"},
        "notes": [
            {"category": "summary", "text": "Whoever reaches the pump can change its rate."},
            {"category": "other", "title": "Critical infrastructure sectors", "text": "Healthcare and Public Health"},
        ],
        "references": [{"summary": "The advisory on the web", "url": "https://cert.example/ex-26-001"}],
        "tracking": {
            "id": "EX-26-001",
            "status": "final",
            "version": "1",
            "initial_release_date": "2026-10-01T09:00:00Z",
            "current_release_date": "2026-10-01T09:00:00Z",
            "revision_history": [{"date": "2026-10-01T09:00:00Z", "number": "1", "summary": "First"}],
        },
    },
    "product_tree": {
        "branches": [
            {
                "category": "vendor",
                "name": "Example Medical",
                "branches": [
                    {
                        "category": "product_name",
                        "name": "Pump Controller",
                        "branches": [
                            {
                                "category": "product_version_range",
                                "name": "< 2.3",
                                "product": {
                                    "product_id": "P-1",
                                    "name": "Example Medical Pump Controller < 2.3",
                                    "product_identification_helper": {"model_numbers": ["PC-200"]},
                                },
                            },
                            {
                                "category": "product_version_range",
                                "name": UNREADABLE,
                                "product": {"product_id": "P-2", "name": "Example Medical Pump Controller, early ones"},
                            },
                            {
                                "category": "product_version",
                                "name": "2.3",
                                "product": {"product_id": "P-3", "name": "Example Medical Pump Controller 2.3"},
                            },
                        ],
                    }
                ],
            }
        ]
    },
    "vulnerabilities": [
        {
            "cve": CVE,
            "notes": [{"category": "description", "text": "The password is the same in every pump."}],
            "product_status": {"known_affected": ["P-1", "P-2"], "fixed": ["P-3"]},
            "scores": [
                {
                    "products": ["P-1", "P-2"],
                    "cvss_v3": {
                        "version": "3.1",
                        "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
                        "baseScore": 9.8,
                        "baseSeverity": "CRITICAL",
                    },
                }
            ],
            "remediations": [
                {"category": "vendor_fix", "details": "Update to 2.3.", "product_ids": ["P-1", "P-2"]},
            ],
        }
    ],
}


def a_csaf(**tracking: str) -> dict[str, Any]:
    """A CSAF 2.0 document that passes every mandatory test; the keywords change its tracking (`id`, `version`)."""
    document = copy.deepcopy(_CSAF)
    document["document"]["tracking"] |= tracking
    if "version" in tracking:
        history = document["document"]["tracking"]["revision_history"]
        history[:] = [history[0] | {"number": str(number + 1)} for number in range(int(tracking["version"]))]
    return document


def as_bytes(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def a_vuldef(
    *, identifier: str = "JVNDB-2026-000001", versions: str = "Ver.1.3.0より前のバージョン", scheme: str = "https"
) -> bytes:
    """An answer of getVulnDetailInfo (HND)."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<VULDEF-Document version="3.2" xmlns="{scheme}://jvn.jp/vuldef/"
  xmlns:status="http://jvndb.jvn.jp/myjvn/Status" xml:lang="ja">
  <Vulinfo>
    <VulinfoID>{identifier}</VulinfoID>
    <VulinfoData>
      <Title>例製輸液ポンプにおける認証不備の脆弱性</Title>
      <VulinfoDescription><Overview>例製輸液ポンプには、認証不備の脆弱性が存在します。</Overview></VulinfoDescription>
      <Affected>
        <AffectedItem>
          <Name>株式会社例</Name>
          <ProductName>輸液ポンプ管理装置</ProductName>
          <Cpe version="2.2">cpe:/a:example:infusion_pump_manager</Cpe>
          <VersionNumber>{versions}</VersionNumber>
        </AffectedItem>
      </Affected>
      <Impact>
        <Cvss version="3.0">
          <Severity type="Base">Critical</Severity><Base>9.8</Base>
          <Vector>CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H</Vector>
        </Cvss>
      </Impact>
      <Solution><SolutionItem><Description>[アップデートする] 更新してください。</Description></SolutionItem></Solution>
      <Related>
        <RelatedItem type="advisory"><Name>CVE</Name><VulinfoID>{CVE}</VulinfoID>
        <URL>https://www.cve.org/CVERecord?id={CVE}</URL></RelatedItem>
      </Related>
      <DateFirstPublished>2026-10-02T12:00:00+09:00</DateFirstPublished>
      <DateLastUpdated>2026-10-03T12:00:00+09:00</DateLastUpdated>
    </VulinfoData>
  </Vulinfo>
  <status:Status version="3.3" method="getVulnDetailInfo" lang="ja" retCd="0" retMax="10" errCd="" errMsg=""
    totalRes="1" totalResRet="1" firstRes="1" feed="hnd"/>
</VULDEF-Document>
""".encode()


def a_jvnrss(*identifiers: str, total: int | None = None, first: int = 1) -> bytes:
    """An answer of getVulnOverviewList (HND) with these items."""
    items = "".join(
        f"""<item rdf:about="https://jvndb.jvn.jp/ja/contents/2026/{one}.html"><title>例製品の脆弱性</title>
        <link>https://jvndb.jvn.jp/ja/contents/2026/{one}.html</link><description>例</description>
        <sec:identifier>{one}</sec:identifier>
        <sec:references source="CVE" id="{CVE}">https://www.cve.org/CVERecord?id={CVE}</sec:references>
        <sec:cpe version="2.2" vendor="株式会社例"
          product="輸液ポンプ管理装置">cpe:/a:example:infusion_pump_manager</sec:cpe>
        <sec:cvss score="9.8" severity="Critical" vector="CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
          version="3.0" type="Base"/>
        <dcterms:issued>2026-10-02T12:00:00+09:00</dcterms:issued>
        <dcterms:modified>2026-10-04T12:00:00+09:00</dcterms:modified>
        </item>"""
        for one in identifiers
    )
    count = len(identifiers)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:dcterms="http://purl.org/dc/terms/" xmlns:sec="http://jvn.jp/rss/mod_sec/3.0/"
  xmlns:status="http://jvndb.jvn.jp/myjvn/Status" xml:lang="ja"><channel/>{items}
<status:Status version="3.3" method="getVulnOverviewList" retCd="0" retMax="50" errCd="" errMsg=""
  totalRes="{count if total is None else total}" totalResRet="{count}" firstRes="{first}" feed="hnd"/>
</rdf:RDF>""".encode()


NO_HITS = b"""<?xml version="1.0" encoding="UTF-8"?>
<Result xmlns="http://jvndb.jvn.jp/myjvn/Results" xmlns:status="http://jvndb.jvn.jp/myjvn/Status">
<status:Status version="3.3" method="getVulnOverviewList" retCd="0" errCd="" errMsg="" totalRes="0" totalResRet="0"
 firstRes="0"/></Result>"""
SERVICE_ERROR = NO_HITS.replace(b'retCd="0" errCd="" errMsg=""', b'retCd="1" errCd="XX00000001" errMsg="feed=sec"')


def an_oka(*, description: str = "2.1.0以上 2.1.3以下", low: str = "", until: str = "") -> dict[str, Any]:
    """An answer of getVulnDetailInfo (OKA)."""
    return {
        "$schema": "https://jvndb.jvn.jp/schema/myjvn_vuldef_1.0.csaf.json?20250419",
        "document": {
            "category": "myjvn_security_advisory", "csaf_version": "2.1", "lang": "ja", "title": "例製品の脆弱性",
            "publisher": {"category": "coordinator", "name": "IPA", "namespace": "https://www.ipa.go.jp"},
            "tracking": {
                "id": "JVNDB-2026-000002", "version": "2", "status": "final",
                "initial_release_date": "2026-10-02T12:00:00+09:00",
                "current_release_date": "2026-10-03T12:00:00+09:00",
            },
        },
        "product_tree": {"branches": [{
            "category": "vendor", "name": "株式会社例",
            "branches": [{"category": "product_name", "name": "画像サーバ", "product": {
                "product_id": "jvnpid:1.0::example:image_server", "name": "画像サーバ",
                "product_identification_helper": {"cpe": "cpe:2.3:a:example:image_server:*:*:*:*:*:*:*:*"},
            }}],
        }]},
        "vulnerabilities": [{
            "cve": CVE, "product_status": {"known_affected": ["jvnpid:1.0::example:image_server"]},
            "metrics": [{"content": {"cvss_v3": {
                "version": "3.0", "vectorString": "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "baseScore": 6.1,
            }}}],
        }],
        "jvn_extension": {"affected": [{"vendor": "株式会社例", "product": "画像サーバ", "versions": [
            {"version": low, "status": "affected", "lessThanOrEqual": until, "versionType": "custom",
             "description": description},
        ]}]},
        "status": {"version": "4.0.0", "method": "getVulnDetailInfo", "retCd": 0, "errCd": "", "errMsg": ""},
    }  # fmt: skip


def an_nvd_2_0(cve: str = CVE, *, matches: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A member of `vulnerabilities` of the API 2.0."""
    matched = matches or [
        {"vulnerable": True, "criteria": "cpe:2.3:a:example:gateway:*:*:*:*:*:*:*:*", "versionStartIncluding": "1.0",
         "versionEndExcluding": "2.3"},
        {"vulnerable": True, "criteria": "cpe:2.3:a:example:gateway:3.0:*:*:*:*:*:*:*"},
        {"vulnerable": True, "criteria": "cpe:2.3:a:example:gateway:3.1:rc1:*:*:*:*:*:*"},
    ]  # fmt: skip
    return {"cve": {
        "id": cve, "published": "2026-10-01T01:02:03.004", "lastModified": "2026-10-05T01:02:03.004",
        "vulnStatus": "Analyzed", "descriptions": [{"lang": "en", "value": "A gateway lets everybody in."}],
        "metrics": {"cvssMetricV31": [{"type": "Primary", "cvssData": {
            "version": "3.1", "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "baseScore": 9.8}}]},
        "configurations": [{"nodes": [{"operator": "OR", "negate": False, "cpeMatch": matched}]}],
        "references": [{"url": "https://example.org/gateway", "source": "cna@example.org"}],
    }}  # fmt: skip


def an_nvd_page(*records: dict[str, Any], total: int | None = None, start: int = 0) -> dict[str, Any]:
    """A page of the API 2.0."""
    count = len(records)
    return {
        "resultsPerPage": count, "startIndex": start, "totalResults": count if total is None else total,
        "format": "NVD_CVE", "version": "2.0", "timestamp": "2026-10-06T00:00:00.000", "vulnerabilities": list(records),
    }  # fmt: skip


def an_nvd_1_1(cve: str = CVE, *, description: str = "A router forwards too much.") -> dict[str, Any]:
    """A member of `CVE_Items` of a feed 1.1, on hardware (AND)."""
    return {
        "cve": {
            "CVE_data_meta": {"ID": cve}, "references": {"reference_data": []},
            "description": {"description_data": [{"lang": "en", "value": description}]},
        },
        "configurations": {"CVE_data_version": "4.0", "nodes": [{"operator": "AND", "cpe_match": [], "children": [
            {"operator": "OR", "children": [], "cpe_match": [
                {"vulnerable": True, "cpe23Uri": r"cpe:2.3:o:example:router_x\/1_firmware:1.0:*:*:*:*:*:*:*"}]},
            {"operator": "OR", "children": [], "cpe_match": [
                {"vulnerable": False, "cpe23Uri": r"cpe:2.3:h:example:router_x\/1:-:*:*:*:*:*:*:*"}]},
        ]}]},
        "impact": {"baseMetricV2": {"cvssV2": {
            "version": "2.0", "vectorString": "AV:N/AC:M/Au:N/C:N/I:P/A:N", "baseScore": 4.3}}},
        "publishedDate": "2026-10-01T01:02Z", "lastModifiedDate": "2026-10-02T01:02Z",
    }  # fmt: skip


def an_nvd_feed(*records: dict[str, Any]) -> dict[str, Any]:
    """A feed 1.1."""
    return {
        "CVE_data_type": "CVE", "CVE_data_format": "MITRE", "CVE_data_version": "4.0",
        "CVE_data_numberOfCVEs": str(len(records)), "CVE_Items": list(records),
    }  # fmt: skip


def a_cve_record(*versions: dict[str, Any], default: str = "unaffected", **cna: Any) -> dict[str, Any]:
    """A CVE record 5.1 about one product in these versions."""
    affected = [{"vendor": "Example Corp", "product": "Gateway", "defaultStatus": default, "versions": list(versions)}]
    return {
        "dataType": "CVE_RECORD", "dataVersion": "5.1",
        "cveMetadata": {"cveId": CVE, "state": "PUBLISHED", "datePublished": "2026-10-01T00:00:00.000Z",
                        "dateUpdated": "2026-10-02T00:00:00.000Z"},
        "containers": {"cna": {
            "title": "A gateway lets everybody in", "descriptions": [{"lang": "en", "value": "It does."}],
            "affected": affected, "references": [{"url": "https://example.org/gateway"}],
            "metrics": [{"cvssV3_1": {"version": "3.1", "baseScore": 9.8,
                                      "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}],
        } | cna},
    }  # fmt: skip


AN_OSV = f"""id: PYSEC-2026-1
modified: 2026-10-02T00:00:00Z
published: 2026-10-01T00:00:00Z
aliases:
- {CVE}
details: A parser reads beyond its end.
affected:
- package:
    ecosystem: PyPI
    name: example-dicom
    purl: pkg:pypi/example-dicom
  ranges:
  - type: ECOSYSTEM
    events:
    - introduced: "0"
    - fixed: 1.4.2
    - introduced: 2.0.0
    - fixed: 2.1.0
severity:
- type: CVSS_V3
  score: CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H
"""

_KEV_ENTRY = {
    "cveID": CVE, "vendorProject": "Example", "product": "Gateway", "vulnerabilityName": "Example Gateway Bypass",
    "dateAdded": "2026-10-05", "shortDescription": "Everybody gets in.", "requiredAction": "Update.",
    "dueDate": "2026-10-26", "knownRansomwareCampaignUse": "Known", "notes": "", "cwes": [],
}  # fmt: skip


def a_kev(*entries: dict[str, Any]) -> dict[str, Any]:
    """CISA's catalogue; an entry given changes the one of the example."""
    return {
        "title": "CISA Catalog of Known Exploited Vulnerabilities", "catalogVersion": "2026.10.05",
        "dateReleased": "2026-10-05T00:00:00.0000Z", "count": max(1, len(entries)),
        "vulnerabilities": [_KEV_ENTRY | entry for entry in entries or ({},)],
    }  # fmt: skip


def an_epss(*rows: str, day: str = "2026-10-05") -> bytes:
    """EPSS of a day, packed as it is published."""
    told = "\n".join(rows or (f"{CVE},0.94229,0.99918",))
    return gzip.compress(
        f"#model_version:v2026.03.14,score_date:{day}T00:00:00+0000\ncve,epss,percentile\n{told}\n".encode()
    )


def as_upload() -> SimpleUploadedFile:
    """The example advisory as somebody uploads it."""
    return SimpleUploadedFile("ex.json", as_bytes(a_csaf()))


def import_documents(*documents: tuple[str, bytes], now: datetime) -> ImportRun:
    """Takes documents in as the command line does."""
    run = services.begin_import("example", by=None, now=now)
    return services.carry_out(run, [of_bytes(raw, name=name) for name, raw in documents], now=now)


def an_advisory(*, now: datetime, **tracking: str) -> Advisory:
    """The example advisory, taken in."""
    run = import_documents(("ex.json", as_bytes(a_csaf(**tracking))), now=now)
    named = tracking.get("id", "EX-26-001")
    return Advisory.objects.filter(run=run).first() or Advisory.objects.get(identifier=named)


def a_text_to_read(*, now: datetime) -> VersionText:
    """A version text that the engine leaves to a person."""
    an_advisory(now=now)
    return VersionText.objects.get(text=UNREADABLE)


def write_folder(folder: Path, *documents: tuple[str, bytes]) -> Path:
    """Documents as files of a folder."""
    for name, raw in documents:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    return folder
