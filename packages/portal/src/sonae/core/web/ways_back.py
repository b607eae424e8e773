"""Where somebody is led back to: an address that is a page to look at."""

import inspect
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

HOME = "/"


def page_for(address: str) -> str:
    """The address itself where it is looked at, or unknown; else the page to which what is sent there belongs.

    A form is sent to an address below its page, so this is the nearest page above; the home page at last.
    """
    path = urlsplit(address).path
    if not path.startswith("/") or _is_looked_at(path) is not False:
        return address
    while path != HOME:
        path = path.rstrip("/").rpartition("/")[0] + "/"
        if _is_looked_at(path):
            return path
    return HOME


def _is_looked_at(path: str) -> bool | None:
    """Whether the view at this path answers GET; None where nothing lives."""
    try:
        view = resolve(path).func
    except Resolver404:
        return None
    methods = methods_of(view)
    return methods is None or "GET" in methods


def methods_of(view: Callable[..., Any]) -> frozenset[str] | None:
    """The HTTP methods that a view takes; None where it takes all, or says nothing of it."""
    of_class = getattr(view, "view_class", None)
    if of_class is not None:
        return frozenset(name.upper() for name in of_class.http_method_names if hasattr(of_class, name))
    one: Any = view
    while one is not None:
        # Where Django's `require_http_methods` keeps them; a test asks the addresses of the portal.
        listed = inspect.getclosurevars(one).nonlocals.get("request_method_list") if inspect.isfunction(one) else None
        if listed is not None:
            return frozenset(listed)
        one = getattr(one, "__wrapped__", None)
    return None
