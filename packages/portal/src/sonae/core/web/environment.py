"""What an installation that is not the real thing says of itself, on pages and in documents."""

from django.conf import settings

from sonae.core.web import words
from sonae.core.web.vocabulary import Environment


def environment_words() -> str:
    """The environment in words, in the language of the moment; empty for the real thing. An operator may also have
    written the words themselves."""
    name: str = settings.SONAE_ENVIRONMENT
    return words.of(Environment(name)) if name in Environment else name
