"""What can go wrong, by what the caller should do next.

SonaeError
├── NotAllowed(refusal)      show the refusal: why, and what to do             403
├── Gone(kind, key)          it does not exist, or not for this viewer         404
├── Conflict(reason, facts)  someone was faster: reload and decide again       409
├── BadInput(problems)       correct the input; every problem at once          422
├── TryLater(retry_at)       the same call may succeed later                   503
└── DeliveryFailed(...)      a recipient's system refused; permanent or not    (worker only)
"""

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sonae.kernel.decision import Refused


class SonaeError(Exception):
    """The root of every error that an edge translates for a person."""


class NotAllowed(SonaeError):
    """A rule refused; the refusal carries its reason and facts."""

    def __init__(self, refusal: "Refused") -> None:
        super().__init__(str(refusal.reason))
        self.refusal = refusal


class Gone(SonaeError):
    """The thing does not exist, or this viewer may not know that it does."""

    def __init__(self, kind: str, key: object) -> None:
        super().__init__(f"{kind} {key}")
        self.kind = kind
        self.key = key


class Conflict(SonaeError):
    """Someone else changed it first, or the same key was used for something else."""

    def __init__(self, reason: StrEnum, facts: Mapping[str, object] | None = None) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.facts = facts or {}


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in someone's input: where it stands, what it says, why it is refused.

    `line` counts from 1; 0 means the file as a whole. `value` is the offending text, shortened to 200 characters.
    """

    reason: StrEnum
    file: str = ""
    line: int = 0
    field: str = ""
    value: str = ""
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        place = ":".join(part for part in (self.file, str(self.line) if self.line else "", self.field) if part)
        return f"{place}: {self.reason}" if place else str(self.reason)


class BadInput(SonaeError):
    """Input was refused as a whole; `problems` names every reason found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        assert self.problems, "bad input names at least one problem"
        super().__init__("; ".join(str(problem) for problem in self.problems[:5]))


class TryLater(SonaeError):
    """The same call may succeed at `retry_at`."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(f"try again at {retry_at.isoformat()}")
        self.retry_at = retry_at


class DeliveryFailed(SonaeError):
    """A recipient's system refused a message; `code` is its own word for why."""

    def __init__(self, code: str, *, permanent: bool, retry_at: datetime | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent
        self.retry_at = retry_at
