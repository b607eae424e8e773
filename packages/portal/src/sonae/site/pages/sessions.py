"""Where one is signed in, and signing out elsewhere."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from sonae.core.accounts import devices, sessions
from sonae.core.web.gate import signed_in
from sonae.core.web.http import SignedInRequest


@signed_in
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    found = [_row(session, here=_here(request)) for session in sessions.open_sessions(request.user)]
    found.sort(key=lambda row: not row["is_this"])
    page = {"sessions": found, "others": sum(not row["is_this"] for row in found)}
    return render(request, "site/accounts/sessions.html", page)


@signed_in
@require_POST
def end(request: SignedInRequest, session_id: int) -> HttpResponse:
    sessions.end_session(session_id, here=_here(request), by=request.user.pk, now=request.now)
    messages.success(request, _("That device is signed out."))
    return redirect("sessions:list")


@signed_in
@require_POST
def end_others(request: SignedInRequest) -> HttpResponse:
    ended = sessions.end_other_sessions(here=_here(request), by=request.user.pk, now=request.now)
    said = ngettext("%(count)s other device is signed out.", "%(count)s other devices are signed out.", ended)
    messages.success(request, said % {"count": ended})
    return redirect("sessions:list")


def _here(request: SignedInRequest) -> str:
    return request.session.session_key or ""


def _row(session: UserSession, *, here: str) -> dict[str, Any]:
    return {
        "session": session,
        "device": devices.device_of(session.user_agent),
        "is_this": session.session_key == here,
    }


app_name = "sessions"
urlpatterns = [
    path("accounts/sessions/", index, name="list"),
    path("accounts/sessions/end/", end_others, name="end-others"),
    path("accounts/sessions/<int:session_id>/end/", end, name="end"),
]
