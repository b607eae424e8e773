"""The classes inside which somebody looks, as they stand in an address and on a page: `within=prefecture:13`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.http import urlencode

from sonae.core.web import words
from sonae.prevention.surveys.results.vocabulary import Inside, Stratum
from sonae.prevention.surveys.results.wording import ORDER, class_name
from sonae.prevention.surveys.vocabulary import Dimension


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A breakdown of whose classes one may be chosen."""

    dimension: Dimension
    name: str
    options: tuple[Option, ...]


def read(wanted: Iterable[str]) -> Inside:
    """The classes that an address names; of a breakdown the last one. What is no class is passed over."""
    found = {}
    for one in wanted:
        dimension, _, value = one.partition(":")
        if dimension in Dimension and value in ORDER[Dimension(dimension)]:
            found[Dimension(dimension)] = value
    return found


def query_of(inside: Inside) -> str:
    """The classes as they stand in an address; empty for the nation."""
    return urlencode([("within", f"{dimension}:{value}") for dimension, value in inside.items()])


def name_of(inside: Inside) -> str:
    """What the classes are called, one after the other."""
    return " – ".join(class_name((dimension.value, value)) for dimension, value in inside.items())


def choices(strata: Iterable[Stratum], inside: Inside) -> Sequence[Choice]:
    """What may be chosen: the classes of an edition in which somebody was asked."""
    held = {(dimension, one.along(dimension)) for one in strata for dimension in Dimension}
    return [
        Choice(
            dimension,
            words.of(dimension),
            tuple(
                Option(f"{dimension}:{value}", class_name((dimension.value, value)), inside.get(dimension) == value)
                for value in ORDER[dimension]
                if (dimension, value) in held
            ),
        )
        for dimension in Dimension
    ]
