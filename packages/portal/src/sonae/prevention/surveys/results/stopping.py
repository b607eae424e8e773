"""A counting that shows how far it is, and hears of it when somebody cancels."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from sonae.prevention.surveys.results import counting
from sonae.prevention.surveys.results.counting import Counted
from sonae.prevention.surveys.results.models import ResultEdition


class Stopped(Exception):
    """Somebody cancelled the counting while it ran."""


def telling(waiting: QuerySet[Any], column: str) -> Callable[[int], None]:
    """Writes down how far it is in the one row that waits; raises Stopped once it does not wait any more."""

    def told(done: int) -> None:
        if not waiting.update(**{column: done}):
            raise Stopped

    return told


def counted(edition: ResultEdition, before: list[ResultEdition], waiting: QuerySet[Any]) -> Counted:
    """The survey of an edition counted as of its moment beside those before it; raises Stopped."""
    return counting.count(
        edition.campaign,
        as_of=edition.as_of,
        earlier=[one.as_of for one in before],
        told=telling(waiting, "read_count"),
    )
