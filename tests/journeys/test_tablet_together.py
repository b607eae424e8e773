"""Two inspectors at one row: nobody's words are written over without a choice, whatever the other device shows."""

import pytest

from tests.journeys.test_tablet import choose, opened, portal_says, row_of, state

pytestmark = pytest.mark.browser


def test_a_field_that_stands_behind_the_portal_is_not_written_over_what_came_meanwhile(visit, portal, language):
    first, second = visit(f"visitor-{language}", is_travelling=True), visit(f"second-visitor-{language}")
    number = portal.id(f"visit-{language}")
    path = f"/inspections/tablet/{number}/"
    theirs = "サーバー室が施錠されていない" if language == "ja" else "The server room was open"
    for visitor in (first, second):
        opened(visitor, path)
        state(visitor, outcome="ok", unsent=0)
    # The first one stands in the empty field and thinks.
    note = row_of(first, "backup").locator("[data-field=note]")
    note.click()
    row_of(second, "backup").locator("[data-field=note]").fill(theirs)
    choose(second, "backup", "absent")
    row_of(second, "backup").locator("xpath=self::*[@data-state='merged']").wait_for()

    with first.page.expect_response(lambda answer: answer.url.endswith("/pack/")):
        first.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    row_of(first, "backup").locator("xpath=self::*[@data-state='merged']").wait_for()
    assert note.input_value() == ""
    first.page.keyboard.type("ok")
    row_of(first, "backup").locator("[data-take=theirs]").wait_for()
    pack, rows = portal_says(second, number)
    assert rows["backup"]["observed"]["note"] == theirs
    assert [one["mine"]["note"] for one in pack["conflicts"] if one["item"] == "backup"] == ["ok"]
    row_of(first, "backup").locator("[data-take=theirs]").click()
    state(first, unsent=0, outcome="ok")
    # Once the choice is made and the field is left, the row shows what stands in the portal.
    row_of(first, "backup").locator("h4").first.focus()
    assert note.input_value() == theirs
