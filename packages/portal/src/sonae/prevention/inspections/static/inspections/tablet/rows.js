// One row of the visit: what the institution said beside what is seen on site. Every key stroke goes to the store.

import { drawConflicts } from "./conflicts.js";
import { copyOf, fill, fresh, part, sound, toned } from "./dom.js";
import { drawPhotos, takePhotos } from "./photos.js";
import { FIELDS, changed, doubtsOf, recordsOf, shown, wantsFinding } from "./queue.js";
import { day, moment, say } from "./words.js";

const TONES = { waiting: "info", doubtful: "info", conflict: "warning", refused: "danger" };

/**
 * A row on the page; `saved()` is called after each change that the device has, `redraw()` when it may be drawn again.
 *
 * `seen` is the revision that its fields were drawn from: a change says that this was seen, whatever came since.
 */
export function rowFor(item, { visit, choices, store, saved, redraw }) {
  const element = copyOf("row");
  const row = { item, element, visit, store, saved, seen: 0, isBehind: false, latest: null, saving: null, problem: "" };
  writeWords(row);
  for (const choice of choices) part(element, "choices").append(choiceFor(row, choice));
  for (const field of element.querySelectorAll("[data-field]")) field.addEventListener("input", () => keep(row));
  element.addEventListener("focusout", () => row.isBehind && redraw());
  part(element, "photo-input").addEventListener("change", (event) => takePhotos(row, event.target));
  return row;
}

function writeWords({ item, element }) {
  element.id = `row-${item.id}`;
  fill(element, "number", item.number);
  fill(element, "text", item.text);
  fill(element, "self-answer", item.self_answer?.text || say("no_self_answer"));
  fill(element, "self-as-of", item.self_answer ? say("as_of", { at: moment(item.self_answer.as_of) }) : "");
  const list = part(element, "evidence");
  for (const one of item.evidence) {
    const line = document.createElement("li");
    line.textContent = one.until ? say("evidence_until", { text: one.text, day: day(one.until) }) : one.text;
    list.append(line);
  }
  list.hidden = !item.evidence.length;
  part(element, "no-evidence").hidden = item.evidence.length > 0;
}

function choiceFor(row, { value, label }) {
  const element = copyOf("choice");
  const input = element.querySelector("input");
  input.name = `value-${row.item.id}`;
  input.value = value;
  fill(element, "label", label);
  input.addEventListener("change", () => keep(row));
  return element;
}

/** What stands in the fields of the row. */
function fieldsIn({ element }) {
  const fields = { value: element.querySelector("[data-part=choices] input:checked")?.value ?? "" };
  for (const field of element.querySelectorAll("[data-field]")) fields[field.dataset.field] = sound(field.value);
  fields.due_on ||= null;
  return fields;
}

/** Writes the row into the store; what is typed while it writes is written right after. */
export function keep(row) {
  row.problem = "";
  row.latest = fieldsIn(row);
  row.saving ??= write(row).finally(() => {
    row.saving = null;
  });
  return row.saving;
}

async function write(row) {
  while (row.latest) {
    const fields = row.latest;
    row.latest = null;
    try {
      await row.store.exclusive(async () => {
        const entries = await row.store.entries(row.visit);
        const made = fresh();
        const facts = { visit: row.visit, item: row.item.id, fields, seen: row.seen, fresh: made };
        const { entry, replaces } = changed(entries, facts);
        await row.store.change({ keep: [{ made_at: made.at, ...entry }], drop: replaces ? [replaces] : [] });
      });
    } catch (problem) {
      row.problem = say("not_saved");
      part(row.element, "problem").hidden = false;
      fill(row.element, "problem", row.problem);
      throw problem;
    }
    row.saved();
  }
}

/** Brings the row to what is known now; while somebody is in a field that would change, its fields are left alone. */
export function refresh(row, { item, conflicts, entries }) {
  if (row.saving) return;
  const { observed } = item;
  const own = recordsOf(entries, item.id);
  const fields = shown(observed, entries, item.id);
  const decision = entries.find((one) => one.kind === "decision" && one.item === item.id);
  const decided = Boolean(decision);
  row.isBehind = isBehind(row.element, fields);
  if (!row.isBehind) {
    writeFields(row.element, fields);
    row.seen = own.length ? own.at(-1).content.seen_revision : (observed?.revision ?? 0);
  }
  for (const field of row.element.querySelectorAll("[data-part=fields] :is(input, textarea)")) {
    field.disabled = conflicts.length > 0 || decided;
  }
  part(row.element, "more").open ||= FIELDS.slice(2).some((name) => fields[name]) || item.photos.length > 0 || hasPhotos(entries, row);
  drawDoubts(row, doubtsOf(item, fields.value));
  fill(row.element, "wanted", wantsFinding(item, fields) ? say("finding_wanted") : "");
  const said = decided ? "decided" : conflicts.length ? "conflict" : (own.at(-1)?.state ?? (observed ? "merged" : "open"));
  const at = decided ? decision.made_at : own.at(-1)?.content.recorded_at;
  writeState(row, said, { observed, at });
  const problem = own.find((one) => one.state === "refused")?.content.message ?? row.problem;
  part(row.element, "problem").hidden = !problem;
  fill(row.element, "problem", problem);
  drawConflicts(row, conflicts);
  drawPhotos(row, { entries, sent: item.photos.length });
}

/** Told anew only where it changed: whoever cannot see the row hears it once. */
function drawDoubts({ element }, sentences) {
  const list = part(element, "doubts");
  if ([...list.children].map((one) => one.textContent).join("\n") === sentences.join("\n")) return;
  list.replaceChildren(...sentences.map((sentence) => Object.assign(document.createElement("li"), { textContent: sentence })));
  part(element, "doubts-notice").hidden = !sentences.length;
}

const hasPhotos = (entries, row) => entries.some((one) => one.kind === "photo" && one.item === row.item.id);

/** Whether somebody is in a field of the row that says something else than it should now. */
function isBehind(element, fields) {
  const field = document.activeElement;
  if (!element.contains(field) || !field.dataset.field) return false;
  return sound(field.value).trim() !== (fields[field.dataset.field] ?? "").trim();
}

function writeFields(element, fields) {
  for (const input of element.querySelectorAll("[data-part=choices] input")) {
    input.checked = input.value === fields.value;
  }
  for (const field of element.querySelectorAll("[data-field]")) {
    const text = fields[field.dataset.field] ?? "";
    if (field !== document.activeElement && field.value !== text) field.value = text;
  }
}

function writeState({ element }, state, { observed, at }) {
  const badge = part(element, "state");
  toned(badge, TONES[state] ?? (state === "merged" ? "success" : "neutral"));
  badge.textContent = say(`state_${state}`);
  element.dataset.state = state;
  // A conflict that two other devices made has no record of this one.
  const told = state === "conflict" && !at ? "conflict_elsewhere" : state;
  fill(element, "what-to-do", say(`do_${told}`, { at: moment(at) }));
  fill(element, "by", observed ? say("recorded_by", { name: observed.by, at: moment(observed.at) }) : "");
}
