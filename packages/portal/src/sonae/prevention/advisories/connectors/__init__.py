"""How each kind of source is asked, and `pull`, which asks one and reads in what it has."""

from sonae.prevention.advisories.connectors.known import KNOWN, Known
from sonae.prevention.advisories.connectors.pulling import pull

__all__ = ["KNOWN", "Known", "pull"]
