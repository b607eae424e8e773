"""Exposure of a sector: millions of components at thousands of institutions, tens of thousands of advisories."""

from sonae_engine.exposure.scale.folder import Stale
from sonae_engine.exposure.scale.index import Index
from sonae_engine.exposure.scale.ledgers import LEDGER, write_ledger
from sonae_engine.exposure.scale.vocabulary import Exposed, Statement

__all__ = ["LEDGER", "Exposed", "Index", "Stale", "Statement", "write_ledger"]
