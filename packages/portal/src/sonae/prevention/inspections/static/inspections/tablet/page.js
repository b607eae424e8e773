// The page on the tablet: which visits lie on this device, and one of them.

import { openStore, sweepStrangers } from "./store.js";
import { announce, copyOf, fill, part, toned } from "./dom.js";
import { conflictsOf, isOver, itemsOf } from "./queue.js";
import { refresh, rowFor } from "./rows.js";
import { serverFor } from "./server.js";
import { refreshSigning, signingFor } from "./signing.js";
import { drawStatus } from "./status.js";
import { syncFor } from "./sync.js";
import { digest, wipe } from "../../web/device.js";
import { day, moment, say } from "./words.js";

const SEND_AFTER_MS = 1_500;
// Each look is written down in the portal, as every look at an institution's answers from outside is.
const LOOK_EVERY_MS = 300_000;
const facts = document.body.dataset;
const status = document.getElementById("status");
// The page of one visit ends in its id.
const visitId = location.pathname.slice(facts.home.length).replace("/", "");

/** Whether this browser has what keeps a visit: sealed records, one writer at a time, pages without network. */
function isAble() {
  return isSecureContext && "serviceWorker" in navigator && "locks" in navigator && "indexedDB" in window;
}

/**
 * Whether nobody else signed in on this device since the server wrote this page, which may come from the device itself.
 *
 * A sign-in gives the device a new form token; the page holds the digest of the one it was written under.
 */
async function isStillTheirs() {
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
  return (await digest(token)) === facts.witness;
}

async function begin() {
  if (!isAble()) return stop("not_able");
  if (!(await isStillTheirs())) {
    window.addEventListener("online", () => location.reload());
    return stop("locked");
  }
  await navigator.serviceWorker.register(facts.worker, { scope: facts.home, updateViaCache: "none" });
  // Asks the browser not to clear the store when the disk is short; it may say no.
  navigator.storage?.persist?.();
  const days = daysNow();
  const store = await openStore(facts.account, { onWiped: () => location.replace(facts.portal) });
  await store.sweep(days);
  await sweepStrangers(facts.account, days);
  const server = serverFor(facts.account, facts.base);
  if (visitId) await fetchOnce(store, server);
  const page = { store, outcome: null, rows: new Map(), signings: [], drawn: null, timer: 0 };
  page.sync = syncFor(store, server, {
    tell: (outcome) => ended(page, outcome),
    now: Date.now,
    chance: Math.random,
  });
  listen(page);
  await redraw(page);
  page.sync.start();
}

const daysNow = () =>
  ({ packDays: Number(facts.packDays), unsentDays: Number(facts.unsentDays), now: Date.now() });

function stop(reason) {
  status.hidden = true;
  const notice = document.getElementById("stopped");
  notice.hidden = false;
  fill(notice, "reason", say(reason));
  document.body.dataset.ready = reason;
}

/** Brings a visit to the device when it is opened for the first time. */
async function fetchOnce(store, server) {
  if (await store.visit(visitId)) return;
  const answer = await server.pack(visitId);
  if (answer.kind === "ok" && !isOver(answer.body)) {
    await store.keepPack(answer.body, new Date().toISOString());
  }
}

function listen(page) {
  part(status, "send").addEventListener("click", () => page.sync.start());
  const everything = document.getElementById("wipe");
  everything.hidden = false;
  everything.addEventListener("click", () => leaveDevice(page));
  document.getElementById("wipe-visit").addEventListener("click", () => leaveVisit(page));
  page.store.channel.addEventListener("message", () => redraw(page));
  window.addEventListener("online", () => page.sync.start({ isBack: true }));
  window.addEventListener("offline", () => page.sync.start());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && page.sync.start());
  setInterval(() => document.visibilityState === "visible" && page.sync.start(), LOOK_EVERY_MS);
}

/** Called after each change that the device has: shows it now, sends it when the person pauses. */
function saved(page) {
  document.body.dataset.saved = String(Date.now());
  clearTimeout(page.timer);
  page.timer = setTimeout(() => page.sync.start(), SEND_AFTER_MS);
  return redraw(page);
}

function ended(page, outcome) {
  const before = page.outcome?.kind;
  page.outcome = outcome;
  if (outcome.kind === "finished" && outcome.visit === visitId) announce(say("finished"));
  else if (before !== outcome.kind) announce(say(outcome.kind === "ok" ? "synced" : "not_synced"));
  return redraw(page);
}

/** One after the other: what is asked while it draws is drawn once more, later. */
function redraw(page) {
  page.next = (page.next ?? Promise.resolve()).catch(() => null).then(() => page.store.unlessWiped(draw(page)));
  return page.next;
}

async function draw(page) {
  await drawStatus(status, page.store, { outcome: page.outcome, visit: visitId });
  const overdue = visitId ? await page.store.overdue(visitId, daysNow()) : 0;
  fill(status, "overdue", overdue ? say("overdue", { count: overdue, days: facts.unsentDays }) : "");
  const held = visitId ? await page.store.visit(visitId) : null;
  document.getElementById("visits").hidden = Boolean(visitId);
  document.getElementById("visit").hidden = !held;
  document.getElementById("missing").hidden = !visitId || Boolean(held);
  const isLeft = Boolean(overdue) || (held ? isOver(held.pack) : Boolean(visitId) && (await hasUnsent(page)));
  document.getElementById("wipe-visit").hidden = !isLeft;
  if (held) await drawVisit(page, held);
  else if (visitId) await drawMissing(page);
  else await drawVisits(page);
  document.body.dataset.ready = "yes";
}

