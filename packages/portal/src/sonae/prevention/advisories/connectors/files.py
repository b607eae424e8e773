"""Sources that are one file: KEV, EPSS, an archive of OSV, an RSS of JVN. Asked only for what has changed."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sonae.prevention.advisories import reading
from sonae.prevention.advisories.connectors.fetching import Fetcher
from sonae.prevention.advisories.connectors.portions import Portion


def portions(address: str, state: dict[str, Any], fetcher: Fetcher, _now: datetime) -> Iterator[Portion]:
    """The file, unless it is the one that was taken in last."""
    fetched = fetcher.get(address, validators=state.get("validators"))
    if fetched is not None:
        yield Portion(reading.pieces(fetched.path, name=fetched.name), {"validators": fetched.validators})
