"""Takes the pictures of the README anew: `python -m tests.journeys.pictures docs/images`.

An officer's home page in both languages, over the same made-up sector that the journeys use.
"""

import os
import sys
import tempfile
from pathlib import Path

import django

django.setup()

from playwright.sync_api import sync_playwright  # noqa: E402 - the words need Django

from tests.journeys import portal as programs  # noqa: E402
from tests.journeys.browser import a_visitor  # noqa: E402
from tests.journeys.conftest import ARGUMENTS, LANGUAGES  # noqa: E402
from tools import chromium  # noqa: E402

WIDTH, HEIGHT, SCALE = 1280, 900, 0.75
LARGEST_BYTES = 200_000


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    program = chromium.find()
    assert program is not None, "Chromium is installed"
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with (
        tempfile.TemporaryDirectory(prefix="sonae-pictures-") as home,
        programs.running(Path(home)) as portal,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS, *as_root])
        for language in LANGUAGES:
            visitor = a_visitor(
                browser, portal, language=language, screenshots=folder, part="officer",
                viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=SCALE,
            )  # fmt: skip
            visitor.open("/")
            taken = visitor.page.screenshot(path=folder / f"home_{language}.png", full_page=True)
            assert len(taken) <= LARGEST_BYTES, f"{len(taken)} bytes are more than a README should load"
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
