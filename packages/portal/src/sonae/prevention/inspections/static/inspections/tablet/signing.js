// Signatures of both sides: drawn with a finger, a pen or a mouse, or by the typed name alone.

import { announce, copyOf, fill, fresh, part, sound } from "./dom.js";
import { surface } from "./queue.js";
import { digest } from "../../web/device.js";
import { moment, say } from "./words.js";

const WHOLE = 1_000;
const INK_WIDTH = 3;
// What the portal takes of one drawing (visits/rules.py).
const MOST_STROKES = 500;
const MOST_POINTS = 20_000;

/** The place in which one side signs; `saved()` is called after each signature that the device has. */
export function signingFor(side, { visit, store, saved }) {
  const element = copyOf("signing");
  fill(element, "side", say(`side_${side}`));
  element.dataset.side = side;
  const pad = padFor(part(element, "pad"));
  const name = element.querySelector("input");
  part(element, "clear").addEventListener("click", pad.clear);
  part(element, "sign").addEventListener("click", async () => {
    const written = sound(name.value).trim();
    const missing = !written;
    name.setAttribute("aria-invalid", String(missing));
    fill(element, "problem", missing ? say("name_missing") : "");
    if (missing) {
      name.focus();
      return;
    }
    await sign({ side, visit, store }, written, pad.strokes());
    pad.clear();
    name.value = "";
    announce(say("signed"));
    saved();
  });
  return { side, element };
}

async function sign({ side, visit, store }, name, strokes) {
  await store.exclusive(async () => {
    const { pack } = await store.visit(visit);
    const entries = await store.entries(visit);
    const { id, order, at } = fresh();
    const signature = {
      id, order, visit, item: "", kind: "signature", state: "waiting", made_at: at,
      content: { side, name, strokes, signed_at: at, reads: await digest(surface(pack, entries)) },
    };
    const before = entries.filter((one) => one.kind === "signature" && one.content.side === side);
    await store.change({ keep: [signature], drop: before.map((one) => one.id) });
  });
}

/** Shows who signed, and whether the visit still reads as it did then. */
export async function refreshSigning({ side, element }, { pack, entries }) {
  const own = entries.find((one) => one.kind === "signature" && one.content.side === side);
  const inForce = pack.signatures.find((one) => one.side === side);
  const signature = own && own.id !== inForce?.id ? own.content : (inForce ?? own?.content);
  fill(element, "signature", signature ? say("signed_by", { name: signature.name, at: moment(signature.signed_at) }) : "");
  const standing = await standingOf({ own, inForce, pack, entries });
  element.dataset.standing = standing;
  fill(element, "void", standing === "void" ? say("signature_void") : "");
  fill(element, "refusal", standing === "refused" ? own.content.message : "");
  const said = { waiting: "signature_waiting", sent: "signature_sent" }[standing];
  fill(element, "signature-state", said ? say(said) : "");
  const picture = part(element, "picture");
  picture.hidden = !own?.content.strokes.length;
  if (!picture.hidden) ink(picture, own.content.strokes);
}

/** Whether a side signed what the visit says now: none, waiting, sent, void or refused. */
async function standingOf({ own, inForce, pack, entries }) {
  if (!own && !inForce) return "none";
  if (own?.state === "refused") return "refused";
  if (own && own.id !== inForce?.id) {
    const isWaiting = own.state === "waiting" && own.content.reads === (await digest(surface(pack, entries)));
    return isWaiting ? "waiting" : "void";
  }
  // What is in force in the portal ends with the records that wait here.
  return entries.some((one) => one.kind === "record" || one.kind === "decision") ? "void" : "sent";
}

/** A canvas to draw on; strokes are lists of [x, y] from 0 to 1000 of its width and height. */
export function padFor(canvas) {
  let strokes = [];
  let current = null;
  let points = 0;
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    const within = (share) => Math.round(Math.min(1, Math.max(0, share)) * WHOLE);
    return [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)];
  };
  const end = () => {
    current = null;
  };
  // The pen draws no further than the portal reads: what is not seen is not signed.
  const add = (event) => {
    if (points >= MOST_POINTS) return end();
    points += 1;
    current.push(point(event));
    inkEnd(canvas, current);
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (strokes.length >= MOST_STROKES || points >= MOST_POINTS) return;
    canvas.setPointerCapture(event.pointerId);
    current = [];
    strokes.push(current);
    add(event);
  });
  canvas.addEventListener("pointermove", (event) => current && add(event));
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, end);
  const clear = () => {
    strokes = [];
    points = 0;
    end();
    ink(canvas, strokes);
  };
  return { strokes: () => strokes, clear };
}

/** Draws strokes, black on the white of the canvas, in the dark as well: it is paper. */
function ink(canvas, strokes) {
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  for (const stroke of strokes) line(canvas, stroke);
}

/** Draws only what the last point of a stroke added: a long signature stays as quick as a short one. */
function inkEnd(canvas, stroke) {
  line(canvas, stroke.slice(-2));
}

function line(canvas, points) {
  const pen = canvas.getContext("2d");
  const [first, ...others] = points.map(([x, y]) => [(x / WHOLE) * canvas.width, (y / WHOLE) * canvas.height]);
  if (!first) return;
  pen.lineWidth = INK_WIDTH;
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(...first);
  // A point alone is a dot.
  for (const at of others.length ? others : [[first[0] + 0.1, first[1]]]) pen.lineTo(...at);
  pen.stroke();
}
