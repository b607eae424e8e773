"""The tablet's scripts one by one, asked in a browser: what waits, what an answer settles, what is kept sealed."""

import pytest

from tests.journeys.browser import a_visitor

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def tablet(browser, portal):
    """A browser with the tablet's page; the parts speak no language."""
    visitor = a_visitor(browser, portal, language="ja", screenshots=None, part="visitor-ja")
    visitor.open("/inspections/tablet/")
    visitor.page.locator("body[data-ready=yes]").wait_for()
    yield visitor.page
    visitor.context.close()


@pytest.fixture
def ask(tablet):
    """Runs a body of JavaScript with one of the tablet's modules as `m`; answers what it returns."""
    folder = tablet.locator("script[src*='/page.js']").get_attribute("src").removesuffix("/page.js")

    def asked(module, body, given=None):
        imported = f"const m = await import('{folder}/{module}.js'), before = window.fetch;"
        return tablet.evaluate(
            f"async (given) => {{ {imported} try {{ {body} }} finally {{ window.fetch = before; }} }}", given
        )

    asked.folder = folder
    return asked


def a_record(item="ledger", *, order=1, state="waiting", id_="", **content):
    fields = {"value": "in_place", "note": "", "finding": "", "advice": "", "due_on": None, "seen_revision": 0}
    said = fields | {"recorded_at": "2026-12-03T01:00:00Z"} | content
    return {
        "id": id_ or f"{item}-{order}", "visit": "v", "item": item, "kind": "record", "state": state, "order": order,
        "content": said,
    }  # fmt: skip


def an_answer(**said):
    return {"kept": [], "already": [], "conflicts": [], "refused": [], "items": {}, "revision": 9} | said


def a_pack(*, conflicts=(), **observed):
    items = [{"id": item, "observed": observed.get(item)} for item in ("ledger", "accounts")]
    return {"revision": 9, "conflicts": list(conflicts), "sections": [{"title": "", "items": items}]}


CHANGED = """return m.changed(given.entries, {visit: "v", item: "ledger", fields: {value: "absent"},
  seen: given.seen, fresh: {id: "new", order: 9, at: "2026-12-03T02:00:00Z"}});"""


def test_a_change_is_written_into_what_was_never_sent(ask):
    found = ask("queue", CHANGED, {"entries": [a_record(id_="old")], "seen": 0})
    assert found["replaces"] is None
    assert found["entry"]["id"] == "old"
    assert found["entry"]["content"]["value"] == "absent"
    assert found["entry"]["content"]["recorded_at"] == "2026-12-03T02:00:00Z"


def test_what_was_sent_once_is_never_changed_under_its_id(ask):
    found = ask("queue", CHANGED, {"entries": [a_record(id_="old", state="doubtful")], "seen": 4})
    assert (found["entry"]["id"], found["entry"]["state"]) == ("new", "waiting")
    assert found["entry"]["content"]["seen_revision"] == 4


def test_a_refused_record_is_replaced_by_the_next_change_of_its_row(ask):
    refused = a_record(id_="old", state="refused", seen_revision=3)
    found = ask("queue", CHANGED, {"entries": [refused], "seen": 5})
    assert (found["replaces"], found["entry"]["id"]) == ("old", "new")
    assert found["entry"]["content"]["seen_revision"] == 3


def test_a_batch_has_one_record_of_each_row_in_order_and_waits_for_conflicts(ask):
    entries = [
        a_record("b", order=3), a_record("a", order=2), a_record("a", order=1, state="doubtful"),
        a_record("c", order=4, state="conflict"), a_record("c", order=5), a_record("d", order=6, state="refused"),
    ]  # fmt: skip
    chosen = ask("queue", "return m.batch(given).map((one) => one.id);", entries)
    assert chosen == ["a-1", "b-3"]
    assert ask("queue", "return m.batch(given, 1).length;", entries) == 1


SETTLE = "return m.settle(given.entries, given.sent, given.answer);"


def test_a_later_record_goes_on_from_what_was_kept(ask):
    sent, later = a_record(order=1, state="doubtful"), a_record(order=2, value="partly")
    answer = an_answer(kept=[sent["id"]], items={"ledger": sent["content"] | {"revision": 7}})
    found = ask("queue", SETTLE, {"entries": [sent, later], "sent": [sent], "answer": answer})
    assert found["drop"] == [sent["id"]]
    assert [(one["id"], one["content"]["seen_revision"]) for one in found["keep"]] == [(later["id"], 7)]


