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
