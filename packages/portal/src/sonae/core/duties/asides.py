"""What stands beside a duty about a matter of a later room, which this one does not know: later rooms offer it here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sonae.core.duties.models import Duty
from sonae.core.web.words import Text


@dataclass(frozen=True, slots=True)
class Aside:
    """A section of the duty's page: its heading, and the template that draws `page`."""

    title: Text
    template: str
    page: Mapping[str, Any]


type Offer = Callable[[Duty], Aside | None]

_offers: dict[str, Offer] = {}


def offer(matter: str, aside: Offer) -> None:
    """A later room says what helps with the duties about its matter; called once when the site is ready."""
    _offers[matter] = aside


def beside(duty: Duty) -> Aside | None:
    """What helps with this duty, by what it is about."""
    found = _offers.get(duty.subject)
    return found(duty) if found else None
