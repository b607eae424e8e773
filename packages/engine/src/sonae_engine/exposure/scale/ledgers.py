"""Ledgers of institutions as Parquet: one row a component."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sonae_engine import parquet
from sonae_engine.exposure.scale.vocabulary import identifiers_text
from sonae_engine.exposure.vocabulary import Component

# `component` is the caller's key of a row, `identifiers` what vocabulary.identifiers_text writes.
LEDGER: Final = {
    "institution": "BIGINT",
    "component": "VARCHAR",
    "maker": "VARCHAR",
    "product": "VARCHAR",
    "model": "VARCHAR",
    "version": "VARCHAR",
    "identifiers": "VARCHAR",
}


def write_ledger(file: Path, rows: Iterable[tuple[int, Component]]) -> None:
    """Write components with the institution that has them."""
    lines = (
        {
            "institution": institution,
            "component": component.key,
            "maker": component.maker,
            "product": component.product,
            "model": component.model,
            "version": component.version,
            "identifiers": identifiers_text(component.identifiers),
        }
        for institution, component in rows
    )
    file.write_bytes(parquet.written(LEDGER, lines, within=file.parent))
