"""CSAF providers (CSAF 2.0, 7.1): a directory with changes.csv or index.txt, a ROLIE feed, or the metadata of both."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any
from urllib.parse import urljoin, urlsplit

from sonae.prevention.advisories.connectors.fetching import Fetcher, NotFetched
from sonae.prevention.advisories.connectors.portions import Document, Portion, as_json, as_moment
from sonae.prevention.advisories.reading.pieces import of_bytes
from sonae.prevention.advisories.vocabulary import Broken, DocumentRefusal, Trouble

AT_ONCE = 20
_SUMS = ("sha512", "sha256")
_OPEN_LABELS = frozenset({"WHITE", "CLEAR", "UNLABELED", ""})


@dataclass(frozen=True, slots=True)
class _Listed:
    """A document in the list of a provider: where it lies, when it changed, where its checksum lies."""

    url: str
    changed_at: datetime | None
    checksum_url: str = ""


def of_directory(address: str, state: dict[str, Any], fetcher: Fetcher, _now: datetime) -> Iterator[Portion]:
    """What the list says has changed since the last pull, the oldest first."""
    base = address if address.endswith("/") else f"{address}/"
    raw = fetcher.raw(urljoin(base, "changes.csv"))
    listed = _of_changes(raw, base) if raw is not None else _of_index(fetcher, base)
    yield from _since(listed, state, fetcher, base)


def of_rolie(address: str, state: dict[str, Any], fetcher: Fetcher, _now: datetime) -> Iterator[Portion]:
    """The entries of a feed that have changed since the last pull."""
    fetched = fetcher.get(address, validators=state.get("validators"))
    if fetched is None:
        return
    feed = as_json(fetched.path.read_bytes()).get("feed")
    if not isinstance(feed, dict):
        raise NotFetched(Trouble.NOT_UNDERSTOOD)
    entries = [_of_entry(entry) for entry in feed.get("entry") or () if isinstance(entry, dict)]
    seen = {key: value for key, value in state.items() if key != "validators"}
    last: dict[str, Any] = seen
    for portion in _since([one for one in entries if one], seen, fetcher, address):
        last = portion.state
        yield portion
    # Only now: interrupted before, the feed is read again although it has not changed.
    yield Portion([], {**last, "validators": fetched.validators})


def of_provider(address: str, state: dict[str, Any], fetcher: Fetcher, now: datetime) -> Iterator[Portion]:
    """Every list that the metadata of a provider names, each with a state of its own."""
    raw = fetcher.raw(address)
    if raw is None:
        raise NotFetched(Trouble.ANSWERED, {"status": 404})
    lists = _lists(as_json(raw))
    if not lists:
        raise NotFetched(Trouble.NOT_UNDERSTOOD)
    whole: dict[str, Any] = {"lists": dict(state.get("lists") or {})}
    for url, connect in lists:
        for portion in connect(url, dict(whole["lists"].get(url) or {}), fetcher, now):
            whole = {"lists": {**whole["lists"], url: portion.state}}
            yield Portion(portion.documents, whole)


def _lists(metadata: dict[str, Any]) -> list[tuple[str, Any]]:
    """Feeds where there are any, else directories; only what is marked for everybody."""
    feeds: list[tuple[str, Any]] = []
    folders: list[tuple[str, Any]] = []
    for distribution in metadata.get("distributions") or ():
        if not isinstance(distribution, dict):
            continue
        rolie = distribution.get("rolie")
        feeds += [
            (str(feed["url"]), of_rolie)
            for feed in (rolie.get("feeds") or () if isinstance(rolie, dict) else ())
            if isinstance(feed, dict) and str(feed.get("tlp_label", "")) in _OPEN_LABELS and feed.get("url")
        ]
        if distribution.get("directory_url"):
            folders.append((str(distribution["directory_url"]), of_directory))
    return feeds or folders


# -- the lists --


def _of_changes(raw: bytes, base: str) -> list[_Listed]:
    rows = csv.reader(io.StringIO(raw.decode("utf-8-sig", "replace")))
    return [
        _Listed(urljoin(base, row[0].strip()), as_moment(row[1])) for row in rows if len(row) > 1 and row[0].strip()
    ]


def _of_index(fetcher: Fetcher, base: str) -> list[_Listed]:
    raw = fetcher.raw(urljoin(base, "index.txt"))
    if raw is None:
        raise NotFetched(Trouble.NOT_UNDERSTOOD)
    return [
        _Listed(urljoin(base, line.strip()), None)
        for line in raw.decode("utf-8-sig", "replace").splitlines()
        if line.strip()
    ]


def _of_entry(entry: dict[str, Any]) -> _Listed | None:
    links = {
        str(link.get("rel")): str(link.get("href"))
        for link in entry.get("link") or () if isinstance(link, dict) and link.get("href")
    }  # fmt: skip
    content = entry.get("content")
    url = links.get("self") or (str(content["src"]) if isinstance(content, dict) and content.get("src") else "")
    return _Listed(url, as_moment(entry.get("updated")), links.get("hash", "")) if url else None


# -- the documents --


def _since(listed: Iterable[_Listed], state: dict[str, Any], fetcher: Fetcher, base: str) -> Iterator[Portion]:
    """What is newer than the newest that was taken in; what has no day is always asked for, and known again."""
    seen = as_moment(state.get("seen")) if state.get("seen") else None
    wanted = [one for one in listed if one.changed_at is None or seen is None or one.changed_at > seen]
    # Of equal moments none may be left out behind the other: a portion ends between two moments.
    wanted.sort(key=lambda one: (one.changed_at is None, one.changed_at.timestamp() if one.changed_at else 0, one.url))
    for some in batched(wanted, AT_ONCE):
        last = some[-1].changed_at
        following = wanted[wanted.index(some[-1]) + 1 :]
        is_between = last is not None and (not following or following[0].changed_at != last)
        if is_between and last is not None:
            state = {**state, "seen": last.isoformat()}
        yield Portion((_document(one, fetcher, base) for one in some), state)


def _document(listed: _Listed, fetcher: Fetcher, base: str) -> Document:
    here, there = urlsplit(base), urlsplit(listed.url)
    name = there.path.lstrip("/")[-200:]
    if (there.scheme, there.netloc) != (here.scheme, here.netloc) or not there.path.endswith(".json"):
        return listed.url[:200], Broken(DocumentRefusal.NOT_A_FILE)
    raw = fetcher.raw(listed.url)
    if raw is None:
        return name, Broken(DocumentRefusal.NOT_A_FILE)
    return of_bytes(raw, name=name, checksum=_checksum(listed, fetcher))


def _checksum(listed: _Listed, fetcher: Fetcher) -> str:
    """What the publisher laid beside the document; nothing where there is none (7.1.18 asks for it from some only)."""
    urls = [listed.checksum_url] if listed.checksum_url else [f"{listed.url}.{kind}" for kind in _SUMS]
    for url in urls:
        kind = url.rpartition(".")[2].casefold()
        raw = fetcher.raw(url) if kind in _SUMS else None
        word = raw.decode("ascii", "replace").split() if raw and len(raw) < 1_000 else []
        if word:
            return f"{kind}:{word[0].casefold()}"
    return ""
