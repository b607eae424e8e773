"""What the portal cannot take does not hold up what it can, and nothing is sent for ever."""

import json

import pytest

from tests.journeys.test_tablet import choose, opened, portal_says, row_of, state

pytestmark = pytest.mark.browser
HALF = "(field) => { field.value = 'x\\ud842y'; field.dispatchEvent(new Event('input', {bubbles: true})); }"


@pytest.mark.parametrize("status", [500, 413, 422])
def test_an_entry_that_the_portal_stumbles_over_does_not_hold_up_the_others(visit, portal, language, status):
    visitor = visit(f"visitor-{language}", is_travelling=True)
    number = portal.id(f"visit-{language}")
    opened(visitor, f"/inspections/tablet/{number}/")
    state(visitor, outcome="ok", unsent=0)
    poison = f"poison {status}"

    def stumbles(route):
        if poison in route.request.post_data:
            body = json.dumps({"reason": "body_unreadable", "title": "No"}) if status == 422 else "<h1>No</h1>"
            route.fulfill(status=status, body=body)
        else:
            route.continue_()

    visitor.context.route("**/records/", stumbles)
    visitor.context.set_offline(True)
    row_of(visitor, "bcp").locator("[data-field=note]").fill(poison)
    note = f"kept beside {status}"
    row_of(visitor, "manager").locator("[data-field=note]").fill(note)
    choose(visitor, "manager", "partly")
    state(visitor, unsent=2)
    visitor.context.set_offline(False)
    row_of(visitor, "bcp").locator("xpath=self::*[@data-state='refused']").wait_for()
    state(visitor, outcome="ok", unsent=1)
    assert row_of(visitor, "bcp").locator("[data-part=problem]").inner_text()
    assert portal_says(visitor, number)[1]["manager"]["observed"]["note"] == note
    # Written again, it goes through.
    row_of(visitor, "bcp").locator("[data-field=note]").fill("sound")
    state(visitor, outcome="ok", unsent=0)
    assert portal_says(visitor, number)[1]["bcp"]["observed"]["note"] == "sound"
    visitor.complaints[:] = [one for one in visitor.complaints if str(status) not in one]


def test_half_a_character_goes_out_as_a_whole_one(visit, portal, language):
    visitor = visit(f"visitor-{language}", is_travelling=True)
    number = portal.id(f"visit-{language}")
    opened(visitor, f"/inspections/tablet/{number}/")
    state(visitor, outcome="ok", unsent=0)
    note = row_of(visitor, "bcp").locator("[data-field=note]")
    assert note.get_attribute("maxlength") == "4000"
    note.evaluate(HALF)
    row_of(visitor, "bcp").locator("xpath=self::*[@data-state='waiting']").wait_for()
    state(visitor, outcome="ok", unsent=0)
    assert portal_says(visitor, number)[1]["bcp"]["observed"]["note"] == "x\ufffdy"
