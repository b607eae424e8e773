"""The fast way: equal names are judged once, and only against names with which they share a maker and a word or number.

Answers what `reference.matches` answers. Works on in both directions: new advisories against the ledger that is known,
a changed ledger against the advisories that are known.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator

from sonae_engine.exposure.aliases import Aliases, learnt_key, published
from sonae_engine.exposure.identifiers import keys
from sonae_engine.exposure.judging import judge, may_lack_maker
from sonae_engine.exposure.models import Unit
from sonae_engine.exposure.names import Reading, Subject, Thing, read_component, read_product
from sonae_engine.exposure.near import Near, Vocabulary
from sonae_engine.exposure.spelling import compact
from sonae_engine.exposure.vocabulary import Answer, Component, Covered, Match, Product, Verdict

type Key = tuple[Hashable, ...]

_UNSAID_THING, _UNSAID_SUBJECT = "?thing", "?subject"


class _Things:
    """Distinct names of a ledger, under the keys by which an advisory finds them."""

    def __init__(self, aliases: Aliases) -> None:
        self.aliases = aliases
        self.names: dict[Component, Thing] = {}
        self.rows: dict[Component, dict[str, str]] = defaultdict(dict)
        self.at: dict[_Key, set[Component]] = defaultdict(set)
        self.words = Vocabulary()
        self.companies = Vocabulary()

    def add(self, component: Component) -> Component:
        name = _nameless(component)
        self.rows[name][component.key] = component.version
        if name in self.names:
            return name
        thing = self.names[name] = read_component(name, self.aliases)
        for word in thing.reading.words:
            self.words.add(word)
        for company in thing.vendors:
            self.companies.add(company.removeprefix("~"))
        for key in _keys_of_thing(name, thing, tags_of_thing(thing), thing.reading.words, self.aliases):
            self.at[key].add(name)
        return name


class _Subjects:
    """Products of advisories, under the keys by which a ledger finds them."""

    def __init__(self, aliases: Aliases) -> None:
        self.aliases = aliases
        self.names: dict[tuple[object, ...], Subject] = {}
        self.rows: dict[tuple[object, ...], dict[str, Product]] = defaultdict(dict)
        self.at: dict[_Key, set[tuple[object, ...]]] = defaultdict(set)
        self.words = Vocabulary()
        self.companies = Vocabulary()

    def add(self, product: Product) -> tuple[object, ...]:
        name = (product.vendor, product.product, product.identifiers)
        self.rows[name][product.key] = product
        if name in self.names:
            return name
        subject = self.names[name] = read_product(product, self.aliases)
        for word in {word for reading in subject.readings for word in reading.words}:
            self.words.add(word)
        for company in subject.vendors:
            self.companies.add(company.removeprefix("~"))
        for key in _keys_of_subject(product, subject, tags_of_subject(subject, self.aliases), None, self.aliases):
            self.at[key].add(name)
        return name


class Matcher:
    """A ledger and advisories that both grow; each `add` answers with the matches that came with it."""

    def __init__(self, aliases: Aliases | None = None) -> None:
        self._aliases = aliases or published()
        self._things = _Things(self._aliases)
        self._subjects = _Subjects(self._aliases)

    def add_products(self, products: Iterable[Product]) -> Iterator[Match]:
        """New products of advisories: their matches in the ledger that is known."""
        for product in products:
            name = self._subjects.add(product)
            subject = self._subjects.names[name]
            for thing_name in sorted(self._for_subject(product, subject), key=_text):
                found = judge(thing_name, self._things.names[thing_name], product, subject, self._aliases)
                if found.answer is not Answer.DIFFERENT:
                    yield from _expanded(self._things.rows[thing_name].items(), [product], found)

    def add_components(self, components: Iterable[Component]) -> Iterator[Match]:
        """New or changed rows of a ledger: their matches among the advisories that are known.

        A row whose key is known already must be removed first.
        """
        judged: dict[Component, list[tuple[tuple[object, ...], Verdict]]] = {}
        for component in components:
            name = self._things.add(component)
            if name not in judged:
                judged[name] = list(self._judged(name))
            for subject_name, found in judged[name]:
                rows = self._subjects.rows[subject_name].values()
                yield from _expanded([(component.key, component.version)], rows, found)

    def remove_components(self, gone: Iterable[Component]) -> None:
        """Forget rows of the ledger, as they were added."""
        for component in gone:
            self._things.rows[_nameless(component)].pop(component.key, None)

    def _judged(self, name: Component) -> Iterator[tuple[tuple[object, ...], Verdict]]:
        thing = self._things.names[name]
        for subject_name in self._for_thing(name, thing):
            product = next(iter(self._subjects.rows[subject_name].values()))
            found = judge(name, thing, product, self._subjects.names[subject_name], self._aliases)
            if found.answer is not Answer.DIFFERENT:
                yield subject_name, found

    def _for_subject(self, product: Product, subject: Subject) -> set[Component]:
        tags = tags_of_subject(subject, self._aliases) | near_companies(subject.vendors, self._things.companies)
        found: set[Component] = set()
        for key in _keys_of_subject(product, subject, tags, self._things.words, self._aliases):
            found |= self._things.at.get(key, set())
        return found

    def _for_thing(self, name: Component, thing: Thing) -> set[tuple[object, ...]]:
        tags = tags_of_thing(thing) | near_companies(thing.vendors, self._subjects.companies)
        words = {near for word in thing.reading.words for near in self._subjects.words.near(word)}
        found: set[tuple[object, ...]] = set()
        for key in _keys_of_thing(name, thing, tags, (*words, *thing.reading.words), self._aliases):
            found |= self._subjects.at.get(key, set())
        return found


def matches(
    components: Iterable[Component], products: Iterable[Product], *, aliases: Aliases | None = None
) -> Iterator[Match]:
    """Every pair that `reference.matches` finds, in another order."""
    matcher = Matcher(aliases)
    for _ in matcher.add_products(products):
        pass  # no ledger is known yet
    return matcher.add_components(components)


def _nameless(component: Component) -> Component:
    return Component("", component.maker, component.product, component.model, "", component.identifiers)


def _text(name: Component) -> tuple[str, str, str]:
    return name.maker, name.product, name.model


def _expanded(rows: Iterable[tuple[str, str]], products: Iterable[Product], found: Verdict) -> Iterator[Match]:
    products = list(products)
    for key, version in rows:
        for product in products:
            covered = product.covers(version)
            if covered is not Covered.NO:
                yield Match(key, product.key, found, covered)


def near_companies(companies: frozenset[str], known: Near) -> set[str]:
    """The companies without an entry that are known and nearly spelt like these."""
    return {"~" + near for one in companies if one[0] == "~" for near in known.near(one[1:])}


def tags_of_thing(thing: Thing) -> set[str]:
    """Whose things a row of the ledger is looked for among."""
    return {*thing.vendors, *thing.told_by, _UNSAID_SUBJECT, *([_UNSAID_THING] if may_lack_maker(thing) else [])}


def tags_of_subject(subject: Subject, aliases: Aliases) -> set[str]:
    """Whose things an advisory's product is looked for among."""
    kin = {other for vendor in subject.vendors for other in aliases.kin.get(vendor, (vendor,))}
    return {*kin, _UNSAID_THING, *([] if subject.vendors else [_UNSAID_SUBJECT])}


