"""Occasions that belong to another room: a response on one of them is begun there, when that room allows it.

A room claims the beginning of its occasions with `claim`, in `AppConfig.ready`, and says what people call them with
`offer_names`.
"""

from collections.abc import Callable, Collection, Mapping

# What people call some occasions, in the language of the moment; those that the room does not know are left out.
type Names = Callable[[Collection[str]], Mapping[str, str]]

_claimed: set[str] = set()
_named: dict[str, Names] = {}


def claim(prefix: str) -> None:
    """Keeps every occasion that begins so (`survey:`) for the room that claims it."""
    assert prefix, "an empty beginning would claim every occasion"
    _claimed.add(prefix)


def is_claimed(occasion: str) -> bool:
    """Whether responses on this occasion are begun by another room alone."""
    return occasion.startswith(tuple(_claimed))


def offer_names(prefix: str, names: Names) -> None:
    """Lets the room that claimed these occasions say what they are called."""
    assert prefix in _claimed, "who names an occasion has claimed it"
    _named[prefix] = names


def names_of(occasions: Collection[str]) -> dict[str, str]:
    """What people call each of these occasions; a room is asked once for all of its own. Nobody reads a key of ours:
    one that its room does not know has no name, and a year that nobody claimed is called by itself."""
    found = {occasion: "" if is_claimed(occasion) else occasion for occasion in occasions}
    for prefix, names in _named.items():
        if own := [occasion for occasion in occasions if occasion.startswith(prefix)]:
            found |= names(own)
    return found
