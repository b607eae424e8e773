"""Real names of products: those committed with the engine, and those of public records beside the clone."""

import itertools
import json
import random
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from sonae_engine.exposure.aliases import published
from sonae_engine.exposure.names import vendors_in
from sonae_engine.exposure.testing import Entry
from sonae_engine.exposure.testing_products import CATALOGUE
from sonae_engine.exposure.testing_public import INDUSTRIAL, MEDICAL, PublicData, cpe_matches

ROOT = Path(__file__).resolve().parent.parent.parent
TESTS = ROOT / "packages/engine/tests/exposure"
PUBLIC = ROOT.parent / "shared/data/vuln"
MOST_OF_NVD = 6_000
NOBODY = frozenset({"", "n/a", "unknown", "unspecified", "multiple", "various"})


def truth_pairs() -> Iterator[dict]:
    """Pairs that were labelled by hand."""
    for name in ("truth_products.toml", "truth_products_further.toml"):
        yield from tomllib.loads((TESTS / name).read_text("utf-8"))["pairs"]


def truth_ranges() -> list[dict]:
    """Strings about versions that were labelled by hand; the first line of the file says how they were drawn."""
    return [json.loads(line) for line in (TESTS / "truth_ranges.jsonl").read_text("utf-8").splitlines()[1:]]


def catalogue(chance: random.Random) -> tuple[list[Entry], str]:
    """Entries, the frequent first, and where their names are from."""
    found = {(entry.vendor, entry.product): entry for entry in CATALOGUE}
    for pair in truth_pairs():
        vendor, product = pair["a"]
        also = (f"{pair['l'][1]} {pair['l'][2]}".strip(),) if pair["is"] == "same" else ()
        found.setdefault((vendor, product), Entry(vendor, product, (pair["l"][0],) if also else (), also))
    source = f"{len(found):,} names committed with the engine"
    if PUBLIC.is_dir():
        before = len(found)
        for vendor, product in public_names(PublicData(PUBLIC)):
            if vendor.casefold() not in NOBODY and product.casefold() not in NOBODY:
                found.setdefault((vendor, product), Entry(vendor, product, makers_of(vendor)))
        source += f", {len(found) - before:,} of public records beside the clone"
    # What many have is by a maker that the tables know, more often than not.
    ranked = sorted(found.values(), key=lambda entry: chance.random() * (0.3 if makers_of(entry.vendor) else 1))
    return ranked, source


def public_names(public: PublicData) -> Iterator[tuple[str, str]]:
    """Vendors and products of CISA, CVE and KEV as published, of NVD as its CPEs spell them."""
    yield from sorted(set(public.csaf_names(MEDICAL)) | set(public.csaf_names(INDUSTRIAL)))
    yield from sorted(set(public.cve5_names()) | set(public.kev_names()))
    yield from itertools.islice(dict.fromkeys(_nvd_names(public)), MOST_OF_NVD)


def _nvd_names(public: PublicData) -> Iterator[tuple[str, str]]:
    for item in public.nvd_items():
        for match in cpe_matches(item):
            vendor, product = match["cpe23Uri"].split(":")[3:5]
            yield _words(vendor), _words(product)


def _words(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text).replace("_", " ")


def makers_of(vendor: str) -> tuple[str, ...]:
    """Under which names the tables of aliases know a vendor."""
    aliases = published()
    return tuple(itertools.chain.from_iterable(aliases.names_of.get(one, ()) for one in vendors_in(vendor, aliases)))


def version_texts() -> tuple[list[str], str]:
    """Real texts about versions that can be read, and where they are from."""
    texts: Iterable[str] = (row["text"] for row in truth_ranges() if row["means"] not in (["unreadable"], ["none"]))
    if not PUBLIC.is_dir():
        return sorted(set(texts)), "labelled by hand"
    public = PublicData(PUBLIC)
    more = itertools.chain(public.csaf_versions(MEDICAL), public.csaf_versions(INDUSTRIAL), public.myjvn_versions())
    return sorted({*texts, *more}), "labelled by hand, and of the public records"
