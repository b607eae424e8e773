"""How a control of a catalogue that others publish is named where evidence is filed and questions are asked about it.

Its address holds the version: `catalogue:` and the first digits of the SHA-256 of the file of the version, then the
name of the control in it. The same file has the same address in every installation, and when it is taken in anew.
"""

PREFIX = "catalogue:"
DIGITS = 16


def address_of(digest: str, name: str) -> str:
    """The address of a control by the digest of its version and its name there."""
    return f"{PREFIX}{digest[:DIGITS]}/{name}"


def is_address(control: str) -> bool:
    """Whether this names a control of somebody else's catalogue, and none of Sonae's own."""
    return control.startswith(PREFIX)


def parts_of(address: str) -> tuple[str, str] | None:
    """The first digits of the digest and the name of the control; nothing where it is no whole address."""
    digits, _, name = address.removeprefix(PREFIX).partition("/")
    is_whole = is_address(address) and len(digits) == DIGITS and set(digits) <= set("0123456789abcdef") and name
    return (digits, name) if is_whole else None
