// Sends what waits and fetches what changed, one visit after the other, one tab at a time, until it worked.

import { asSent, batch, isOver, merged, pause, reconciled, settle, surface } from "./queue.js";
import { digest } from "../../web/device.js";
import { say } from "./words.js";

/** Outcomes after which trying again by itself is of use. */
const TRANSIENT = new Set(["offline", "broken"]);

/**
 * The sender of one account. `tell(outcome)` hears how each round ended: {kind, visit}.
 * `now()` gives milliseconds, `chance()` a number from 0 to 1.
 */
export function syncFor(store, server, { tell, now, chance }) {
  let failures = 0;
  let timer = 0;
  let running = null;
  let again = false;

  async function round() {
    clearTimeout(timer);
    const ended = await navigator.locks.request(`${store.name}-sync`, () => everyVisit(store, server, now));
    const reached = !TRANSIENT.has(ended.kind);
    failures = reached ? 0 : failures + 1;
    const before = await store.contact();
    await store.noteContact(contactAfter(before, ended, { reached, at: new Date(now()).toISOString() }));
    if (!reached) timer = setTimeout(() => start(), pause(failures, chance()));
    tell(ended);
  }

  /**
   * Begins a round, or another one after that which runs; resolves when it ended. Where the network `isBack`, what
   * failed without it lengthens no pause, and what left before and is not answered is not waited for.
   */
  function start({ isBack = false } = {}) {
    if (isBack) failures = 0;
    if (running) {
      if (isBack) server.abandon();
      again = true;
      return running;
    }
    running = store.unlessWiped(round()).finally(() => {
      running = null;
      if (again && !store.isWiped) {
        again = false;
        start();
      }
    });
    return running;
  }

  return { start };
}

/** What is known of the portal after a round: a round that had nothing to ask tells nothing. */
function contactAfter(before, ended, { reached, at }) {
  if (!reached) return { ...before, offline_since: before.offline_since ?? at };
  if (ended.isUnasked) return before;
  return { last_at: ended.kind === "ok" ? ended.at : before.last_at, offline_since: null };
}

async function everyVisit(store, server, now) {
  let worst = { kind: "ok", isUnasked: true };
  for (const visit of await store.visitIds()) {
    const ended = await sendVisit(store, server, visit, now);
    if (["offline", "broken", "signed-out", "stranger"].includes(ended.kind)) return ended;
    if (ended.kind !== "ok" || worst.isUnasked) worst = ended;
  }
  return worst;
}

/** Everything of one visit: records, decisions, photos, then what changed meanwhile, then signatures. */
export async function sendVisit(store, server, visit, now) {
  for (const step of [sendRecords, sendDecisions, sendPhotos, fetchPack, sendSignatures]) {
    const ended = await step(store, server, visit, now);
    if (ended.kind === "past") return tooLate(store, server, visit, now);
    if (ended.kind !== "ok") return leave(store, visit, ended);
  }
  return wipeWhenDone(store, visit);
}

/** What was not for this person any more goes from the device at once; what they wrote themselves stays. */
async function leave(store, visit, ended) {
  if (ended.kind === "gone") await store.wipePack(visit);
  return { ...ended, visit };
}

/** The visit was closed or cancelled before everything was sent: the pack says so, what is unsent stays. */
async function tooLate(store, server, visit, now) {
  const ended = await fetchPack(store, server, visit, now);
  return ended.kind === "ok" ? wipeWhenDone(store, visit) : leave(store, visit, ended);
}

async function wipeWhenDone(store, visit) {
  const held = await store.visit(visit);
  // The moment is the portal's: the clock of the device may be wrong.
  if (!held || !isOver(held.pack)) return { kind: "ok", visit, at: held?.pack.as_of ?? null };
  if (await store.unsentOf(visit)) return { kind: "closed", visit };
  await store.wipeVisit(visit);
  return { kind: "finished", visit };
}

async function sendRecords(store, server, visit) {
  // After a batch was not taken as a whole, one by one: what cannot be taken does not hold up what can.
  let most;
  for (;;) {
    // Marked before they leave: from now on a change is another entry, whatever becomes of the answer.
    const sent = await store.exclusive(async () => {
      const chosen = batch(await store.entries(visit), most).map((one) => ({ ...one, state: "doubtful" }));
      if (chosen.length) await store.change({ keep: chosen });
      return chosen;
    });
    if (!sent.length) return { kind: "ok" };
    const ended = await server.records(visit, await store.device(), sent.map(asSent));
    if (isAtFault(ended) && sent.length > 1) most = 1;
    else if (await isCulprit(server, visit, ended)) await settleRecords(store, visit, sent, refusing(sent[0], ended));
    else if (ended.kind !== "ok") return ended;
    // An answer that speaks of nothing that was sent would be asked for ever.
    else if (!(await settleRecords(store, visit, sent, ended.body))) return { kind: "offline" };
  }
}

