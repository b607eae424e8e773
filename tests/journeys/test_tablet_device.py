"""Whose device it is: another person sees nothing of a visit that lies on it, and signing out leaves nothing behind."""

from datetime import UTC, datetime, timedelta

import pytest

from sonae.testing.cast import TOTP_SECRET
from tests.journeys.test_sign_in import code_of, give_code, give_password
from tests.journeys.test_tablet import choose, opened, row_of, state

pytestmark = pytest.mark.browser

KEPT = """async () => ({
  databases: (await indexedDB.databases()).map((one) => one.name).sort(),
  caches: await caches.keys(),
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  ledger: Object.keys(localStorage).filter((name) => name.startsWith("sonae.kept.")).sort(),
})"""
# Everything that the browser would give away to a look at its stored rows.
READABLE = """async (name) => {
  const database = await new Promise((resolve) => {
    const request = indexedDB.open(name);
    request.onsuccess = () => resolve(request.result);
  });
  const all = (store) => new Promise((resolve) => {
    const request = database.transaction(store).objectStore(store).getAll();
    request.onsuccess = () => resolve(request.result);
  });
  const rows = [];
  for (const store of database.objectStoreNames) rows.push(...await all(store));
  const key = rows.find((row) => row.id === "seal").value;
  const exported = await crypto.subtle.exportKey("raw", key).catch((problem) => problem.name);
  database.close();
  const bytes = (value) => value instanceof ArrayBuffer ? new TextDecoder("utf-8").decode(value) : value;
  return { exported, text: JSON.stringify(rows, (_name, value) => bytes(value)) };
}"""
STORED = "() => Object.values(localStorage).concat(Object.keys(localStorage)).join(' ')"


def sign_in(visitor, part, *, to):
    visitor.page.goto(f"{visitor.portal.url}/account/login/?next={to}")
    give_password(visitor, part)
    visitor.page.wait_for_url("**/account/2fa/authenticate/**")
    give_code(visitor, code_of(TOTP_SECRET))
    # The whole address: the pages before it have it in their ?next=.
    visitor.page.wait_for_url(visitor.portal.url + to)


def sign_out(visitor, *, agree):
    """Presses sign out on a page of the portal; answers what was asked before, if anything was."""
    asked = []

    def answer(dialog):
        asked.append(dialog.message)
        dialog.accept() if agree else dialog.dismiss()

    visitor.open("/")
    visitor.page.once("dialog", answer)
    visitor.page.locator(".site-tools details.menu summary").last.click()
    visitor.press("Sign out")
    if agree:
        visitor.page.wait_for_url("**/account/login/**")
    return asked


def test_another_person_on_the_same_device_sees_nothing_of_the_visit_and_takes_nothing_away(visit, portal, language):
    visitor = visit(f"visitor-{language}", is_travelling=True)
    path = f"/inspections/tablet/{portal.id(f'visit-{language}')}/"
    opened(visitor, path)
    state(visitor, outcome="ok")
    visitor.context.route("**/records/", lambda route: route.abort())
    choose(visitor, "manager", "partly")
    state(visitor, unsent=1)
    before = visitor.page.evaluate(KEPT)
    assert len(before["databases"]) == len(before["ledger"]) == 1

    # The session ended, and somebody signs in who may not open the tablet's page.
    visitor.context.clear_cookies(name="sessionid")
    sign_in(visitor, f"reporter-{language}", to="/duties/")
    visitor.context.set_offline(True)
    visitor.page.goto(portal.url + path)
    visitor.page.locator("body[data-ready=locked]").wait_for()
    assert not visitor.page.locator("#visit").is_visible()
    visitor.check("tablet-locked")

    visitor.context.set_offline(False)
    # The page that is locked loads itself anew once there is network, and would cut off whoever leaves it just then.
    visitor.page.goto("about:blank")
    visitor.open("/duties/")
    visitor.context.clear_cookies(name="sessionid")
    sign_in(visitor, f"second-visitor-{language}", to="/duties/")
    opened(visitor, "/inspections/tablet/")
    assert visitor.page.locator("#no-visits").is_visible()
    assert visitor.page.locator("#visit-list a").count() == 0
    visitor.context.unroute("**/records/")
    assert sign_out(visitor, agree=True) == []
    assert visitor.page.evaluate(KEPT)["databases"] == before["databases"]

    # Whoever recorded it finds it again, and it is sent under their name.
    session = portal.person(f"visitor-{language}")["session"]
    visitor.context.add_cookies([{"name": "sessionid", "value": session, "url": portal.url}])
    opened(visitor, path)
    state(visitor, unsent=0, outcome="ok")
    assert visitor.page.locator("#row-manager input[value=partly]").is_checked()


