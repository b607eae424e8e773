"""What is proposed to whoever drafts: a beginning that already fits many, and only steps back that change something."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from sonae.core.institutions import rules as register
from sonae.core.institutions.vocabulary import InstitutionKind, Prefecture
from sonae.response.disclosure import rules
from sonae.response.disclosure.vocabulary import Statements

type Option = tuple[Statements, int]


def beginnings(kind: InstitutionKind, prefecture: Prefecture, *, beds: int | None) -> Iterator[Statements]:
    """True statements with which a draft could begin, each saying less than the one before; the last says nothing.

    The prefecture is never among them: whoever needs it chooses it, and sees what it costs.
    """
    said = Statements(kinds=frozenset({kind}), region=register.region_of(prefecture))
    spans = [span for span in rules.BED_RANGES if span != (None, None) and beds is not None and _within(beds, span)]
    for lowest, highest in spans:
        yield replace(said, beds_from=lowest, beds_through=highest)
    yield said
    yield replace(said, region=None)
    yield Statements()


def beginning(candidates: Iterator[Statements], *, count: Callable[[Statements], int], needed: int) -> Statements:
    """The first of these that enough institutions fit; where none does, nothing is said."""
    return next((said for said in candidates if count(said) >= needed), Statements())


def that_change_something(options: Sequence[Option]) -> list[Option]:
    """The steps back without those that say less than another one and gain nothing by it."""
    return [
        (said, count)
        for said, count in options
        if not any(other != said and gained == count and says_as_much(other, said) for other, gained in options)
    ]


def says_as_much(narrow: Statements, wide: Statements) -> bool:
    """Whether everything that one says about the institution follows from the other."""
    region = register.region_of(narrow.prefecture) if narrow.prefecture else narrow.region
    return (
        (not wide.kinds or narrow.kinds == wide.kinds)
        and (wide.prefecture is None or narrow.prefecture == wide.prefecture)
        and (wide.region is None or region == wide.region)
        and (wide.beds_from is None or (narrow.beds_from is not None and narrow.beds_from >= wide.beds_from))
        and (
            wide.beds_through is None
            or (narrow.beds_through is not None and narrow.beds_through <= wide.beds_through)
        )
    )  # fmt: skip


def _within(beds: int, span: tuple[int | None, int | None]) -> bool:
    lowest, highest = span
    return (lowest is None or lowest <= beds) and (highest is None or beds <= highest)
