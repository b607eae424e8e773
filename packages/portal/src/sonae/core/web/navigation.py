"""The main navigation. Slices register their entries when they are loaded; a page shows those its viewer may use."""

from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer


class Section(StrEnum):
    """The parts of the navigation, in the order of the ministry's programme."""

    TOP = "top"
    PREVENTION = "prevention"
    RESPONSE = "response"
    RECOVERY = "recovery"
    SECTOR = "sector"
    ADMINISTRATION = "administration"


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry: where it leads and which permission it takes; without one, every signed-in person sees it."""

    label: str | Promise
    url_name: str
    permission: Permission | None
    order: int
    section: Section = Section.TOP


@dataclass(frozen=True, slots=True)
class Link:
    label: str | Promise
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Group:
    section: Section
    links: tuple[Link, ...]

    @property
    def is_current(self) -> bool:
        return any(link.is_current for link in self.links)


@dataclass(frozen=True, slots=True)
class OpenPage:
    """A page that anyone reads without signing in. It takes its language from its address (`?lang=`)."""

    label: str | Promise
    url_name: str


_registered: dict[str, NavItem] = {}
_open: dict[str, OpenPage] = {}


def register(item: NavItem) -> None:
    """Adds an entry; registering the same page again replaces it."""
    _registered[item.url_name] = item


def unregister(url_name: str) -> None:
    """Takes an entry out again."""
    _registered.pop(url_name, None)


def register_open(page: OpenPage) -> None:
    """Adds a link for whoever is not signed in; registering the same page again replaces it."""
    _open[page.url_name] = page


def open_links(*, language: str) -> tuple[Link, ...]:
    """Where whoever is not signed in may go from the sign-in page."""
    query = urlencode({"lang": language})
    return tuple(Link(one.label, f"{reverse(one.url_name)}?{query}", is_current=False) for one in _open.values())


def groups_for(viewer: Viewer, *, path: str) -> tuple[Group, ...]:
    """The sections with the links that `viewer` may follow; empty sections are left out."""
    if not viewer.is_signed_in:
        return ()
    allowed = sorted((item for item in _registered.values() if _may_see(viewer, item)), key=lambda item: item.order)
    links = {item: reverse(item.url_name) for item in allowed}
    # The longest matching address wins: /incidents/report is not also /incidents.
    here = max((url for url in links.values() if _leads_to(url, path)), key=len, default="")
    return tuple(
        Group(section, found)
        for section in Section
        if (
            found := tuple(
                Link(item.label, url, is_current=url == here) for item, url in links.items() if item.section is section
            )
        )
    )


def title_of(request: HttpRequest) -> str:
    """What the navigation calls the page that is asked for; nothing for a page it does not lead to."""
    match = request.resolver_match
    item = _registered.get(match.view_name) if match else None
    return str(item.label) if item else ""


def _may_see(viewer: Viewer, item: NavItem) -> bool:
    return item.permission is None or access.may(viewer, item.permission).ok


def _leads_to(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))
