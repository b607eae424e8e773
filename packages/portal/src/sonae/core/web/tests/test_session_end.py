"""Whoever works on a long form is told until when they are signed in."""

import re
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings

from sonae.core.accounts import sessions
from sonae.testing.cast import NOW

LEFT = re.compile(r'id="session-ending"[^>]*data-left="(\d+)"')


class Asked:
    """A request as far as the session is concerned."""

    def __init__(self, noted):
        self.session = {} if noted is None else {"sonae_last_used": noted.timestamp()}
        self.COOKIES = {settings.SESSION_COOKIE_NAME: "a"}


AGE = timedelta(seconds=settings.SESSION_COOKIE_AGE)


def test_a_session_ends_so_long_after_its_use_was_noted():
    assert sessions.ends_at(Asked(NOW - timedelta(minutes=9)), now=NOW) == NOW - timedelta(minutes=9) + AGE
    # Its use is noted with this answer.
    assert sessions.ends_at(Asked(NOW - timedelta(minutes=10)), now=NOW) == NOW + AGE
    assert sessions.ends_at(Asked(None), now=NOW) is None


def test_a_page_says_until_when_and_prolongs_by_being_opened(manager):
    client = manager.client
    session = client.session
    session["sonae_last_used"] = (NOW - timedelta(hours=11)).timestamp()
    session.save()
    UserSession.objects.create(user=manager.account, session_key=session.session_key, ip="127.0.0.1", user_agent="")
    page = client.get("/").text
    assert "You are signed in until" in page and "Opening a page or saving prolongs it." in page
    assert LEFT.search(page)[1] == str(settings.SESSION_COOKIE_AGE)
    # Opening the page was a use of the session, and is noted as one.
    assert client.session["sonae_last_used"] >= NOW.timestamp()


def test_nobody_is_told_of_a_session_that_is_not_there(client):
    page = client.get("/account/login/").text
    assert "session-ending" not in page and "You are signed in until" not in page
