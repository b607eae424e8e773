"""Occasions that belong to another room: a response on one of them is begun there, when that room allows it.

A room claims the beginning of its occasions with `claim`, in `AppConfig.ready`.
"""

_claimed: set[str] = set()


def claim(prefix: str) -> None:
    """Keeps every occasion that begins so (`survey:`) for the room that claims it."""
    assert prefix, "an empty beginning would claim every occasion"
    _claimed.add(prefix)


def is_claimed(occasion: str) -> bool:
    """Whether responses on this occasion are begun by another room alone."""
    return occasion.startswith(tuple(_claimed))
