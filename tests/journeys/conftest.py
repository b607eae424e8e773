"""One portal for each test process, one browser for as long as its tests stay in this folder."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, sync_playwright

from sonae.testing.migrated import Migrated
from tests.journeys import portal as programs
from tests.journeys.browser import Visitor, a_visitor
from tests.journeys.portal import Portal

# Words do not depend on the database: the second one hears Japanese only.
LANGUAGES = ["ja"] if "postgresql" in settings.DATABASES["default"]["ENGINE"] else ["ja", "en"]
# What is shown in both languages in one run. Of the other pages the words differ and nothing else: they are heard in
# the second language in the other half (ADR 0029).
IN_BOTH_AT_ONCE = {"test_frame", "test_loop", "test_sign_in", "test_tasks"}
ARGUMENTS = [
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        spoken = getattr(getattr(item, "callspec", None), "params", {}).get("language", "ja")
        if item.path.parent == here and item.path.stem not in IN_BOTH_AT_ONCE and spoken != "ja":
            item.add_marker(pytest.mark.repeats)


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory, migrated: Migrated, django_db_blocker: Any) -> Iterator[Portal]:
    """The portal with its world, for every journey of this test process."""
    with django_db_blocker.unblock(), programs.running(tmp_path_factory.mktemp("portal"), migrated) as found:
        django_db_blocker.block()
        yield found
        django_db_blocker.restore()


# Not for the whole session: while Playwright is up, its thread has a running event loop, in which Django's records
# may not be touched. Tests of other folders that come after these find it gone.
@pytest.fixture(scope="package")
def browser(chromium_program: str) -> Iterator[Browser]:
    # Playwright's loop runs in this thread between its calls. Tests of other folders may come while it is up, and ask
    # their records from the same thread: one after the other, never at once.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium_program, args=[*ARGUMENTS, *as_root])
        yield launched
        launched.close()


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="package")
def kept_visitors(browser: Browser) -> Iterator[dict[tuple[str, str], Visitor]]:
    """Browsers that stay open from page to page of the walk, so that style sheets and fonts are loaded once."""
    kept: dict[tuple[str, str], Visitor] = {}
    yield kept
    for visitor in kept.values():
        visitor.context.close()


@pytest.fixture
def walk(
    browser: Browser, portal: Portal, language: str, artefacts: Path, kept_visitors: dict[tuple[str, str], Visitor]
) -> Callable[[str], Visitor]:
    """`walk("manager")` is the manager, who goes on from the page before."""

    def walked(part: str) -> Visitor:
        found = kept_visitors.get((part, language))
        if found is None:
            # A picture of each page takes as long as all that is asked about it: kept for whoever wants to look.
            pictures = artefacts / "screenshots" if os.environ.get("SONAE_PICTURES") else None
            found = a_visitor(browser, portal, language=language, screenshots=pictures, part=part)
            kept_visitors[part, language] = found
        else:
            found.complaints.clear()
        return found

    return walked


@pytest.fixture
def visit(browser: Browser, portal: Portal, language: str, artefacts: Path) -> Iterator[Callable[..., Visitor]]:
    """`visit("manager")` is a browser in which the manager is signed in; `visit()` one of somebody unknown."""
    visitors: list[Visitor] = []

    def visited(part: str = "", **settings: Any) -> Visitor:
        visitors.append(
            a_visitor(browser, portal, language=language, screenshots=artefacts / "screenshots", part=part, **settings)
        )
        return visitors[-1]

    yield visited
    for visitor in visitors:
        visitor.context.close()
    complaints = [complaint for visitor in visitors for complaint in visitor.complaints]
    assert not complaints, complaints
