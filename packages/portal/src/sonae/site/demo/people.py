"""One account for each role, all with the same password and authenticator secret, made new for each demonstration."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.utils.translation import gettext as _

from sonae.core.access import queries, services
from sonae.core.access.vocabulary import NATIONWIDE, Place
from sonae.core.accounts import rules as accounts_rules
from sonae.core.accounts import services as accounts
from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.institutions import services as institutions
from sonae.core.institutions.models import Institution
from sonae.core.institutions.vocabulary import Prefecture
from sonae.core.web import words

TOTP_PERIOD_SECONDS = 30

type Part = tuple[str, Role, Place, str, str]


@dataclass(frozen=True, slots=True)
class Person:
    """Someone of the demonstration, and where their role holds."""

    account: Account
    role: Role
    place: str

    def viewer(self, now: datetime) -> Viewer:
        return queries.viewer_of(self.account.pk, now=now)


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody, by the part they play."""

    people: dict[str, Person]
    password: str
    totp_secret: str

    def __getitem__(self, part: str) -> Person:
        return self.people[part]

    def code(self, now: datetime) -> str:
        """What everyone's authenticator app shows at this moment."""
        return str(format_hotp_value(hotp_value(self.totp_secret, int(now.timestamp()) // TOTP_PERIOD_SECONDS)))


def engage(hospital_a: Institution, hospital_b: Institution, *, now: datetime, tell: Callable[[str], None]) -> Cast:
    """Makes everybody: bodies of the sector, and the people of hospitals A and B."""
    at_a, at_b = services.place_of_institution(hospital_a.pk), services.place_of_institution(hospital_b.pk)
    vendor = institutions.register_vendor(_("Demo Medical Systems Ltd."), by=None, now=now)
    parts = [*_bodies(hospital_b, at=at_b), *_inside(hospital_a, hospital_b, at_a=at_a, at_b=at_b)]
    parts.append(("vendor", Role.VENDOR, Place(vendor_id=vendor.pk), vendor.name, "vendor"))
    password, totp_secret = f"sonae-{secrets.token_hex(8)}", generate_totp_secret()
    people = {}
    for number, (part, role, place, place_words, address) in enumerate(parts, 1):
        name = _("Demo %(number)d") % {"number": number}
        account = accounts.create_account(f"{address}@demo.example", name=name, password=password, by=None, now=now)
        services.found(account.pk, role, at=place, now=now)
        if accounts_rules.needs_second_factor([role]):
            TOTP.activate(account, totp_secret)
        people[part] = Person(account, role, place_words)
        tell(f"{number}/{len(parts)}")
    return Cast(people, password, totp_secret)


def _bodies(hospital_b: Institution, *, at: Place) -> list[Part]:
    """Who works for the sector: part, role, place, the place in words, and what the address begins with."""
    nationwide = _("nationwide")
    return [
        ("officer", Role.MINISTRY_OFFICER, NATIONWIDE, nationwide, "officer"),
        (
            "inspector",
            Role.INSPECTOR,
            Place(jurisdiction_id=at.jurisdiction_id),
            str(hospital_b.jurisdiction),
            "inspector",
        ),
        (
            "prefecture officer",
            Role.PREFECTURE_OFFICER,
            Place(prefecture=Prefecture(hospital_b.prefecture)),
            words.of(Prefecture(hospital_b.prefecture)),
            "prefecture",
        ),
        ("analyst", Role.SHARING_ANALYST, NATIONWIDE, nationwide, "analyst"),
        ("second analyst", Role.SHARING_ANALYST, NATIONWIDE, nationwide, "analyst2"),
        ("responder", Role.RESPONDER, NATIONWIDE, nationwide, "responder"),
        ("operator", Role.OPERATOR, NATIONWIDE, nationwide, "operator"),
        ("auditor", Role.AUDITOR, NATIONWIDE, nationwide, "auditor"),
    ]


def _inside(hospital_a: Institution, hospital_b: Institution, *, at_a: Place, at_b: Place) -> list[Part]:
    """Who works at the two hospitals, in the same shape."""
    return [
        (
            "manager A",
            Role.INSTITUTION_MANAGER,
            at_a,
            _("hospital A: %(name)s") % {"name": hospital_a.name},
            "manager-a",
        ),
        (
            "manager B",
            Role.INSTITUTION_MANAGER,
            at_b,
            _("hospital B: %(name)s") % {"name": hospital_b.name},
            "manager-b",
        ),
        ("executive B", Role.EXECUTIVE, at_b, _("hospital B: %(name)s") % {"name": hospital_b.name}, "executive-b"),
        ("staff A", Role.STAFF, at_a, _("hospital A: %(name)s") % {"name": hospital_a.name}, "staff-a"),
    ]
