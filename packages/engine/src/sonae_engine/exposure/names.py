"""Names taken apart: whose thing it is, the words that name it, and its model numbers."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Final

from sonae_engine.exposure.aliases import Aliases
from sonae_engine.exposure.models import Slot, Unit, is_code, read_models
from sonae_engine.exposure.spelling import (
    compact,
    is_kana,
    nearly,
    normal,
    sounds_like,
    tokens,
    without_country,
    without_legal_form,
    without_misspelt_form,
    without_trade,
)
from sonae_engine.exposure.vocabulary import Component, Product

_SEVERAL: Final = re.compile(r",|;|/|、|\(|\)|\s+and\s+|(?<!\w)&(?!\w)")
_REMARK: Final = re.compile(r"\(([^()]*)\)")
_ONE_OF: Final = re.compile(r"\s+and\s+|,\s+|;|、|および|及び|\s/\s")
# Numbers in a row behind a name: `MyCareLink Monitor, 24950, 24952`, `TC10, TC20 and TC30`.
_NEXT_NUMBER: Final = re.compile(r"(?<=\d)([a-z]{0,3})(?:,? (?:and|or) |, ?)(?=[a-z]{0,4}-?\d+[a-z]{0,4}(?:[,/ )]|$))")
# What stands before a hyphen: a maker's prefix (`AT-AR4050S`), or a series (`EX2-3200`).
_HYPHENED: Final = re.compile(r"(?<![a-z0-9-])([a-z]{1,4}(?=-[a-z]{1,6}-?\d)|[a-z]{1,4}\d{1,2}(?=-\d))")
_SERIES: Final = re.compile(r"series|シリーズ|family|\d systems$")
_MAJOR: Final = re.compile(r"(?<![a-z0-9.])v?(\d{1,2})\.\d")
_VERSION: Final = re.compile(
    r"(?<![a-z0-9])(?:(?:version|ver|バージョン)\.?\s*\d[\w.]*|v?\d+(?:\.(?:\d+|x))+[a-z]?\d*|v\d+\.\w+)"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that a text may name: words that must be there, words that may be, and models."""

    words: tuple[str, ...]
    may: frozenset[str]
    slots: tuple[Slot, ...]
    codes: tuple[Unit, ...]
    series: bool
    joined: str

    @property
    def empty(self) -> bool:
        """Whether no word and no number names anything."""
        return not (self.words or self.may or self.slots or self.codes)

    @property
    def asks(self) -> bool:
        """Whether anything must be there."""
        return bool(self.words or self.slots or self.codes)


@dataclass(frozen=True, slots=True)
class Subject:
    """A product of an advisory, taken apart; `written` is all of its words, those that name no product too."""

    vendors: frozenset[str]
    readings: tuple[Reading, ...]
    vague: bool
    text: str
    joined: str
    written: str


@dataclass(frozen=True, slots=True)
class Thing:
    """A component of a ledger, taken apart; `told_by` holds companies that only a word of the product tells."""

    vendors: frozenset[str]
    told_by: frozenset[str]
    resold: bool
    reading: Reading
    only_maker: bool
    around: frozenset[str]
    units: tuple[Unit, ...]
    plain: str
    majors: frozenset[str]
    written: str


@lru_cache(maxsize=200_000)
def vendors_in(text: str, aliases: Aliases) -> frozenset[str]:
    """The companies that a vendor's or maker's text names; a company without an entry is `~` and its own name."""
    plain = normal(text)
    if plain in aliases.nobody or not plain:
        return frozenset()
    if (whole := _company(plain, aliases)) is not None:
        return frozenset({whole})
    parts = [part for part in map(str.strip, _SEVERAL.split(without_legal_form(plain))) if part]
    known = {found for part in parts if (found := _company(part, aliases)) is not None}
    if known:
        return frozenset(known)
    return frozenset("~" + compact(without_trade(without_country(part))) for part in parts if compact(part))


def _company(plain: str, aliases: Aliases) -> str | None:
    bare = without_legal_form(plain).removeprefix("the ")
    here = without_country(bare)
    for name in (bare, here, without_trade(here)):
        key = compact(name)
        if found := aliases.vendors.get(key) or aliases.brands.get(key):
            return found
    return _misspelt(compact(without_country(without_misspelt_form(bare))), aliases)


def _misspelt(key: str, aliases: Aliases) -> str | None:
    if found := aliases.vendors.get(key):
        return found
    if len(key) < 5:
        return None
    names = aliases.vendor_words.slips(key)
    if not names and all(map(is_kana, key)):
        # A name that the tables have in Latin letters only.
        names = aliases.vendor_words.near(key)
    near = {aliases.vendors[name] for name in names}
    return near.pop() if len(near) == 1 else None


