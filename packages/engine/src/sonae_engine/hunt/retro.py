"""Hunts in the stored past: one plan over sets, whatever the number of indicators."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from sonae_engine.hunt import duck
from sonae_engine.hunt.indicators import IndicatorSet
from sonae_engine.hunt.sides import INNER_KEYS
from sonae_engine.hunt.store import Segment, Store
from sonae_engine.hunt.tally import Tallies, Tally

_INNER: Final = duck.quoted(f"^({'|'.join(INNER_KEYS)})")


class _Wanted(msgspec.Struct, gc=False):
    # `class` is the word of the plan; Python keeps it for itself.
    class_: str = msgspec.field(name="class")
    value: str
    number: int


def hunt(store: Store, segments: Sequence[Segment], indicators: IndicatorSet) -> list[Tally]:
    """How often each indicator was seen on each day in these segments; the same answer as `reference.hunt`."""
    if not segments or not len(indicators):
        return []
    with store.connection() as (opened, scratch):
        _load(opened, scratch, indicators)
        opened.execute(f"CREATE TEMP VIEW event AS SELECT * FROM {store.table(segments)}")  # noqa: S608
        *steps, answer = duck.statements("retro")
        for step in steps:
            opened.execute(step)
        return _tallies(opened.execute(answer.replace("$inner", _INNER)).fetchall(), indicators)


def _load(opened: Any, scratch: Path, indicators: IndicatorSet) -> None:
    file = scratch / "wanted.json"
    encode = msgspec.json.Encoder().encode
    with file.open("wb") as out:
        for wanted in _wanted(indicators):
            out.write(encode(wanted))
            out.write(b"\n")
    (statement,) = duck.statements("wanted")
    opened.execute(statement.replace("$file", duck.quoted(str(file))))


def _wanted(indicators: IndicatorSet) -> Iterator[_Wanted]:
    classes = {
        "address": indicators.addresses,
        "network": indicators.networks,
        "domain": indicators.domains,
        "url": indicators.urls,
        "hash": indicators.hashes,
        "client": indicators.clients,
        "sender": indicators.senders,
    }
    for name, lookup in classes.items():
        for value, numbers in lookup.items():
            for number in numbers:
                yield _Wanted(name, value, number)


def _tallies(rows: list[tuple[int, int, int, int, int, int]], indicators: IndicatorSet) -> list[Tally]:
    tallies = Tallies()
    for number, day, count, first_us, last_us, places in rows:
        key = indicators.keys[number]
        tallies.add_sum(key, day, count=count, first_us=first_us, last_us=last_us, places=places)
    return tallies.all()
