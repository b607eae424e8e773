from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EntryKind(StrEnum):
    """Whether someone changed something or looked at something confidential."""

    CHANGE = "change"
    READ = "read"


class Damage(StrEnum):
    """What a broken chain shows."""

    ALTERED = "altered"
    MISSING = "missing"
    CUT_SHORT = "cut_short"
    BEYOND_END = "beyond_end"
    REBUILT = "rebuilt"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Entries that stand but have no place in the chain yet; `since` is the moment of the oldest."""

    count: int
    since: datetime | None
