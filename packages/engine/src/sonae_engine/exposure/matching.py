"""The fast way: equal names are judged once, and only against names with which they share a key (blocking.py).

Answers what `reference.matches` answers. Works on in both directions: new advisories against the ledger that is known,
a changed ledger against the advisories that are known.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sonae_engine.exposure.aliases import Aliases, learnt_key, published
from sonae_engine.exposure.blocking import Blocks
from sonae_engine.exposure.identifiers import keys
from sonae_engine.exposure.judging import judge
from sonae_engine.exposure.names import Subject, read_component, read_product
from sonae_engine.exposure.spelling import compact
from sonae_engine.exposure.vocabulary import Answer, Component, Covered, Identifiers, Match, Product, Verdict

type _Advised = tuple[str, str, Identifiers]


class _Things:
    """Distinct names of a ledger: under the keys of their words, under identifiers, under what was decided of them."""

    def __init__(self, aliases: Aliases) -> None:
        self.aliases = aliases
        self.blocks: Blocks[Component] = Blocks(aliases)
        self.named: dict[object, set[Component]] = defaultdict(set)
        self.typed: dict[tuple[str, str], set[Component]] = defaultdict(set)

    def add(self, name: Component) -> None:
        if name in self.blocks.things:
            return
        self.blocks.add(name, read_component(name, self.aliases))
        for key in keys(name.identifiers):
            self.named[key].add(name)
        self.typed[compact(name.maker), compact(f"{name.product} {name.model}")].add(name)

    def judged(self, product: Product, subject: Subject) -> Iterator[tuple[Component, Verdict]]:
        """The names that are, or may be, a product."""
        found = self.blocks.candidates(subject)
        for key in keys(product.identifiers):
            found |= self.named.get(key, set())
        mine = learnt_key(product.vendor, product.product, "", "")[:2]
        for (*theirs, maker, typed), same in self.aliases.learnt.items():
            if same and tuple(theirs) == mine:
                found |= self.typed.get((maker, typed), set())
        for name in sorted(found, key=_text):
            verdict = judge(name, self.blocks.things[name], product, subject, self.aliases)
            if verdict.answer is not Answer.DIFFERENT:
                yield name, verdict


class Matcher:
    """A ledger and advisories that both grow; each `add` answers with the matches that came with it."""

    def __init__(self, aliases: Aliases | None = None) -> None:
        self._aliases = aliases or published()
        self._things = _Things(self._aliases)
        self._rows: dict[Component, dict[str, str]] = defaultdict(dict)
        self._subjects: dict[_Advised, Subject] = {}
        self._products: dict[_Advised, dict[str, Product]] = defaultdict(dict)

    def add_products(self, products: Iterable[Product]) -> Iterator[Match]:
        """New products of advisories: their matches in the ledger that is known."""
        for product in products:
            for name, found in self._things.judged(product, self._known(product)):
                yield from _expanded(self._rows[name].items(), [product], found)

    def add_components(self, components: Iterable[Component]) -> Iterator[Match]:
        """New or changed rows of a ledger: their matches among the advisories that are known.

        A row whose key is known already must be removed first. Many rows at once cost little more than one.
        """
        fresh = _Things(self._aliases)
        rows: dict[Component, dict[str, str]] = defaultdict(dict)
        for component in components:
            name = _nameless(component)
            rows[name][component.key] = self._rows[name][component.key] = component.version
            fresh.add(name)
            self._things.add(name)
        for advised, subject in self._subjects.items():
            products = self._products[advised].values()
            for name, found in fresh.judged(next(iter(products)), subject):
                yield from _expanded(rows[name].items(), products, found)

    def remove_components(self, gone: Iterable[Component]) -> None:
        """Forget rows of the ledger, as they were added."""
        for component in gone:
            self._rows[_nameless(component)].pop(component.key, None)

    def _known(self, product: Product) -> Subject:
        advised = (product.vendor, product.product, product.identifiers)
        self._products[advised][product.key] = product
        if advised not in self._subjects:
            self._subjects[advised] = read_product(product, self._aliases)
        return self._subjects[advised]


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
