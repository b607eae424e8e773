"""What is read of any folder of CSAF documents: documents, products, texts about versions; and what is not."""

import io
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from sonae_engine.exposure import csaf
from sonae_engine.exposure.aliases import published
from sonae_engine.exposure.names import read_product
from sonae_engine.exposure.testing_ranges import shares_read
from sonae_engine.exposure.vocabulary import Product

MOST_BYTES = 64 * 1024 * 1024
SHOWN = 10


def files_below(folder: Path) -> Iterator[Path]:
    """Every `.json`, in order; links are not followed, what is no file is passed over."""
    for place, folders, found in os.walk(folder):
        folders.sort()
        yield from (Path(place, name) for name in sorted(found) if name.casefold().endswith(".json"))


def read_file(file: Path) -> csaf.Document | str:
    """The document, or why it is none."""
    try:
        if not file.is_file() or file.is_symlink():
            return "no file"
        if file.stat().st_size > MOST_BYTES:
            return "larger than is read"
        return csaf.read_document(json.loads(file.read_bytes()))
    except OSError as refusal:
        return refusal.strerror or "not readable"
    except RecursionError:
        return "nested deeper than is read"
    except ValueError as refusal:  # no JSON, or in no encoding of JSON
        return str(refusal).split(":")[0][:80]


def report(folder: Path) -> dict[str, float | int | None]:
    """Print the figures of a folder; the same as one line for a program."""
    # Names of files and texts of others may hold what no encoding of the terminal knows.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    began = time.perf_counter()
    counts: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    first: list[str] = []
    texts: list[str] = []
    named: set[tuple[str, str]] = set()
    for file in files_below(folder):
        counts["files"] += 1
        found = read_file(file)
        if isinstance(found, str) or not found.is_read:
            why = found if isinstance(found, str) else found.faults[0].fault
            counts["refused"] += 1
            refused[why] += 1
            first.append(f"{file.relative_to(folder)}: {why}")
            continue
        counts["read"] += 1
        counts["faulty"] += bool(found.faults)
        faults.update(each.fault for each in found.faults)
        counts["statements"] += len(found.said)
        counts["affected"] += sum(each.status is csaf.Status.AFFECTED for each in found.said)
        texts += [each.versions for each in found.said if each.versions]
        named |= {(each.vendor, each.product) for each in found.said}
    print(f"{counts['files']:,} files of JSON below {folder}, {time.perf_counter() - began:.1f} s")
    print(f"documents read {counts['read']:,}, of them with faults {counts['faulty']:,}; refused {counts['refused']:,}")
    _show("why refused", refused.most_common(), first)
    _show("faults", faults.most_common(), [])
    return _report_products(counts, texts, named)


def _report_products(
    counts: Counter[str], texts: list[str], named: set[tuple[str, str]]
) -> dict[str, float | int | None]:
    shares = shares_read(texts)
    aliases = published()
    silent = [name for name in sorted(named) if not read_product(Product("", *name), aliases).readings]
    print(f"statements about products {counts['statements']:,}, of them affected {counts['affected']:,}")
    print(f"different products {len(named):,}, of which no word names anything {len(silent):,}")
    different = len(set(texts))
    print(f"texts about versions {len(texts):,}, different {different:,}: {dict(shares.sorts)}")
    if texts:
        print(f"read {shares.once:.4f} of the different, {shares.weighed:.4f} as often as they stand")
    _show("not read", [], [f"{text[:100]!r}: {fault} at {part[:60]!r}" for text, fault, part in shares.left])
    return {
        "documents": counts["files"], "read": counts["read"], "faulty": counts["faulty"], "refused": counts["refused"],
        "statements": counts["statements"], "texts": different, "ranges_read": round(shares.once, 4) if texts else None,
    }  # fmt: skip


def _show(title: str, often: list[tuple[str, int]], first: list[str]) -> None:
    if often or first:
        print(f"{title}: " + ", ".join(f"{why} {count:,}" for why, count in often))
    for line in first[:SHOWN]:
        print(f"    {line}")
    if len(first) > SHOWN:
        print(f"    and {len(first) - SHOWN:,} more")
