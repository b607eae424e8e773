"""Every version string of the public advisories beside the clone: how many are read, and which are left."""

import gzip
import json
import re
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sonae_engine.exposure.ranges import Certainty, read

FOLDER = Path(__file__).parents[5] / "shared" / "data" / "vuln"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the public data does not lie in ../shared"),
]


def members(name: str) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(FOLDER / name) as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is not None:
                yield member.name, content.read()


def csaf(name: str) -> Iterator[str]:
    def walked(branch: dict) -> Iterator[str]:
        for below in branch.get("branches", []):
            if below["category"] in {"product_version", "product_version_range"}:
                yield below["name"]
            yield from walked(below)

    for _, content in members(name):
        yield from walked(json.loads(content).get("product_tree", {}))


def cve5() -> Iterator[str]:
    for _, content in members("cve5/vulnrichment-2023-and-older-sample.tar.gz"):
        containers = json.loads(content)["containers"]
        for container in (containers.get("cna", {}), *containers.get("adp", [])):
            for affected in container.get("affected", []):
                for version in affected.get("versions", []):
                    for key in ("version", "lessThan", "lessThanOrEqual"):
                        if key in version:
                            yield version[key]


def myjvn() -> Iterator[str]:
    for name, content in members("jvn/myjvn-examples.tar.gz"):
        if name.endswith("detail_hnd.xml"):
            yield from re.findall(r"<VersionNumber>([^<]*)</VersionNumber>", content.decode())
        elif "getVulnDetailInfo_oka_" in name:
            yield from re.findall(r'"description"\s*:\s*"((?:バージョン|for )[^"]*)"', content.decode("utf-8-sig"))


def nvd() -> Iterator[str]:
    def ends(node: dict) -> Iterator[str]:
        for match in node.get("cpe_match", []):
            yield from (str(value) for key, value in match.items() if key.startswith("version"))
        for child in node.get("children", []):
            yield from ends(child)

    with gzip.open(FOLDER / "nvd/nvdcve-1.1-2018.json.gz") as feed:
        for item in json.load(feed)["CVE_Items"]:
            for node in item.get("configurations", {}).get("nodes", []):
                yield from ends(node)


def osv() -> Iterator[str]:
    for name, content in members("osv/pypa-advisory-db.tar.gz"):
        if name.endswith((".yaml", ".yml")):
            yield from re.findall(r"(?:introduced|fixed|last_affected):\s*[\"']?([^\s\"']+)", content.decode())


def share_read(found: list[str]) -> tuple[float, float, Counter[str], list[tuple[str, str, str]]]:
    """Of the texts that state something: the share read (each once; as often as it stands), and the texts left."""
    often = Counter(found)
    readings = {text: read(text) for text in often}
    stating = {text: each for text, each in readings.items() if each.certainty is not Certainty.NOTHING_STATED}
    left = {text: each for text, each in stating.items() if each.certainty is Certainty.UNREADABLE}
    once = 1 - len(left) / len(stating)
    weighed = 1 - sum(often[text] for text in left) / sum(often[text] for text in stating)
    sorts = Counter(str(each.certainty) for each in readings.values())
    return once, weighed, sorts, [(text, str(each.unread[0].fault), each.unread[0].part) for text, each in left.items()]


def test_real_version_strings_are_read(artefacts):
    sources = {
        "medical": list(csaf("csaf/cisa-icsma-2017-2022.tar.gz")),
        "general": [*csaf("csaf/cisa-icsa-2017-2022-sample.tar.gz"), *cve5(), *myjvn()],
        "CISA ICSA": list(csaf("csaf/cisa-icsa-2017-2022-sample.tar.gz")),
        "CVE 5": list(cve5()),
        "MyJVN": list(myjvn()),
        "NVD 2018 (ends of ranges)": list(nvd()),
        "OSV PyPA (ends of ranges)": list(osv()),
    }
    left: dict[str, list[tuple[str, str, str]]] = {}
    shares = {}
    figures: list[str] = []
    for name, found in sources.items():
        once, weighed, sorts, left[name] = share_read(found)
        shares[name] = once
        figures.append(f"{name}: {len(found)} strings, {len(set(found))} different, {dict(sorts)}")
        figures.append(f"    read {once:.4f} of the different, {weighed:.4f} as often as they stand")
    sys.stdout.write("\n".join(figures) + "\n")
    (artefacts / "ranges-figures.txt").write_text("\n".join(figures) + "\n", "utf-8")
    lines = (json.dumps([name, *row], ensure_ascii=False) for name, rows in left.items() for row in rows)
    (artefacts / "ranges-not-read.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    assert shares["general"] >= 0.95
    assert shares["medical"] >= 0.85
    assert shares["CISA ICSA"] >= 0.95
    assert len(set(sources["MyJVN"])) > 20
    assert shares["MyJVN"] == 1
