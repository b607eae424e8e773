"""Authenticator apps (TOTP, RFC 6238): their seeds lie encrypted, and a code opens once, however wide its moment is."""

import base64

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured

# A code holds for its own step of 30 seconds and MFA_TOTP_TOLERANCE steps to either side.
_PERIOD_SECONDS = 30


class AuthenticatorAdapter(DefaultMFAAdapter):
    """Keeps the seeds so that a copy of the database alone opens no account.

    The key comes from SECRET_KEY. After a change of that key, the former ones (SECRET_KEY_FALLBACKS) still read.
    """

    def encrypt(self, text: str) -> str:
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _keys().decrypt(encrypted_text).decode()
        except InvalidToken as unknown:
            raise ImproperlyConfigured(
                "The seed of an authenticator app was encrypted under another secret key; name that key in"
                " SONAE_SECRET_KEY_FALLBACKS."
            ) from unknown


class _OpensOnce:
    """allauth remembers a used code for one step only, which is less than the steps it tolerates (RFC 6238, 5.2)."""

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        steps = 2 * settings.MFA_TOTP_TOLERANCE + 1
        used = f"accounts.totp.used:{self.authenticator.user_id}:{normalize_user_code(code)}"  # type: ignore[attr-defined]
        is_app = self.authenticator.type == Authenticator.Type.TOTP  # type: ignore[attr-defined]
        if is_app and not cache.add(used, True, timeout=steps * _PERIOD_SECONDS):
            raise AuthenticatorAdapter().validation_error("incorrect_code")
        return code


class SignInCodeForm(_OpensOnce, AuthenticateForm):
    pass


class ConfirmCodeForm(_OpensOnce, ReauthenticateForm):
    pass


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(_key(secret)) for secret in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]])


def _key(secret: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"sonae authenticator seeds").derive(secret.encode())
    return base64.urlsafe_b64encode(derived)
