"""The API of the ledger: its rows, and what comes into it from files."""

from sonae.prevention.assets.api import intake, ledger
from sonae.prevention.assets.api.router import router

__all__ = ["intake", "ledger", "router"]
