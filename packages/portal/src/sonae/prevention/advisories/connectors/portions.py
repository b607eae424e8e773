"""What a connector gives: documents, and the state from which to go on once they are taken in."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sonae.prevention.advisories import reading
from sonae.prevention.advisories.connectors.fetching import Fetcher, NotFetched
from sonae.prevention.advisories.vocabulary import Broken, Trouble

type Document = reading.Piece | tuple[str, Broken]


@dataclass(frozen=True, slots=True)
class Portion:
    """Documents that belong together, and the state of the source behind them."""

    documents: Iterable[Document]
    state: dict[str, Any]


type Connector = Callable[[str, dict[str, Any], Fetcher, datetime], Iterator[Portion]]


def as_json(raw: bytes) -> dict[str, Any]:
    """A publisher's index; raises NotFetched where it is none."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as wrong:
        raise NotFetched(Trouble.NOT_UNDERSTOOD) from wrong
    if not isinstance(found, dict):
        raise NotFetched(Trouble.NOT_UNDERSTOOD)
    return found


def as_moment(text: object) -> datetime | None:
    """A moment with its zone, or None: some publishers write days that no calendar has."""
    try:
        found = datetime.fromisoformat(str(text).strip().strip('"'))
    except ValueError:
        return None
    return found if found.tzinfo else None
