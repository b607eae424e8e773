"""What every test of the repository may rely on: the browser, the shared data, and plain words when one is missing."""

import contextlib
import gc
import importlib.util
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from sonae.site import catalogues
from sonae.testing.migrated import Migrated
from tools import chromium

# How busy a machine is decides no test.
hypothesis_settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("suite")

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
    if marker == "sqlite" and "postgresql" in settings.DATABASES["default"]["ENGINE"]:
        return "it keeps its records in SQLite, whatever the run is on"
    if marker == "postgres" and "postgresql" not in settings.DATABASES["default"]["ENGINE"]:
        return "this run is on SQLite"
    if marker == "shared" and not SHARED_DATA.is_dir():
        return "the real public data (../shared/data) is not beside this clone"
    return None


def _for_two_workers(items: list[pytest.Item]) -> list[pytest.Item]:
    """The browser's tests lead the first half, so that one worker alone brings up a portal and a browser for them.

    The slow ones lead the second half: one of them at the end would leave the other worker with nothing to do.
    """
    browsing = [item for item in items if item.get_closest_marker("browser")]
    others = [item for item in items if not item.get_closest_marker("browser")]
    slow = [item for item in others if item.get_closest_marker("slow")]
    quick = [item for item in others if not item.get_closest_marker("slow")]
    rest_of_half = max(0, len(items) // 2 - len(browsing))
    return [*browsing, *quick[:rest_of_half], *slow, *quick[rest_of_half:]]


def _needs_records(item: pytest.Item) -> bool:
    fixtures = {"db", "transactional_db", "django_db_setup"}
    return bool(item.get_closest_marker("django_db") or fixtures & set(getattr(item, "fixturenames", ())))


def _belongs_to_the_first(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("browser") or item.get_closest_marker("sqlite"))


def _taker(name: str, databases: int) -> int:
    """Which of so many databases a test of this name is asked beside; the same on every machine and in every run."""
    return zlib.crc32(name.encode()) % databases + 1


def _dealt_elsewhere(items: list[pytest.Item], dealt: str) -> list[pytest.Item]:
    """Where several databases share the tests, what this one is not asked (“1/2” is the first of two).

    What needs no records any of them would answer alike: a browser's pages, and what brings a SQLite database of its
    own, are asked beside the first, the rest beside the last. What needs records is asked beside one of them, by its
    name. “1/2 turned” is what “1/2” was not asked of this: the records of the other one, and of what needs none, or is
    a repetition, only that: pages in the second language, the largest files.
    """
    share, _, turned = dealt.partition(" ")
    place, databases = map(int, share.split("/"))

    def belongs(item: pytest.Item) -> bool:
        repeats = item.get_closest_marker("repeats") is not None
        if _belongs_to_the_first(item):
            return repeats is bool(turned) and place == 1
        if item.get_closest_marker("postgres") or not _needs_records(item):
            return repeats is bool(turned) and place == databases
        is_taken_here = _taker(item.nodeid, databases) == place
        return is_taken_here and bool(turned) if repeats else is_taken_here is not bool(turned)

    return [item for item in items if not belongs(item)]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if dealt := os.environ.get("SONAE_DEALT"):
        elsewhere = set(_dealt_elsewhere(items, dealt))
        config.hook.pytest_deselected(items=[item for item in items if item in elsewhere])
        items[:] = [item for item in items if item not in elsewhere]
    items[:] = _for_two_workers(items)
    for marker in ("browser", "postgres", "shared", "sqlite"):
        reason = _reason_to_leave_out(marker)
        if reason is None:
            continue
        for item in items:
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_collection_finish() -> None:
    # Thousands of tests stay until the end: the collector need not look at them again and again.
    gc.freeze()


def pytest_sessionfinish() -> None:
    gc.unfreeze()


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


@pytest.fixture(scope="session")
def migrated(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Migrated:
    """A migrated database to copy from; on SQLite it outlives the run, where pytest may keep anything."""
    cache = getattr(pytestconfig, "cache", None)
    with contextlib.suppress(OSError):
        if cache is not None:
            return Migrated(cache.mkdir("migrated"))
    return Migrated(tmp_path_factory.mktemp("migrated"))


@pytest.fixture(scope="session")
def django_db_setup(
    migrated: Migrated, django_test_environment: None, django_db_blocker: Any, django_db_modify_db_settings: None
) -> Iterator[None]:
    """In place of pytest-django's: each process copies the migrated database instead of migrating its own."""
    if connection.vendor == "sqlite":
        # The database of a test may forget everything at a power cut. Programs that a test starts have their own word.
        options = connection.settings_dict["OPTIONS"]
        options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
    with django_db_blocker.unblock():
        migrated.copy_to(connection.creation._get_test_db_name())  # noqa: SLF001
        known = setup_databases(verbosity=0, interactive=False, keepdb=True)
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            # A thread of a test that ended may still hold its session; PostgreSQL would keep the database for it.
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        teardown_databases(known, verbosity=0)


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
