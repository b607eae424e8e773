"""What the frame of every page needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from sonae import __version__
from sonae.core.access import rules as access
from sonae.core.access.vocabulary import PlaceKind
from sonae.core.accounts import sessions
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.institutions.models import Institution
from sonae.core.web import gate, words
from sonae.core.web.device import mark_of
from sonae.core.web.environment import environment_words
from sonae.core.web.http import SonaeRequest
from sonae.core.web.navigation import Group, Link, groups_for, open_links
from sonae.core.web.theme import COOKIE, DARK_MEDIA, Theme, chosen


@dataclass(frozen=True, slots=True)
class Page:
    navigation: tuple[Group, ...]
    # Where somebody may go who is not signed in.
    open_links: tuple[Link, ...]
    theme: Theme
    themes: tuple[Theme, ...]
    dark_media: str
    version: str
    as_of: datetime
    environment: str
    synthetic: bool
    is_signed_in: bool
    account_name: str
    # What this account is called on a device; empty for nobody.
    device_account: str
    # What the viewer is, where: one line for each role.
    positions: tuple[str, ...]
    # Every other page sends this person to set up a second factor; the pages that do so say why.
    lacks_second_factor: bool
    # When the session ends if nothing more is asked; None where nobody is signed in.
    session_ends: datetime | None = None

    @property
    def session_left_seconds(self) -> int:
        """How long the session still holds, counted from this page: the clock of a device may be wrong."""
        left = (self.session_ends - self.as_of).total_seconds() if self.session_ends else 0
        return max(0, int(left))

    @property
    def position(self) -> str:
        """The first of the positions, for the header."""
        return self.positions[0] if self.positions else ""


def page(request: HttpRequest) -> dict[str, Page]:
    """The frame of a page: who looks, what they may reach, how it shall look, and as of when."""
    viewer = getattr(request, "viewer", None) or Viewer.anonymous()
    theme = chosen(request.COOKIES.get(COOKIE))
    as_of = getattr(request, "now", None) or timezone.now()
    facts = Page(
        navigation=groups_for(viewer, path=request.path),
        open_links=() if viewer.is_signed_in else open_links(language=words.language()),
        theme=theme,
        themes=tuple(Theme),
        dark_media=DARK_MEDIA[theme],
        version=__version__,
        as_of=as_of,
        environment=environment_words(),
        synthetic=settings.SONAE_SYNTHETIC,
        is_signed_in=viewer.is_signed_in,
        account_name=_name_of(request),
        device_account=mark_of(viewer.account_id) if viewer.account_id else "",
        positions=_positions(viewer),
        # Whoever is signed in came through the middleware, which makes every request ours.
        session_ends=sessions.ends_at(request, now=as_of) if viewer.account_id else None,
        lacks_second_factor=viewer.is_signed_in and gate.second_factor_is_missing(cast(SonaeRequest, request)),
    )
    return {"page": facts}


def _positions(viewer: Viewer) -> tuple[str, ...]:
    """The viewer's roles in the order of the vocabulary, each with the institution or prefecture it is held at."""
    held = sorted(access.as_held(viewer), key=lambda grant: (list(Role).index(grant[0]), grant[2] or 0))
    at = {place_id for _role, kind, place_id in held if kind == PlaceKind.INSTITUTION and place_id}
    # At most one look, and none for whoever belongs to no institution.
    names = dict(Institution.objects.filter(pk__in=at).values_list("pk", "name")) if at else {}
    return tuple(_position(role, _place_name(kind, place_id, names)) for role, kind, place_id in held)


def _position(role: Role, place: str) -> str:
    return _("%(role)s, %(place)s") % {"role": words.of(role), "place": place} if place else words.of(role)


def _place_name(kind: str, place_id: int | None, institutions: Mapping[int, str]) -> str:
    """The name of the place, as far as it tells somebody's positions apart."""
    if place_id is None:
        return ""
    if kind == PlaceKind.PREFECTURE:
        return words.of(access.prefecture_of(place_id))
    return institutions.get(place_id, "") if kind == PlaceKind.INSTITUTION else ""


def _name_of(request: HttpRequest) -> str:
    account = getattr(request, "user", None)
    if account is None or not account.is_authenticated:
        return ""
    return str(account.name or account.email)
