"""The frame around every page: language, theme, keyboard, paper."""

import re

import pytest

pytestmark = pytest.mark.browser

BACKGROUND = "() => getComputedStyle(document.body).backgroundColor"
FOCUSED = "() => document.activeElement.id || document.activeElement.textContent.trim()"
OTHER = {"ja": ("English", "en"), "en": ("日本語", "ja")}


def test_the_language_is_switched_on_the_spot_and_stays(visit, language):
    visitor = visit("manager")
    visitor.open("/duties/?timing=overdue")
    name, other = OTHER[language]
    visitor.page.get_by_role("button", name=name, exact=True).click()
    visitor.page.wait_for_load_state()
    assert visitor.page.url.endswith("/duties/?timing=overdue")
    assert visitor.page.locator("html").get_attribute("lang") == other
    visitor.open("/")
    assert visitor.page.locator("html").get_attribute("lang") == other


def test_the_theme_is_switched_and_stays_whatever_the_device_says(visit):
    visitor = visit("manager")
    visitor.open("/")
    light = visitor.page.evaluate(BACKGROUND)
    visitor.page.locator("header summary.tool").first.click()
    visitor.page.locator("button[name=theme][value=dark]").click()
    visitor.page.wait_for_load_state()
    dark = visitor.page.evaluate(BACKGROUND)
    assert dark != light
    visitor.open("/incidents/")
    assert visitor.page.evaluate(BACKGROUND) == dark
    visitor.check("dark-incidents")
    visitor.page.locator("header summary.tool").first.click()
    visitor.page.locator("button[name=theme][value=light]").click()
    visitor.page.wait_for_load_state()
    visitor.page.emulate_media(color_scheme="dark")
    assert visitor.page.evaluate(BACKGROUND) == light


def test_the_keyboard_alone_skips_opens_a_menu_and_sends_a_form(visit):
    visitor = visit("officer")
    visitor.open("/institutions/")
    keyboard = visitor.page.keyboard
    keyboard.press("Tab")
    assert visitor.page.evaluate(FOCUSED) == visitor.words("Skip to the main content")
    keyboard.press("Enter")
    assert visitor.page.evaluate(FOCUSED) == "main"
    menu = visitor.page.locator(".site-nav details.menu").first
    menu.locator("summary").focus()
    keyboard.press("Enter")
    assert menu.get_attribute("open") is not None
    keyboard.press("Tab")
    assert menu.locator("a").first.evaluate("(link) => link === document.activeElement")
    keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert menu.locator("summary").evaluate("(one) => one === document.activeElement")
    search = visitor.page.locator("main input[name=q]")
    search.focus()
    keyboard.type(visitor.portal.hospital("walk")["register_code"])
    keyboard.press("Enter")
    visitor.page.locator("#rows tbody tr").nth(1).wait_for(state="detached")
    assert visitor.portal.hospital("walk")["name"] in visitor.page.locator("#rows").inner_text()


def test_every_control_shows_where_the_keyboard_is(visit):
    visitor = visit("manager")
    visitor.open("/incidents/report/")
    keyboard, seen = visitor.page.keyboard, 0
    for _press in range(25):
        keyboard.press("Tab")
        outline = visitor.page.evaluate(
            "() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.boxShadow]; }"
        )
        # A field for a moment has parts of its own; the browser marks the part.
        has_parts = visitor.page.evaluate("() => document.activeElement.type === 'datetime-local'")
        assert has_parts or outline != ["none", "none"], visitor.page.evaluate(
            "() => document.activeElement.outerHTML.slice(0, 200)"
        )
        seen += 1
    assert seen == 25


@pytest.mark.parametrize("sheet", ["home", "incident"])
def test_paper_carries_the_content_and_none_of_the_controls(sheet, visit, artefacts, language):
    visitor = visit("manager")
    visitor.open("/" if sheet == "home" else f"/incidents/{visitor.portal.id('incident')}/")
    visitor.page.emulate_media(media="print")
    for control in (".site-nav", ".site-tools", "main .button"):
        shown = [one for one in visitor.page.locator(control).all() if one.is_visible()]
        assert not shown, control
    assert visitor.page.locator("h1").is_visible()
    folder = artefacts / "screenshots" / f"{language}-paper"
    folder.mkdir(parents=True, exist_ok=True)
    paper = visitor.page.pdf(path=folder / f"{sheet}.pdf", format="A4")
    sheets = len(re.findall(rb"/Type\s*/Page\b(?!s)", paper))
    assert 1 <= sheets <= (4 if sheet == "home" else 5)


@pytest.mark.parametrize("path", ["/", "/incidents/report/", "/bulletins/", "/duties/"])
def test_pages_work_without_javascript(path, visit):
    visitor = visit("manager", java_script_enabled=False)
    visitor.open(path)
    assert visitor.page.locator("h1").count() == 1
    visitor.page.locator(".site-nav details.menu summary").first.click()
    assert visitor.page.locator(".site-nav details.menu a").first.is_visible()
