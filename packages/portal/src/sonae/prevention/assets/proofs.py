"""Which control a stocktake of the ledger is evidence for, as a data file with its source."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

from sonae.core.assurance import catalogue as controls
from sonae.core.assurance import datafile
from sonae.core.assurance.vocabulary import Strength
from sonae.prevention.assets.vocabulary import STRONGEST, LedgerPart, LedgerSource, Measure, Proof

FOLDER = "evidence"


@cache
def proofs() -> Mapping[str, Proof]:
    """Every proof in its newest edition by its control."""
    return MappingProxyType(datafile.newest(read(datafile.of_every_app(FOLDER))))


def of_part(part: LedgerPart) -> list[Proof]:
    """What a stocktake of this part of the ledger is evidence for."""
    return [proof for proof in proofs().values() if proof.part is part]


def read(paths: Iterable[Path]) -> dict[tuple[str, date], Proof]:
    """The proofs of these files; raises BadInput naming file, line and field of every mistake."""
    return datafile.read_editions(paths, entries="proofs", read=_proof, name_of=lambda proof: proof.control)


def _proof(fields: datafile.Fields, edition: date) -> Proof:
    found = Proof(
        control=fields.text("control"),
        edition=edition,
        part=fields.choice("part", LedgerPart),
        measure=fields.choice("measure", Measure),
        strength=fields.choice("strength", Strength),
        lasts_days=fields.number("lasts_days", at_least=1),
        source=fields.citation("source"),
    )
    if found.control not in controls.controls():
        fields.refuse("control", value=found.control, why="no control of the catalogue has this name")
    if found.strength.value > STRONGEST[LedgerSource.STOCKTAKE].value:
        fields.refuse("strength", value=found.strength, why="a ledger cannot say so much")
    return found
