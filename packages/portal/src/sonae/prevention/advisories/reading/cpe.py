"""Names of products in CPE 2.3 (formatted string) and 2.2 (URI), NIST IR 7695: maker, product, version."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

_COLON = re.compile(r"(?<!\\):")
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Cpe:
    """The parts that are compared; "*" and "-" as they stand. `whole` names the product without its version."""

    part: str
    vendor: str
    product: str
    version: str
    whole: str


def read(text: str) -> Cpe | None:
    """The parts of a CPE name, or None where it is none."""
    text = text.strip()
    if text.startswith("cpe:2.3:"):
        bound = _COLON.split(text)
        if len(bound) < 6:
            return None
        part, vendor, product, version = bound[2:6]
        rest = [*bound[6:], *["*"] * 7][:7]
        update = rest[0]
        if update not in ("*", "-", "") and version not in ("*", "-"):
            version = f"{version} {update}"
        whole = ":".join(["cpe:2.3", part, vendor, product, "*", "*", *rest[1:]])
        return Cpe(part, _plain(vendor), _plain(product), _ESCAPED.sub(r"\1", version), whole)
    if text.startswith("cpe:/"):
        part, vendor, product, version = [*(unquote(piece) for piece in text[5:].split(":")), "", "", ""][:4]
        return Cpe(part, vendor.replace("_", " "), product.replace("_", " "), version or "*", text)
    return None


def _plain(name: str) -> str:
    return _ESCAPED.sub(r"\1", name).replace("_", " ")
