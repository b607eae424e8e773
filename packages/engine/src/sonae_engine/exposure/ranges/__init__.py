"""Version ranges out of the prose of advisories, in English and Japanese: `read` a text, ask what it `covers`."""

from sonae_engine.exposure.ranges.covering import covers
from sonae_engine.exposure.ranges.reading import read
from sonae_engine.exposure.ranges.vocabulary import (
    Answer,
    Bound,
    Certainty,
    Fault,
    Language,
    Model,
    Range,
    Reading,
    Reason,
    Unread,
    Verdict,
)

__all__ = [
    "Answer",
    "Bound",
    "Certainty",
    "Fault",
    "Language",
    "Model",
    "Range",
    "Reading",
    "Reason",
    "Unread",
    "Verdict",
    "covers",
    "read",
]
