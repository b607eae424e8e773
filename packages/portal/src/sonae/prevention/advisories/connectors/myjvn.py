"""The MyJVN API (HND): an overview of what was changed, then the details, ten at a time.

The three ranges of dates default to “last week” each: the two that are not meant must be switched off (`n`).
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import batched
from typing import Any
from urllib.parse import urlencode

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from sonae.kernel import calendar
from sonae.prevention.advisories import reading
from sonae.prevention.advisories.connectors.fetching import Fetcher, NotFetched
from sonae.prevention.advisories.connectors.portions import Document, Portion
from sonae.prevention.advisories.reading.hnd import local
from sonae.prevention.advisories.reading.pieces import of_bytes
from sonae.prevention.advisories.vocabulary import Advisory, Trouble

PER_OVERVIEW, PER_DETAIL = 50, 10
FIRST_TIME = timedelta(days=30)  # what is older comes with the yearly files, which are imported


def portions(address: str, state: dict[str, Any], fetcher: Fetcher, now: datetime) -> Iterator[Portion]:
    """The details of each page of the overview; interrupted, the next call goes on with the page not taken in."""
    today = calendar.jst_day(now)
    since = date.fromisoformat(state["since"]) if state.get("since") else today - FIRST_TIME
    # An open page belongs to the days for which it was asked.
    until = date.fromisoformat(state["until"]) if state.get("until") else today
    start = int(state.get("start", 1))
    while True:
        raw = fetcher.raw(f"{address}?{urlencode(_overview(since, until, start))}") or b""
        total, found = _status(raw), _identifiers(raw)
        behind = start + len(found)
        is_last = behind > total or not found
        # The last day is asked for again: it was not over.
        then = {"since": until.isoformat()} if is_last else {
            "since": since.isoformat(), "until": until.isoformat(), "start": behind,
        }  # fmt: skip
        yield Portion(_details(address, found, fetcher), then)
        if is_last:
            return
        start = behind


def _overview(since: date, until: date, start: int) -> dict[str, str | int]:
    days = {
        f"datePublished{end}{part}": value
        for end, day in (("Start", since), ("End", until))
        for part, value in (("Y", day.year), ("M", day.month), ("D", day.day))
    }
    ranges = dict.fromkeys(("rangeDatePublic", "rangeDatePublished", "rangeDateFirstPublished"), "n")
    return {
        "method": "getVulnOverviewList", "feed": "hnd", "startItem": start, "maxCountItem": PER_OVERVIEW,
        **ranges, **days,
    }  # fmt: skip


def _status(raw: bytes) -> int:
    """How many there are in all; an error of the service is a trouble of the source."""
    try:
        root = fromstring(raw, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as wrong:
        raise NotFetched(Trouble.NOT_UNDERSTOOD) from wrong
    for one in root:
        if local(one.tag) == "Status":
            total = one.get("totalRes", "")
            if one.get("retCd") == "0" and total.isdigit():
                return int(total)
    raise NotFetched(Trouble.NOT_UNDERSTOOD)


def _identifiers(raw: bytes) -> list[str]:
    records = reading.read(of_bytes(raw, name="overview.xml"))
    return [record.found.identifier for record in records if isinstance(record.found, Advisory)]


def _details(address: str, identifiers: list[str], fetcher: Fetcher) -> Iterator[Document]:
    for some in batched(identifiers, PER_DETAIL):
        asked = urlencode({"method": "getVulnDetailInfo", "feed": "hnd", "maxCountItem": PER_DETAIL})
        # Several are joined by a plus that is not written as a blank.
        raw = fetcher.raw(f"{address}?{asked}&vulnId={'+'.join(some)}") or b""
        yield of_bytes(raw, name=f"{some[0]}.xml")
