"""Digests and base64 in expressions; what cannot be decoded is the empty text."""

import base64
import binascii
import hashlib

from sonae.core.instruments.expressions.values import Value, to_text

_ALGORITHMS = {
    "MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512",
}  # fmt: skip


def digest(text: Value, algorithm: Value, encoding: Value = "base64") -> str:
    name = _ALGORITHMS.get(to_text(algorithm))
    if name is None:
        return ""
    # A form's own check sum; nothing of Sonae's security rests on it.
    made = hashlib.new(name, to_text(text).encode(), usedforsecurity=False).digest()
    return made.hex() if to_text(encoding) == "hex" else base64.b64encode(made).decode()


def base64_encode(text: Value) -> str:
    return base64.b64encode(to_text(text).encode()).decode()


def base64_decode(text: Value) -> str:
    try:
        return base64.b64decode(to_text(text).encode(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