async function drawVisits(page) {
  const list = document.getElementById("visit-list");
  const held = new Map((await page.store.visits()).map((one) => [one.pack.visit.id, one]));
  const lines = await Promise.all((await page.store.visitIds()).map(async (id) => {
    const line = copyOf("visit-line");
    const waiting = await page.store.unsentOf(id);
    const pack = held.get(id)?.pack;
    const link = line.querySelector("a");
    link.href = `${facts.home}${id}/`;
    fill(line, "title", pack ? titleOf(pack) : say("visit_unknown"));
    fill(line, "unsent", waiting ? say("unsent", { count: waiting }) : say("all_sent"));
    return line;
  }));
  list.replaceChildren(...lines);
  document.getElementById("no-visits").hidden = lines.length > 0;
}

function titleOf({ visit: { institution, on } }) {
  return on ? say("visit_of", { name: institution.name, day: day(on) }) : institution.name;
}

async function drawMissing(page) {
  const waiting = await page.store.unsentOf(visitId);
  const reason = page.outcome?.kind === "finished" ? "finished" : waiting ? "missing_unsent" : "missing";
  fill(document.getElementById("missing"), "reason", say(reason, { count: waiting }));
}

const hasUnsent = async (page) => (await page.store.unsentOf(visitId)) > 0;

async function drawVisit(page, { pack }) {
  const entries = await page.store.entries(visitId);
  const root = document.getElementById("visit");
  // Rows are made once; a pack with other rows is drawn anew.
  const shape = JSON.stringify(itemsOf(pack).map((one) => [one.id, one.is_asked, one.self_answer, one.evidence]));
  if (page.drawn !== shape) build(page, root, pack);
  page.drawn = shape;
  const conflicts = conflictsOf(pack, entries);
  const items = itemsOf(pack);
  for (const item of items) refresh(page.rows.get(item.id), { item, conflicts: conflicts.get(item.id) ?? [], entries });
  await Promise.all(page.signings.map((one) => refreshSigning(one, { pack, entries })));
  const asked = items.filter((one) => one.is_asked);
  const seen = asked.filter((one) => page.rows.get(one.id).element.querySelector("[data-part=choices] :checked"));
  fill(root, "progress", say("progress", { done: seen.length, all: asked.length }));
  fill(root, "fetched", say("fetched", { at: moment(pack.as_of), days: facts.packDays }));
  drawConflictList(items.filter((one) => conflicts.has(one.id)));
}

function drawConflictList(items) {
  const notice = document.getElementById("conflicts");
  notice.hidden = !items.length;
  fill(notice, "count", say("conflicts", { count: items.length }));
  part(notice, "links").replaceChildren(...items.map(linkTo));
}

function linkTo(item) {
  const line = document.createElement("li");
  const link = document.createElement("a");
  link.href = `#row-${item.id}`;
  link.textContent = `${item.number} ${item.text}`;
  line.append(link);
  return line;
}

function build(page, root, pack) {
  const { team } = pack.visit;
  const title = titleOf(pack);
  document.querySelector("h1").textContent = title;
  document.title = `${title} | ${say("sonae")}`;
  fill(root, "team", team.length ? say("team", { names: team.join(say("comma")) }) : "");
  const place = part(root, "rows");
  place.replaceChildren();
  page.rows.clear();
  const settings = { visit: visitId, choices: pack.choices, store: page.store, saved: () => saved(page), redraw: () => redraw(page) };
  for (const section of pack.sections) {
    const element = copyOf("section");
    // Rows before the first heading of the form: whether there is anything to ask about at all.
    fill(element, "title", section.title || say("rows_before"));
    for (const item of section.items) {
      const row = rowFor(item, settings);
      page.rows.set(item.id, row);
      part(element, item.is_asked ? "rows" : "rows-not-asked").append(row.element);
    }
    const folded = section.items.filter((one) => !one.is_asked).length;
    fill(element, "not-asked", folded ? say("not_asked", { count: folded }) : "");
    place.append(element);
  }
  page.signings = ["inspector", "institution"].map((side) => signingFor(side, settings));
  part(root, "signings").replaceChildren(...page.signings.map((one) => one.element));
  toned(document.getElementById("conflicts"), "warning");
}

/** Takes everything of this account from the device, after a warning where something is not sent. */
async function leaveDevice(page) {
  const counts = await Promise.all((await page.store.visitIds()).map((id) => page.store.unsentOf(id)));
  const waiting = counts.reduce((sum, one) => sum + one, 0);
  if (!window.confirm(waiting ? say("wipe_unsent", { count: waiting }) : say("wipe_question"))) return;
  await wipe(facts.account);
  location.replace(facts.portal);
}

async function leaveVisit(page) {
  const waiting = await page.store.unsentOf(visitId);
  if (waiting && !window.confirm(say("wipe_unsent", { count: waiting }))) return;
  await page.store.wipeVisit(visitId);
  location.replace(facts.home);
}

begin();
