// Two people recorded one row: both records side by side, and a person says which one stands.

import { copyOf, fill, fresh, part } from "./dom.js";
import { moment, say, day } from "./words.js";

/** Shows the conflict of a row, or takes it away. */
export function drawConflict(row, entry) {
  const place = part(row.element, "conflict");
  if (place.dataset.entry === (entry?.id ?? "")) return;
  place.dataset.entry = entry?.id ?? "";
  place.replaceChildren();
  if (!entry) return;
  const element = copyOf("conflict");
  const choices = [...row.element.querySelectorAll("[data-part=choices] label")];
  const labels = new Map(choices.map((one) => [one.querySelector("input").value, one.textContent.trim()]));
  write(part(element, "mine"), entry.content, labels);
  write(part(element, "theirs"), entry.content.theirs, labels);
  fill(element, "number", row.item.number);
  fill(element, "mine-at", say("recorded_here", { at: moment(entry.content.recorded_at) }));
  const { by, at } = entry.content.theirs;
  fill(element, "theirs-at", say("recorded_by", { name: by, at: moment(at) }));
  for (const button of element.querySelectorAll("button[data-take]")) {
    button.addEventListener("click", () => decide(row, entry.id, button.dataset.take));
  }
  place.append(element);
}

function write(side, record, labels) {
  fill(side, "value", labels.get(record.value) ?? say("nothing"));
  for (const name of ["note", "finding", "advice"]) fill(side, name, record[name] || say("nothing"));
  fill(side, "due_on", record.due_on ? day(record.due_on) : say("nothing"));
}

/** Keeps the decision on the device; it is sent like everything else. */
async function decide(row, entryId, take) {
  await row.store.exclusive(async () => {
    const entries = await row.store.entries(row.visit);
    const entry = entries.find((one) => one.id === entryId);
    if (entry?.state !== "conflict") return;
    const { id, order, at } = fresh();
    const decision = {
      id, order, visit: row.visit, item: row.item.id, kind: "decision", state: "waiting", made_at: at,
      content: { entry: entryId, take },
    };
    await row.store.change({ keep: [{ ...entry, state: "decided" }, decision] });
  });
  row.saved();
  row.element.querySelector("h4").focus();
}
