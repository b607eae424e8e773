"""What goes into the index of a sector and what comes out of it; frozen facts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from sonae_engine.exposure.ranges import Answer as Within
from sonae_engine.exposure.ranges import Reading, covers, read
from sonae_engine.exposure.spelling import compact
from sonae_engine.exposure.vocabulary import Covered, Identifiers, Product

_COVERED: Final = {Within.YES: Covered.YES, Within.NO: Covered.NO, Within.UNKNOWN: Covered.UNKNOWN}
_NOTHING: Final = Identifiers()


@dataclass(frozen=True, slots=True)
class Statement:
    """A product that an advisory says is affected. `versions` are its texts about versions, any of which may hold.

    `key` is the caller's and differs from statement to statement; an advisory may make several.
    """

    key: str
    advisory: str
    vendor: str
    product: str
    identifiers: Identifiers = _NOTHING
    versions: tuple[str, ...] = ()

    def as_product(self) -> Product:
        """The statement as the other ways of matching take it."""
        scope = scope_of(self)
        return Product(self.key, self.vendor, self.product, self.identifiers, coverage(*scope))


@dataclass(frozen=True, slots=True)
class Exposed:
    """An institution that an advisory concerns, and how many of its components.

    `certain`: the product is the same and the version is affected. `uncertain`: one of the two is to be asked.
    """

    advisory: str
    institution: int
    certain: int
    uncertain: int


def scope_of(statement: Statement) -> tuple[tuple[str, ...], str]:
    """All that decides which versions a statement holds: its texts, and its product where a text names products."""
    named = any(_names(read(text)) for text in statement.versions)
    return statement.versions, compact(statement.product) if named else ""


def coverage(versions: tuple[str, ...], product: str) -> Callable[[str], Covered]:
    """Whether these texts hold a version; a range that bears the name of the product itself is taken as its own."""
    readings = [read(text) for text in versions]
    met = frozenset(name for one in readings for name in _names(one) if product and compact(name) == product)

    def covered(version: str) -> Covered:
        """Yes where one text says so, no where all do, unknown otherwise."""
        answers = {_COVERED[covers(one, version, met=met).answer] for one in readings}
        if Covered.YES in answers:
            return Covered.YES
        return Covered.NO if answers == {Covered.NO} else Covered.UNKNOWN

    return covered


def _names(reading: Reading) -> frozenset[str]:
    return frozenset(name for of in reading.ranges for name in of.qualifiers)


def identifiers_text(identifiers: Identifiers) -> str:
    """Identifiers as one text, empty where there is none: equal texts, equal identifiers in equal order."""
    if identifiers == _NOTHING:
        return ""
    parts = (identifiers.cpes, identifiers.purls, identifiers.model_numbers, identifiers.hashes)
    return msgspec.json.encode(parts).decode()


def identifiers_in(text: str) -> Identifiers:
    """The identifiers of such a text. Raises ValueError where it is none."""
    if not text:
        return _NOTHING
    return Identifiers(*msgspec.json.decode(text, type=tuple[_Texts, _Texts, _Texts, _Texts]))


type _Texts = tuple[str, ...]
