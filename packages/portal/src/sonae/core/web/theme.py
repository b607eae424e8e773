"""Light or dark: the device decides until the viewer does."""

from enum import StrEnum

COOKIE = "sonae_theme"


class Theme(StrEnum):
    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


# When dark.css applies. Paper is always light.
DARK_MEDIA: dict[Theme, str] = {
    Theme.AUTO: "screen and (prefers-color-scheme: dark)",
    Theme.LIGHT: "not all",
    Theme.DARK: "screen",
}


def chosen(cookie: str | None) -> Theme:
    """The theme that a cookie names; anything unknown is the device's own setting."""
    try:
        return Theme(cookie or "")
    except ValueError:
        return Theme.AUTO