def test_a_later_record_does_not_jump_over_what_somebody_else_wrote_in_between(ask):
    sent, later = a_record(order=1, state="doubtful"), a_record(order=2, value="partly")
    answer = an_answer(already=[sent["id"]], items={"ledger": {"value": "absent", "revision": 8}})
    found = ask("queue", SETTLE, {"entries": [sent, later], "sent": [sent], "answer": answer})
    assert found == {"drop": [sent["id"]], "keep": []}


def test_what_an_answer_does_not_speak_of_stays_as_it_is(ask):
    sent = a_record(state="doubtful")
    assert ask("queue", SETTLE, {"entries": [sent], "sent": [sent], "answer": an_answer()}) == {"drop": [], "keep": []}


def test_a_conflict_that_comes_again_in_already_is_a_conflict(ask):
    sent = a_record(state="doubtful")
    answer = an_answer(already=[sent["id"]], conflicts=[{"id": sent["id"], "entry": sent["id"]}])
    found = ask("queue", SETTLE, {"entries": [sent], "sent": [sent], "answer": answer})
    assert found["drop"] == []
    assert [one["state"] for one in found["keep"]] == ["conflict"]


def test_a_refusal_is_shown_unless_the_row_was_written_again(ask):
    sent, later = a_record(order=1, state="doubtful"), a_record(order=2)
    answer = an_answer(refused=[{"entry": sent["id"], "message": "too long"}])
    alone = ask("queue", SETTLE, {"entries": [sent], "sent": [sent], "answer": answer})
    assert [(one["state"], one["content"]["message"]) for one in alone["keep"]] == [("refused", "too long")]
    again = ask("queue", SETTLE, {"entries": [sent, later], "sent": [sent], "answer": answer})
    assert again == {"drop": [sent["id"]], "keep": []}


def test_a_conflict_that_was_decided_elsewhere_goes_and_what_was_typed_meanwhile_goes_on(ask):
    mine, later = a_record(order=1, state="conflict"), a_record(order=2, value="partly")
    pack = a_pack(ledger=mine["content"] | {"revision": 12})
    found = ask("queue", "return m.reconciled(given.entries, given.pack);", {"entries": [mine, later], "pack": pack})
    assert found["drop"] == [mine["id"]]
    assert [one["content"]["seen_revision"] for one in found["keep"]] == [12]


def test_all_conflicts_of_a_row_wait_together_and_one_decision_ends_them_all(ask):
    two = [{"id": "a", "item": "ledger"}, {"id": "b", "item": "ledger"}, {"id": "c", "item": "bcp"}]
    conflicts = """
      const found = [...m.conflictsOf(given.pack, given.entries)];
      return found.map(([item, all]) => [item, all.map((one) => one.id)]);
    """
    given = {"pack": a_pack(conflicts=two), "entries": []}
    assert ask("queue", conflicts, given) == [["ledger", ["a", "b"]], ["bcp", ["c"]]]
    decision = {"kind": "decision", "item": "ledger", "state": "waiting", "content": {"entry": "b", "take": "mine"}}
    assert ask("queue", conflicts, given | {"entries": [decision]}) == [["bcp", ["c"]]]


def test_a_decision_that_came_too_late_puts_the_conflict_back(ask):
    decided = a_record(state="decided")
    pack = a_pack(conflicts=[{"id": decided["id"], "item": "ledger"}])
    found = ask("queue", "return m.reconciled(given.entries, given.pack);", {"entries": [decided], "pack": pack})
    assert [one["state"] for one in found["keep"]] == ["conflict"]


def test_a_signature_stands_under_what_is_read_not_under_how_it_is_kept(ask):
    written = a_pack(ledger={"value": "absent", "note": "x"})
    here = {"pack": a_pack(), "entries": [a_record(value="absent", note=" x\n")]}
    surface = "return m.surface(given.pack, given.entries);"
    assert ask("queue", surface, here) == ask("queue", surface, {"pack": written, "entries": []})
    other = a_pack(ledger={"value": "absent", "note": "y"})
    assert ask("queue", surface, here) != ask("queue", surface, {"pack": other, "entries": []})


def test_the_pauses_between_attempts_grow_to_five_minutes_and_differ(ask):
    pauses = ask(
        "queue", "return given.map((failures) => [m.pause(failures, 0), m.pause(failures, 1)]);", [1, 2, 3, 20]
    )
    assert pauses == [[1_000, 2_000], [2_000, 4_000], [4_000, 8_000], [150_000, 300_000]]


STORE = """
  const account = crypto.randomUUID();
  const store = await m.openStore(account, {onWiped: () => {}});
  const pack = (id) => ({visit: {id, state: "under_way"}, revision: 1, conflicts: [], sections: []});
  const days = (count) => new Date(Date.now() - count * 86_400_000).toISOString();
  const entry = (id, visit, made_at) => ({id, visit, item: "a", kind: "record", state: "waiting", order: 1, made_at,
    content: {value: "absent"}});
"""


