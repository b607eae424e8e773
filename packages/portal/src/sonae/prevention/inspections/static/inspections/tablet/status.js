// The line that is always in sight: what is not sent yet, since when there is no network, when all was sent last.

import { fill, part, toned } from "./dom.js";
import { moment, say } from "./words.js";

const TROUBLE = { "signed-out": "sign_in_again", stranger: "other_account", gone: "visit_gone", closed: "visit_closed",
  refused: "not_understood" };

/** Shows the state of the device; `outcome` is how the last round of sending ended, or null before the first. */
export async function drawStatus(root, store, { outcome, visit }) {
  const contact = await store.contact();
  const ids = await store.visitIds();
  const counts = await Promise.all(ids.map((id) => store.unsentOf(id)));
  const waiting = counts.reduce((sum, one) => sum + one, 0);
  const here = visit ? (counts[ids.indexOf(visit)] ?? 0) : waiting;
  root.dataset.unsent = String(here);
  root.dataset.offline = String(Boolean(contact.offline_since));
  root.dataset.outcome = outcome?.kind ?? "";
  fill(root, "unsent", here ? say("unsent", { count: here }) : say("all_sent"));
  fill(root, "unsent-elsewhere", waiting > here ? say("unsent_elsewhere", { count: waiting - here }) : "");
  fill(root, "offline", contact.offline_since ? say("offline_since", { at: moment(contact.offline_since) }) : "");
  fill(root, "last", contact.last_at ? say("last_sync", { at: moment(contact.last_at) }) : say("never_synced"));
  const trouble = TROUBLE[outcome?.kind];
  fill(root, "trouble", trouble ? say(trouble, { reason: outcome.message ?? "" }) : "");
  part(root, "sign-in").hidden = !["signed-out", "stranger"].includes(outcome?.kind);
  toned(root, trouble ? "danger" : contact.offline_since || here ? "warning" : "success");
}
