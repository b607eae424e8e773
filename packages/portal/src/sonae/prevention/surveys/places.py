"""How pages of this room call a prefecture."""

from sonae.core.institutions.vocabulary import PREFECTURES, Prefecture
from sonae.core.web import words


def prefecture_name(code: str) -> str:
    """The name of a prefecture in the language of the moment."""
    facts = PREFECTURES[Prefecture(code)]
    return facts.name_ja if words.is_japanese() else facts.name_en
