import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sonae.core.access import queries as access
from sonae.core.access import services as grants
from sonae.core.access.vocabulary import Place
from sonae.core.accounts import services as accounts
from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Language, Role, Viewer
from sonae.testing.cast import NOW
from sonae.testing.mailbox import Mailbox, open_mailbox

_numbers = itertools.count()


@pytest.fixture
def person(cast_database: None) -> Callable[..., Account]:
    """A new account in the language asked for."""

    def create(language: Language = Language.JAPANESE) -> Account:
        return accounts.create_account(
            f"person{next(_numbers)}@example.jp",
            name="備前 花",
            password="a long enough secret",
            by=None,
            now=NOW,
            language=language,
        )

    return create


@pytest.fixture
def viewer(person: Callable[..., Account]) -> Callable[[Role, Place], Viewer]:
    """Somebody who holds one role at one place."""

    def create(role: Role, at: Place) -> Viewer:
        account = person()
        grants.found(account.pk, role, at=at, now=NOW)
        return access.viewer_of(account.pk, now=NOW)

    return create


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    with open_mailbox() as box:
        settings.MAILERS = {
            "default": {
                "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "OPTIONS": {"host": "127.0.0.1", "port": box.port, "timeout": 2},
            }
        }
        yield box