def same_company(one: str, other: str) -> bool:
    """Whether two companies without entries are one: a slip apart, or one as Japanese writes the other."""
    return one == other or (one[0] == other[0] == "~" and (nearly(one[1:], other[1:]) or _heard(one[1:], other[1:])))


def _heard(one: str, other: str) -> bool:
    if one.isascii() == other.isascii() or not (one and other):
        return False
    latin, kana = (one, other) if one.isascii() else (other, one)
    return is_kana(kana) and sounds_like(latin, kana)


def read_product(product: Product, aliases: Aliases) -> Subject:
    """An advisory's product, taken apart into all it may name."""
    vendors = vendors_in(product.vendor, aliases)
    plain = _VERSION.sub(" ", normal(product.product))
    told = _told_by(plain, aliases)
    bare = _without_names(_respelt(plain, vendors, aliases), vendors | told, product.vendor, aliases)
    vague = plain.strip() in aliases.vague or plain.startswith("multiple ")
    readings = tuple(dict.fromkeys(one for one in _readings(bare, aliases) if one.asks))
    text = f"{product.vendor} {product.product}".strip()
    return Subject(vendors or told, readings, vague, text, _joined(bare, aliases), "".join(tokens(bare)))


def read_component(component: Component, aliases: Aliases) -> Thing:
    """A row of the ledger, taken apart."""
    named = vendors_in(component.maker, aliases)
    plain = normal(f"{component.product} {component.model}")
    resold = bool(named & aliases.resellers)
    told = _told_by(f"{normal(component.maker)} {plain}", aliases)
    if resold or not named:
        told |= _told_by_name(plain, aliases)
    text = _VERSION.sub(" ", _respelt(plain, named | told, aliases))
    bare = _without_names(text, named | told, component.maker, aliases)
    only_maker = bare == text and compact(text) in aliases.vendors
    text = bare
    reading = _reading(text.replace("(", " ").replace(")", " "), "", aliases)
    units = tuple(unit for slot in reading.slots for unit in slot.units)
    around = frozenset(_joined_pairs(text)) | frozenset(unit.prefix for unit in units if unit.prefix)
    around |= frozenset(_HYPHENED.findall(text))
    majors = frozenset(_MAJOR.findall(plain))
    written = "".join(tokens(text))
    return Thing(named, told - named, resold, reading, only_maker, around, units, f"{plain} {text}", majors, written)


def _told_by(plain: str, aliases: Aliases) -> frozenset[str]:
    """The companies whose own brands, or longer names, stand in the text."""
    brands = {aliases.brands[word] for word in _brand_words(plain) if word in aliases.brands}
    return frozenset(brands)


def _told_by_name(plain: str, aliases: Aliases) -> frozenset[str]:
    """The companies whose names a reseller, or whoever left out the maker, wrote before the product."""
    words = (
        word for word in (*tokens(plain), *_joined_pairs(plain)) if len(word) >= 5 and word not in aliases.ordinary
    )
    return frozenset(aliases.vendors[word] for word in words if word in aliases.vendors)


def _brand_words(plain: str) -> list[str]:
    words = tokens(plain)
    heads = [head.group() for word in words if (head := re.match(r"[a-z]{4,}", word)) is not None]
    return [*words, *heads, *_joined_pairs(plain)]


def _joined_pairs(plain: str) -> list[str]:
    words = tokens(plain)
    return [one + two for one, two in pairwise(words)]


def _respelt(plain: str, vendors: frozenset[str], aliases: Aliases) -> str:
    """The text with its phrases read as they are always read, and a blank between a brand and a number glued to it."""
    plain = aliases.glued.sub(r"\1 ", plain)
    kin = frozenset(other for vendor in vendors for other in aliases.kin.get(vendor, (vendor,)))
    for phrase in aliases.spelt:
        if phrase.begins in plain and (not phrase.only_for or phrase.only_for in kin):
            plain = phrase.pattern.sub(f" {phrase.to} ", plain)
    return plain


def _without_names(plain: str, vendors: frozenset[str], typed: str, aliases: Aliases) -> str:
    """The text without the names of its makers; a text that is nothing else stays as it is."""
    names = [
        name
        for vendor in sorted(vendors)
        for near in sorted(aliases.kin.get(vendor, ()))
        for name in aliases.names_of[near]
    ]
    together = [compact(name) for name in names if len(name) >= 6]
    own = [without_legal_form(normal(typed)), *names, *together]
    bare = plain
    there = {name for name in own if len(name) > 1 and name in plain}
    for name in sorted(there, key=lambda name: (-len(name), name)):
        bare = _name_pattern(name).sub(" ", bare)
    return bare if any(token not in aliases.kinds for token in tokens(bare)) else plain


