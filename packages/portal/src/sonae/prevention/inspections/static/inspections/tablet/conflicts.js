// One row was recorded twice, neither record having seen the other: both side by side; a person says which one stands.

import { copyOf, fill, fresh, part } from "./dom.js";
import { moment, say, day } from "./words.js";

/** Shows the conflicts of a row as the pack has them ([{id, mine, theirs}]), or takes them away. */
export function drawConflicts(row, conflicts) {
  const shape = JSON.stringify(conflicts);
  if ((row.conflicts ?? "[]") === shape) return;
  row.conflicts = shape;
  part(row.element, "conflict").replaceChildren(...conflicts.map((one) => elementOf(row, one, conflicts)));
}

function elementOf(row, conflict, all) {
  const element = copyOf("conflict");
  const choices = [...row.element.querySelectorAll("[data-part=choices] label")];
  const labels = new Map(choices.map((one) => [one.querySelector("input").value, one.textContent.trim()]));
  for (const side of ["mine", "theirs"]) {
    const record = conflict[side];
    write(part(element, side), record, labels);
    fill(element, `${side}-at`, record ? say("recorded_by", { name: record.by, at: moment(record.at) }) : "");
  }
  fill(element, "number", row.item.number);
  for (const button of element.querySelectorAll("button[data-take]")) {
    button.addEventListener("click", () => decide(row, conflict, all, button.dataset.take));
  }
  return element;
}

function write(side, record, labels) {
  fill(side, "value", labels.get(record?.value) ?? say("nothing"));
  for (const name of ["note", "finding", "advice"]) fill(side, name, record?.[name] || say("nothing"));
  fill(side, "due_on", record?.due_on ? day(record.due_on) : say("nothing"));
}

/** Keeps the decision on the device; it is sent like everything else, and ends all conflicts of the row that were shown. */
async function decide(row, conflict, all, take) {
  const seen = all.map((one) => one.id);
  await row.store.exclusive(async () => {
    const entries = await row.store.entries(row.visit);
    if (entries.some((one) => one.kind === "decision" && one.item === row.item.id)) return;
    const { id, order, at } = fresh();
    const decision = {
      id, order, visit: row.visit, item: row.item.id, kind: "decision", state: "waiting", made_at: at,
      content: { entry: conflict.id, take, seen_revision: conflict.theirs?.revision ?? null, seen_conflicts: seen },
    };
    const own = entries.filter((one) => seen.includes(one.id));
    await row.store.change({ keep: [...own.map((one) => ({ ...one, state: "decided" })), decision] });
  });
  row.saved();
  row.element.querySelector("h4").focus();
}
