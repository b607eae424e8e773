"""What stands beside a row of the ledger and comes from a later room, which this one does not know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.web.words import Text
from sonae.prevention.assets.models import Asset


@dataclass(frozen=True, slots=True)
class Aside:
    """A section of the page of an asset, or of a connection that ends at it: heading, template, and what it draws."""

    title: Text
    template: str
    page: Mapping[str, Any]


type Offer = Callable[[Asset, Viewer], Aside | None]

_offers: list[Offer] = []


def offer(aside: Offer) -> None:
    """A later room says what it knows of an asset; called once when the site is ready."""
    if aside not in _offers:
        _offers.append(aside)


def beside(asset: Asset | None, viewer: Viewer) -> list[Aside]:
    """What later rooms know of an asset."""
    if asset is None:
        return []
    return [found for one in _offers if (found := one(asset, viewer)) is not None]