/** Writes what an answer says into the store; answers how many entries it changed. */
function settleRecords(store, visit, sent, answer) {
  return store.exclusive(async () => {
    const change = settle(await store.entries(visit), sent, answer);
    await store.change(change);
    const held = await store.visit(visit);
    if (held) await store.keepPack(merged(held.pack, answer), held.fetched_at);
    return change.drop.length + change.keep.length;
  });
}

/** What the portal would have said about an entry, had it been able to read it. */
function refusing(entry, ended) {
  const refusals = [{ entry: entry.id, message: messageOf(ended) }];
  return { kept: [], already: [], conflicts: [], refused: refusals, items: {} };
}

/** Whether what was sent may be why it was not taken. */
const isAtFault = (ended) => ended.kind === "broken" || (ended.kind === "refused" && ended.isUnreadable);

/** Whether one thing that was sent alone can never be taken: the portal says so, or answers everything else. */
async function isCulprit(server, visit, ended) {
  if (!isAtFault(ended)) return false;
  return ended.kind === "refused" || (await server.pack(visit)).kind === "ok";
}

async function sendDecisions(store, server, visit, now) {
  const decisions = (await store.entries(visit)).filter((entry) => entry.kind === "decision");
  for (const one of decisions) {
    const ended = await server.decide(visit, one.content);
    // Somebody decided meanwhile, or the other side changed: what stands now, and whether it is still open, comes with the pack.
    if (!["ok", "gone", "past", "refused"].includes(ended.kind)) return ended;
    await store.change({ drop: [one.id] });
  }
  return decisions.length ? fetchPack(store, server, visit, now) : { kind: "ok" };
}

async function sendPhotos(store, server, visit) {
  const waiting = (entry) => entry.kind === "photo" && entry.state === "waiting";
  for (const one of (await store.entries(visit)).filter(waiting)) {
    const bytes = await store.file(one.id);
    const blob = new Blob([bytes], { type: one.content.type });
    const ended = await server.photo(visit, { id: one.id, item: one.item, blob, name: one.content.name });
    if (ended.kind === "ok") await store.change({ drop: [one.id] });
    // Before the visit has begun: pictures come after the first record.
    else if (ended.kind === "past") break;
    else if (ended.kind === "refused" || (await isCulprit(server, visit, ended))) {
      await store.change({ keep: [refused(one, ended)] });
    } else return ended;
  }
  return { kind: "ok" };
}

async function fetchPack(store, server, visit, now) {
  const ended = await server.pack(visit);
  if (ended.kind !== "ok") return ended;
  await store.keepPack(ended.body, new Date(now()).toISOString());
  await store.exclusive(async () => store.change(reconciled(await store.entries(visit), ended.body)));
  return ended;
}

/** A signature is sent only where the visit still reads as it did when it was signed. */
async function sendSignatures(store, server, visit, now) {
  const { pack } = await store.visit(visit);
  const entries = await store.entries(visit);
  const open = entries.some((one) => one.kind === "record" || one.kind === "decision");
  const waiting = entries.filter((one) => one.kind === "signature" && one.state === "waiting");
  if (open || !waiting.length) return { kind: "ok" };
  const reads = await digest(surface(pack, entries));
  for (const one of waiting) {
    const { side, name, strokes, signed_at } = one.content;
    if (one.content.reads !== reads) {
      await store.change({ keep: [{ ...one, state: "stale" }] });
      continue;
    }
    const ended = await server.sign(visit, { id: one.id, side, name, strokes, signed_at, seen_revision: pack.revision });
    if (ended.kind === "ok") await store.change({ keep: [{ ...one, state: "sent" }] });
    // Somebody wrote into the visit between the pack and the signature.
    else if (ended.reason === "other_revision_signed") await store.change({ keep: [{ ...one, state: "stale" }] });
    else if (ended.kind === "refused" || (await isCulprit(server, visit, ended))) {
      await store.change({ keep: [refused(one, ended)] });
    } else return ended;
  }
  return fetchPack(store, server, visit, now);
}

const messageOf = (ended) => ended.message || say("not_taken");

const refused = (entry, ended) =>
  ({ ...entry, state: "refused", content: { ...entry.content, message: messageOf(ended) } });