def _keys_of_thing(
    name: Component, thing: Thing, tags: set[str], words: Iterable[str], aliases: Aliases
) -> Iterator[Key]:
    yield from word_keys_of_thing(thing, tags, words, aliases)
    yield from (("named", *key) for key in keys(name.identifiers))
    mine = (compact(name.maker), compact(f"{name.product} {name.model}"))
    yield from (("learnt", key) for key, same in aliases.learnt.items() if same and key[2:] == mine)


def word_keys_of_thing(thing: Thing, tags: set[str], words: Iterable[str], aliases: Aliases) -> Iterator[Key]:
    """Under what the words of a row on the ledger are kept; `words` are those of its reading, and their slips."""
    reading = thing.reading
    met = {*words, *thing.around, *reading.may}
    own: list[Key] = [("word", word) for word in met]
    own += [("number", unit.core) for unit in thing.units]
    own += [("joined", reading.joined), ("any",)]
    own += [("runs", at) for at, rule in enumerate(aliases.runs) if rule.boxes.search(thing.plain)]
    own += [("umbrella", at) for at, rule in enumerate(aliases.umbrellas) if rule.name <= set(reading.words)]
    own += [("numbered",)] if thing.units else [("unnumbered", word) for word in met]
    if reading.empty or thing.only_maker:
        own.append(("nameless",))
    yield from ((tag, *key) for tag in tags for key in own)


def _keys_of_subject(
    product: Product, subject: Subject, tags: set[str], known: Vocabulary | None, aliases: Aliases
) -> Iterator[Key]:
    yield from word_keys_of_subject(subject, tags, known, aliases)
    yield from (("named", *key) for key in keys(product.identifiers))
    mine = learnt_key(product.vendor, product.product, "", "")[:2]
    yield from (("learnt", key) for key, same in aliases.learnt.items() if same and key[:2] == mine)


def word_keys_of_subject(
    subject: Subject, tags: set[str], known: Near | None, aliases: Aliases
) -> Iterator[Key]:
    """Under what the words of an advisory's product are looked up; `known` holds the words of the ledger."""
    own: set[Key] = {("nameless",), ("joined", subject.joined)}
    if subject.vague or not subject.readings:
        own.add(("any",))
    for reading in subject.readings:
        own |= _keys_of_reading(reading, subject.vendors, known, aliases)
    yield from ((tag, *key) for tag in tags for key in own)


def _keys_of_reading(
    reading: Reading, vendors: frozenset[str], known: Near | None, aliases: Aliases
) -> set[Key]:
    words = set(reading.words)
    near = {other for word in words for other in known.near(word)} if known else set()
    units = (*(unit for slot in reading.slots for unit in slot.units), *reading.codes)
    # A reading that asks for a number meets things with numbers by numbers alone: its words meet the others.
    own: set[Key] = {("unnumbered" if reading.slots else "word", word) for word in words | near}
    own |= {("number", unit.core) for unit in units}
    own.add(("joined", reading.joined))
    own |= {("runs", at) for at, rule in enumerate(aliases.runs) if rule.system == words}
    own |= {("umbrella", at) for at, rule in enumerate(aliases.umbrellas) if rule.holds & words}
    if any(_holds_others(unit, reading, vendors, aliases) for unit in units):
        own.add(("numbered",))
    return own


def _holds_others(unit: Unit, reading: Reading, vendors: frozenset[str], aliases: Aliases) -> bool:
    """Whether a number stands for numbers that are written otherwise: a span, a wildcard, a series."""
    named = any((vendor, unit.whole) in aliases.series for vendor in vendors)
    return named or unit.until is not None or reading.series or "x" in unit.core
