"""Ranges that a publisher gives in fields, written as one text in the notation of VERS, which the engine reads."""

from collections.abc import Sequence
from urllib.parse import quote

# Packaging schemes by the ecosystem of OSV and the versionType of CVE records; whatever is not here has no known order.
SCHEMES = {
    "pypi": "pypi", "python": "pypi", "npm": "npm", "maven": "maven", "rubygems": "gem", "gem": "gem", "go": "golang",
    "debian": "deb", "deb": "deb", "ubuntu": "deb", "alpine": "apk", "rpm": "rpm", "red hat": "rpm",
}  # fmt: skip
EVERY = "vers:all/*"
_OPEN = frozenset({"", "0", "*", "-", "n/a", "unspecified", "unknown", "none", "all"})


def is_open(version: str) -> bool:
    """Whether a lower end says nothing."""
    return version.casefold() in _OPEN


def between(low: str, high: str, *, low_in: bool = True, high_in: bool = False, scheme: str = "generic") -> str:
    """The range between two versions; an end that says nothing is open."""
    parts = []
    if not is_open(low):
        parts.append((">=" if low_in else ">") + _quoted(low))
    if high and high != "*":
        parts.append(("<=" if high_in else "<") + _quoted(high))
    return written(parts, scheme=scheme)


def among(versions: Sequence[str], *, scheme: str = "generic") -> str:
    """Exactly these versions."""
    return written([_quoted(version) for version in versions], scheme=scheme)


def written(parts: Sequence[str], *, scheme: str) -> str:
    """Constraints as one text."""
    return f"vers:{scheme}/{'|'.join(parts)}" if parts else EVERY


def sign(relation: str, version: str) -> str:
    """One constraint."""
    return relation + _quoted(version)


def _quoted(version: str) -> str:
    # Letters of every script stay readable; signs of the notation and blanks do not stay.
    return "".join(sign if sign.isalnum() or sign in "._-+~:" else quote(sign) for sign in version.strip())
