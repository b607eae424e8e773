"""What somebody typed and sent after their session had ended: shown once more to the same browser, kept nowhere.

Nothing is written down on the server, where it would lie without an owner: the page with it is not cached either.
Only a form whose token fits comes this far, so that no other site can have words shown here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# What no page shows: the form's own token, and whatever holds a secret.
_TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - the name of a field
_SECRET = ("password", "secret", "token", "code", "totp", "credential", "recovery")
MOST_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class Typed:
    """One field as it was sent: its name in the form, and what stood in it."""

    name: str
    text: str

    @property
    def rows(self) -> int:
        """How many lines it takes on the page."""
        return min(12, max(1, self.text.count("\n") + 1, len(self.text) // 60 + 1))


def typed_in(request: HttpRequest, view: Callable[..., Any]) -> tuple[Typed, ...]:
    """What was typed in a form that was sent without a session; nothing where it cannot be shown safely.

    Files are never part of it, and neither is what a view takes without the token of a form.
    """
    if request.method != "POST" or getattr(view, "csrf_exempt", False):
        return ()
    found = tuple(
        Typed(name, text)
        for name, texts in request.POST.lists()
        if name != _TOKEN and not any(part in name.lower() for part in _SECRET)
        for text in texts
        if text.strip()
    )
    return found if sum(len(one.text) for one in found) <= MOST_CHARACTERS else ()


def page(request: HttpRequest, typed: tuple[Typed, ...], *, sign_in: str) -> HttpResponse:
    """The page that says that nothing was saved, with all that was typed, to be copied or typed in again."""
    answer = render(request, "web/typed.html", {"typed": typed, "sign_in": sign_in}, status=401)
    answer.headers["Cache-Control"] = "no-store"
    return answer