def test_packs_are_swept_after_days_and_what_is_unsent_never(ask):
    found = ask(
        "store",
        STORE
        + """
  await store.keepPack(pack("old"), days(8));
  await store.keepPack(pack("new"), days(6));
  await store.keepPack(pack("under another clock"), days(-400));
  await store.change({keep: [entry("recent", "old", days(8)), entry("ancient", "old", days(31))]});
  const swept = await store.sweep({now: Date.now(), packDays: 7});
  return {swept, visits: (await store.visits()).map((one) => one.pack.visit.id), ids: await store.visitIds(),
    entries: (await store.entries("old")).map((one) => one.id),
    overdue: await store.overdue("old", {now: Date.now(), unsentDays: 30}),
    kept: JSON.parse(localStorage.getItem(`sonae.kept.${account}`)).unsent};""",
    )
    assert found["swept"] == 1
    assert found["visits"] == ["new", "under another clock"]
    # What is unsent is still found, without the institution's answers.
    assert sorted(found["ids"]) == ["new", "old", "under another clock"]
    assert sorted(found["entries"]) == ["ancient", "recent"]
    assert found["overdue"] == 1
    assert found["kept"] == 2


@pytest.mark.parametrize("unsent", [0, 1])
def test_of_an_account_that_nobody_opens_any_more_only_what_is_unsent_stays(ask, unsent):
    found = ask(
        "store",
        STORE
        + """
  await store.keepPack(pack("v"), days(1));
  await store.change({keep: given ? [entry("one", "v", days(1))] : []});
  store.database.close();
  const own = document.body.dataset.account;
  const isThere = async () => (await indexedDB.databases()).some((one) => one.name === store.name);
  await m.sweepStrangers(own, {now: Date.now(), unsentDays: 30});
  const early = await isThere();
  await m.sweepStrangers(own, {now: Date.now() + 31 * 86_400_000, unsentDays: 30});
  await new Promise((resolve) => setTimeout(resolve, 300));
  if (!(await isThere())) return {early, late: false};
  const again = await m.openStore(account, {onWiped: () => {}});
  return {early, late: true, visits: (await again.visits()).length, entries: (await again.entries("v")).length};""",
        unsent,
    )
    assert found == (
        {"early": True, "late": True, "visits": 0, "entries": 1} if unsent else {"early": True, "late": False}
    )


def test_a_photo_is_kept_sealed_and_comes_back_as_it_was(ask):
    found = ask(
        "store",
        STORE
        + """
  const bytes = new TextEncoder().encode("a picture").buffer;
  const photo = {...entry("photo", "v", days(0)), kind: "photo", hasFile: true};
  await store.change({keep: [photo], bytes});
  const [held] = await store.entries("v");
  // A change of its state keeps its bytes.
  await store.change({keep: [{...held, state: "refused"}]});
  const sealed = await store.sealedFile("photo");
  const text = (one) => new TextDecoder("latin1").decode(one);
  return {opened: text(await store.file("photo")), sealed: text(sealed.bytes), hasFile: held.hasFile};""",
    )
    assert found["opened"] == "a picture"
    assert "picture" not in found["sealed"]
    assert found["hasFile"] is True


def test_a_large_photo_is_made_smaller_and_what_is_no_picture_is_not_taken(ask):
    size = ask(
        "photos",
        """
  const canvas = new OffscreenCanvas(3000, 1000);
  canvas.getContext("2d").fillRect(0, 0, 3000, 1000);
  const small = await createImageBitmap(await m.smaller(await canvas.convertToBlob()));
  const refused = await m.smaller(new Blob(["no picture"], {type: "image/jpeg"})).then(() => false, () => true);
  return [small.width, small.height, refused];""",
    )
    assert size == [2_000, 667, True]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 200, "json": {"a": 1}}, "ok"),
        ({"status": 200, "body": "<p>a captive portal</p>"}, "offline"),
        ({"status": 302, "headers": {"Location": "/account/login/"}}, "signed-out"),
        ({"status": 403, "json": {"reason": "another_account"}, "headers": {"X-Tablet-Account": "other"}}, "stranger"),
        ({"status": 403, "json": {"reason": "role_lacks_permission"}}, "gone"),
        ({"status": 403, "json": {"reason": "unknown_item", "title": "Unknown"}}, "refused"),
        ({"status": 403, "body": "<h1>Blocked by the hospital's network</h1>"}, "offline"),
        ({"status": 404, "json": {"reason": "gone"}}, "gone"),
        ({"status": 404, "body": "<h1>Not Found</h1>"}, "offline"),
        ({"status": 404, "json": {"error": "no route"}}, "offline"),
        ({"status": 409, "json": {"reason": "not_open"}}, "past"),
        ({"status": 401, "json": {"reason": "sign_in_first"}}, "signed-out"),
        ({"status": 429, "json": {}}, "offline"),
        ({"status": 503, "json": {}}, "offline"),
        ({"status": 500, "body": "<h1>Server Error</h1>"}, "broken"),
        ({"status": 413, "body": "<h1>Request Entity Too Large</h1>"}, "broken"),
        ({"status": 422, "json": {"reason": "body_unreadable", "title": "Unreadable"}}, "refused"),
    ],
)
def test_every_answer_of_the_portal_has_a_meaning(ask, answer, kind):
    found = ask(
        "server",
        """
  const {status, json, body, headers} = given;
  window.fetch = async () => status === 302
    ? {type: "opaqueredirect"}
    : new Response(json ? JSON.stringify(json) : body, {status, headers});
  return (await m.serverFor("mark", "/inspections/visits/").pack("v")).kind;""",
        answer,
    )
    assert found == kind


