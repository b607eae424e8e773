// What waits to be sent, as plain values: which entry a change belongs to, what goes into a batch, what an answer settles.
//
// No browser, clock or chance in here. An entry is
//   {id, visit, item, kind: "record" | "photo" | "signature" | "decision", state, order, content}
// with the states
//   waiting   never sent; a further change of the row is written into it
//   doubtful  sent at least once, answer unknown; it is sent again as it is, a further change is a new entry
//   conflict  the server has something else; a person decides
//   decided   somebody decided; it goes away with the decision
//   sent      a signature that the server has
//   refused   the server cannot take it (content.message); the next change of the row replaces it
//   stale     a signature under something that has changed since

export const FIELDS = ["value", "note", "finding", "advice", "due_on"];
const EMPTY = { value: "", note: "", finding: "", advice: "", due_on: null };
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 300_000;

/** The five fields of anything that has them. */
export function fieldsOf(observed) {
  return Object.fromEntries(FIELDS.map((name) => [name, observed?.[name] || EMPTY[name]]));
}

/** The five fields as the server keeps them: without what stands empty at both ends. */
export function stripped(observed) {
  return Object.fromEntries(FIELDS.map((name) => [name, observed?.[name]?.trim() || EMPTY[name]]));
}

export function saysTheSame(one, other) {
  return FIELDS.every((name) => stripped(one)[name] === stripped(other)[name]);
}

const byOrder = (one, other) => one.order - other.order;

/** The records of a row that the server has not settled, the oldest first. */
export function recordsOf(entries, item) {
  return entries.filter((one) => one.kind === "record" && one.item === item && one.state !== "decided").sort(byOrder);
}

/** What the person sees in a row: their newest record, else what the server last said. */
export function shown(observed, entries, item) {
  const own = recordsOf(entries, item).at(-1);
  return fieldsOf(own ? own.content : observed);
}

/**
 * The entry that a change of a row is written into: the waiting one, or a new one.
 * `seen` is the revision that the fields on the screen were drawn from. `fresh` gives {id, order, at}; a refused entry
 * is replaced (its id stands in `replaces`).
 */
export function changed(entries, { visit, item, fields, seen, fresh }) {
  const last = recordsOf(entries, item).at(-1);
  if (last?.state === "waiting") {
    return { entry: { ...last, content: { ...last.content, ...fields, recorded_at: fresh.at } }, replaces: null };
  }
  const revision = last?.state === "refused" ? last.content.seen_revision : seen;
  const content = { ...fields, seen_revision: revision, recorded_at: fresh.at };
  const entry = { id: fresh.id, visit, item, kind: "record", state: "waiting", order: fresh.order, content };
  return { entry, replaces: last?.state === "refused" ? last.id : null };
}

/** The records of one batch, in order, one for each row: what comes after it must know what became of it. */
export function batch(entries, limit = 50) {
  const rows = new Set();
  const chosen = [];
  for (const one of entries.filter((entry) => entry.kind === "record").sort(byOrder)) {
    if (rows.has(one.item)) continue;
    rows.add(one.item);
    if (one.state === "waiting" || one.state === "doubtful") chosen.push(one);
    if (chosen.length === limit) break;
  }
  return chosen;
}

/** An entry as the server takes it. */
export function asSent(entry) {
  const { seen_revision, recorded_at } = entry.content;
  return { id: entry.id, item: entry.item, ...stripped(entry.content), seen_revision, recorded_at };
}

/**
 * What an answer to a batch makes of the entries: {drop: [id], keep: [entry]}.
 *
 * A later record of the same row goes on from the new revision only if the row now says what was sent: else somebody
 * changed it in between, and the server must be able to tell.
 */
export function settle(entries, sent, answer) {
  const gone = new Set([...answer.kept, ...answer.already]);
  const conflicts = new Map(answer.conflicts.map((one) => [one.entry, one]));
  const refusals = new Map(answer.refused.map((one) => [one.entry, one]));
  const drop = [];
  const keep = [];
  for (const one of sent) {
    const refusal = refusals.get(one.id);
    if (conflicts.has(one.id)) keep.push({ ...one, state: "conflict" });
    else if (refusal && laterThan(entries, one).length) drop.push(one.id);
    else if (refusal) keep.push({ ...one, state: "refused", content: { ...one.content, message: refusal.message } });
    else if (gone.has(one.id)) {
      drop.push(one.id);
      keep.push(...carriedOn(entries, one, answer.items[one.item]));
    }
  }
  return { drop, keep };
}

