"""The cast: a fixed set of people by role, made through the real verbs, and the two hospitals that tell them apart.

Loaded as a pytest plugin by the conftest.py at the root. Each person is a fixture; asking for one makes only that one.
The clock stands near `NOW` in every test that asks for `now` or a person, so that pages and verbs agree on the moment.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.test import Client

from sonae.core.access import queries as access_queries
from sonae.core.access import services as access
from sonae.core.access.vocabulary import NATIONWIDE, Permission, Place
from sonae.core.accounts import rules as accounts_rules
from sonae.core.accounts import services as accounts
from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.institutions import testing as institutions
from sonae.core.institutions.models import Institution, Vendor
from sonae.core.institutions.vocabulary import Population, Prefecture

# Monday, Labour Thanksgiving Day, 18:00 in Japan: a closed day, so that calendar rules show.
NOW = institutions.NOW
# People were there before anything that a test lets happen.
JOINED_AT = NOW - timedelta(days=30)
PASSWORD = "a long and quiet passphrase"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SIGN_IN_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
QUICK_HASHER = "sonae.testing.hashers.QuickArgon2Hasher"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone with one role at one place."""

    account: Account
    role: Role
    place: Place

    @property
    def viewer(self) -> Viewer:
        """As whom this person asks, at `NOW`."""
        return access_queries.viewer_of(self.account.pk, now=NOW)

    @property
    def client(self) -> Client:
        """A fresh browser in which this person is signed in; English, so that tests read pages as the code has them."""
        return signed_in(self.account)

    @property
    def totp_code(self) -> str:
        """What this person's authenticator app shows at `NOW`."""
        authenticator = Authenticator.objects.get(user=self.account, type=Authenticator.Type.TOTP)
        return str(format_hotp_value(hotp_value(decrypt(authenticator.data["secret"]), int(NOW.timestamp()) // 30)))

    def token(self, *scopes: Permission, name: str = "test") -> str:
        """The secret of a new token that speaks for this person within these scopes."""
        _, secret = access.issue_person_token(name, scopes=scopes, by=self.viewer, now=NOW)
        return secret


def signed_in(account: Account) -> Client:
    """A browser in which this account is signed in."""
    client = Client(headers={"accept-language": "en"})
    client.cookies["sonae_language"] = "en"
    client.force_login(account, backend=SIGN_IN_BACKEND)
    show_second_factor(client, account)
    return client


def show_second_factor(client: Client, account: Account) -> None:
    """Writes into the session what a sign-in with the second factor would have; nothing where there is none."""
    shown = Authenticator.objects.filter(user=account).exclude(type=Authenticator.Type.RECOVERY_CODES).first()
    if shown is None:
        return
    session = client.session
    # An hour ago: pages that ask for the password again do so.
    record = {"method": "mfa", "at": time.time() - 3_600, "id": shown.pk, "type": shown.type}
    session["account_authentication_methods"] = [record]
    session["account_authentication_methods_user"] = str(account.pk)
    session.save()


def bearer(secret: str) -> Client:
    """A program that sends this token with every request."""
    return Client(headers={"authorization": f"Bearer {secret}"})


def a_person(role: Role, *, at: Place = NATIONWIDE, name: str = "", now: datetime = JOINED_AT) -> Person:
    """Someone new with this role, with a second factor where the role needs one. Passwords are `PASSWORD`."""
    number = Account.objects.count() + 1
    account = accounts.create_account(
        f"{role.value.replace('_', '-')}-{number}@example.jp",
        name=name or f"{role.value} {number}",
        password=PASSWORD,
        by=None,
        now=now,
    )
    access.found(account.pk, role, at=at, now=now)
    if accounts_rules.needs_second_factor([role]):
        TOTP.activate(account, TOTP_SECRET)
    return Person(account, role, at)


def at_institution(institution: Institution) -> Place:
    return Place(institution_id=institution.pk, jurisdiction_id=institution.jurisdiction_id)


@pytest.fixture
def now() -> Iterator[datetime]:
    """The moment of the test. The clock of the whole process stands there and runs on from it."""
    with time_machine.travel(NOW.astimezone(UTC), tick=True):
        yield NOW


@pytest.fixture
def cast_database(db: Any, settings: Any, now: datetime) -> None:
    """The database with the cast's clock and quick passwords."""
    settings.PASSWORD_HASHERS = [QUICK_HASHER]


@pytest.fixture
def hospital(cast_database: None) -> Institution:
    """The hospital of `manager`, `colleague` and `executive`, inspected by `inspector`."""
    return institutions.an_institution(
        population=Population.SYNTHETIC, name="備前合成病院", name_kana="ビゼンゴウセイビョウイン"
    )


@pytest.fixture
def other_hospital(cast_database: None) -> Institution:
    """The hospital of `stranger`, in another jurisdiction."""
    return institutions.an_institution(
        population=Population.SYNTHETIC,
        prefecture=Prefecture.TOKYO,
        name="武蔵合成病院",
        name_kana="ムサシゴウセイビョウイン",
        licensed_beds=420,
    )


@pytest.fixture
def vendor(cast_database: None) -> Vendor:
    return institutions.a_vendor()


@pytest.fixture
def officer(cast_database: None) -> Person:
    """An officer of the ministry."""
    return a_person(Role.MINISTRY_OFFICER, name="中央 厚子")


@pytest.fixture
def inspector(hospital: Institution) -> Person:
    """An inspector of the jurisdiction in which `hospital` lies."""
    return a_person(Role.INSPECTOR, at=Place(jurisdiction_id=hospital.jurisdiction_id), name="検見 正")


@pytest.fixture
def prefecture_officer(hospital: Institution) -> Person:
    """An officer of the prefecture in which `hospital` lies."""
    return a_person(Role.PREFECTURE_OFFICER, at=Place(prefecture=Prefecture(hospital.prefecture)), name="県 見守")


@pytest.fixture
def analyst(cast_database: None) -> Person:
    return a_person(Role.SHARING_ANALYST, name="分析 一郎")


@pytest.fixture
def second_analyst(cast_database: None) -> Person:
    """Whoever releases what `analyst` drafted."""
    return a_person(Role.SHARING_ANALYST, name="分析 二郎")


@pytest.fixture
def responder(cast_database: None) -> Person:
    return a_person(Role.RESPONDER, name="初動 走")


@pytest.fixture
def manager(hospital: Institution) -> Person:
    """The manager of `hospital`."""
    return a_person(Role.INSTITUTION_MANAGER, at=at_institution(hospital), name="備前 守")


@pytest.fixture
def executive(hospital: Institution) -> Person:
    return a_person(Role.EXECUTIVE, at=at_institution(hospital), name="備前 院長")


@pytest.fixture
def colleague(hospital: Institution) -> Person:
    """A member of staff of `hospital`."""
    return a_person(Role.STAFF, at=at_institution(hospital), name="備前 看子")


@pytest.fixture
def stranger(other_hospital: Institution) -> Person:
    """The manager of `other_hospital`."""
    return a_person(Role.INSTITUTION_MANAGER, at=at_institution(other_hospital), name="武蔵 野")


@pytest.fixture
def vendor_person(vendor: Vendor) -> Person:
    """Someone at a vendor."""
    return a_person(Role.VENDOR, at=Place(vendor_id=vendor.pk), name="業者 太郎")


@pytest.fixture
def operator(cast_database: None) -> Person:
    """Whoever runs the machine."""
    return a_person(Role.OPERATOR, name="運用 子")


@pytest.fixture
def auditor(cast_database: None) -> Person:
    return a_person(Role.AUDITOR, name="監査 人")
