// Signatures of both sides: drawn with a finger, a pen or a mouse, or by the typed name alone.

import { announce, copyOf, fill, fresh, part, sound } from "./dom.js";
import { surface } from "./queue.js";
import { digest } from "./vault.js";
import { moment, say } from "./words.js";

const WHOLE = 1_000;
const INK_WIDTH = 3;

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
function padFor(canvas) {
  let strokes = [];
  let current = null;
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    const within = (share) => Math.round(Math.min(1, Math.max(0, share)) * WHOLE);
    return [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)];
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    current = [point(event)];
    strokes.push(current);
    ink(canvas, strokes);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!current) return;
    current.push(point(event));
    ink(canvas, strokes);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      current = null;
    });
  }
  const clear = () => {
    strokes = [];
    ink(canvas, strokes);
  };
  return { strokes: () => strokes, clear };
}

/** Draws strokes, black on the white of the canvas, in the dark as well: it is paper. */
function ink(canvas, strokes) {
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.lineWidth = INK_WIDTH;
  pen.lineCap = pen.lineJoin = "round";
  for (const stroke of strokes) {
    pen.beginPath();
    stroke.forEach(([x, y], place) => {
      const at = [(x / WHOLE) * canvas.width, (y / WHOLE) * canvas.height];
      if (place) pen.lineTo(...at);
      else pen.moveTo(...at);
    });
    if (stroke.length === 1) pen.lineTo((stroke[0][0] / WHOLE) * canvas.width + 0.1, (stroke[0][1] / WHOLE) * canvas.height);
    pen.stroke();
  }
}
