"""The API of instruments: editions and responses, the ministry's forms, and how two editions compare."""

from sonae.core.instruments.api import forms, responses, year_maps
from sonae.core.instruments.api.router import router

__all__ = ["forms", "responses", "router", "year_maps"]
