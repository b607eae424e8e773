"""The facility standards as data files: each with its source and its period, and 要確認 where nobody confirmed it."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

from sonae.core.assurance import catalogue as controls
from sonae.core.assurance import datafile
from sonae.prevention.fees.vocabulary import Standard, Weight

FOLDER = "standards"


@cache
def standards() -> Mapping[str, Standard]:
    """Every standard in its newest edition by its name, in the order of the files."""
    return MappingProxyType(datafile.newest(read(datafile.of_every_app(FOLDER))))


def read(paths: Iterable[Path]) -> dict[tuple[str, date], Standard]:
    """The standards of these files; raises BadInput naming file, line and field of every mistake."""
    return datafile.read_editions(paths, entries="standards", read=_standard, name_of=lambda standard: standard.id)


def _standard(fields: datafile.Fields, edition: date) -> Standard:
    beds = fields.below("beds") if fields.has("beds") else None
    found = Standard(
        id=fields.text("id"),
        edition=edition,
        fee=fields.two_languages("fee"),
        tiers=fields.two_languages("tiers"),
        demand=fields.two_languages("demand"),
        control=fields.text("control"),
        weight=fields.choice("weight", Weight),
        at_least=beds.number("at_least") if beds else 0,
        below=beds.number("below", at_least=1) if beds and beds.has("below") else None,
        since=fields.date("since"),
        until=fields.date("until") if fields.has("until") else None,
        quotation=fields.text_or_nothing("quotation"),
        source=fields.citation("source"),
    )
    if beds:
        beds.end()
    _check(found, fields)
    return found


def _check(found: Standard, fields: datafile.Fields) -> None:
    if found.control not in controls.controls():
        fields.refuse("control", value=found.control, why="no control of the catalogue has this name")
    if found.until is not None and found.until < found.since:
        fields.refuse("until", value=found.until, why="the last day is before the first")
    if found.below is not None and found.below <= found.at_least:
        fields.refuse("beds", value=found.below, why="no number of beds lies between the two bounds")
