"""What every test of the repository may rely on: the browser, the shared data, and plain words when one is missing."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from sonae.site import catalogues
from tools import chromium

# The cast of people, and tests whose transactions commit.
pytest_plugins = ["sonae.testing.cast", "sonae.testing.commits"]

# A fresh clone has no compiled catalogue, and a test may read any word.
catalogues.compile_stale()

ROOT = Path(__file__).parent
SHARED_DATA = ROOT.parent / "shared" / "data"


def _browser() -> str | None:
    asked = os.environ.get("SONAE_BROWSER", "auto")
    if asked == "off":
        return None
    return asked if asked != "auto" else chromium.find()


def _reason_to_leave_out(marker: str) -> str | None:
    if marker == "browser":
        if _browser() is None:
            return "no Chromium here, or --no-browser"
        if importlib.util.find_spec("playwright") is None:
            return "playwright is not installed (./sonae --prepare run dev browser)"
    if marker == "postgres" and "postgresql" not in settings.DATABASES["default"]["ENGINE"]:
        return "this run is on SQLite"
    if marker == "shared" and not SHARED_DATA.is_dir():
        return "the real public data (../shared/data) is not beside this clone"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for marker in ("browser", "postgres", "shared"):
        reason = _reason_to_leave_out(marker)
        if reason is None:
            continue
        for item in items:
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def chromium_program() -> str:
    """The path of Chromium; tests that ask for it are marked `browser`."""
    found = _browser()
    if found is None:
        pytest.skip("no Chromium here, or --no-browser")
    return found


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real public data; tests that ask for it are marked `shared`."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real public data (../shared/data) is not beside this clone")
    return SHARED_DATA


@pytest.fixture(autouse=True)
def _in_the_language_of_the_installation() -> Iterator[None]:
    """A test that speaks another language leaves none of it to the next."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where screenshots and logs of a run are kept."""
    folder = Path(os.environ.get("SONAE_ARTEFACTS", ROOT / "artefacts"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
