"""cve-bin-tool beside us: the same bills of material, the same records of NVD, in the same run.

Its database is made of these records by its own schema, as it would else fetch them; neither side uses the network
while it is measured. Where it cannot be had, or no public records lie beside the clone, this is said.
"""

import json
import os
import subprocess
import sys
import tarfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sector.names import PUBLIC

from sonae_engine.exposure.scale import Index, Statement, write_ledger
from sonae_engine.exposure.testing_public import PublicData, cpe_matches
from sonae_engine.exposure.vocabulary import Answer, Component, Covered, Identifiers

WANTED = "cve-bin-tool==3.4"
FILLER = Path(__file__).with_name("fill_cve_bin_tool.py")
BILLS = PUBLIC.parent / "sbom_assets"
MOST_BILLS = 8
LONGEST_SECONDS = 300

type Finding = tuple[str, str, str, str]


def compare(folder: Path, *, quick: bool) -> None:
    """Print time and findings of both, or why there is nothing to compare."""
    print("\ncve-bin-tool on the same bills of material:")
    if not (PUBLIC.is_dir() and BILLS.is_dir()):
        print("null: no public records and bills of material lie beside this clone")
        return
    python = _environment(install=not quick)
    if isinstance(python, str):
        print(f"null: {python}")
        return
    bills = write_bills(folder / "bills")[: 1 if quick else MOST_BILLS]
    records = list(nvd_records())
    ours, ours_s, prepared_s = by_us(folder, bills, records)
    theirs = by_them(folder, python, bills, records)
    if isinstance(theirs, str):
        print(f"null: {theirs}")
        return
    found, seconds, filled_s = theirs
    components = sum(len(components_of(bill)) for bill in bills)
    both = ours & found
    print(f"{len(bills)} bills, {components:,} components, {len({one['cve'] for one in records}):,} records of NVD")
    print(f"{'':<14}{'prepared s':>12}{'bills s':>10}{'findings':>10}{'alone':>8}")
    print(f"{'sonae':<14}{prepared_s:>12.1f}{ours_s:>10.2f}{len(ours):>10,}{len(ours - both):>8,}")
    print(f"{WANTED.replace('==', ' '):<14}{filled_s:>12.1f}{seconds:>10.2f}{len(found):>10,}{len(found - both):>8,}")
    for title, only in (("only sonae", ours - both), ("only the other", found - both)):
        print(f"{title}: " + "; ".join(" ".join(one[1:]) for one in sorted(only)[:4]))


