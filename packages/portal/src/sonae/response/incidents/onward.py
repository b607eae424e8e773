"""Where an incident leads in later rooms, which this one does not know: they offer their links here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.web.words import Text
from sonae.kernel.decision import ALLOWED, Decision
from sonae.response.incidents.models import Incident


@dataclass(frozen=True, slots=True)
class Onward:
    """A link from the page of an incident; where it is refused, the page shows it with the reason."""

    label: Text
    href: str
    allowed: Decision = ALLOWED
    is_main: bool = False


type Offer = Callable[[Incident, Viewer, datetime], Sequence[Onward]]

_offers: list[Offer] = []


def offer(links: Offer) -> None:
    """A later room leads on from incidents; called once when the site is ready."""
    if links not in _offers:
        _offers.append(links)


def links_from(incident: Incident, *, viewer: Viewer, now: datetime) -> list[Onward]:
    """Every link that the later rooms offer this viewer on this incident."""
    return [link for links in _offers for link in links(incident, viewer, now)]
