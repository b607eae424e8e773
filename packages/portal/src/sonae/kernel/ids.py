"""Names for rows and secrets for people."""

import hashlib
import secrets
import threading
import time
import uuid

_last_millisecond = 0
_counter = 0
_lock = threading.Lock()


def new_id() -> uuid.UUID:
    """A UUID version 7 (RFC 9562, 5.7): later ids of one process sort after earlier ones.

    The 12 bits after the time count within the millisecond (RFC 9562, 6.2, method 1), the last 62 bits are random.
    """
    global _last_millisecond, _counter
    with _lock:
        millisecond = max(time.time_ns() // 1_000_000, _last_millisecond)
        if millisecond == _last_millisecond:
            _counter += 1
            if _counter > 0xFFF:
                millisecond, _counter = millisecond + 1, 0
        else:
            _counter = secrets.randbits(11)
        _last_millisecond = millisecond
        number = (millisecond & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | _counter << 64 | 0b10 << 62 | secrets.randbits(62)
    return uuid.UUID(int=number)


def secret_token(prefix: str) -> str:
    """A secret of 256 bits that shows by its prefix what it opens, so that scanners can find a leaked one."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def digest(text: str) -> str:
    """The SHA-256 of `text` in lower hexadecimal: how a secret is kept."""
    return hashlib.sha256(text.encode()).hexdigest()
