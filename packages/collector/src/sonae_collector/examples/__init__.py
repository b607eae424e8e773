"""Synthetic files of our own writing: nobody's traffic, with addresses and names kept for documentation."""

from pathlib import Path
from typing import Final

# What a collector can read when there is no sensor at hand: one quiet hospital, and one attack on it.
EVE: Final = Path(__file__).parent / "eve"
