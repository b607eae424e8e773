"""What people come for besides the loop: reporting without JavaScript, acknowledging a bulletin, filtering a list."""

import pytest

pytestmark = pytest.mark.browser


def test_an_incident_is_reported_without_javascript(visit, language):
    visitor = visit(f"reader-{language}", java_script_enabled=False)
    visitor.open("/incidents/report/")
    page = visitor.page
    seen = "画面に英語の文章が出ている" if language == "ja" else "A demand for money is on the screens"
    page.locator("textarea[name=seen]").fill(seen)
    visitor.press("Report the incident")
    # The number to call back is missing: the browser itself points at it, and what was typed is still there.
    assert visitor.path == "/incidents/report/"
    assert page.locator("input[name=phone]:invalid").count() == 1
    assert page.locator("textarea[name=seen]").input_value() == seen
    page.locator("input[name=phone]").fill("090-1111-2222")
    page.locator("input[name=noticed_at]").fill("2026-11-22T23:30")
    visitor.press("Keep it and go on later")
    visitor.reads("What you typed is kept. You can go on later, also on another device.")
    assert page.locator("input[name=phone]").input_value() == "090-1111-2222"
    page.locator("input[name=is_drill]").check()
    visitor.press("Report the incident")
    page.wait_for_url("**/receipt/")
    visitor.reads("Nobody outside your institution was told.")


def figures_of(visitor):
    """How many the bulletin was sent to, opened, acknowledged, did it."""
    tiles = visitor.page.locator(".stat-value").all()
    return ["".join(filter(str.isdigit, tile.inner_text())) for tile in tiles]


def test_a_bulletin_is_opened_acknowledged_and_counted(visit, portal, language):
    reader = visit(f"reader-{language}")
    reader.open("/")
    waiting = int(reader.figure("Bulletins to acknowledge"))
    bulletin = f"/bulletins/{portal.id(f'bulletin-{language}')}/"
    reader.open("/bulletins/")
    reader.page.locator(f"main a[href='{bulletin}']").click()
    reader.check("bulletin-opened")
    officer = visit("officer")
    officer.open(bulletin + "reach/")
    assert figures_of(officer) == ["1", "1", "0", "0"]
    reader.press("We have taken note", of=portal.hospital(f"reporter-{language}")["name"])
    reader.reads("Thank you. It is recorded that you have taken note.")
    reader.check("bulletin-acknowledged")
    reader.open("/")
    assert int(reader.figure("Bulletins to acknowledge")) == waiting - 1
    officer.open(bulletin + "reach/")
    assert figures_of(officer) == ["1", "1", "1", "0"]
    officer.check("bulletin-reach")


def test_a_list_narrows_while_someone_types_and_the_address_says_so(visit, portal):
    visitor = visit("officer")
    visitor.open("/institutions/")
    visitor.page.locator("main input[name=q]").press_sequentially(portal.hospital("walk")["register_code"])
    visitor.page.locator("#rows tbody tr").nth(1).wait_for(state="detached")
    visitor.page.wait_for_url("**q=*")
    visitor.page.reload()
    assert visitor.page.locator("#rows tbody tr").count() == 1
    visitor.follow("Clear the conditions")
    visitor.page.locator("#rows tbody tr").nth(20).wait_for()
