"""Who asks, and about what: the cast as browsers and tokens, and one object of each kind at each of the two hospitals.

What a URL's parameter stands for is made by the factories in `access_objects`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.test import Client

from sonae.core.access import rules as access_rules
from sonae.core.access import services as access
from sonae.core.access.vocabulary import NATIONWIDE, Place
from sonae.core.accounts.vocabulary import Role
from sonae.core.institutions import services as institutions
from sonae.core.institutions.models import Institution
from sonae.core.institutions.testing import a_vendor, an_institution
from sonae.core.institutions.vocabulary import Population, Prefecture
from sonae.testing import cast
from sonae.testing.cast import Person

# The columns of the table, in order. The program holds a token of the own hospital with every scope it may carry.
ACTORS = (
    "anonymous", "officer", "inspector", "prefecture officer", "analyst", "responder", "manager", "executive", "staff",
    "vendor", "operator", "auditor", "program",
)  # fmt: skip
LETTERS = "-OIKARMESVPUC"


@dataclass
class World:
    """Two hospitals in two jurisdictions, everyone of the cast at the first, and a manager and staff at the second."""

    now: datetime
    own: Institution
    other: Institution
    people: dict[str, Person]
    managers: dict[int, Person]
    staff: dict[int, Person]
    clients: dict[str, Client]
    made: dict[tuple[Any, int], Any] = field(default_factory=dict)


# The value of a parameter at a hospital.
type Factory = Callable[[World, Institution], Any]


def made_once(factory: Factory, world: World, hospital: Institution) -> Any:
    """What a factory makes at a hospital, the same for every URL that asks."""
    key = (factory, hospital.pk)
    if key not in world.made:
        world.made[key] = factory(world, hospital)
    return world.made[key]


def of(factory: Factory, place: int) -> Factory:
    """One of several values that a factory makes together."""
    return lambda world, hospital: made_once(factory, world, hospital)[place]


def always(value: Any) -> Factory:
    """The same for both hospitals: what it stands for belongs to nobody of the cast."""
    return lambda _world, _hospital: value


def build(now: datetime) -> World:
    """The world, made through the real verbs."""
    own = an_institution(population=Population.SYNTHETIC, name="備前合成病院")
    other = an_institution(population=Population.SYNTHETIC, prefecture=Prefecture.TOKYO, name="武蔵合成病院")
    vendor = a_vendor()
    here = cast.at_institution(own)
    places = {
        "officer": (Role.MINISTRY_OFFICER, NATIONWIDE),
        "inspector": (Role.INSPECTOR, Place(jurisdiction_id=own.jurisdiction_id)),
        "prefecture officer": (Role.PREFECTURE_OFFICER, Place(prefecture=Prefecture(own.prefecture))),
        "analyst": (Role.SHARING_ANALYST, NATIONWIDE),
        "responder": (Role.RESPONDER, NATIONWIDE),
        "manager": (Role.INSTITUTION_MANAGER, here),
        "executive": (Role.EXECUTIVE, here),
        "staff": (Role.STAFF, here),
        "vendor": (Role.VENDOR, Place(vendor_id=vendor.pk)),
        "operator": (Role.OPERATOR, NATIONWIDE),
        "auditor": (Role.AUDITOR, NATIONWIDE),
    }
    people = {name: cast.a_person(role, at=at) for name, (role, at) in places.items()}
    there = cast.at_institution(other)
    managers = {own.pk: people["manager"], other.pk: cast.a_person(Role.INSTITUTION_MANAGER, at=there)}
    staff = {own.pk: people["staff"], other.pk: cast.a_person(Role.STAFF, at=there)}
    institutions.link_vendor(
        institution_id=own.pk, vendor_id=vendor.pk, service="電子カルテ", by=people["manager"].account.pk, now=now
    )
    _, secret = access.issue_program_token(
        "program", institution_id=own.pk, scopes=access_rules.PROGRAM_TOKEN_SCOPES, by=people["manager"].viewer, now=now
    )
    clients = {name: person.client for name, person in people.items()}
    return World(
        now=now,
        own=own,
        other=other,
        people=people,
        managers=managers,
        staff=staff,
        clients={"anonymous": Client(), **clients, "program": cast.bearer(secret)},
    )
