from sonae.prevention.assets.models.intake import LedgerImport, LedgerQuestion, MappingPreset, PlannedRow
from sonae.prevention.assets.models.ledger import Asset, AssetChange, Component, Connection, LedgerQuerySet, NetworkZone
from sonae.prevention.assets.models.stocktakes import Stocktake

__all__ = [
    "Asset",
    "AssetChange",
    "Component",
    "Connection",
    "LedgerImport",
    "LedgerQuerySet",
    "LedgerQuestion",
    "MappingPreset",
    "NetworkZone",
    "PlannedRow",
    "Stocktake",
]
