// Photos of a row: made smaller on the device, which also leaves behind where and with what they were taken.

import { announce, copyOf, fill, fresh, part } from "./dom.js";
import { say } from "./words.js";

const LONGEST_SIDE = 2_000;
const QUALITY = 0.85;
const TYPE = "image/jpeg";

/** Keeps the files that were chosen; one that is no picture is told, the others are kept. */
export async function takePhotos(row, input) {
  for (const file of [...input.files]) {
    const blob = await smaller(file).catch(() => null);
    if (!blob) {
      tell(row, say("photo_unreadable", { name: file.name }));
      continue;
    }
    const { id, order, at } = fresh();
    const entry = {
      id, order, visit: row.visit, item: row.item.id, kind: "photo", state: "waiting", made_at: at, hasFile: true,
      content: { type: TYPE, name: `${id}.jpg`, taken_at: at },
    };
    const bytes = await blob.arrayBuffer();
    const kept = row.store.exclusive(() => row.store.change({ keep: [entry], bytes }));
    // The disk may be full: then the photo is not here, and the person hears so.
    await kept.then(() => announce(say("photo_kept")), () => tell(row, say("not_saved")));
  }
  input.value = "";
  row.saved();
}

// Stays in sight until the row is written in again.
function tell(row, problem) {
  row.problem = problem;
  announce(problem);
}

/** The picture as JPEG with at most 2,000 pixels a side; rejects what the browser cannot read as a picture. */
export async function smaller(file) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), TYPE, QUALITY);
  });
}

/** Lists the photos of the row: those on the device with their picture, those that were sent by number. */
export function drawPhotos(row, { entries, sent }) {
  const here = entries.filter((one) => one.kind === "photo" && one.item === row.item.id);
  fill(row.element, "photos-sent", sent ? say("photos_sent", { count: sent }) : "");
  const list = part(row.element, "photos");
  for (const old of [...list.children]) if (!here.some((one) => one.id === old.dataset.id)) old.remove();
  for (const one of here) {
    const line = [...list.children].find((old) => old.dataset.id === one.id) ?? added(list, row, one);
    fill(line, "photo-problem", one.state === "refused" ? one.content.message : "");
  }
  list.hidden = !here.length;
}

function added(list, row, entry) {
  const line = copyOf("photo");
  line.dataset.id = entry.id;
  fill(line, "number", row.item.number);
  line.querySelector("button").addEventListener("click", async () => {
    await row.store.exclusive(() => row.store.change({ drop: [entry.id] }));
    row.saved();
  });
  list.append(line);
  draw(line.querySelector("canvas"), row.store, entry.id);
  return line;
}

// Drawn, not linked: a page of the portal loads no picture from anywhere but the portal.
async function draw(canvas, store, id) {
  const bytes = await store.file(id);
  if (!bytes) return;
  const picture = await createImageBitmap(new Blob([bytes], { type: TYPE }));
  canvas.width = Math.max(1, Math.round((picture.width * canvas.height) / picture.height));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
}
