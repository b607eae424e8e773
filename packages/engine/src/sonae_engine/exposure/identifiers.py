"""Names without words: CPE 2.2 and 2.3 (NIST IR 7695), purl, model numbers, hashes; equal or not, never nearly."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from packageurl import PackageURL

from sonae_engine.exposure.spelling import compact
from sonae_engine.exposure.vocabulary import Identifiers, Reason, Refused

MAX_CHARS: Final = 2_000
_PIECE: Final = re.compile(r"(?:\\.|[^:\\])*")
_HASH: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}")
_LEAST_MODEL: Final = 4


@dataclass(frozen=True, slots=True)
class Cpe:
    """The part of a CPE that names a product; versions are compared by the caller's `covers`."""

    part: str
    vendor: str
    product: str


@dataclass(frozen=True, slots=True)
class Named:
    """Two identifiers that name one product."""

    reason: Reason
    compared: tuple[str, str]


@lru_cache(maxsize=100_000)
def read_cpe(text: str) -> Cpe | Refused:
    """The product that a CPE 2.2 URI or a CPE 2.3 formatted string names."""
    if len(text) > MAX_CHARS:
        return Refused.TOO_LONG
    lowered = text.strip().casefold()
    if lowered.startswith("cpe:2.3:"):
        pieces = [re.sub(r"\\(.)", r"\1", piece) for piece in _split(lowered[8:])]
        return _cpe(pieces) if len(pieces) == 11 else Refused.NOT_AN_IDENTIFIER
    if lowered.startswith("cpe:/"):
        return _cpe([unquote(piece) for piece in lowered[5:].split(":")])
    return Refused.NOT_AN_IDENTIFIER


def _split(text: str) -> list[str]:
    pieces, at = [], 0
    while at <= len(text):
        match = _PIECE.match(text, at)
        if match is None or (match.end() < len(text) and text[match.end()] != ":"):
            return []
        pieces.append(match.group())
        at = match.end() + 1
    return pieces


def _cpe(pieces: list[str]) -> Cpe | Refused:
    if len(pieces) < 3 or pieces[0] not in ("a", "o", "h") or {pieces[1], pieces[2]} & {"", "*", "-"}:
        return Refused.NOT_AN_IDENTIFIER
    return Cpe(pieces[0], pieces[1], pieces[2])


@lru_cache(maxsize=100_000)
def read_purl(text: str) -> str | Refused:
    """The package that a purl names, without version, qualifiers and path."""
    if len(text) > MAX_CHARS:
        return Refused.TOO_LONG
    try:
        read = PackageURL.from_string(text.strip())
    except ValueError:
        return Refused.NOT_AN_IDENTIFIER
    return PackageURL(type=read.type, namespace=read.namespace, name=read.name).to_string()


def read_hash(text: str) -> str | Refused:
    """A hash as lower-case hexadecimal digits of a length that a known algorithm has."""
    bare = text.strip().casefold().rpartition(":")[2]
    return bare if _HASH.fullmatch(bare) else Refused.NOT_AN_IDENTIFIER


def read_model_number(text: str) -> str | Refused:
    """A model number as letters and digits; shorter than four, or without a digit, it names nothing."""
    if len(text) > MAX_CHARS:
        return Refused.TOO_LONG
    bare = compact(text)
    return (
        bare if len(bare) >= _LEAST_MODEL and re.search(r"\d", bare) and not _wild(text) else Refused.NOT_AN_IDENTIFIER
    )


def _wild(text: str) -> bool:
    return "*" in text or "?" in text


def keys(identifiers: Identifiers) -> dict[tuple[Reason, str], str]:
    """What these identifiers are compared by, and how each was written; unreadable ones are left out."""
    found: dict[tuple[Reason, str], str] = {}
    for text in identifiers.hashes:
        if not isinstance(read := read_hash(text), Refused):
            found[Reason.HASH, read] = text
    for text in identifiers.purls:
        if not isinstance(read := read_purl(text), Refused):
            found[Reason.PURL, read] = text
    for text in identifiers.cpes:
        if not isinstance(cpe := read_cpe(text), Refused):
            found[Reason.CPE, f"{cpe.part}:{cpe.vendor}:{cpe.product}"] = text
    for text in identifiers.model_numbers:
        if not isinstance(read := read_model_number(text), Refused):
            found[Reason.MODEL_NUMBER, read] = text
    return found


def compare_identifiers(ours: Identifiers, theirs: Identifiers) -> Named | None:
    """The first identifier both have, strongest kind first; None decides nothing."""
    if _NOTHING in (ours, theirs):
        return None
    mine, other = keys(ours), keys(theirs)
    for key, text in mine.items():
        if key in other:
            return Named(key[0], (text, other[key]))
    return None


_NOTHING: Final = Identifiers()