def _environment(*, install: bool) -> Path | str:
    """Its Python, in an environment of its own that is kept in the user's cache; why not, where there is none."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = cache / "sonae-bench" / WANTED.replace("==", "-")
    python = folder / "bin/python"
    if python.exists():
        return python
    if not install:
        return "it is not installed yet; the run at full size installs it"
    aside = folder.with_name(f"{folder.name}-{os.getpid()}")
    quiet: dict[str, Any] = {
        "timeout": LONGEST_SECONDS,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    try:
        subprocess.run([sys.executable, "-m", "venv", aside], check=True, **quiet)
        subprocess.run([aside / "bin/python", "-m", "pip", "install", "--quiet", WANTED], check=True, **quiet)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return f"{WANTED} could not be installed; is there a network?"
    # Programs in it name the folder they were installed into: it is used as a Python only.
    aside.rename(folder)
    return python


def write_bills(folder: Path) -> list[Path]:
    """CycloneDX documents with components that have versions, the longest first."""
    folder.mkdir()
    found: list[Path] = []
    with tarfile.open(BILLS / "cyclonedx/bom-examples-A.tar.gz") as archive:
        for member in archive:
            content = archive.extractfile(member) if member.name.endswith(".json") else None
            if content is not None:
                file = folder / member.name.replace("/", "-")
                file.write_bytes(content.read())
                found.append(file)
    medical = folder / "medical-device.json"
    medical.write_bytes((BILLS / "medical-device/narrow.sbom.json").read_bytes())
    found.sort(key=lambda file: -len(components_of(file)))
    return [file for file in [medical, *found] if components_of(file)]


def components_of(bill: Path) -> list[dict[str, Any]]:
    """The components that have a version."""
    try:
        read = json.loads(bill.read_bytes())
    except ValueError:
        return []
    listed = read.get("components", []) if isinstance(read, dict) else []
    return [one for one in listed if one.get("name") and one.get("version")]


def nvd_records() -> Iterator[dict[str, Any]]:
    """What each record says is vulnerable, a row for each CPE."""
    for item in PublicData(PUBLIC).nvd_items():
        impact = item.get("impact", {}).get("baseMetricV3", {}).get("cvssV3", {})
        for match in cpe_matches(item):
            pieces = match["cpe23Uri"].split(":")
            if match.get("vulnerable") and len(pieces) == 13:
                yield {
                    "cve": item["cve"]["CVE_data_meta"]["ID"], "cpe": match["cpe23Uri"], "vendor": pieces[3],
                    "product": pieces[4], "version": pieces[5], "severity": impact.get("baseSeverity", "unknown"),
                    "score": impact.get("baseScore", 0),
                    **{end: match.get(end, "") for end in ENDS},
                }  # fmt: skip


ENDS = {
    "versionStartIncluding": ">=",
    "versionStartExcluding": ">",
    "versionEndIncluding": "<=",
    "versionEndExcluding": "<",
}


def by_us(folder: Path, bills: list[Path], records: list[dict[str, Any]]) -> tuple[set[Finding], float, float]:
    """What we find, the seconds for the bills, and the seconds for what is prepared once."""
    rows = [
        (at, _component(one, f"{place}"))
        for at, bill in enumerate(bills)
        for place, one in enumerate(components_of(bill))
    ]
    write_ledger(folder / "bills.parquet", rows)
    named = {(at, row.key): row for at, row in rows}
    index = Index(folder / "index-bills", workers=2)
    began = time.perf_counter()
    index.put_advisories(_statements(records))
    prepared = time.perf_counter()
    index.put_ledger(folder / "bills.parquet")
    found = set()
    for at, match in index.matches(sorted({one["cve"] for one in records})):
        if match.verdict.answer is Answer.SAME and match.covered is Covered.YES:
            row = named[at, match.component]
            found.add((bills[at].name, row.product, row.version, match.product.split("|")[0]))
    return found, time.perf_counter() - prepared, prepared - began


def _component(one: dict[str, Any], key: str) -> Component:
    # The last word of a group is whose it is: com.h2database.
    maker = one.get("publisher") or (one.get("group") or "").rpartition(".")[2]
    cpes, purls = ((text,) if (text := one.get(kind)) else () for kind in ("cpe", "purl"))
    return Component(key, maker, one["name"], "", one["version"], Identifiers(cpes=cpes, purls=purls))


def _statements(records: list[dict[str, Any]]) -> Iterator[Statement]:
    held: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    for one in records:
        held[one["cve"], one["vendor"], one["product"]].setdefault(_range(one), one["cpe"])
    for (cve, vendor, product), ranges in held.items():
        words = (vendor.replace("_", " "), product.replace("_", " "))
        cpes = Identifiers(cpes=(next(iter(ranges.values())),))
        yield Statement(f"{cve}|{vendor}|{product}", cve, *words, cpes, tuple(ranges))


def _range(one: dict[str, Any]) -> str:
    ends = [f"{sign}{one[end]}" for end, sign in ENDS.items() if one[end]]
    if ends:
        return f"vers:generic/{'|'.join(ends)}"
    return "vers:all/*" if one["version"] in ("*", "-") else one["version"].replace("\\", "")


def by_them(
    folder: Path, python: Path, bills: list[Path], records: list[dict[str, Any]]
) -> tuple[set[Finding], float, float] | str:
    """What it finds, the seconds for the bills, one process each, and the seconds in which its database was filled."""
    home, lines = folder / "home", folder / "records.json"
    home.mkdir()
    lines.write_text("".join(json.dumps(one) + "\n" for one in records), "utf-8")
    surroundings = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    began = time.perf_counter()
    filled = subprocess.run([python, FILLER, lines], env=surroundings, capture_output=True, text=True, check=False)
    if filled.returncode:
        return f"its database could not be filled: {filled.stderr.strip().splitlines()[-1:]}"
    filled_s = time.perf_counter() - began
    found: set[Finding] = set()
    began = time.perf_counter()
    for bill in bills:
        out = folder / "found.json"
        out.unlink(missing_ok=True)
        options = ["--offline", "--disable-version-check", "--format", "json", "--output-file", str(out)]
        command = [python, "-m", "cve_bin_tool.cli", *options, "--sbom", "cyclonedx", "--sbom-file", str(bill)]
        # It ends with the number of findings, or a number for what went wrong; what counts is what it wrote.
        ran = subprocess.run(
            command, env=surroundings, cwd=folder, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False
        )
        if not out.exists() and ran.returncode not in (0, 1):
            return f"it did not read {bill.name}: {(ran.stderr or ran.stdout).strip().splitlines()[-1:]}"
        if out.exists():
            found |= {
                (bill.name, one["product"], one["version"], one["cve_number"]) for one in json.loads(out.read_bytes())
            }
    return {one for one in found if one[3].startswith("CVE-")}, time.perf_counter() - began, filled_s
