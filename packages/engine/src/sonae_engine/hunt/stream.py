"""Matches events as they come: a few looks into dictionaries for each, and what was looked up once is remembered."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sonae_engine.hunt.events import ADDRESS_LETTERS, MEMORY, Event, read_address
from sonae_engine.hunt.indicators import IndicatorSet
from sonae_engine.hunt.sides import way_of
from sonae_engine.hunt.tally import Tallies, Tally
from sonae_engine.hunt.vocabulary import PLACE_BIT, Place, places_of

_SOURCE: Final = PLACE_BIT[Place.SOURCE_ADDRESS]
_DESTINATION: Final = PLACE_BIT[Place.DESTINATION_ADDRESS]
_DNS: Final = PLACE_BIT[Place.DNS_QUERY]
_SERVER_NAME: Final = PLACE_BIT[Place.TLS_SERVER_NAME]
_CERTIFICATE: Final = PLACE_BIT[Place.TLS_CERTIFICATE]
_CLIENT: Final = PLACE_BIT[Place.TLS_CLIENT]
_HOST: Final = PLACE_BIT[Place.HTTP_HOST]
_URL: Final = PLACE_BIT[Place.HTTP_URL]
_HASH: Final = PLACE_BIT[Place.FILE_HASH]
_SENDER: Final = PLACE_BIT[Place.MAIL_SENDER]
# A name of the DNS has 253 letters; what is longer is looked up all the same, but fills no memory.
_REMEMBERED_LETTERS: Final = 253


@dataclass(frozen=True, slots=True)
class Hit:
    """One event in which one indicator was found; it stays in the institution."""

    key: str
    event: Event
    places: tuple[Place, ...]


class Stream:
    """Matches batch after batch and keeps the sums, and a few of the newest hits for the institution's own eyes."""

    def __init__(self, indicators: IndicatorSet, *, kept_hits: int = 0) -> None:
        self._set = indicators
        self._kept_hits = kept_hits
        self._addresses: dict[str, tuple[int, ...]] = {}
        self._names: dict[str, tuple[int, ...]] = {}
        self.tallies = Tallies()
        self.hits: list[Hit] = []

    def take(self, events: Iterable[Event]) -> None:
        """Count every hit in the events."""
        for event, found in self._matches(events):
            for number, places in found.items():
                key = self._set.keys[number]
                self.tallies.add(key, event.seen_us, places | way_of(event, places))
                self._keep(key, event, places)

    def drain(self) -> tuple[list[Tally], list[Hit]]:
        """What was counted since the last time, and the newest hits; both begin anew."""
        tallies, self.tallies = self.tallies.all(), Tallies()
        hits, self.hits = self.hits[-self._kept_hits :] if self._kept_hits else [], []
        return tallies, hits

    def _keep(self, key: str, event: Event, places: int) -> None:
        if self._kept_hits:
            self.hits.append(Hit(key, event, places_of(places)))
            if len(self.hits) >= 2 * self._kept_hits:
                del self.hits[: -self._kept_hits]

    def _matches(self, events: Iterable[Event]) -> Iterator[tuple[Event, dict[int, int]]]:
        address, name = self._address, self._name
        addresses, names = self._addresses, self._names
        for event in events:
            found: dict[int, int] = {}
            # The two lines that run for every event ask the memory first, without a call.
            for text, place in ((event.src, _SOURCE), (event.dst, _DESTINATION)):
                numbers = addresses.get(text)
                _note(found, address(text) if numbers is None else numbers, place)
            if event.dns_queries:
                for query in event.dns_queries:
                    numbers = names.get(query)
                    _note(found, name(query) if numbers is None else numbers, _DNS)
            if event.server_name:
                _note(found, name(event.server_name), _SERVER_NAME)
            if event.http_host or event.http_url:
                self._http(found, event)
            if event.certificate or event.client or event.hashes or event.mail_sender:
                self._rare(found, event)
            if found:
                yield event, found

    def _http(self, found: dict[int, int], event: Event) -> None:
        host = event.http_host
        if host:
            _note(found, self._name(host), _HOST)
            if host[-1].isdigit() or ":" in host:
                _note(found, self._address(host), _HOST)
        if event.http_url:
            _note(found, self._set.urls.get(event.http_url, ()), _URL)

    def _rare(self, found: dict[int, int], event: Event) -> None:
        chosen = self._set
        _note(found, chosen.hashes.get(event.certificate, ()), _CERTIFICATE)
        _note(found, chosen.clients.get(event.client, ()), _CLIENT)
        _note(found, chosen.senders.get(event.mail_sender, ()), _SENDER)
        for each in event.hashes:
            _note(found, chosen.hashes.get(each, ()), _HASH)

    def _address(self, text: str) -> tuple[int, ...]:
        numbers = self._addresses.get(text)
        if numbers is None:
            numbers = self._find_address(text)
            if len(text) <= ADDRESS_LETTERS:
                if len(self._addresses) >= MEMORY:
                    self._addresses.clear()
                self._addresses[text] = numbers
        return numbers

    def _find_address(self, text: str) -> tuple[int, ...]:
        key = read_address(text)
        if not key:
            return ()
        found = self._set.addresses.get(key, ())
        for length in self._set.network_lengths:
            if length > len(key):
                break
            found += self._set.networks.get(key[:length], ())
        return found

    def _name(self, text: str) -> tuple[int, ...]:
        numbers = self._names.get(text)
        if numbers is None:
            numbers = self._find_name(text)
            if len(text) <= _REMEMBERED_LETTERS:
                if len(self._names) >= MEMORY:
                    self._names.clear()
                self._names[text] = numbers
        return numbers

    def _find_name(self, text: str) -> tuple[int, ...]:
        domains, longest = self._set.domains, self._set.longest_domain
        # Only what is as short as a wanted domain is looked up: a name of nothing but dots costs no more than others.
        begin = len(text) - longest
        found = domains.get(text, ()) if begin <= 0 else ()
        cut = text.find(".", max(begin - 1, 0))
        # A domain covers its sub-domains, cut at the dots: not-evil.example is none of evil.example.
        while cut >= 0:
            found += domains.get(text[cut + 1 :], ())
            cut = text.find(".", cut + 1)
        return found


def _note(found: dict[int, int], numbers: tuple[int, ...], place: int) -> None:
    for number in numbers:
        found[number] = found.get(number, 0) | place
