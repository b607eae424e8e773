"""Readers of what the world publishes, one module a format. Pure: no Django, no network, no clock."""

from sonae.prevention.advisories.reading.dispatch import Record, read
from sonae.prevention.advisories.reading.limits import LIMITS, Limits
from sonae.prevention.advisories.reading.pieces import Piece, pieces

__all__ = ["LIMITS", "Limits", "Piece", "Record", "pieces", "read"]
