"""Someone at a browser, and everything that must hold on each page they come to."""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
from django.utils import translation
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

from sonae.core.instruments.views.vendors import COOKIE
from tests.journeys import words
from tests.journeys.portal import Portal

# A vendor whom a link let in, with no account.
BY_LINK = "by-link"
WIDE, PHONE, NARROWEST = 1280, 375, 320
HEIGHT = 900
LOOKING = (Path(__file__).parent / "looking.js").read_text(encoding="utf-8")
COLOURS = (Path(__file__).parent / "colours.js").read_text(encoding="utf-8")
RUN_AXE = "(options) => axe.run(options).then((found) => found.violations)"
WIDTHS = "() => [document.documentElement.scrollWidth, window.innerWidth]"
# The colours that this process asked about.
KNOWN_LOOKS: set[str] = set()
# Boxes that stand out at the right, and boxes out of which their text stands.
STICKS_OUT = """() => [...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1
    || (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX === "visible" && one.clientWidth))
  .slice(-5).map((one) => one.outerHTML.slice(0, 120))"""
WITHOUT_NETWORK = re.compile(r"Failed to load resource: net::ERR_(INTERNET_DISCONNECTED|FAILED|NETWORK_CHANGED)")
# The console says this for every answer from 400 up; whether such an answer was right is for the journey to say.
STATUS = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")


@cache
def _axe() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


@dataclass
class Visitor:
    """One browser of one person, in one language."""

    portal: Portal
    context: BrowserContext
    page: Page
    language: str
    screenshots: Path | None
    complaints: list[str] = field(default_factory=list)
    checked: int = 0
    # Somebody whose network comes and goes: what the console says of it is no complaint.
    is_travelling: bool = False

    def __post_init__(self) -> None:
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))

    def open(self, path: str, *, status: int = 200) -> Response:
        answer = self.page.goto(self.portal.url + path)
        assert answer is not None, "a page of the portal is not part of the page before"
        assert answer.status == status, f"{path} answered {answer.status}"
        return answer

    def words(self, msgid: str, **holes: object) -> str:
        """What the portal calls this in the visitor's language."""
        with translation.override(self.language):
            return translation.gettext(msgid) % holes if holes else translation.gettext(msgid)

    def press(self, msgid: str, *, of: str = "", **holes: object) -> None:
        """Presses the button that is called this; `of` is the row it belongs to, where there are several."""
        name = self.words(msgid, **holes) + (f" – {of}" if of else "")
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def follow(self, msgid: str) -> None:
        """Follows the link in the main part of the page that is called this."""
        self.page.locator("main").get_by_role("link", name=self.words(msgid), exact=True).first.click()

    def reads(self, msgid: str, **holes: object) -> None:
        """The main part of the page says this, now or in a moment."""
        self.page.locator("main").get_by_text(self.words(msgid, **holes)).first.wait_for()

    def figure(self, msgid: str) -> str:
        """The number on the tile of this name."""
        tile = self.page.locator(".stat", has_text=self.words(msgid)).first
        return tile.locator(".stat-value").inner_text().strip()

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def check(self, name: str) -> None:
        """Everything that must hold on every page; where pictures are wanted, keeps them of a desk and of a phone."""
        self.checked += 1
        self.page.wait_for_load_state()
        seen = self.page.evaluate(LOOKING)
        assert seen["language"] == self.language
        assert seen["title"].strip(), "the title is empty"
        assert len(seen["headings"]) == 1, seen["headings"]
        assert seen["headings"][0], "the heading is empty"
        assert seen["mains"] == 1
        assert not seen["ambiguous"], f"links and buttons of one name do different things: {seen['ambiguous']}"
        assert not seen["unsigned"], f"forms without their token: {seen['unsigned']}"
        assert seen["inline"] == 0, "style and events are never inline"
        strange = words.left_in_english if self.language == "ja" else words.left_in_japanese
        assert not strange(seen["spoken"]), strange(seen["spoken"])
        self._keep_picture("wide", name)
        self._must_fit_every_screen(name)
        # The words differ between the languages, not what they stand in.
        if self.language == "ja":
            self.page.evaluate(_axe())
            self._must_be_accessible()
        assert not self.complaints, self.complaints

    def _must_be_accessible(self) -> None:
        """Asks axe about everything; about colours, in each theme, where text looks as none did on any page before."""
        self._axe_finds_nothing({} if self._looks_new("light") else {"rules": {"color-contrast": {"enabled": False}}})
        self.page.emulate_media(color_scheme="dark")
        if self._looks_new("dark"):
            self._axe_finds_nothing({"runOnly": ["color-contrast"]})
        self.page.emulate_media(color_scheme="light")

    def _looks_new(self, theme: str) -> bool:
        looks = {f"{theme}: {look}" for look in self.page.evaluate(COLOURS)}
        is_new = not looks <= KNOWN_LOOKS
        KNOWN_LOOKS.update(looks)
        return is_new

    def _axe_finds_nothing(self, options: dict[str, Any]) -> None:
        found = self.page.evaluate(RUN_AXE, {"resultTypes": ["violations"]} | options)
        told = [
            {"rule": one["id"], "why": one["help"], "where": [node["html"][:160] for node in one["nodes"][:4]]}
            for one in found
        ]
        assert not told, f"{options}: " + json.dumps(told, ensure_ascii=False, indent=1)

    def _must_fit_every_screen(self, name: str) -> None:
        before = self.page.viewport_size
        assert before is not None, "the context has a viewport"
        # What fits the narrowest fits a phone: that one is only looked at where pictures are taken.
        for width in (before["width"], *([PHONE] if self.screenshots else []), NARROWEST):
            if width != before["width"]:
                self.page.set_viewport_size({"width": width, "height": HEIGHT})
            needed, there = self.page.evaluate(WIDTHS)
            assert needed <= there, f"{needed} wide on a screen of {width}: {self.page.evaluate(STICKS_OUT)}"
            if width == PHONE:
                self._keep_picture("phone", name)
        self.page.set_viewport_size(before)

    def _keep_picture(self, shape: str, name: str) -> None:
        if self.screenshots is None:
            return
        folder = self.screenshots / f"{self.language}-{shape}"
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / f"{name}.jpg", type="jpeg", quality=80, full_page=True)

    def _note_console(self, message: ConsoleMessage) -> None:
        if self.is_travelling and WITHOUT_NETWORK.match(message.text):
            return
        if message.type in {"error", "warning"} and not STATUS.match(message.text):
            self.complaints.append(f"{message.type}: {message.text} ({self.page.url})")


def a_visitor(
    browser: Browser, portal: Portal, *, language: str, screenshots: Path | None, part: str = "", **settings: Any
) -> Visitor:
    """A fresh browser that speaks this language; with a part, that person is signed in."""
    is_travelling = settings.pop("is_travelling", False)
    context = browser.new_context(
        viewport=settings.pop("viewport", {"width": WIDE, "height": HEIGHT}),
        locale="ja-JP" if language == "ja" else "en-GB",
        timezone_id="Asia/Tokyo",
        color_scheme="light",
        reduced_motion="reduce",
        **settings,
    )
    context.set_default_timeout(15_000)
    cookies = {"sonae_language": language}
    if part == BY_LINK:
        cookies[COOKIE] = portal.secret("answering-session")
    elif part:
        cookies["sessionid"] = portal.person(part)["session"]
    context.add_cookies([{"name": name, "value": value, "url": portal.url} for name, value in cookies.items()])
    page = context.new_page()
    return Visitor(portal, context, page, language, screenshots, is_travelling=is_travelling)
