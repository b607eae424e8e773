"""What a key stroke and a stroke of the pen cost on a tablet, however much lies on it already."""

import pytest

from tests.journeys.test_tablet_parts import STORE, ask, tablet

pytestmark = pytest.mark.browser
__all__ = ["ask", "tablet"]

# The rows as they lie in the database, without the store's own reading.
ROWS = """
  const rows = (name) => new Promise((resolve) => {
    const request = store.database.transaction(name).objectStore(name).getAll();
    request.onsuccess = () => resolve(request.result);
  });
  const weight = (row) => row.sealed.bytes.byteLength + (row.file?.bytes.byteLength ?? 0);
"""
# The store as its first shape left it: the bytes of photos in their entries.
OLD = """
  const made = crypto.randomUUID();
  const old = await new Promise((resolve) => {
    const request = indexedDB.open(`sonae-tablet-${made}`, 1);
    request.onupgradeneeded = () => {
      for (const name of ["keys", "visits", "notes"]) request.result.createObjectStore(name, {keyPath: "id"});
      request.result.createObjectStore("entries", {keyPath: "id"}).createIndex("visit", "visit");
    };
    request.onsuccess = () => resolve(request.result);
  });
  const vault = await import(given);
  const key = await vault.newKey();
  const put = async (name, row) => new Promise((resolve) => {
    const transaction = old.transaction(name, "readwrite");
    transaction.objectStore(name).put(row);
    transaction.oncomplete = resolve;
  });
  await put("keys", {id: "seal", value: key});
  await put("keys", {id: "device", value: "d"});
  const file = await vault.sealBytes(key, new TextEncoder().encode("a picture"));
  const row = {id: "photo", visit: "v", item: "a", kind: "photo", state: "waiting", order: 1, made_at: ""};
  await put("entries", {...row, sealed: await vault.seal(key, {name: "x.jpg"}), file});
  await put("entries", {...row, id: "record", kind: "record", sealed: await vault.seal(key, {note: "n"}), file: null});
  old.close();
  const store = await m.openStore(made, {onWiped: () => {}});
  const entries = await store.entries("v");
  return {device: await store.device(), picture: new TextDecoder().decode(await store.file("photo")),
    entries: entries.map((one) => [one.id, one.hasFile]).sort(), none: await store.file("record")};
"""
DRAWN = """
  const canvas = document.createElement("canvas");
  canvas.setPointerCapture = () => {};
  const pen = canvas.getContext("2d");
  let lines = 0;
  const drawn = pen.lineTo.bind(pen);
  pen.lineTo = (...at) => { lines += 1; drawn(...at); };
  const pad = m.padFor(canvas);
  const happens = (name) => canvas.dispatchEvent(new PointerEvent(name, {pointerId: 1, clientX: 1, clientY: 1}));
  for (let stroke = 0; stroke < given.strokes; stroke += 1) {
    happens("pointerdown");
    for (let place = 1; place < given.points; place += 1) happens("pointermove");
    happens("pointerup");
  }
  return {lines, strokes: pad.strokes().length, points: pad.strokes().flat().length};
"""


def test_the_bytes_of_photos_lie_apart_from_what_a_key_stroke_reads(ask):
    found = ask(
        "store",
        STORE
        + ROWS
        + """
  for (const id of ["one", "two"]) {
    const photo = {...entry(id, "v", days(0)), kind: "photo", hasFile: true};
    await store.change({keep: [photo], bytes: new ArrayBuffer(1_200_000)});
  }
  await store.change({drop: ["two"]});
  return {entries: (await rows("entries")).map(weight), files: (await rows("files")).map((row) => row.id)};""",
    )
    assert len(found["entries"]) == 1
    assert found["entries"][0] < 1_000
    # What goes from the device takes its bytes along.
    assert found["files"] == ["one"]


def test_the_first_shape_of_the_store_is_taken_over_with_its_photos(ask, tablet):
    folder = tablet.locator("script[src*='/page.js']").get_attribute("src").removesuffix("/page.js")
    assert ask("store", OLD, f"{folder}/vault.js") == {
        "device": "d",
        "picture": "a picture",
        "entries": [["photo", True], ["record", False]],
        "none": None,
    }


def test_a_pen_draws_each_point_once_and_no_more_points_than_the_portal_takes(ask):
    one = ask("signing", DRAWN, {"strokes": 1, "points": 2_000})
    assert one == {"lines": 2_000, "strokes": 1, "points": 2_000}
    assert ask("signing", DRAWN, {"strokes": 3, "points": 9_000})["points"] == 20_000
    assert ask("signing", DRAWN, {"strokes": 600, "points": 2})["strokes"] == 500
