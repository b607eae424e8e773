"""An on-site inspection is recorded on a tablet without network, and merges later with what another inspector wrote."""

import struct
import zlib

import pytest

pytestmark = pytest.mark.browser

FETCH_PACK = "(visit) => fetch(`/inspections/visits/${visit}/pack/`).then((answer) => answer.json())"


def a_photo():
    """A PNG of 2,400 times 1,600 points in one colour."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", 2_400, 1_600, 8, 2, 0, 0, 0)
    points = zlib.compress((b"\0" + b"\xc8\x5a\x1e" * 2_400) * 1_600)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", points) + chunk(b"IEND", b"")


def opened(visitor, path):
    """The page with everything that this device holds drawn."""
    visitor.page.goto(visitor.portal.url + path)
    # A page that stops says why in the same place: a failure here then names the reason.
    visitor.page.locator("body[data-ready]").wait_for()
    assert visitor.page.locator("body").get_attribute("data-ready") == "yes"


def in_a_new_tab(visitor, path):
    """The tab is closed, and the same device opens another one."""
    visitor.page.close()
    visitor.page = visitor.context.new_page()
    visitor.__post_init__()
    opened(visitor, path)


def state(visitor, **facts):
    """The line above the visit says this, now or in a moment."""
    marks = "".join(f"[data-{name}='{value}']" for name, value in facts.items())
    visitor.page.locator(f"#status{marks}").wait_for()


def row_of(visitor, item):
    return visitor.page.locator(f"#row-{item}")


def choose(visitor, item, value):
    row_of(visitor, item).locator(f"input[value={value}]").check()


def sent(visitor, item):
    """What was chosen in an open row stands in the portal: the line above may still speak of what was before."""
    visitor.page.locator(f"#row-{item}[data-state=merged]").wait_for()


def look(visitor, name):
    """Looks at the page as it is after a fresh start: the walk's checks leave traces in fields."""
    visitor.page.reload()
    visitor.page.locator("body[data-ready=yes]").wait_for()
    visitor.check(name)


def sign(visitor, side, name, *, draw):
    place = visitor.page.locator(f".signing[data-side={side}]")
    place.locator("input").fill(name)
    if draw:
        pad = place.locator("[data-part=pad]")
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        mouse = visitor.page.mouse
        mouse.move(box["x"] + 30, box["y"] + 40)
        mouse.down()
        for step in range(1, 9):
            mouse.move(box["x"] + 30 + 25 * step, box["y"] + 40 + (30 if step % 2 else 0))
        mouse.up()
        place.locator("[data-part=sign]").click()
    else:
        # The keyboard alone: the typed name is the signature.
        place.locator("input").press("Tab")
        place.locator("[data-part=sign]").press("Enter")
    place.locator("xpath=self::*[@data-standing='waiting']").wait_for()


def record_without_network(visitor, *, note, finding):
    """Two rows, a photo, both signatures."""
    visitor.context.set_offline(True)
    choose(visitor, "ledger", "absent")
    row = row_of(visitor, "ledger")
    row.locator("[data-field=note]").fill(note)
    row.locator("summary").first.click()
    row.locator("[data-field=finding]").fill(finding)
    row.locator("[data-field=due_on]").fill("2027-01-29")
    row.locator("[data-part=photo-input]").set_input_files(
        {"name": "ledger.png", "mimeType": "image/png", "buffer": a_photo()}
    )
    row.locator(".photos li").wait_for()
    choose(visitor, "accounts", "in_place")
    state(visitor, unsent=3, offline="true")
    sign(visitor, "inspector", "巡回 一子", draw=True)
    sign(visitor, "institution", "架空 院長", draw=False)
    state(visitor, unsent=5)


def portal_says(visitor, number):
    """The visit as the portal has it, and its rows by id."""
    pack = visitor.page.evaluate(FETCH_PACK, number)
    return pack, {row["id"]: row for section in pack["sections"] for row in section["items"]}


def both_stay_until_somebody_chooses(pack, rows, *, note, finding):
    assert rows["accounts"]["observed"]["value"] == "partly"
    assert [one["mine"]["value"] for one in pack["conflicts"]] == ["in_place"]
    said = {"value": "absent", "note": note, "finding": finding, "due_on": "2027-01-29"}
    assert rows["ledger"]["observed"] | said == rows["ledger"]["observed"]
    assert len(rows["ledger"]["photos"]) == 1
    # What was signed is not what stands there.
    assert pack["signatures"] == []


def test_what_was_recorded_without_network_merges_with_what_another_inspector_wrote(visit, portal, language):
    first, second = visit(f"visitor-{language}", is_travelling=True), visit(f"second-visitor-{language}")
    number = portal.id(f"visit-{language}")
    path = f"/inspections/tablet/{number}/"
    note, finding = (
        ("紙の台帳のみ", "機器が台帳にない") if language == "ja" else ("On paper only", "Devices are missing")
    )
    opened(first, path)
    state(first, outcome="ok", unsent=0)
    first.check("tablet-fetched")
    record_without_network(first, note=note, finding=finding)

    in_a_new_tab(first, path)
    assert row_of(first, "ledger").locator("[data-field=note]").input_value() == note
    assert row_of(first, "ledger").locator("input[value=absent]").is_checked()
    assert row_of(first, "ledger").locator(".photos canvas").is_visible()
    state(first, unsent=5, offline="true")
    look(first, "tablet-offline")

    opened(second, path)
    choose(second, "accounts", "partly")
    sent(second, "accounts")

    first.context.set_offline(False)
    row_of(first, "accounts").locator("[data-take=mine]").wait_for()
    state(first, outcome="ok")
    look(first, "tablet-conflict")
    both_stay_until_somebody_chooses(*portal_says(second, number), note=note, finding=finding)

    row_of(first, "accounts").locator("[data-take=mine]").click()
    # What was signed reads now as it did on the tablet.
    state(first, unsent=0, outcome="ok")
    for side in ("inspector", "institution"):
        first.page.locator(f".signing[data-side={side}][data-standing=sent]").wait_for()
    look(first, "tablet-merged")
    pack, rows = portal_says(second, number)
    assert rows["accounts"]["observed"]["value"] == "in_place"
    assert {(one["side"], one["name"]) for one in pack["signatures"]} == {
        ("inspector", "巡回 一子"),
        ("institution", "架空 院長"),
    }

    # A later record ends the signatures, and says so.
    choose(first, "accounts", "absent")
    first.page.locator(".signing[data-side=inspector][data-standing=void]").wait_for()
    state(first, unsent=0, outcome="ok")
