"""What allauth asks Sonae: accounts come by invitation, never by sign-up, also through an identity provider."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.http import HttpRequest
from django.utils import timezone

from sonae.core.accounts import services


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


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
