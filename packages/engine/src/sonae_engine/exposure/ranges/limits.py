"""What a text of versions may cost before it is put aside unread."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`length` in characters, `tokens` in words and signs; real texts reach 700 characters (FortiOS, 2022)."""

    length: int = 4_000
    tokens: int = 1_000
    version_length: int = 200


LIMITS = Limits()
