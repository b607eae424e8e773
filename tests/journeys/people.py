"""The people of the browser's world: who they are, where their role holds, and their signed-in sessions."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from sonae.core.access import queries, services
from sonae.core.access.vocabulary import NATIONWIDE, Place
from sonae.core.accounts import rules
from sonae.core.accounts import services as accounts
from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.testing.cast import PASSWORD, SIGN_IN_BACKEND, TOTP_SECRET

JOINED = timedelta(days=30)
_EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0"
_SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"


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
    """The cookie of a browser in which this person has signed in, with a second factor where they have one.

    Its moment lies a day ahead, so that pages that ask for the password again after five minutes are seen as well.
    """
    client = Client()
    client.force_login(account, backend=SIGN_IN_BACKEND)
    session = client.session
    records = [{"method": "password", "at": time.time() + 86_400, "reauthenticated": True}]
    factor = Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).first()
    if factor is not None:
        records.insert(0, {"method": "mfa", "at": time.time(), "id": factor.pk, "type": factor.type})
    session["account_authentication_methods"] = records
    session["account_authentication_methods_user"] = str(account.pk)
    session.save()
    UserSession.objects.create(user=account, ip="192.0.2.10", session_key=session.session_key, user_agent=_EDGE)
    # A second device, which the list of devices offers to sign out.
    other = SessionStore()
    other.update({key: session[key] for key in (SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY)})
    other.save()
    UserSession.objects.create(user=account, ip="198.51.100.7", session_key=other.session_key, user_agent=_SAFARI)
    return client.cookies[settings.SESSION_COOKIE_NAME].value
