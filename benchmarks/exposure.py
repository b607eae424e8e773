"""Exposure of a sector: 16 million components at 8,000 institutions against 50,000 advisories, on two cores.

    ./sonae bench exposure [--quick] [--csaf DIR]

The sector is made up of real product names with the slips people make, and marked synthetic; see sector/inventory.py.
The whole is matched in a process of its own, whose memory and that of its helpers is watched from outside. Then new
advisories come one by one. Beside it, in the same run, cve-bin-tool looks at the same bills of material with the same
records of NVD; where it cannot be had, this is said. --csaf prints what is read of a folder of CSAF documents, only.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sector import documents, inventory, names, peer

from sonae_engine.exposure import testing
from sonae_engine.exposure.scale import Index, Statement, write_ledger
from sonae_engine.exposure.testing_products import CATALOGUE
from sonae_engine.exposure.testing_public import INDUSTRIAL, MEDICAL, PublicData
from sonae_engine.exposure.testing_ranges import judged, shares_read
from tools import measuring

COMPONENTS, INSTITUTIONS, ADVISORIES = 16_000_000, 8_000, 50_000
SEED = 20261130
NEW = 5  # advisories that come one by one
LEDGER_ROWS = 5_000
WORKERS = 2
KEYS = (
    "advisory_to_institutions_s", "full_rematch_s", "peak_rss_gb", "doubling_ratio", "ranges_read_general",
    "ranges_read_medical", "range_precision", "match_precision", "match_recall",
)  # fmt: skip


# --- the sector, each step in a process of its own -----------------------------------------------------------------


def rematch(folder: Path, ledger: str) -> dict[str, Any]:
    """Everything from nothing: advisories and ledgers taken, all names judged, every exposure written."""
    statements = read_statements(folder / "advisories.json")
    index = Index(folder / f"index-{ledger}", memory="1500MB", workers=WORKERS)
    steps = []
    began = time.perf_counter()
    index.put_advisories(statements)
    steps.append(time.perf_counter() - began)
    index.put_ledger(folder / f"{ledger}.parquet")
    steps.append(time.perf_counter() - began)
    rows = index.write_exposures(folder / f"exposures-{ledger}")
    steps.append(time.perf_counter() - began)
    computed = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {"seconds": steps[-1], "cpu_s": computed, "until": [round(step, 1) for step in steps], "exposures": rows}


def arrive(folder: Path, _ledger: str) -> dict[str, Any]:
    """New advisories one by one, each until the list of institutions is there; and a ledger that changed."""
    index = Index(folder / "index-full", memory="1500MB", workers=1)
    seconds, lists = [], []
    for number, statement in enumerate(read_statements(folder / "new.json")):
        began = time.perf_counter()
        index.put_advisories([statement])
        found = index.concerned([statement.advisory])
        seconds.append(time.perf_counter() - began)
        lists.append((number, f"{statement.vendor} {statement.product}"[:40], len(found)))
    began = time.perf_counter()
    index.put_ledger(folder / "changed.parquet")
    return {"seconds": seconds, "lists": lists, "ledger_s": time.perf_counter() - began}


STEPS = {"rematch": rematch, "arrive": arrive}


def step(name: str, folder: Path, ledger: str) -> dict[str, Any]:
    """One step as a process that is watched: what it answers, and the most that it and its helpers held at once."""
    command = [sys.executable, __file__, "--step", name, "--folder", str(folder), "--ledger", ledger]
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        watched = measuring.Server(child.pid, "")
        while child.poll() is None:
            try:
                peak = max(peak, watched.memory_mb())
            except OSError:
                continue  # one of its helpers has just ended
            finally:
                time.sleep(0.1)
        assert child.stdout is not None
        said = child.stdout.read()
    assert child.returncode == 0, f"{name} ended with {child.returncode}"
    answer: dict[str, Any] = json.loads(said.splitlines()[-1])
    return answer | {"peak_gb": peak / 1_024, "load": os.getloadavg()[0]}


def read_statements(file: Path) -> list[Statement]:
    return [
        Statement(one["key"], one["advisory"], one["vendor"], one["product"], versions=tuple(one["versions"]))
        for one in map(json.loads, file.read_text("utf-8").splitlines())
    ]


def write_statements(file: Path, statements: list[Statement]) -> None:
    with file.open("w", encoding="utf-8") as out:
        for one in statements:
            row = {name: getattr(one, name) for name in ("key", "advisory", "vendor", "product", "versions")}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def sector(folder: Path, part: int) -> dict[str, float]:
    """The figures of the made-up sector."""
    entries, source = names.catalogue(random.Random(SEED))
    texts, text_source = names.version_texts()
    began = time.perf_counter()
    made = inventory.make(entries, folder, institutions=INSTITUTIONS // part, components=COMPONENTS // part, seed=SEED)
    known = list(inventory.advisories(made, ADVISORIES // part, texts=texts, seed=SEED))
    new = [
        one
        for one in inventory.advisories(made, NEW, texts=texts, seed=SEED + 1, prefix="new")
        if one.key.endswith("-0")
    ]
    often = entries[0]
    new.append(Statement("new-x", "new-x", often.vendor, often.product, versions=("vers:all/*",)))
    write_statements(folder / "advisories.json", known)
    write_statements(folder / "new.json", new)
    write_ledger(folder / "changed.parquet", [(1, row) for row in testing.ledger(CATALOGUE, 2_000, seed=SEED)])
    print(f"made {made.components:,} components (synthetic) at {made.institutions:,} institutions, and {len(known):,}")
    print(f"products of {ADVISORIES // part:,} advisories, in {time.perf_counter() - began:.0f} s; {source};")
    print(f"texts about versions {text_source}\n")
    half, full = step("rematch", folder, "half"), step("rematch", folder, "full")
    arrived = step("arrive", folder, "full")
    ratio = full["seconds"] / half["seconds"]
    print(
        f"{'from nothing':<14}{'advisories s':>13}{'+ ledgers s':>13}{'+ exposures s':>15}{'exposures':>13}"
        f"{'peak GB':>9}{'CPU s':>8}{'load':>6}"
    )
    for name, found in (("half of it", half), ("all of it", full)):
        one, two, three = found["until"]
        print(
            f"{name:<14}{one:>13}{two:>13}{three:>15}{found['exposures']:>13,}{found['peak_gb']:>9.2f}{found['cpu_s']:>8.0f}{found['load']:>6.1f}"
        )
    print(f"\n{'a new advisory about':<42}{'institutions':>12}{'s':>8}")
    for (_, name, count), seconds in zip(arrived["lists"], arrived["seconds"], strict=True):
        print(f"{name:<42}{count:>12,}{seconds:>8.2f}")
    print(f"a ledger of 2,000 other rows in the place of one: {arrived['ledger_s']:.1f} s")
    return {
        "advisory_to_institutions_s": round(max(arrived["seconds"]), 3),
        "full_rematch_s": round(full["seconds"], 1),
        "peak_rss_gb": round(max(full["peak_gb"], arrived["peak_gb"]), 2),
        "doubling_ratio": round(ratio, 2),
    }


# --- how right it is -----------------------------------------------------------------------------------------------


def readings() -> dict[str, float]:
    """How many texts about versions are read, and how rightly."""
    rows = names.truth_ranges()
    found = judged(rows)
    if names.PUBLIC.is_dir():
        public = PublicData(names.PUBLIC)
        medical = list(public.csaf_versions(MEDICAL))
        general = [*public.csaf_versions(INDUSTRIAL), *public.cve5_versions(), *public.myjvn_versions()]
        source = "of the public records beside the clone"
    else:
        medical = [row["text"] for row in rows if row["source"] == "CISA ICSMA"]
        general = [row["text"] for row in rows if row["source"] != "CISA ICSMA"]
        source = "of those labelled by hand: no public records lie beside this clone"
    shares = {"general": shares_read(general).once, "medical": shares_read(medical).once}
    print(f"\ntexts about versions read, each different one once, {source}:")
    print(
        f"general {shares['general']:.4f} of {len(set(general)):,},"
        f" medical {shares['medical']:.4f} of {len(set(medical)):,}"
    )
    print(f"labelled by hand: {found.right} right, {len(found.wrong)} wrong, {found.missed} missed")
    return {
        "ranges_read_general": round(shares["general"], 4),
        "ranges_read_medical": round(shares["medical"], 4),
        "range_precision": round(found.precision, 4),
    }


def matching(folder: Path, count: int) -> dict[str, float]:
    """A ledger of real products with the slips people make, against advisories about all of them, by the index."""
    rows = testing.ledger(CATALOGUE, count, seed=SEED)
    write_ledger(folder / "typed.parquet", [(at % 50, row) for at, row in enumerate(rows)])
    index = Index(folder / "index-typed")
    index.put_ledger(folder / "typed.parquet")
    index.put_advisories(Statement(one.key, one.key, one.vendor, one.product) for one in testing.advisories(CATALOGUE))
    found = testing.figures([match for _, match in index.matches([str(at) for at in range(len(CATALOGUE))])], len(rows))
    print(f"\n{len(rows):,} typed rows of {len(CATALOGUE)} products that exclude one another: {found.right:,} found,")
    print(f"{found.wrong} wrong, {found.asked} asked rightly, {found.asked_in_vain} in vain")
    return {"match_precision": round(found.precision, 4), "match_recall": round(found.recall, 4)}


def main() -> None:
    """Reads the arguments; prints the tables, and the figures as the last line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    parser.add_argument("--csaf", type=Path, metavar="DIR", help="figures of the CSAF documents below a folder, only")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--ledger", default="full", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        print(json.dumps(STEPS[asked.step](asked.folder, asked.ledger)))
        return
    if asked.csaf:
        print(json.dumps(documents.report(asked.csaf)))
        return
    print(f"=== {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} ===")
    with tempfile.TemporaryDirectory(prefix="sonae-bench-") as name:
        folder = Path(name)
        figures = readings() | matching(folder, LEDGER_ROWS // (4 if asked.quick else 1))
        peer.compare(folder, quick=asked.quick)
        figures |= sector(folder, 10 if asked.quick else 1)
    print(json.dumps({key: figures[key] for key in KEYS}))


if __name__ == "__main__":
    main()
