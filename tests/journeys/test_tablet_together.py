"""Two inspectors at one row: nobody's words are written over without a choice, whatever the other device shows."""

import pytest

from tests.journeys.test_tablet import choose, opened, portal_says, row_of, sent, state

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
    sent(second, "backup")

    with first.page.expect_response(lambda answer: answer.url.endswith("/pack/")):
        first.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    sent(first, "backup")
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


RECORD = """
({visit, item, value}) => fetch(`/inspections/visits/${visit}/records/`, {
  method: "POST",
  headers: {"Content-Type": "application/json", "X-CSRFToken": document.cookie.match(/csrftoken=([^;]+)/)[1]},
  body: JSON.stringify({device: crypto.randomUUID(), entries: [
    {id: crypto.randomUUID(), item, value, seen_revision: 0, recorded_at: new Date().toISOString()},
  ]}),
}).then((answer) => answer.status)
"""


def test_one_choice_on_the_tablet_ends_every_contradiction_of_a_row(visit, portal, language):
    first, second = visit(f"visitor-{language}", is_travelling=True), visit(f"second-visitor-{language}")
    third = visit(f"third-visitor-{language}")
    number = portal.id(f"visit-{language}")
    path = f"/inspections/tablet/{number}/"
    for visitor, value in ((first, "in_place"), (second, "partly"), (third, "absent")):
        opened(visitor, path)
        said = {"visit": number, "item": "remote_maintenance", "value": value}
        assert visitor.page.evaluate(RECORD, said) == 200
    opened(first, path)
    row = row_of(first, "remote_maintenance")
    row.locator(".conflict").nth(1).wait_for()
    first.check("tablet-several-conflicts")
    assert row.locator(".conflict").count() == 2
    row.locator(".conflict").nth(1).locator("[data-take=mine]").click()
    sent(first, "remote_maintenance")
    assert row.locator(".conflict").count() == 0
    pack, rows = portal_says(second, number)
    assert rows["remote_maintenance"]["observed"]["value"] == "absent"
    assert not [one for one in pack["conflicts"] if one["item"] == "remote_maintenance"]
