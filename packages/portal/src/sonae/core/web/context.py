"""What the frame of every page needs to know."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from sonae import __version__
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.web import gate, words
from sonae.core.web.http import SonaeRequest
from sonae.core.web.navigation import Group, groups_for
from sonae.core.web.theme import COOKIE, DARK_MEDIA, Theme, chosen
from sonae.core.web.vocabulary import Environment


@dataclass(frozen=True, slots=True)
class Page:
    navigation: tuple[Group, ...]
    theme: Theme
    themes: tuple[Theme, ...]
    dark_media: str
    version: str
    as_of: datetime
    environment: str
    synthetic: bool
    is_signed_in: bool
    account_name: str
    # Every other page sends this person to set up a second factor; the pages that do so say why.
    lacks_second_factor: bool


def page(request: HttpRequest) -> dict[str, Page]:
    """The frame of a page: who looks, what they may reach, how it shall look, and as of when."""
    viewer = getattr(request, "viewer", None) or Viewer.anonymous()
    theme = chosen(request.COOKIES.get(COOKIE))
    facts = Page(
        navigation=groups_for(viewer, path=request.path),
        theme=theme,
        themes=tuple(Theme),
        dark_media=DARK_MEDIA[theme],
        version=__version__,
        as_of=getattr(request, "now", None) or timezone.now(),
        environment=_environment(settings.SONAE_ENVIRONMENT),
        synthetic=settings.SONAE_SYNTHETIC,
        is_signed_in=viewer.is_signed_in,
        account_name=_name_of(request),
        # Whoever is signed in came through the middleware, which makes every request ours.
        lacks_second_factor=viewer.is_signed_in and gate.second_factor_is_missing(cast(SonaeRequest, request)),
    )
    return {"page": facts}


def _environment(name: str) -> str:
    """The environment in words; an operator may also have written the words themselves."""
    return words.of(Environment(name)) if name in Environment else name


def _name_of(request: HttpRequest) -> str:
    account = getattr(request, "user", None)
    if account is None or not account.is_authenticated:
        return ""
    return str(account.name or account.email)
