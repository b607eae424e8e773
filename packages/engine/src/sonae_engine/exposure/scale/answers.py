"""Which components of whom an advisory means: joins over what was judged."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from sonae_engine.exposure.aliases import Aliases
from sonae_engine.exposure.scale import judgements
from sonae_engine.exposure.scale.intake import load

_encode: Final = msgspec.json.Encoder().encode
_SHARE_FROM: Final = 20_000

# Decided before, then identifiers, then names: as judging.judge asks. `asked` holds the subjects in question,
# `items_asked` the items.
_HITS: Final = """
CREATE TEMP TABLE hits AS
WITH told AS (
    SELECT subject, wording, same FROM learnt JOIN subjects USING (told) SEMI JOIN asked USING (subject)
    JOIN wordings USING (typed)
), met AS (FROM kit_hits SEMI JOIN asked USING (subject))
SELECT subject, item, 'same' AS answer, 'confirmed' AS reason, 1.0::DOUBLE AS confidence
FROM told JOIN items_asked USING (wording) WHERE same
UNION ALL
SELECT subject, item, 'same', met.reason, 1.0
FROM met JOIN items_asked USING (kit) ANTI JOIN told USING (subject, wording)
UNION ALL
SELECT subject, item, answer, reason, confidence
FROM judged SEMI JOIN asked USING (subject) JOIN wordings USING (thing) JOIN items_asked USING (wording)
ANTI JOIN met USING (subject, kit) ANTI JOIN told USING (subject, wording)
"""
_NEEDED: Final = """
SELECT DISTINCT scope, version FROM (SELECT DISTINCT subject, version FROM hits JOIN items USING (item))
JOIN (SELECT DISTINCT subject, scope FROM statements_now) USING (subject)
"""
# A component counts once for an advisory, however many of its statements mean it.
_FOUND: Final = """
CREATE OR REPLACE TEMP TABLE found AS
SELECT notice, item, bool_or(answer = 'same' AND within) AS certain
FROM hits JOIN items USING (item) JOIN statements_now USING (subject) JOIN covered USING (scope, version)
WHERE {where} GROUP BY notice, item
"""
EXPOSED: Final = """
SELECT notice, institution, count(*) FILTER (certain)::INTEGER AS certain,
    count(*) FILTER (NOT certain)::INTEGER AS uncertain
FROM rows_now JOIN found USING (item) GROUP BY notice, institution
"""


def find_hits(
    opened: Any,
    scratch: Path,
    aliases: Aliases,
    *,
    advisories: Collection[str] | None,
    workers: int,
    institutions: Collection[int] | None = None,
) -> None:
    """The tables `hits` (subject, item, what was judged) and `covered` (scope, version, within).

    Of these advisories, None: of all; in the ledgers of these institutions (then also in the table `whose`), None: of
    all.
    """
    if institutions is None:
        opened.execute("CREATE TEMP VIEW items_asked AS FROM items")
    else:
        _put(opened, scratch, "whose", "institution BIGINT", ({"institution": one} for one in set(institutions)))
        opened.execute("""CREATE TEMP TABLE items_asked AS
            FROM items SEMI JOIN (FROM rows_now SEMI JOIN whose USING (institution)) USING (item)""")
    if advisories is None:
        opened.execute("CREATE TEMP TABLE asked AS SELECT DISTINCT subject FROM statements_now")
    else:
        _put(opened, scratch, "chosen", "advisory VARCHAR", ({"advisory": one} for one in set(advisories)))
        opened.execute("""CREATE TEMP TABLE asked AS
            SELECT DISTINCT subject FROM statements_now SEMI JOIN chosen USING (advisory)""")
    _put(opened, scratch, "learnt", "told VARCHAR, typed VARCHAR, same BOOLEAN", _learnt(aliases.learnt))
    opened.execute(_HITS)
    _cover(opened, scratch, workers)


def find_items(opened: Any, *, where: str = "true") -> None:
    """The table `found`: the items of each notice whose version is or may be affected."""
    opened.execute(_FOUND.format(where=where))


def _cover(opened: Any, scratch: Path, workers: int) -> None:
    """Which of the needed versions each scope holds; every pair once."""
    opened.execute(f"CREATE TEMP TABLE needed AS {_NEEDED}")
    scopes = {
        scope: (tuple(msgspec.json.decode(versions)), product)
        for scope, versions, product in opened.execute("FROM scopes SEMI JOIN needed USING (scope)").fetchall()
    }
    pairs = opened.execute("SELECT scope, version FROM needed ORDER BY scope").fetchall()
    asked = [(scope, *scopes[scope], version) for scope, version in pairs]
    count = workers if len(asked) >= _SHARE_FROM else 1
    size = -(-len(asked) // count) or 1
    files = [scratch / f"covered-{at}.json" for at in range(count)]
    judgements.shared(judgements.cover_share, [asked[at * size : (at + 1) * size] for at in range(count)], files)
    load(opened, "covered", "scope INTEGER, version VARCHAR, within BOOLEAN", files)


def _put(opened: Any, scratch: Path, table: str, columns: str, rows: Iterable[Any]) -> None:
    file = scratch / f"{table}.json"
    with file.open("wb") as lines:
        lines.writelines(_encode(row) + b"\n" for row in rows)
    load(opened, table, columns, [file])


def _learnt(decided: Mapping[tuple[str, str, str, str], bool]) -> Iterator[dict[str, object]]:
    for (vendor, product, maker, typed), same in decided.items():
        yield {"told": judgements.told(vendor, product), "typed": judgements.told(maker, typed), "same": same}
