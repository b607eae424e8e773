"""What vendors and products are also called: the file `aliases.yaml`, and what was learnt from confirmed matches."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from sonae_engine.exposure.near import Vocabulary
from sonae_engine.exposure.spelling import compact, normal, tokens, without_legal_form


@dataclass(frozen=True, slots=True)
class Learnt:
    """A pair that somebody who could look at the thing has decided; names no hospital."""

    vendor: str
    product: str
    maker: str
    ledger: str
    same: bool


@dataclass(frozen=True, slots=True)
class Spelt:
    """A phrase that is always read as another one, for one vendor's things or for all (`only_for` empty)."""

    pattern: re.Pattern[str]
    begins: str
    to: str
    only_for: str


@dataclass(frozen=True, slots=True)
class Runs:
    """A system and the boxes in which it works."""

    system: frozenset[str]
    vendor: str
    boxes: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Umbrella:
    """A name that several products bear together."""

    name: frozenset[str]
    vendor: str
    holds: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Aliases:
    """The tables, keyed by normal forms."""

    vendors: Mapping[str, str]
    vendor_words: Vocabulary
    names_of: Mapping[str, tuple[str, ...]]
    brands: Mapping[str, str]
    kin: Mapping[str, frozenset[str]]
    spelt: tuple[Spelt, ...]
    runs: tuple[Runs, ...]
    runs_of: Mapping[frozenset[str], tuple[Runs, ...]]
    series: Mapping[tuple[str, str], frozenset[str]]
    umbrellas: tuple[Umbrella, ...]
    umbrella_words: frozenset[str]
    idle_words: Vocabulary
    vague: frozenset[str]
    nobody: frozenset[str]
    resellers: frozenset[str]
    kinds: frozenset[str]
    editions: frozenset[str]
    makes_another: frozenset[str]
    ordinary: frozenset[str]
    glued: re.Pattern[str]
    learnt: Mapping[tuple[str, str, str, str], bool]

    def with_learnt(self, pairs: Iterable[Learnt]) -> "Aliases":
        """These tables and what was decided since; a later decision about the same words wins."""
        told = dict(self.learnt)
        for pair in pairs:
            told[learnt_key(pair.vendor, pair.product, pair.maker, pair.ledger)] = pair.same
        return replace(self, learnt=told)


def learnt_key(vendor: str, product: str, maker: str, ledger: str) -> tuple[str, str, str, str]:
    """Under what a decided pair is found again: the words alone, without case, width and punctuation."""
    return compact(vendor), compact(product), compact(maker), compact(ledger)


@cache
def published() -> Aliases:
    """The tables that come with the engine."""
    text = files("sonae_engine.exposure").joinpath("aliases.yaml").read_text("utf-8")
    return _tables(yaml.safe_load(text))


def _tables(read: dict[str, Any]) -> Aliases:
    vendors: dict[str, str] = {}
    names_of: dict[str, tuple[str, ...]] = {}
    brands: dict[str, str] = {}
    for row in read["vendors"]:
        names_of[row["id"]] = tuple(sorted({normal(name) for name in row["names"]}, key=len, reverse=True))
        vendors.update({compact(without_legal_form(normal(name))): row["id"] for name in row["names"]})
        brands.update({compact(brand): row["id"] for brand in row.get("brands", ())})
    runs = tuple(_box(row) for row in read["runs"])
    umbrellas = tuple(
        Umbrella(frozenset(tokens(normal(row["name"]))), row["vendor"], frozenset(row["holds"]))
        for row in read["umbrella"]
    )
    kinds = frozenset(token for line in read["kind"] for token in tokens(normal(line)))
    return Aliases(
        vendors=vendors,
        vendor_words=_vocabulary(vendors),
        names_of=names_of,
        brands=brands,
        kin=_closure(names_of, read["kinship"]),
        spelt=_phrases(read["spelt"]),
        runs=runs,
        runs_of={one.system: tuple(each for each in runs if each.system == one.system) for one in runs},
        series={(row["vendor"], row["series"]): frozenset(row["models"]) for row in read["series"]},
        umbrellas=umbrellas,
        umbrella_words=frozenset(word for one in umbrellas for word in one.name),
        idle_words=_vocabulary((*(name for names in names_of.values() for name in names), *kinds)),
        vague=frozenset(normal(name) for name in read["vague"]),
        nobody=frozenset(normal(name) for name in read["nobody"]),
        resellers=frozenset(vendors.get(key, f"~{key}") for key in map(compact, read["reseller"])),
        kinds=kinds,
        editions=frozenset(read["edition"]),
        makes_another=frozenset(read["makes_another"]),
        ordinary=frozenset(read["ordinary"]),
        glued=_glued(brands),
        learnt={},
    )


def _vocabulary(words: Iterable[str]) -> Vocabulary:
    known = Vocabulary()
    for word in words:
        known.add(word)
    return known


def _glued(brands: Iterable[str]) -> re.Pattern[str]:
    """A brand with a number written onto it: `AtermWG1200CR`."""
    words = "|".join(sorted((re.escape(brand) for brand in brands if len(brand) >= 5), key=len, reverse=True))
    return re.compile(rf"(?<![a-z0-9])({words})(?=[a-z]{{0,3}}\d)")


def _box(row: dict[str, Any]) -> Runs:
    system = frozenset(tokens(normal(row["system"])))
    return Runs(system, row["vendor"], re.compile("|".join(row["boxes"])))


def _phrases(rows: list[dict[str, Any]]) -> tuple[Spelt, ...]:
    """Longest first, so that a phrase is read before the words in it."""
    ordered = sorted(rows, key=lambda row: (-len(row["from"]), row["from"]))
    return tuple(
        Spelt(
            _phrase(normal(row["from"]), alone=row.get("alone", False)),
            re.split(r"[\s-]+", normal(row["from"]))[0],
            normal(row["to"]),
            row.get("only_for", ""),
        )
        for row in ordered
    )


def _phrase(text: str, *, alone: bool) -> re.Pattern[str]:
    inner = r"[\s-]*".join(re.escape(part) for part in re.split(r"[\s-]+", text))
    if text.isascii():
        return re.compile(rf"(?<![a-z0-9]){inner}(?![a-z0-9])")
    # A common word inside a longer one is part of a name that is heard as a whole.
    return re.compile(rf"(?<![ァ-ヺー]){inner}(?![ァ-ヺー])" if alone else inner)


def _closure(ids: Iterable[str], rows: list[dict[str, str]]) -> dict[str, frozenset[str]]:
    near: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        near[row["one"]].add(row["other"])
        near[row["other"]].add(row["one"])
    return {
        start: frozenset({start, *near[start], *(two for one in near[start] for two in near[one])}) for start in ids
    }
