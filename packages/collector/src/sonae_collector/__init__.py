"""The hospital's program: reads the sensor's files, matches them here, sends only what it saw of known attacks."""

from typing import Final

VERSION: Final = "0.1.0"
