"""Where this machine keeps Chromium."""

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find() -> str | None:
    """The program, or none when no Chromium is installed."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)