def test_signing_out_warns_of_what_is_not_sent_and_then_leaves_nothing_on_the_device(visit, portal, language):
    visitor = visit(f"leaving-visitor-{language}", is_travelling=True)
    path = f"/inspections/tablet/{portal.id(f'visit-{language}')}/"
    opened(visitor, path)
    state(visitor, outcome="ok")
    visitor.context.route("**/records/", lambda route: route.abort())
    secret = "院長室の机" if language == "ja" else "Desk of the director"
    visitor.page.locator("#row-manager [data-field=note]").fill(secret)
    state(visitor, unsent=1)
    kept = visitor.page.evaluate(KEPT)
    rows = visitor.page.evaluate(READABLE, kept["databases"][0])
    # Neither what was written nor whose hospital it is lies there readable; the key does not leave the browser.
    assert rows["exported"] == "InvalidAccessError"
    for words in (secret, portal.hospital(f"reporter-{language}")["name"]):
        assert words not in rows["text"]
        assert words not in visitor.page.evaluate(STORED)

    assert "1" in sign_out(visitor, agree=False)[0]
    assert visitor.page.evaluate(KEPT) == kept
    visitor.open("/duties/")
    assert visitor.path == "/duties/"
    assert len(sign_out(visitor, agree=True)) == 1
    assert visitor.page.evaluate(KEPT) == {"databases": [], "caches": [], "workers": 0, "ledger": []}


def test_the_worker_keeps_the_page_and_its_files_and_no_answer_of_the_portal(visit, portal, language):
    visitor = visit(f"visitor-{language}")
    opened(visitor, f"/inspections/tablet/{portal.id(f'visit-{language}')}/")
    state(visitor, outcome="ok")
    visitor.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    kept = visitor.page.evaluate(
        "async () => Promise.all((await caches.keys()).map(async (name) =>"
        " (await (await caches.open(name)).keys()).map((one) => new URL(one.url).pathname)))"
    )
    assert len(kept) == 1
    others = [one for one in kept[0] if not one.startswith("/static/")]
    assert others == ["/inspections/tablet/"]
    # Pages beside the tablet's are not the worker's.
    visitor.open("/")
    assert visitor.page.evaluate("navigator.serviceWorker.controller") is None


def closed_by_somebody_else(route):
    """The pack as the portal has it, but of a visit that was closed meanwhile."""
    answer = route.fetch()
    pack = answer.json()
    pack["visit"]["state"] = "closed"
    route.fulfill(response=answer, json=pack)


def test_a_closed_visit_goes_from_the_device_once_all_is_sent_and_everything_goes_when_asked(visit, portal, language):
    visitor = visit(f"visitor-{language}")
    path = f"/inspections/tablet/{portal.id(f'visit-{language}')}/"
    opened(visitor, path)
    state(visitor, outcome="ok")
    visitor.context.route("**/pack/", closed_by_somebody_else)
    visitor.page.locator("#status [data-part=send]").click()
    visitor.page.locator("#missing").wait_for()
    said = visitor.words("Everything is sent and the visit is closed. It was removed from this device.")
    visitor.page.locator("#missing", has_text=said).wait_for()
    assert not visitor.page.locator("#visit").is_visible()

    visitor.context.unroute("**/pack/")
    opened(visitor, path)
    visitor.page.locator("#visit").wait_for()
    visitor.page.on("dialog", lambda dialog: dialog.accept())
    visitor.page.locator("#wipe").click()
    visitor.page.wait_for_url(portal.url + "/")
    assert visitor.page.evaluate(KEPT) == {"databases": [], "caches": [], "workers": 0, "ledger": []}


