"""What to do when an indicator is seen: the words used when its publisher gives none."""

import tomllib
from functools import cache
from pathlib import Path

from sonae.prevention.sharing.vocabulary import IndicatorKind

_FILE = Path(__file__).with_name("notes.toml")
_FAMILY = {
    IndicatorKind.IPV4: "address",
    IndicatorKind.IPV6: "address",
    IndicatorKind.CIDR: "address",
    IndicatorKind.DOMAIN: "name",
    IndicatorKind.URL: "name",
    IndicatorKind.EMAIL: "mail",
    IndicatorKind.MD5: "file",
    IndicatorKind.SHA1: "file",
    IndicatorKind.SHA256: "file",
    IndicatorKind.JA3: "address",
}


def usual(kind: IndicatorKind) -> tuple[str, str]:
    """The Japanese and the English advice for this kind."""
    advice = _shipped()[_FAMILY[kind]]
    return advice["ja"], advice["en"]


@cache
def _shipped() -> dict[str, dict[str, str]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
