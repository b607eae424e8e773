import itertools
import socket
from collections.abc import Callable, Iterator

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from sonae.core.access import queries as access
from sonae.core.access import services as grants
from sonae.core.access.vocabulary import Place
from sonae.core.accounts import services as accounts
from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Language, Role, Viewer
from sonae.testing.cast import NOW

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


class Mailbox:
    """A real SMTP server on loopback that takes, refuses, stalls or hangs up as told."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.at_recipient = ""
        self.at_data = ""

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.at_recipient:
            return self.at_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.at_data == "hang up":
            server.transport.abort()
            return "250 never seen"
        if self.at_data:
            return self.at_data
        self.taken.append(envelope)
        return "250 OK"


@pytest.fixture
def mailbox(settings: object) -> Iterator[Mailbox]:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=0)
    # Port 0 lets the system choose; the controller's own start-up probe needs the number it chose.
    controller.port = _free_port()
    controller.start()
    settings.MAILERS = {  # type: ignore[attr-defined]
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": controller.port, "timeout": 2},
        }
    }
    yield box
    controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
