"""How a reader stops: with the reason and the place, which `read` hands on as a value."""

from sonae.prevention.advisories.vocabulary import Broken, DocumentRefusal


class Stopped(Exception):
    """This document, or this record of a feed, is not taken in; no exception of it leaves the readers."""

    def __init__(
        self, reason: DocumentRefusal, *, line: int = 0, column: int = 0, facts: dict[str, str | int] | None = None
    ) -> None:
        super().__init__(str(reason))
        self.broken = Broken(reason, line, column, facts or {})
