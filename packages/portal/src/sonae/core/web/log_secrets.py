"""What must not stand in a log: the addresses that open something, of invitations and of new passwords."""

import logging
import re

# A test holds that these are the addresses of the views that take a secret.
_SECRET_ADDRESSES = re.compile(r"(/invitation/|/answering/link/|/account/password/reset/key/)[^/\s?\"']+")
# The same inside the address of the page to sign in at, which names the page to go on to.
_QUOTED = re.compile(r"(%2Finvitation%2F)[^/\s?&%\"']+", re.IGNORECASE)


def without_secrets(text: str) -> str:
    """The text with every secret of an address as a sign of omission."""
    return _QUOTED.sub(r"\1…", _SECRET_ADDRESSES.sub(r"\1…", text))


class WithoutSecrets(logging.Filter):
    """Django logs the address of each request that it refuses; in these addresses the last part opens something."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        clean = without_secrets(said)
        if clean != said:
            record.msg, record.args = clean, ()
        return True
