// What rooms keep on this device for one account, and taking it away.
//
// A room that keeps work in IndexedDB says so in localStorage under `sonae.kept.<account>`:
// {"database": name, "unsent": how much of it the portal has not got, "at": milliseconds}. The account stands there as
// the mark that the portal gives it (core.web.device), never by name.

const WAITS_FOR_OTHER_TABS_MS = 3_000;
const ASKED = "sonae.renewed";
const nameOf = (account) => `sonae.kept.${account}`;

/** What is kept for an account, or null. */
export function keptFor(account) {
  try {
    return JSON.parse(localStorage.getItem(nameOf(account)));
  } catch {
    return null;
  }
}

/** Takes the account's database, the pages kept for offline use and their workers from the device. */
export async function wipe(account) {
  const kept = keptFor(account);
  localStorage.removeItem(nameOf(account));
  const workers = (await navigator.serviceWorker?.getRegistrations()) ?? [];
  const names = "caches" in window ? await caches.keys() : [];
  await Promise.all([
    kept && deleted(kept.database),
    ...workers.map((one) => one.unregister()),
    ...names.filter((name) => name.startsWith("sonae-")).map((name) => caches.delete(name)),
  ]);
  // A page that was still counting what is unsent may have said so once more before its database went.
  localStorage.removeItem(nameOf(account));
}

// Another tab that holds the database lets go of it when it is told; one that hangs does not keep anybody from leaving.
function deleted(name) {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = request.onerror = resolve;
    setTimeout(resolve, WAITS_FOR_OTHER_TABS_MS);
  });
}

/**
 * Has the pages that open without network written anew for whoever is signed in now.
 *
 * Such a page holds the digest of the form token that it was written under (`data-witness`), and a sign-in gives the
 * device another token. Asked once a tab for each token: not everybody may open that page.
 */
export async function renewPages() {
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
  if (!token || !isSecureContext || !("serviceWorker" in navigator)) return;
  const witness = await digest(token);
  if (sessionStorage.getItem(ASKED) === witness) return;
  for (const { active, scope } of await navigator.serviceWorker.getRegistrations()) {
    const page = await (await caches.match(scope))?.text();
    if (page?.includes(`data-witness="${witness}"`)) continue;
    active?.postMessage("renew");
    sessionStorage.setItem(ASKED, witness);
  }
}

/** SHA-256 of a text in hexadecimal digits. */
export async function digest(words) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(words)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const facts = document.querySelector("meta[name=sonae-device]")?.dataset;

// Whoever signs out leaves nothing behind, and is asked first where something would be lost.
document.addEventListener("submit", async (event) => {
  if (!facts || new URL(event.target.action).pathname !== facts.signOut) return;
  const kept = keptFor(facts.account);
  if (!kept) return;
  event.preventDefault();
  if (kept.unsent && !window.confirm(facts.unsent.replace("{count}", kept.unsent))) return;
  await wipe(facts.account).catch(() => null);
  event.target.submit();
});

if (facts) renewPages().catch(() => null);