const laterThan = (entries, sent) =>
  recordsOf(entries, sent.item).filter((one) => one.order > sent.order && one.state === "waiting");

/** The later records of a row that may go on from what it says now, because that is what was sent. */
export function carriedOn(entries, sent, now) {
  if (!now || !saysTheSame(now, sent.content)) return [];
  return laterThan(entries, sent).map((one) => ({ ...one, content: { ...one.content, seen_revision: now.revision } }));
}

const SETTLED = new Set(["decided", "sent"]);

/** How many rows, photos, signatures and decisions the server has not got. */
export function unsent(entries) {
  return entries.filter((one) => !SETTLED.has(one.state)).length;
}

/** The milliseconds to wait after `failures` in a row: doubled each time up to five minutes, and never all at once. */
export function pause(failures, chance) {
  const whole = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, failures - 1));
  return Math.round(whole / 2 + (whole / 2) * chance);
}

/** What speaks against the institution's own answer: the choice that stands in the row, and the evidence on record. */
export function doubtsOf(item, value) {
  // A pack that an earlier release brought here has neither.
  const seen = item.against?.[value];
  return [...(seen ? [seen] : []), ...(item.doubts ?? [])];
}

/** Whether a row that was seen to be lacking still says neither a finding with advice nor, in its note, why not. */
export function wantsFinding(item, fields) {
  if (!item.wants_finding?.includes(fields.value)) return false;
  const said = stripped(fields);
  return !said.note && !(said.finding && said.advice);
}

/** The rows of a pack in their order. */
export function itemsOf(pack) {
  return pack.sections.flatMap((section) => section.items);
}

/** Whether nothing more can be written into the visit. */
export function isOver(pack) {
  return pack.visit.state === "closed" || pack.visit.state === "cancelled";
}

/**
 * The conflicts that wait for a person, by row, the oldest first: one decision ends all of its row.
 * Those that another device caused are among them: whoever conducts the visit may decide.
 */
export function conflictsOf(pack, entries) {
  const decided = new Set(entries.filter((one) => one.kind === "decision").map((one) => one.item));
  const found = new Map();
  for (const one of pack.conflicts.filter((conflict) => !decided.has(conflict.item))) {
    found.set(one.item, [...(found.get(one.item) ?? []), one]);
  }
  return found;
}

/**
 * What a new pack makes of the records in conflict: {drop, keep}. One that is not open any more was decided somewhere;
 * a later record of its row goes on from it if it was the one that stands now.
 */
export function reconciled(entries, pack) {
  const open = new Set(pack.conflicts.map((one) => one.id));
  const rows = new Map(itemsOf(pack).map((one) => [one.id, one.observed]));
  const decisions = new Set(entries.filter((one) => one.kind === "decision").map((one) => one.item));
  const drop = [];
  const keep = [];
  for (const one of entries.filter((entry) => entry.state === "conflict" || entry.state === "decided")) {
    if (!open.has(one.id)) {
      drop.push(one.id);
      keep.push(...carriedOn(entries, one, rows.get(one.item)));
    } else if (one.state === "decided" && !decisions.has(one.item)) keep.push({ ...one, state: "conflict" });
  }
  return { drop, keep };
}

/** All that is observed in a visit as one text: what a signature stands under. */
export function surface(pack, entries) {
  const rows = itemsOf(pack).map((one) => [one.id, ...Object.values(stripped(shown(one.observed, entries, one.id)))]);
  return JSON.stringify(rows.filter(([, ...fields]) => fields.some(Boolean)));
}

/** The pack with what an answer to a batch says written into it. */
export function merged(pack, answer) {
  const known = new Set(answer.conflicts.map((one) => one.id));
  const conflicts = [...pack.conflicts.filter((one) => !known.has(one.id)), ...answer.conflicts];
  const sections = pack.sections.map((section) => ({
    ...section,
    items: section.items.map((one) => (one.id in answer.items ? { ...one, observed: answer.items[one.id] } : one)),
  }));
  return { ...pack, sections, conflicts };
}
