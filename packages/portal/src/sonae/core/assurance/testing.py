"""A catalogue of somebody else for tests of any room."""

from datetime import datetime

from sonae.core.assurance import importing
from sonae.core.assurance.models import ImportedCatalogue

CATALOGUE = b"""\
{"catalog": {"uuid": "x", "metadata": {"title": "Synthetic catalogue", "version": "1", "oscal-version": "1.1.2",
"last-modified": "2026-04-01T00:00:00Z"}, "controls": [{"id": "a-1", "title": "A"}]}}
"""


def a_catalogue(*, now: datetime) -> ImportedCatalogue:
    """The catalogue of one control, taken in from the command line."""
    return importing.take_in(CATALOGUE, file_name="a.json", by=None, now=now)
