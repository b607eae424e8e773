"""The public advisories that may lie beside a clone, for tests and figures: their version strings and product names."""

import gzip
import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

MEDICAL: Final = "csaf/cisa-icsma-2017-2022.tar.gz"
INDUSTRIAL: Final = "csaf/cisa-icsa-2017-2022-sample.tar.gz"
CVE5: Final = "cve5/vulnrichment-2023-and-older-sample.tar.gz"
NVD: Final = "nvd/nvdcve-1.1-2018.json.gz"
KEV: Final = "kev/known_exploited_vulnerabilities.json"


@dataclass(frozen=True, slots=True)
class PublicData:
    """A folder of public records, `vuln` of the shared data."""

    folder: Path

    def members(self, name: str) -> Iterator[tuple[str, bytes]]:
        """The files of an archive."""
        with tarfile.open(self.folder / name) as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content is not None:
                    yield member.name, content.read()

    def csaf_versions(self, name: str) -> Iterator[str]:
        """Names of versions and ranges of an archive of CSAF."""
        for _, content in self.members(name):
            for branch in _branches(json.loads(content).get("product_tree", {}), ""):
                if branch["category"] in {"product_version", "product_version_range"}:
                    yield branch["name"]

    def csaf_names(self, name: str) -> Iterator[tuple[str, str]]:
        """Vendors and products of an archive of CSAF."""
        for _, content in self.members(name):
            for branch in _branches(json.loads(content).get("product_tree", {}), ""):
                if branch["category"] == "product_name":
                    yield branch["vendor"], branch["name"]

    def cve5_versions(self) -> Iterator[str]:
        """Versions and ends of ranges of the CVE records."""
        for affected in self._cve5_affected():
            for version in affected.get("versions", []):
                yield from (version[key] for key in ("version", "lessThan", "lessThanOrEqual") if key in version)

    def cve5_names(self) -> Iterator[tuple[str, str]]:
        """Vendors and products of the CVE records."""
        for affected in self._cve5_affected():
            yield str(affected.get("vendor", "")), str(affected.get("product", ""))

    def _cve5_affected(self) -> Iterator[dict[str, Any]]:
        for _, content in self.members(CVE5):
            containers = json.loads(content)["containers"]
            for container in (containers.get("cna", {}), *containers.get("adp", [])):
                yield from container.get("affected", [])

    def kev_names(self) -> Iterator[tuple[str, str]]:
        """Vendors and products of the catalogue of what is exploited."""
        for entry in json.loads((self.folder / KEV).read_bytes())["vulnerabilities"]:
            yield entry["vendorProject"].strip(), entry["product"].strip()

    def nvd_items(self) -> Iterator[dict[str, Any]]:
        """The records of NVD of one year (feed 1.1)."""
        with gzip.open(self.folder / NVD) as feed:
            yield from json.load(feed)["CVE_Items"]

    def nvd_versions(self) -> Iterator[str]:
        """The ends of ranges in NVD."""
        for item in self.nvd_items():
            for match in cpe_matches(item):
                yield from (str(value) for key, value in match.items() if key.startswith("version"))

    def osv_versions(self) -> Iterator[str]:
        """The ends of ranges of the Python packages in OSV."""
        for name, content in self.members("osv/pypa-advisory-db.tar.gz"):
            if name.endswith((".yaml", ".yml")):
                yield from re.findall(r"(?:introduced|fixed|last_affected):\s*[\"']?([^\s\"']+)", content.decode())

    def myjvn_versions(self) -> Iterator[str]:
        """Versions of the examples of MyJVN, as Japanese writes them."""
        for name, content in self.members("jvn/myjvn-examples.tar.gz"):
            if name.endswith("detail_hnd.xml"):
                yield from re.findall(r"<VersionNumber>([^<]*)</VersionNumber>", content.decode())
            elif "getVulnDetailInfo_oka_" in name:
                yield from re.findall(r'"description"\s*:\s*"((?:バージョン|for )[^"]*)"', content.decode("utf-8-sig"))


def cpe_matches(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What of a record of NVD 1.1 names CPEs, in all its nodes."""
    waiting = list(item.get("configurations", {}).get("nodes", []))
    while waiting:
        node = waiting.pop()
        yield from node.get("cpe_match", [])
        waiting += node.get("children", [])


def _branches(tree: dict[str, Any], vendor: str) -> Iterator[dict[str, Any]]:
    for branch in tree.get("branches", []):
        own = branch["name"] if branch["category"] == "vendor" else vendor
        yield branch | {"vendor": own}
        yield from _branches(branch, own)
