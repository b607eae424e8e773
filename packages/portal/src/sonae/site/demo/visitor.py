"""Someone with a browser: signs in over HTTP with password and authenticator code, and reads a page."""

import html
import re
from collections.abc import Callable
from datetime import datetime

import httpx
from django.conf import settings
from django.utils.translation import get_language

from sonae.site.demo.people import Cast

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class CouldNotSignIn(Exception):
    """The portal did not let the person in."""


def page_as(part: str, path: str, *, cast: Cast, base_url: str, clock: Callable[[], datetime]) -> str:
    """What this person sees at `path`, after a real sign-in."""
    language = {settings.LANGUAGE_COOKIE_NAME: get_language() or settings.LANGUAGE_CODE}
    with httpx.Client(base_url=base_url, cookies=language, follow_redirects=True, timeout=60) as browser:
        login = browser.get("/account/login/", params={"next": path})
        given = {"login": cast[part].account.email, "password": cast.password, "next": path}
        page = _post(browser, login, given)
        if page.url.path.startswith("/account/2fa/"):
            page = _post(browser, page, {"code": cast.code(clock()), "next": path})
        if page.url.path != path:
            raise CouldNotSignIn(str(page.url))
        return page.text


def told_value(page: str, heading: str) -> str:
    """The number of the tile with this heading; empty when the page has no such tile."""
    found = re.search(re.escape(heading) + r'.{0,200}?class="stat-value">([^<]*)<', html.unescape(page), re.DOTALL)
    return found.group(1).strip() if found else ""


def _post(browser: httpx.Client, page: httpx.Response, given: dict[str, str]) -> httpx.Response:
    token = _TOKEN.search(page.text)
    if token is None:
        raise CouldNotSignIn(str(page.url))
    return browser.post(
        page.url, data=given | {"csrfmiddlewaretoken": token.group(1)}, headers={"Referer": str(page.url)}
    )
