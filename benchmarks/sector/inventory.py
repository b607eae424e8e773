"""A made-up sector: institutions with components of real names, and advisories about them. Seeded, nothing real.

Few products are at almost every institution and most are at few (a law of Zipf). Three rows of four were written by a
program, as the publisher spells the product; one was typed by somebody, with the slips people make, and an institution
always types a product the same way.
"""

import json
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sonae_engine.exposure.scale import LEDGER, Statement
from sonae_engine.exposure.scale.vocabulary import identifiers_text
from sonae_engine.exposure.testing import Entry, typed
from sonae_engine.exposure.vocabulary import Identifiers
from sonae_engine.hunt import duck

SYNTHETIC = "synthetic"
TYPED = 0.25
SPELLINGS = 600  # of the most frequent product
WITH_IDENTIFIERS = 0.2  # of the products, where a program wrote the row
PHRASES = (
    *("< {}", "<= {}", "{} and earlier", "prior to {}", "versions {} through {}", "{} - {}", "{}"),
    *("{} より前のバージョン", "Ver.{} およびそれ以前", "{} から {} まで", "{} 未満", "all versions before {}"),
)


@dataclass(frozen=True)
class Sector:
    """What was made, and how large it is."""

    entries: Sequence[Entry]
    versions: Sequence[Sequence[str]]
    institutions: int
    components: int


def versions_of(chance: random.Random) -> list[str]:
    """The versions of a product that are in use, the oldest last."""
    major, count = chance.randrange(1, 14), min(24, 2 + int(chance.expovariate(0.2)))
    found = [f"{major + at // 5}.{at % 5}.{chance.randrange(12)}" for at in range(count)]
    return found[::-1]


def make(entries: Sequence[Entry], folder: Path, *, institutions: int, components: int, seed: int) -> Sector:
    """Write `full.parquet` and `half.parquet`, ledgers with all of the components and with every other one."""
    chance = random.Random(seed)
    versions = [versions_of(chance) for _ in entries]
    scale = components / 16_000_000
    _lines(folder / "spellings.json", _spellings(entries, chance, scale))
    _lines(
        folder / "versions.json",
        ({"rank": r, "v": v, "version": text} for r, of in enumerate(versions) for v, text in enumerate(of)),
    )
    counts = zip(*(_counts(entries, versions, scale)), strict=True)
    _lines(folder / "counts.json", ({"rank": r, "typed": t, "versions": v} for r, (t, v) in enumerate(counts)))
    with duck.connection(folders=[folder], scratch=folder, memory="2GB") as opened:
        for name in ("spellings", "versions", "counts"):
            opened.execute(
                f"CREATE TEMP TABLE {name} AS FROM read_json('{folder}/{name}.json', format = 'newline_delimited')"
            )
        opened.execute(f"CREATE MACRO u(i, salt) AS hash(i, salt, {seed}) / 18446744073709551616.0")
        query = _ROWS.format(components=components, institutions=institutions, products=len(entries), typed=TYPED)
        for name, where in (("full", "true"), ("half", "i % 2 = 0")):
            rows = f"SELECT {', '.join(LEDGER)} FROM ({query.format(where=where)})"  # noqa: S608 - our own words
            opened.execute(f"COPY ({rows}) TO '{folder}/{name}.parquet' (FORMAT parquet, COMPRESSION zstd)")
    return Sector(entries, versions, institutions, components)


# Large institutions have more components than small ones; every draw hangs on the number of the row alone.
_ROWS = """
SELECT institution, 'synthetic-' || i AS component, maker, product, model, version, identifiers
FROM (
    SELECT i, institution, rank, CASE WHEN u(i, 't') < {typed} AND counts.typed > 0
        THEN 1 + (hash(institution, rank) % counts.typed)::INTEGER ELSE 0 END AS k,
        floor(counts.versions * pow(u(i, 'v'), 2))::INTEGER AS v
    FROM (
        SELECT i, floor({institutions} * pow(u(i, 'i'), 1.3))::BIGINT AS institution,
            least({products} - 1, floor(pow({products} + 1, u(i, 'p')))::INTEGER - 1) AS rank
        FROM range({components}) AS r(i) WHERE {{where}}
    ) JOIN counts USING (rank)
) JOIN spellings USING (rank, k) JOIN versions USING (rank, v)
"""


def _typed_count(rank: int, scale: float) -> int:
    return max(2, int(SPELLINGS * math.sqrt(min(1, scale)) / (rank + 1) ** 0.45))


def _counts(entries: Sequence[Entry], versions: Sequence[Sequence[str]], scale: float) -> tuple[list[int], list[int]]:
    return [_typed_count(rank, scale) for rank in range(len(entries))], [len(of) for of in versions]


def _spellings(entries: Sequence[Entry], chance: random.Random, scale: float) -> Iterator[dict[str, Any]]:
    for rank, entry in enumerate(entries):
        known = _identifiers(entry) if chance.random() < WITH_IDENTIFIERS else ""
        published = {"maker": entry.vendor, "product": entry.product, "model": "", "identifiers": known}
        yield {"rank": rank, "k": 0, **published}
        for k in range(_typed_count(rank, scale)):
            row = typed(entry, "", chance)
            words = {"maker": row.maker, "product": row.product, "model": row.model, "identifiers": ""}
            yield {"rank": rank, "k": k + 1, **words}


def _identifiers(entry: Entry) -> str:
    vendor, product = (
        text.casefold().replace(" ", "_").replace(":", "") or "-" for text in (entry.vendor, entry.product)
    )
    return identifiers_text(Identifiers(cpes=(f"cpe:/a:{vendor}:{product}",)))


def advisories(
    sector: Sector, count: int, *, texts: Sequence[str], seed: int, prefix: str = SYNTHETIC
) -> Iterator[Statement]:
    """Advisories: one in four about what many have, the others about anything; one text in three is a real one."""
    chance = random.Random(seed)
    for number in range(count):
        for place in range(chance.choice((1, 1, 1, 1, 1, 1, 1, 2, 2, 4))):
            often = int(len(sector.entries) ** chance.random()) - 1
            rank = often if chance.random() < 1 / 4 else chance.randrange(len(sector.entries))
            entry = sector.entries[rank]
            text = chance.choice(texts) if chance.random() < 1 / 3 else _phrase(sector.versions[rank], chance)
            yield Statement(
                f"{prefix}-{number}-{place}", f"{prefix}-{number}", entry.vendor, entry.product, versions=(text,)
            )


def _phrase(versions: Sequence[str], chance: random.Random) -> str:
    """A range whose ends are of the older half of what is in use: the newest is seldom what an advisory means."""
    drawn = (chance.randrange(len(versions) // 2, len(versions)) for _ in range(2))
    older, newer = (versions[at] for at in sorted(drawn, reverse=True))
    phrase = chance.choice(PHRASES)
    return phrase.format(older, newer) if phrase.count("{}") == 2 else phrase.format(newer)


def _lines(file: Path, rows: Iterator[dict[str, Any]]) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