def test_a_wrong_clock_takes_nothing_away_that_is_not_sent(visit, portal, language):
    visitor = visit(f"visitor-{language}", is_travelling=True)
    path = f"/inspections/tablet/{portal.id(f'visit-{language}')}/"
    opened(visitor, path)
    state(visitor, outcome="ok", unsent=0)
    visitor.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    last = visitor.page.locator("#status [data-slot=last]").inner_text()
    visitor.context.set_offline(True)
    words = "終日の記録" if language == "ja" else "A whole day of notes"
    row_of(visitor, "bcp").locator("[data-field=note]").fill(words)
    state(visitor, unsent=1)
    visitor.context.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=40))
    visitor.page.reload()
    visitor.page.locator("body[data-ready=yes]").wait_for()
    # The institution's answers are a copy and go; what was recorded stays, and the page asks about it.
    state(visitor, unsent=1)
    assert visitor.page.locator("#missing").is_visible()
    assert visitor.page.locator("#wipe-visit").is_visible()
    assert "30" in visitor.page.locator("#status [data-slot=overdue]").inner_text()
    assert visitor.page.locator("#status [data-slot=last]").inner_text() == last
    visitor.context.set_offline(False)
    visitor.page.reload()
    state(visitor, unsent=0, outcome="ok")
    assert row_of(visitor, "bcp").locator("[data-field=note]").input_value() == words


def test_a_device_without_a_visit_does_not_say_that_it_was_matched_with_the_portal(visit):
    visitor = visit("visitor-ja", is_travelling=True)
    opened(visitor, "/inspections/tablet/")
    state(visitor, outcome="ok")
    words = visitor.words("Not matched with the portal yet")
    visitor.page.locator("#status [data-slot=last]", has_text=words).wait_for()


def answering(**answer):
    return lambda route: route.fulfill(**answer)


def test_a_page_of_the_network_between_does_not_take_the_visit_from_the_device(visit, portal, language):
    visitor = visit(f"visitor-{language}", is_travelling=True)
    opened(visitor, f"/inspections/tablet/{portal.id(f'visit-{language}')}/")
    state(visitor, outcome="ok", unsent=0)
    for status in (403, 404):
        visitor.context.route("**/pack/", answering(status=status, body="<h1>No</h1>"))
        visitor.page.locator("#status [data-part=send]").click()
        state(visitor, outcome="offline")
        assert visitor.page.locator("#visit").is_visible()
        visitor.context.unroute("**/pack/")
        visitor.page.locator("#status [data-part=send]").click()
        state(visitor, outcome="ok")

    # The portal's own word is another thing: the visit is somebody else's, or the role was taken away.
    visitor.context.route("**/pack/", answering(status=403, json={"reason": "role_lacks_permission", "title": "No"}))
    visitor.page.locator("#status [data-part=send]").click()
    visitor.page.locator("#missing").wait_for()
    visitor.complaints[:] = [one for one in visitor.complaints if "403" not in one and "404" not in one]


# Ends once the page that is kept was written under the token that the device has now. The loop stands in the page:
# Playwright's own waiting takes the promise of an answer for the answer.
RENEWED = """async () => {
  const [{scope}] = await navigator.serviceWorker.getRegistrations();
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)[1];
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token)));
  const witness = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const until = Date.now() + 15_000;
  while (Date.now() < until) {
    if ((await (await caches.match(scope)).text()).includes(`data-witness="${witness}"`)) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}"""


def test_whoever_signs_in_on_any_page_of_the_portal_can_drive_off_with_the_tablet(visit, portal, language):
    visitor = visit(f"visitor-{language}", is_travelling=True)
    path = f"/inspections/tablet/{portal.id(f'visit-{language}')}/"
    opened(visitor, path)
    state(visitor, outcome="ok", unsent=0)
    visitor.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    visitor.context.clear_cookies(name="sessionid")
    sign_in(visitor, f"visitor-{language}", to="/duties/")
    # Only an ordinary page was opened since, and then the network is gone.
    assert visitor.page.evaluate(RENEWED)
    visitor.context.set_offline(True)
    opened(visitor, path)
    assert visitor.page.locator("#visit").is_visible()
