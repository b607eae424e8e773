"""The order of versions in packaging schemes that a range names itself (`vers:deb/…`), as `univers` knows it.

Only schemes whose order the library implements: it also lends the order of SemVer to "generic" and others, and its
`intdot` says that 1.10 is not later than 1.2 (measured with 32.0.1); those stay with Sonae's own order.
"""

from functools import lru_cache
from typing import Any

from univers.version_range import RANGE_CLASS_BY_SCHEMES

NAMED = frozenset({"alpm", "apk", "deb", "gem", "golang", "maven", "npm", "openssl", "pypi", "rpm"})
_CLASSES: dict[str, Any] = {scheme: RANGE_CLASS_BY_SCHEMES[scheme].version_class for scheme in NAMED}


def compared(left: str, right: str, *, scheme: str) -> int | None:
    """-1, 0 or 1 in the order of the scheme; None where one of the two is no version of it."""
    ours, theirs = _version(left, scheme), _version(right, scheme)
    if ours is None or theirs is None:
        return None
    try:
        return 0 if ours == theirs else -1 if ours < theirs else 1
    except (ArithmeticError, LookupError, TypeError, ValueError):
        # The library compares what it took for versions, and only then finds that they are none.
        return None


@lru_cache(maxsize=16_384)
def _version(text: str, scheme: str) -> Any:
    try:
        return _CLASSES[scheme](text)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return None
