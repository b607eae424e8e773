"""The verbs of the ledger."""

from sonae.prevention.assets.services.ledger import (
    AssetContent,
    ConnectionContent,
    change_asset,
    change_connection,
    record_asset,
    record_connection,
    retire_asset,
    retire_connection,
)
from sonae.prevention.assets.services.stocktaking import take_stock, withdraw_stocktake

__all__ = [
    "AssetContent",
    "ConnectionContent",
    "change_asset",
    "change_connection",
    "record_asset",
    "record_connection",
    "retire_asset",
    "retire_connection",
    "take_stock",
    "withdraw_stocktake",
]
