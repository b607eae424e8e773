"""A real SMTP server on loopback that takes mails, refuses them, or hangs up, as a test tells it."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """What the server was given, and how it shall answer."""

    def __init__(self) -> None:
        self.port = 0
        self.taken: list[Envelope] = []
        self.at_recipient = ""
        self.at_data = ""

    async def handle_RCPT(  # noqa: N802 - the library's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if self.at_recipient:
            return self.at_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
    ) -> str:
        if self.at_data == "hang up":
            assert isinstance(server.transport, asyncio.Transport), "a recipient that talks has a connection"
            server.transport.abort()
            return "250 never seen"
        if self.at_data:
            return self.at_data
        self.taken.append(envelope)
        return "250 OK"


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    """A mailbox that answers on a free port until the block ends."""
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        box.port = int(probe.getsockname()[1])
    # Not port 0: the library calls its own server by the number it was given to see that it is up.
    controller = Controller(box, hostname="127.0.0.1", port=box.port, ready_timeout=10)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
