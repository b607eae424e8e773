"""Names and references as a form may write them. Source: XML names without a colon (NCName), two of them around one."""

import re

_START = (
    "A-Za-z_\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_MORE = _START + r"\-.0-9\xb7\u0300-\u036f\u203f-\u2040"
_NAME = re.compile(f"[{_START}][{_MORE}]*(?::[{_START}][{_MORE}]*)?")
_CANDIDATE = re.compile(r"\$\{([^}]+)\}|\$\{[^}]*\Z")
_INNER = re.compile(f"(?:last-saved#)?([{_START}][{_MORE}]*)")
# What makes a default be worked out rather than taken as it is: a call, a reference, an operator.
_DYNAMIC = re.compile(r"\$\{[^}]+\}|[\w.-]+\(|[*+|]| (?:mod|div) |(?<![\w.])-(?![\d.])")


def is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def is_reference(text: str) -> bool:
    """Whether the text is one reference and nothing else."""
    found = _CANDIDATE.fullmatch(text)
    return found is not None and found[1] is not None and _INNER.fullmatch(found[1]) is not None


def references_in(text: str) -> list[tuple[str, str | None]]:
    """Every `${…}` of a text: what is written, and the name it refers to; None when it cannot be read."""
    found: list[tuple[str, str | None]] = []
    for candidate in _CANDIDATE.finditer(text):
        inner = _INNER.fullmatch(candidate[1]) if candidate[1] else None
        found.append((candidate[0], inner[1] if inner else None))
    return found


def is_dynamic(default: str) -> bool:
    """Whether a default is worked out when the form is opened."""
    return _DYNAMIC.search(default) is not None
