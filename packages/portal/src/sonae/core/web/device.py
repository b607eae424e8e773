"""How an account is called on a device: by a mark, so that what is kept there for offline use names nobody.

`static/web/device.js` takes what is kept under a mark from the device when its owner signs out.
"""

from uuid import UUID

from django.utils.crypto import salted_hmac

_MARK_LENGTH = 32


def mark_of(account_id: UUID) -> str:
    """The mark of an account: the same on every device, and of no use to whoever does not hold the secret key."""
    return salted_hmac("sonae.core.web.device", str(account_id), algorithm="sha256").hexdigest()[:_MARK_LENGTH]
