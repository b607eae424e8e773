"""Real products that exclude one another, for generated ledgers: as advisories name them, and as hospitals do."""

from importlib.resources import files

from sonae_engine.exposure.testing import Entry


def _entry(line: str) -> Entry:
    vendor, product, makers, also = line.split("|")
    return Entry(vendor, product, tuple(filter(None, makers.split(","))), tuple(filter(None, also.split(","))))


_LINES = files("sonae_engine.exposure").joinpath("testing_products.psv").read_text("utf-8").splitlines()
CATALOGUE = tuple(_entry(line) for line in _LINES if not line.startswith("#"))
