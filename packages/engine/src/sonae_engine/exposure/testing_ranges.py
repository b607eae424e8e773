"""How readings of version ranges are told from what a person says they mean, and how many of many strings are read."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sonae_engine.exposure.ranges import Certainty, Reading, read


def said(reading: Reading) -> list[str]:
    """A reading in the words of the truth: intervals, `?` where words beside them narrow them."""
    if reading.certainty is Certainty.UNREADABLE:
        return ["unreadable"]
    if reading.certainty is Certainty.NOTHING_STATED:
        return ["none"]
    kinds = (("", reading.ranges), ("date:", reading.dates), ("serial:", reading.serials))
    answer = [f"{kind}{of}{' ?' if of.qualifiers else ''}" for kind, ranges in kinds for of in ranges]
    answer += [f"model:{model.text}" for model in reading.models]
    answer += [f"hash:{commit}" for commit in reading.hashes] + [f"fixed:{version}" for version in reading.fixed]
    return answer + [f"not:{of}" for of in reading.excluded]


@dataclass(frozen=True, slots=True)
class Judged:
    """Rows of the truth: read rightly, wrongly (with what was read), not at all though readable, rightly not."""

    right: int
    wrong: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]
    missed: int
    rightly_left: int

    @property
    def precision(self) -> float:
        """Right among what was read."""
        return self.right / (self.right + len(self.wrong))

    @property
    def share(self) -> float:
        """Read among what can be read."""
        return (self.right + len(self.wrong)) / (self.right + len(self.wrong) + self.missed)


def judged(rows: Iterable[Mapping[str, Any]]) -> Judged:
    """Rows of the truth (`text`, `means`) beside what is read of them."""
    counts: Counter[str] = Counter()
    wrong = []
    for row in rows:
        answer = said(read(row["text"]))
        if answer == ["unreadable"]:
            counts["rightly left" if row["means"] == ["unreadable"] else "missed"] += 1
        elif _same(answer, row["means"]):
            counts["right"] += 1
        else:
            wrong.append((row["text"], tuple(answer), tuple(row["means"])))
    return Judged(counts["right"], tuple(wrong), counts["missed"], counts["rightly left"])


def _same(one: Sequence[str], other: Sequence[str]) -> bool:
    return sorted(word.casefold() for word in one) == sorted(word.casefold() for word in other)


@dataclass(frozen=True, slots=True)
class Shares:
    """Of the texts that state something, how many are read, each once and as often as it stands; and which are left."""

    once: float
    weighed: float
    sorts: Mapping[str, int]
    left: tuple[tuple[str, str, str], ...]


def shares_read(found: Iterable[str]) -> Shares:
    """The shares of texts about versions that are read; `left` holds text, fault and part."""
    often = Counter(found)
    readings = {text: read(text) for text in often}
    stating = {text: each for text, each in readings.items() if each.certainty is not Certainty.NOTHING_STATED}
    left = {text: each for text, each in stating.items() if each.certainty is Certainty.UNREADABLE}
    total = sum(often[text] for text in stating)
    return Shares(
        once=1 - len(left) / len(stating) if stating else 1.0,
        weighed=1 - sum(often[text] for text in left) / total if total else 1.0,
        sorts=Counter(str(each.certainty) for each in readings.values()),
        left=tuple((text, str(each.unread[0].fault), each.unread[0].part) for text, each in left.items()),
    )
