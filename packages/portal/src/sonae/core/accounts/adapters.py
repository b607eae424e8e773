"""What allauth asks Sonae: accounts come by invitation, never by sign-up, also through an identity provider."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from sonae.core.accounts import services, sessions
from sonae.kernel.ids import digest

# How long a network from which somebody signed in stays theirs.
_KNOWN_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class _Site:
    """What mails of allauth say of where they come from."""

    name: str
    domain: str


class AccountAdapter(DefaultAccountAdapter):
    """Who tries passwords is held by address and network together, so that a stranger keeps nobody else out.

    Guesses from many networks meet a loose limit per address. It does not hold the owner where they signed in before.
    """

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        here = self._here(request, **credentials)
        used = _counted(request, "login_failed_here", key=here)
        if used is not None and not cache.get(_known(here)):
            address = self._get_login_attempts_cache_key(request, **credentials)
            anywhere = _counted(request, "login_failed", key=address)
            used = anywhere and ratelimit.RateLimitUsage([*used.usage, *anywhere.usage])
        if used is None:
            raise self.validation_error("too_many_login_attempts")
        # Taken back by allauth when the password was right.
        self._login_failed_rl_usage = used

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Asked by allauth after a new password was set through a mail: who did that need not wait."""
        super()._delete_login_attempts_cached_email(request, **credentials)
        here = self._here(request, **credentials)
        ratelimit.clear(request, app="allauth.account", action="login_failed_here", key=here)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Asked by allauth for the link of a mail: to the portal's own address, whatever the request calls it."""
        path: str = urlsplit(super().get_reset_password_from_key_url(key)).path
        return str(settings.BASE_URL).rstrip("/") + path

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        own = urlsplit(settings.BASE_URL).netloc
        super().send_mail(template_prefix, email, {"current_site": _Site(own, own), **context})

    def _here(self, request: HttpRequest, **credentials: Any) -> str:
        return f"{self._get_login_attempts_cache_key(request, **credentials)} {ratelimit.get_ip(request)}"

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        cache.set(_known(self._here(request, email=user.email)), True, timeout=_KNOWN_FOR.total_seconds())
        sessions.begin_noting(request, now=timezone.now())
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            # A new device speaks the language this person chose on another.
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                user.language,
                max_age=settings.LANGUAGE_COOKIE_AGE,
                secure=settings.LANGUAGE_COOKIE_SECURE,
                httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
                samesite="Lax",
            )
        return response


class IdentityProviderAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """At the first sign-in through the provider, ties its identity to the account whose address it vouches for."""
        if sociallogin.is_existing:
            return
        vouched = [address.email for address in sociallogin.email_addresses if address.verified]
        account = services.account_with_address(vouched)
        if account is not None:
            sociallogin.connect(request, account)
            services.note_identity(account.pk, provider=sociallogin.account.provider, now=timezone.now())


def _counted(request: HttpRequest, action: str, *, key: str) -> ratelimit.RateLimitUsage | None:
    return ratelimit.consume(request, app="allauth.account", action=action, key=key)


def _known(here: str) -> str:
    return f"signed-in:{digest(here)}"
