"""The people of the browser's world: who they are, where their role holds, and their signed-in sessions."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.test import Client

from sonae.core.access import queries, services
from sonae.core.access.vocabulary import NATIONWIDE, Place
from sonae.core.accounts import rules
from sonae.core.accounts import services as accounts
from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.testing.cast import PASSWORD, SIGN_IN_BACKEND, TOTP_SECRET

JOINED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Player:
    """Someone of this world."""

    account: Account
    viewer: Viewer


def a_player(
    part: str, role: Role, name: str, *, at: Place = NATIONWIDE, now: datetime, second_factor: str = "totp"
) -> Player:
    """Someone who joined a month ago; `second_factor` "none" leaves it to be set up."""
    account = accounts.create_account(f"{part}@example.jp", name=name, password=PASSWORD, by=None, now=now - JOINED)
    services.found(account.pk, role, at=at, now=now - JOINED)
    if second_factor == "totp" and rules.needs_second_factor([role]):
        TOTP.activate(account, TOTP_SECRET)
    return Player(account, queries.viewer_of(account.pk, now=now))


def session_of(account: Account) -> str:
    """The cookie of a browser in which this person has signed in with the password.

    Its moment lies a day ahead, so that pages that ask for the password again after five minutes are seen as well.
    """
    client = Client()
    client.force_login(account, backend=SIGN_IN_BACKEND)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time() + 86_400, "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(account.pk)
    session.save()
    return client.cookies[settings.SESSION_COOKIE_NAME].value
