"""The verbs of the ledger."""

from sonae.prevention.assets.services.applying import carry_out_apply, carry_out_undo
from sonae.prevention.assets.services.importing import (
    begin_import,
    cancel_import,
    expire_imports,
    map_import,
    order_apply,
    order_undo,
    plan_again,
)
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
from sonae.prevention.assets.services.planning import carry_out_plan
from sonae.prevention.assets.services.questions import answer_question
from sonae.prevention.assets.services.stocktaking import take_stock, withdraw_stocktake
from sonae.prevention.assets.services.zones import ZoneContent, change_zone, record_zone, remove_zone

__all__ = [
    "AssetContent",
    "ConnectionContent",
    "ZoneContent",
    "answer_question",
    "begin_import",
    "cancel_import",
    "carry_out_apply",
    "carry_out_plan",
    "carry_out_undo",
    "change_asset",
    "change_connection",
    "change_zone",
    "expire_imports",
    "map_import",
    "order_apply",
    "order_undo",
    "plan_again",
    "record_asset",
    "record_connection",
    "record_zone",
    "remove_zone",
    "retire_asset",
    "retire_connection",
    "take_stock",
    "withdraw_stocktake",
]