def test_no_answer_at_all_is_no_network(ask):
    found = ask(
        "server",
        """window.fetch = async () => { throw new TypeError("Failed to fetch"); };
  return m.serverFor("mark", "/inspections/visits/").pack("v");""",
    )
    assert found == {"kind": "offline"}


def test_what_left_by_a_network_that_is_gone_is_sent_anew_once_there_is_another(ask):
    found = ask(
        "sync",
        """
  const {serverFor} = await import(given);
  const kept = [], asked = [];
  const store = {
    name: crypto.randomUUID(), isWiped: false, contact: async () => ({}), noteContact: async () => {},
    unlessWiped: (work) => work, visitIds: async () => ["v"], entries: async () => [], change: async () => {},
    exclusive: (work) => work(), visit: async () => ({pack}), keepPack: async (one) => kept.push(one.as_of),
  };
  const pack = {as_of: "2026-12-03T01:00:00Z", visit: {state: "open"}, conflicts: [], sections: []};
  // The first call leaves by a network that answers no more; it ends when it is given up.
  window.fetch = (address, {signal}) => {
    asked.push(address);
    if (asked.length > 1) return Promise.resolve(Response.json(pack));
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  const server = serverFor("mark", "/inspections/visits/"), told = [];
  const hears = (wanted) => new Promise((resolve) => told.push({wanted, resolve}));
  const tell = ({kind}) => told.filter((one) => one.wanted === kind).forEach((one) => one.resolve());
  const sync = m.syncFor(store, server, {tell, now: Date.now, chance: () => 1});
  const lost = hears("offline"), sent = hears("ok");
  sync.start();
  while (!asked.length) await new Promise((resolve) => setTimeout(resolve, 10));
  sync.start({isBack: true});
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error("it waits for an answer")), 20_000));
  await Promise.race([Promise.all([lost, sent]), late]);
  return {asked: asked.length, kept};""",
        ask.folder + "/server.js",
    )
    assert found == {"asked": 2, "kept": ["2026-12-03T01:00:00Z"]}


def test_what_speaks_against_the_own_answer_follows_the_choice(ask):
    item = {"against": {"absent": "no such ledger"}, "doubts": ["the stocktake says otherwise"]}
    told = [
        ask("queue", "return m.doubtsOf(given.item, given.value);", {"item": item, "value": value})
        for value in ("", "in_place", "absent")
    ]
    kept = ["the stocktake says otherwise"]
    assert told == [kept, kept, ["no such ledger", *kept]]
    # A pack of an earlier release knows of neither.
    assert ask("queue", "return m.doubtsOf({}, 'absent');") == []


@pytest.mark.parametrize(
    ("said", "wants"),
    [
        ({"value": "absent"}, True),
        ({"value": "absent", "note": " "}, True),
        ({"value": "absent", "finding": "鍵"}, True),
        ({"value": "absent", "finding": "鍵", "advice": "合鍵"}, False),
        ({"value": "absent", "note": "是正済み"}, False),
        ({"value": "in_place"}, False),
    ],
)
def test_a_row_that_is_not_met_asks_for_a_finding_or_a_reason(ask, said, wants):
    item = {"wants_finding": ["absent", "partly"]}
    asks = "return m.wantsFinding(given.item, given.said);"
    assert ask("queue", asks, {"item": item, "said": said}) is wants
    assert ask("queue", asks, {"item": {}, "said": said}) is False