@lru_cache(maxsize=20_000)
def _name_pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9-]){re.escape(name)}(?![a-z0-9-])")


def _readings(plain: str, aliases: Aliases) -> list[Reading]:
    remarks = " ".join(_REMARK.findall(plain))
    base = _NEXT_NUMBER.sub(r"\1/", _REMARK.sub(" ", plain))
    whole = _reading(base, remarks, aliases)
    parts = _parts(base)
    found = [whole] + [_reading(part, remarks, aliases) for part in parts]
    first = found[1].words[:1] if parts else ()
    found = [_with_head(one, first, aliases) for one in found]
    # What is typed before a later part of a list may be the first word of all: `Infinity Delta, Delta XL`.
    found = [replace(one, may=one.may | set(first)) for one in found]
    shorts = [short for remark in _REMARK.findall(plain) if (short := _short(remark, base, aliases)) is not None]
    may = frozenset(word for short in shorts for word in short.words)
    found = [replace(one, may=one.may | may) for one in found]
    return found + [replace(short, slots=whole.slots, codes=whole.codes, series=whole.series) for short in shorts]


def _short(remark: str, base: str, aliases: Aliases) -> Reading | None:
    """A remark that is another name: `Clinical Information Center (CIC)`, or begins with a brand."""
    short = _reading(remark, "", aliases)
    if short.slots and short.slots != read_models(base, aliases.kinds).slots:
        return None
    if not 1 <= len(short.words) <= 2:
        return None
    letters = iter(compact(base))
    stands_for = len(short.words) == 1 and len(short.words[0]) <= 6 and all(char in letters for char in short.words[0])
    return short if stands_for or short.words[0] in aliases.brands else None


def _parts(base: str) -> list[str]:
    """The products of a list; a comma before a feature (`DI 8x24VDC, M12-L`) makes no list."""
    parts = [part.strip() for part in _ONE_OF.split(base) if part.strip()]
    if len(parts) > 1:
        return parts if len({bool(re.search(r"\d", part)) for part in parts}) == 1 and _one_shape(parts) else []
    slashed = [part.strip() for part in base.split("/")]
    several = len(slashed) > 1 and all(" " in part and not re.search(r"\d", part) for part in slashed)
    return slashed if several else []


def _one_shape(parts: list[str]) -> bool:
    """Whether numbers, where there are some, are written alike: `CFR-1004EA, CFR-1008EA`."""
    shapes = {re.sub(r"\d+", "9", re.sub("[a-z]+", "a", part.split(" ")[-1])) for part in parts}
    return len(shapes) == 1 or not any("9" in shape for shape in shapes)


def _with_head(one: Reading, first: tuple[str, ...], aliases: Aliases) -> Reading:
    """A part that only common words name borrows the first word of the list: `NetScaler ADC and Gateway`."""
    if not first or not set(one.words) <= aliases.ordinary or first[0] in one.words:
        return one
    return Reading((*first, *one.words), one.may, one.slots, one.codes, one.series, "".join((*first, *one.words)))


def _reading(base: str, remarks: str, aliases: Aliases) -> Reading:
    models = read_models(base, aliases.kinds)
    words = tuple(dict.fromkeys(word for word in models.words if not _is_kind(word, aliases)))
    may = frozenset(word for word in models.loose if not _is_kind(word, aliases))
    numbers = (unit for slot in read_models(remarks, aliases.kinds).slots for unit in slot.units)
    codes = tuple(unit for unit in numbers if is_code(unit))
    if not models.slots and all(word in aliases.brands for word in words):
        words, may = (*words, *sorted(may - set(words))), frozenset()
    series = _SERIES.search(base) is not None
    return Reading(words, may, models.slots, codes, series, _joined(base, aliases))


def _joined(plain: str, aliases: Aliases) -> str:
    return "".join(token for token in tokens(plain) if not _is_kind(token, aliases))


def _is_kind(word: str, aliases: Aliases) -> bool:
    """Whether a word says what kind of thing it is; katakana writes several such words as one: シリーズルータ."""
    return word in aliases.kinds or (is_kana(word) and len(word) > 4 and _made_of_kinds(word, aliases))


@lru_cache(maxsize=50_000)
def _made_of_kinds(word: str, aliases: Aliases) -> bool:
    return any(
        word[:at] in aliases.kinds and (word[at:] in aliases.kinds or _made_of_kinds(word[at:], aliases))
        for at in range(2, len(word) - 1)
    )
