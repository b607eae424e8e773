"""Under which few keys a thing on a ledger lies: an advisory's product finds all that it may be, and little else.

What judging.py can call the same or unclear shares one of these keys; the more exactly a key says why, the fewer pairs
are judged in vain. Each key stands beside the answers that it serves.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import lru_cache

from sonae_engine.exposure.aliases import Aliases
from sonae_engine.exposure.judging import may_lack_maker
from sonae_engine.exposure.models import Unit, core_of
from sonae_engine.exposure.names import Reading, Subject, Thing
from sonae_engine.exposure.near import Near, Vocabulary
from sonae_engine.exposure.spelling import first_sounds, is_kana

type Key = tuple[str, str, str]

# Whose things: tags of companies, and two for those who did not say whose it is.
_UNSAID_THING, _UNSAID_SUBJECT = "?thing", "?subject"
# Judging takes a word of the ledger for one of the advisory where it is inside of it, from this length on. Nobody makes
# longer words than the longest: a thing with such a word alone lies under all its words.
_SHORTEST_PART, _LONGEST_PART = 6, 40


class Known:
    """The words and companies of the things that are looked among; `count` tells how many lie under a key."""

    def __init__(
        self, words: Near, companies: Near, holds: Callable[[str], bool], count: Callable[[Key], int] | None = None
    ) -> None:
        self.words = words
        self.companies = companies
        self.holds = holds
        self.count = count


class Blocks[N: Hashable]:
    """Things by their names, under their keys."""

    def __init__(self, aliases: Aliases) -> None:
        self._aliases = aliases
        self.things: dict[N, Thing] = {}
        # Keys are kept as their hashes: two that meet cost a pair that is judged in vain.
        self._at: dict[int, list[N]] = defaultdict(list)
        self._words, self._companies = Vocabulary(), Vocabulary()
        self._known: set[tuple[str, bool]] = set()

    def add(self, name: N, thing: Thing) -> set[Key]:
        """Know a thing; answers its keys."""
        self.things[name] = thing
        for word in thing.reading.words:
            self._words.add(word)
            self._known.add((word, False))
        for company in thing.vendors:
            self._companies.add(company.removeprefix("~"))
            self._known.add((company.removeprefix("~"), True))
        found = keys_of_thing(thing, self._aliases)
        for key in found:
            self._at[hash(key)].append(name)
        return found

    def known(self) -> Iterator[tuple[str, bool]]:
        """Every word of a thing, and whether it is a company."""
        yield from self._known

    def candidates(self, subject: Subject) -> set[N]:
        """The things that may be the subject."""
        known = Known(self._words, self._companies, lambda word: (word, False) in self._known, self._count)
        found: set[N] = set()
        for key in keys_of_subject(subject, known, self._aliases):
            found.update(self._at.get(hash(key), ()))
        return found

    def _count(self, key: Key) -> int:
        return len(self._at.get(hash(key), ()))


def keys_of_thing(thing: Thing, aliases: Aliases) -> set[Key]:
    """Where a thing lies."""
    reading = thing.reading
    # Every word of the advisory is there (`word`), a model number is (`number`), the whole is written together.
    own = {("word", word) for word in (*reading.words, *thing.around, *reading.may)}
    own |= {("number", unit.core) for unit in thing.units} | {("prefix", unit.prefix) for unit in thing.units}
    own |= {("numbered", "") for _ in thing.units}
    own |= {("joined", reading.joined)}
    own |= {("runs", str(at)) for at, rule in enumerate(aliases.runs) if rule.boxes.search(thing.plain)}
    # What is not enough where the makers are not known to be one.
    theirs = {("any", "")}
    theirs |= {("umbrella", str(at)) for at, one in enumerate(aliases.umbrellas) if one.name <= set(reading.words)}
    theirs |= {("heard", sound) for word in reading.words if is_kana(word) for sound in _sounds(word)}
    if reading.empty or thing.only_maker or not (reading.words or thing.units or reading.may):
        theirs.add(("nameless", ""))
    if not thing.units:
        # A name that is shorter than the advisory's: all its words are asked for, so one of them is enough to look by.
        theirs |= {("short", word) for word in _telling(thing, aliases)}
    everywhere = {*thing.vendors, *thing.told_by, _UNSAID_SUBJECT, *([_UNSAID_THING] if may_lack_maker(thing) else [])}
    found = {(tag, *key) for tag in everywhere for key in own}
    return found | {(tag, *key) for tag in (*thing.vendors, *thing.told_by) for key in theirs}


def _telling(thing: Thing, aliases: Aliases) -> Iterable[str]:
    """One word of the ledger that an advisory must have for the others to be enough; all, where there is none such."""
    words = thing.reading.words
    sure = [word for word in words if len(word) <= _LONGEST_PART and not _may_be_idle(word, aliases)]
    return [max(sure, key=lambda word: (len(word), word))] if sure else (*words, *thing.around, *thing.reading.may)


@lru_cache(maxsize=200_000)
def _may_be_idle(word: str, aliases: Aliases) -> bool:
    """Whether a word may say nothing: judging lets it pass though it is asked for nowhere."""
    if word in aliases.editions or not (word.isascii() or is_kana(word)):
        return True
    return word in aliases.umbrella_words or bool(aliases.idle_words.slips(word))


def keys_of_subject(subject: Subject, known: Known, aliases: Aliases) -> set[Key]:
    """Where everything lies that an advisory's product may be."""
    kin = {other for vendor in subject.vendors for other in aliases.kin.get(vendor, (vendor,))}
    kin |= {"~" + near for one in subject.vendors if one[0] == "~" for near in known.companies.near(one[1:])}
    unsaid = {_UNSAID_THING, *([] if subject.vendors else [_UNSAID_SUBJECT])}
    found = {(tag, "joined", subject.joined) for tag in (*kin, *unsaid)}
    found |= {(tag, "nameless", "") for tag in kin}
    if subject.vague or not subject.readings:
        return found | {(tag, "any", "") for tag in kin}
    for reading in subject.readings:
        near = {word: known.words.near(word) | {word} for word in reading.words}
        whole, theirs = _whole_keys(reading, subject.vendors, aliases), _keys_of_reading(reading, near, known, aliases)
        found |= {(tag, *key) for tag in (*kin, *unsaid) for key in whole} | {
            (tag, *key) for tag in kin for key in theirs
        }
        if reading.words and (not reading.slots or _is_short_number(reading)):
            for tag in kin:
                found |= _rarest([{(tag, "word", other) for other in near[word]} for word in reading.words], known)
            for tag in unsaid:
                found |= _rarest([{(tag, "word", word)} for word in reading.words], known)
    return found


