"""Where somebody is signed in: the sessions of allauth, when they were last used, and ending them from elsewhere."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from sonae.core.accounts.models import Account
from sonae.core.audit import services as audit
from sonae.kernel.errors import Gone

_NOTED = "sonae_last_used"
# Noting every request would make every page a write; ten minutes tell a forgotten device from one in use.
NOTED_EVERY = timedelta(minutes=10)


def open_sessions(account: Account) -> list[UserSession]:
    """The sessions with which this person can still do something, the one used last first."""
    alive = UserSession.objects.purge_and_list(account)
    return sorted(alive, key=lambda session: session.last_seen_at, reverse=True)


@transaction.atomic
def end_session(session_id: int, *, here: str, by: UUID, now: datetime) -> None:
    """Signs one other device of this person out; raises Gone for this device, and for anyone else's."""
    session = _others(by, here=here).select_for_update().filter(pk=session_id).first()
    if session is None:
        raise Gone("session", session_id)
    session.end()
    audit.record("account.end_session", subject="account", subject_id=by, by=by, now=now, facts={"ended": 1})


@transaction.atomic
def end_other_sessions(*, here: str, by: UUID, now: datetime) -> int:
    """Signs this person out on every device but this one, and tells on how many."""
    others = list(_others(by, here=here).select_for_update())
    for session in others:
        session.end()
    if others:
        facts = {"ended": len(others)}
        audit.record("account.end_session", subject="account", subject_id=by, by=by, now=now, facts=facts)
    return len(others)


def begin_noting(request: HttpRequest, *, now: datetime) -> None:
    """Says on a session that has just begun when it was last used."""
    request.session[_NOTED] = now.timestamp()


def ends_at(request: HttpRequest, *, now: datetime) -> datetime | None:
    """Until when the session of this request lasts if nothing more is asked; None for nobody's.

    The session is kept anew whenever its use is noted, so that it never ends before this moment.
    """
    noted = request.session.get(_NOTED) if settings.SESSION_COOKIE_NAME in request.COOKIES else None
    if noted is None:
        return None
    is_noted_now = now.timestamp() - noted >= NOTED_EVERY.total_seconds()
    last = now.timestamp() if is_noted_now else noted
    return datetime.fromtimestamp(last, tz=now.tzinfo) + timedelta(seconds=settings.SESSION_COOKIE_AGE)


def note_use(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: keeps when and from where a session was last used, to within ten minutes.

    Not with an answer that caches may keep for everybody: noting the use would put this person's cookie on it.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not _is_for_everybody(response):
            _note(request, now=request.now)  # type: ignore[attr-defined]
        return response

    return middleware


def _note(request: HttpRequest, *, now: datetime) -> None:
    noted = request.session.get(_NOTED)
    if noted is None or now.timestamp() - noted < NOTED_EVERY.total_seconds():
        return
    session = UserSession.objects.filter(session_key=request.session.session_key)
    if session.update(last_seen_at=now, ip=get_adapter().get_client_ip(request)):
        begin_noting(request, now=now)


def _is_for_everybody(response: HttpResponse) -> bool:
    return "public" in response.headers.get("Cache-Control", "")


def _others(account_id: UUID, *, here: str) -> QuerySet[UserSession]:
    others: QuerySet[UserSession] = UserSession.objects.filter(user_id=account_id).exclude(session_key=here)
    return others
