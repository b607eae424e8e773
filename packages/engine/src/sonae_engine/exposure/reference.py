"""The slow and obvious way: every component against every product of every advisory, one pair after the other."""

from collections.abc import Iterable, Iterator

from sonae_engine.exposure.aliases import Aliases, published
from sonae_engine.exposure.judging import judge
from sonae_engine.exposure.names import read_component, read_product
from sonae_engine.exposure.vocabulary import Answer, Component, Covered, Match, Product, Verdict


def verdict(component: Component, product: Product, *, aliases: Aliases | None = None) -> Verdict:
    """The verdict about one pair."""
    aliases = aliases or published()
    return judge(component, read_component(component, aliases), product, read_product(product, aliases), aliases)


def matches(
    components: Iterable[Component], products: Iterable[Product], *, aliases: Aliases | None = None
) -> Iterator[Match]:
    """Every pair that is the same or unclear and whose version the advisory does not leave out."""
    aliases = aliases or published()
    subjects = [(product, read_product(product, aliases)) for product in products]
    for component in components:
        thing = read_component(component, aliases)
        for product, subject in subjects:
            found = judge(component, thing, product, subject, aliases)
            covered = product.covers(component.version)
            if found.answer is not Answer.DIFFERENT and covered is not Covered.NO:
                yield Match(component.key, product.key, found, covered)
