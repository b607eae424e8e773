"""How large whole numbers that fit a set of sums can be: found by walking from corner to corner of all that fits. Pure.

Every corner that is whole is a witness: numbers that lead to the same sums. Nothing is said of a number but what a
witness shows, so an answer is never too large; where corners are broken, it may be too small.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

# Whatever can be looked up: the room that asks gives the names, and gets them back.
type Name = Any
type Number = int | Fraction

# So many steps in which nothing grew are followed by steps that cannot go in circles.
_PATIENCE = 30


@dataclass(frozen=True, slots=True)
class Sum:
    """Numbers from zero on that, each taken so many times, make up a total."""

    terms: Mapping[Name, int]
    total: int


class Contradiction(Exception):
    """No whole numbers from zero on fit all sums."""


def settled(sums: Iterable[Sum]) -> tuple[dict[Name, int], list[Sum]]:
    """The numbers that follow one after the other from sums in which they alone are unknown, and what is left.

    Raises Contradiction where such a number is negative or broken, or a sum of known numbers is another one.
    """
    left = [(dict(one.terms), one.total) for one in sums]
    where: dict[Name, list[int]] = defaultdict(list)
    for at, (terms, _) in enumerate(left):
        for name in terms:
            where[name].append(at)
    found: dict[Name, int] = {}
    ready = [at for at, (terms, _) in enumerate(left) if len(terms) < 2]
    while ready:
        at = ready.pop()
        terms, total = left[at]
        if not terms:
            if total:
                raise Contradiction
            continue
        name, times = next(iter(terms.items()))
        value, rest = divmod(total, times)
        if rest or value < 0:
            raise Contradiction
        found[name] = value
        for other in where[name]:
            others, sum_ = left[other]
            left[other] = others, sum_ - value * others.pop(name)
            if len(others) < 2:
                ready.append(other)
    return found, [Sum(terms, total) for terms, total in left if terms]


def apart(sums: Sequence[Sum]) -> list[list[Sum]]:
    """Sums in groups that have no number in common."""
    leader: dict[Name, Name] = {}

    def lead(name: Name) -> Name:
        while leader.setdefault(name, name) != name:
            leader[name] = name = leader[leader[name]]
        return name

    for one in sums:
        first, *others = one.terms
        for name in others:
            leader[lead(name)] = lead(first)
    groups: dict[Name, list[Sum]] = defaultdict(list)
    for one in sums:
        groups[lead(next(iter(one.terms)))].append(one)
    return list(groups.values())


def highest_seen(sums: Sequence[Sum], *, enough: int) -> dict[Name, int | None]:
    """The highest value of each number among the witnesses that were looked at; None where there was none.

    The search for a number ends once it has come to `enough`, or to its end. Raises Contradiction.
    """
    walk = _Walk(sums, enough)
    walk.find_a_corner()
    for name in sorted(walk.unsure, key=walk.order.__getitem__):
        if name in walk.unsure:
            walk.go_up(name)
    return walk.seen


@dataclass(slots=True)
class _Walk:
    """A table of the simplex method: each number of the basis is `right` less its row's share of the others."""

    sums: Sequence[Sum]
    enough: int
    rows: dict[Name, dict[Name, Number]] = field(default_factory=dict)
    right: dict[Name, Number] = field(default_factory=dict)
    # In the rows of which numbers of the basis each other number stands.
    columns: dict[Name, set[Name]] = field(default_factory=lambda: defaultdict(set))
    seen: dict[Name, int | None] = field(default_factory=dict)
    unsure: set[Name] = field(default_factory=set)
    order: dict[Name, int] = field(default_factory=dict)

    def find_a_corner(self) -> None:
        """Some numbers that fit; raises Contradiction where there are none."""
        for at, one in enumerate(self.sums):
            sign = -1 if one.total < 0 else 1
            gap = _Gap(at)
            self.rows[gap] = {name: sign * times for name, times in one.terms.items() if times}
            self.right[gap] = sign * one.total
            for name in self.rows[gap]:
                self.columns[name].add(gap)
                self.order.setdefault(name, len(self.order))
        self.seen = dict.fromkeys(self.order)
        self.unsure = set(self.order)
        aim: dict[Name, Number] = defaultdict(int)
        for row in self.rows.values():
            for name, times in row.items():
                aim[name] += times
        self._climb(dict(aim))
        if any(isinstance(name, _Gap) and amount for name, amount in self.right.items()):
            raise Contradiction
        self._close_gaps()
        self._witness()

    def go_up(self, name: Name) -> None:
        """Walks to where this number is highest, or high enough."""
        row = self.rows.get(name)
        self._climb({name: 1} if row is None else {other: -times for other, times in row.items()}, until=name)

    def _climb(self, aim: dict[Name, Number], *, until: Name | None = None) -> None:
        stood_still = 0
        while until is None or until in self.unsure:
            rising = [name for name, gain in aim.items() if gain > 0]
            if not rising:
                return
            if stood_still < _PATIENCE:
                enters = max(rising, key=lambda name: (aim[name], -self.order[name]))
            else:
                enters = min(rising, key=self.order.__getitem__)
            leaves = self._first_to_vanish(enters)
            assert leaves is not None, "every number is part of a sum that is bounded"
            stood_still = 0 if self.right[leaves] else stood_still + 1
            self._swap(enters, leaves)
            gain = aim.pop(enters)
            for name, times in self.rows[enters].items():
                _add(aim, name, -gain * times)
            if until is not None:
                self._witness()

    def _first_to_vanish(self, enters: Name) -> Name | None:
        best: tuple[Number, int] | None = None
        found: Name | None = None
        for name in self.columns[enters]:
            times = self.rows[name][enters]
            if times > 0:
                price = _over(self.right[name], times), -1 if isinstance(name, _Gap) else self.order[name]
                if best is None or price < best:
                    best, found = price, name
        return found

    def _swap(self, enters: Name, leaves: Name) -> None:
        row, amount = self.rows.pop(leaves), self.right.pop(leaves)
        times = row.pop(enters)
        if times != 1:
            row = {name: _over(one, times) for name, one in row.items()}
            amount = _over(amount, times)
        for name in row:
            self.columns[name].discard(leaves)
        if not isinstance(leaves, _Gap):
            row[leaves] = _over(1, times)
        others = self.columns.pop(enters)
        others.discard(leaves)
        self.rows[enters], self.right[enters] = row, amount
        for name in row:
            self.columns[name].add(enters)
        for other in others:
            self._take_out(other, enters, row, amount)

    def _take_out(self, other: Name, enters: Name, row: Mapping[Name, Number], amount: Number) -> None:
        mine = self.rows[other]
        by = mine.pop(enters)
        self.right[other] = _plain(self.right[other] - by * amount)
        for name, one in row.items():
            if _add(mine, name, -by * one):
                self.columns[name].add(other)
            else:
                self.columns[name].discard(other)

    def _close_gaps(self) -> None:
        """Puts a number in the place of each gap that is closed; a sum that says nothing new goes."""
        for gap in [name for name in self.rows if isinstance(name, _Gap)]:
            row = self.rows[gap]
            if row:
                self._swap(min(row, key=self.order.__getitem__), gap)
            else:
                del self.rows[gap], self.right[gap]

    def _witness(self) -> None:
        """Notes what the numbers are at this corner, where all of them are whole."""
        if not all(isinstance(amount, int) for amount in self.right.values()):
            return
        for name in tuple(self.unsure):
            value = self.right.get(name, 0)
            assert isinstance(value, int), "a broken corner is no witness"
            seen = self.seen[name]
            if seen is None or value > seen:
                self.seen[name] = value
            if value >= self.enough:
                self.unsure.discard(name)


@dataclass(frozen=True, slots=True)
class _Gap:
    """What is missing to the total of a sum while no numbers that fit are known."""

    at: int


def _add(row: dict[Name, Number], name: Name, amount: Number) -> bool:
    """Adds to a number's share; whether it has one then."""
    value = _plain(row.get(name, 0) + amount)
    if value:
        row[name] = value
        return True
    row.pop(name, None)
    return False


def _over(amount: Number, times: Number) -> Number:
    if times == 1:
        return amount
    return -amount if times == -1 else _plain(Fraction(amount) / times)


def _plain(amount: Number) -> Number:
    return amount.numerator if isinstance(amount, Fraction) and amount.denominator == 1 else amount


def names_in(sums: Iterable[Sum]) -> list[Name]:
    """Every number of some sums, once."""
    return list(dict.fromkeys(name for one in sums for name in one.terms))
