"""Files that a room hands out through rows of its own, such as the pictures of an inspection that is not over yet."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from sonae.core.accounts.vocabulary import Viewer

type ShownTo = Callable[[Viewer], Any]

# By purpose, the ids of the documents (a query) that a viewer reaches through the room that keeps them.
REACHED_THROUGH: dict[StrEnum, ShownTo] = {}


def hand_out_through_rows(purpose: StrEnum, shown_to: ShownTo) -> None:
    """From now on files of this purpose go only to whoever `shown_to` says, and as far as their sensitivity lets."""
    REACHED_THROUGH[purpose] = shown_to