def _whole_keys(reading: Reading, vendors: frozenset[str], aliases: Aliases) -> set[tuple[str, str]]:
    """Keys of what is the same even without the maker: a number, the whole as it is written, a box that runs it."""
    found = {("number", unit.core) for unit in _numbers(reading)} | {("joined", reading.joined)}
    found |= set(_keys_of_many(reading, vendors, aliases))
    return found | {("runs", str(at)) for at, rule in enumerate(aliases.runs) if rule.system == set(reading.words)}


def _keys_of_reading(
    reading: Reading, near: dict[str, set[str]], known: Known, aliases: Aliases
) -> set[tuple[str, str]]:
    """Keys of what else is the same or unclear where the maker is known."""
    umbrellas = enumerate(aliases.umbrellas)
    found = {("umbrella", str(at)) for at, one in umbrellas if one.holds & set(reading.words)}
    found |= {("heard", sound) for word in reading.words if word.isascii() for sound in _sounds(word)}
    return found | {("short", word) for word in _asked_anyhow(reading, near, known)}


def _rarest(choices: list[set[Key]], known: Known) -> set[Key]:
    """As every word must be there, the keys of one are enough: of the rarest, where that is known."""
    count = known.count
    if count is None:
        return set().union(*choices)
    return min(choices, key=lambda some: sum(map(count, some)))


def _asked_anyhow(reading: Reading, near: dict[str, set[str]], known: Known) -> Iterator[str]:
    """Words of a ledger that judging takes for asked for."""
    for some in near.values():
        yield from some
    for word in reading.may:
        yield word
        yield from known.words.near(word)
    yield from (unit.prefix for slot in reading.slots for unit in slot.units if unit.prefix)
    joined = reading.joined
    for start in range(len(joined) - _SHORTEST_PART + 1):
        for end in range(start + _SHORTEST_PART, min(len(joined), start + _LONGEST_PART) + 1):
            if known.holds(part := joined[start:end]):
                yield part


def _numbers(reading: Reading) -> Iterator[Unit]:
    """The numbers of which one must be there: of the first slot, as it decides, and codes."""
    if reading.slots:
        yield from reading.slots[0].units
    yield from reading.codes


def _is_short_number(reading: Reading) -> bool:
    """Whether the number may be the first of the version that was typed (judging: `Struts 2`)."""
    return all(unit.whole.isdigit() and len(unit.whole) <= 2 for slot in reading.slots for unit in slot.units)


def _keys_of_many(reading: Reading, vendors: frozenset[str], aliases: Aliases) -> Iterator[tuple[str, str]]:
    """Numbers that stand for others: a span and a series for those with their letters, a wildcard for any."""
    for unit in _numbers(reading):
        if unit.until is not None or reading.series:
            yield "prefix", unit.prefix
            yield "word", unit.whole
        if unit.core.count("x") > 1:
            yield "numbered", ""
        for vendor in vendors:
            for model in aliases.series.get((vendor, unit.whole), ()):
                yield "number", core_of(model)


def _sounds(word: str) -> frozenset[str]:
    """With which consonant a word, or the first of several that are heard as one, may begin."""
    return first_sounds(word, least=1)
