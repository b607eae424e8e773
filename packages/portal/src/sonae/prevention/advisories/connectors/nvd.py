"""The API 2.0 of NVD, page by page: all of it once, then what was changed since (developers' page of NVD)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sonae.prevention.advisories.connectors.fetching import Fetcher
from sonae.prevention.advisories.connectors.portions import Portion, as_json, as_moment
from sonae.prevention.advisories.reading.pieces import of_bytes

PER_PAGE = 2_000  # the most that is given
LONGEST_WINDOW = timedelta(days=119)  # of 120 that are allowed
# What was changed while the last page came is asked for once more.
OVERLAP = timedelta(minutes=10)


def portions(address: str, state: dict[str, Any], fetcher: Fetcher, now: datetime) -> Iterator[Portion]:
    """Each page; interrupted, the next call goes on with the page that was not taken in."""
    while True:
        window = state.get("window") or _window(state.get("until"), now)
        start = int(state.get("start", 0))
        asked: dict[str, str | int] = {"startIndex": start, "resultsPerPage": PER_PAGE}
        if window[0]:
            asked |= {"lastModStartDate": window[0], "lastModEndDate": window[1]}
        raw = fetcher.raw(f"{address}?{urlencode(asked)}") or b""
        page = as_json(raw)
        behind = start + len(page.get("vulnerabilities") or ())
        is_last = behind >= int(page.get("totalResults") or 0) or behind == start
        state = {"until": window[1]} if is_last else {"window": window, "start": behind, "until": state.get("until")}
        yield Portion([of_bytes(raw, name=f"nvd-{start}.json")], state)
        if is_last and (as_moment(window[1]) or now) >= now - OVERLAP:
            return


def _window(until: str | None, now: datetime) -> list[str]:
    """From where the last pull ended to now, no longer than is allowed; empty at the front: everything."""
    since = as_moment(until) if until else None
    if since is None:
        return ["", now.astimezone(UTC).isoformat(timespec="milliseconds")]
    since -= OVERLAP
    end = min(now, since + LONGEST_WINDOW)
    return [moment.astimezone(UTC).isoformat(timespec="milliseconds") for moment in (since, end)]
