"""Where this machine keeps Chromium."""

import shutil

# The one without windows draws the same pages with a fifth less work.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def find() -> str | None:
    """The program, or none when no Chromium is installed."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)
