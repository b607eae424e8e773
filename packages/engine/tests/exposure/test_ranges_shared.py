"""Every version string of the public advisories beside the clone: how many are read, and which are left."""

import json
import sys
from pathlib import Path

import pytest

from sonae_engine.exposure.testing_public import INDUSTRIAL, MEDICAL, PublicData
from sonae_engine.exposure.testing_ranges import shares_read

FOLDER = Path(__file__).parents[5] / "shared" / "data" / "vuln"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the public data does not lie in ../shared"),
]


def test_real_version_strings_are_read(artefacts):
    public = PublicData(FOLDER)
    industrial, cve5, myjvn = (
        list(public.csaf_versions(INDUSTRIAL)),
        list(public.cve5_versions()),
        list(public.myjvn_versions()),
    )
    sources = {
        "medical": list(public.csaf_versions(MEDICAL)),
        "general": [*industrial, *cve5, *myjvn],
        "CISA ICSA": industrial,
        "CVE 5": cve5,
        "MyJVN": myjvn,
        "NVD 2018 (ends of ranges)": list(public.nvd_versions()),
        "OSV PyPA (ends of ranges)": list(public.osv_versions()),
    }
    left: dict[str, tuple[tuple[str, str, str], ...]] = {}
    once = {}
    figures: list[str] = []
    for name, found in sources.items():
        shares = shares_read(found)
        left[name], once[name] = shares.left, shares.once
        figures.append(f"{name}: {len(found)} strings, {len(set(found))} different, {dict(shares.sorts)}")
        figures.append(f"    read {shares.once:.4f} of the different, {shares.weighed:.4f} as often as they stand")
    sys.stdout.write("\n".join(figures) + "\n")
    (artefacts / "ranges-figures.txt").write_text("\n".join(figures) + "\n", "utf-8")
    lines = (json.dumps([name, *row], ensure_ascii=False) for name, rows in left.items() for row in rows)
    (artefacts / "ranges-not-read.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    assert once["general"] >= 0.95
    assert once["medical"] >= 0.85
    assert once["CISA ICSA"] >= 0.95
    assert len(set(sources["MyJVN"])) > 20
    assert once["MyJVN"] == 1
