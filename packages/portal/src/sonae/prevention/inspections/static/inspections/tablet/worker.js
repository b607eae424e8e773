// The service worker of the tablet's pages: they open without network. Its folder is their folder and nothing else.
//
// It keeps the page (which holds no answer of anybody), and the files of this release that the page asks for. It never
// keeps an answer of the portal, and lets everything but those two pass by. `self.TABLET` is set by the script that
// the portal wrote around this one: {version, home, statics, files}.

const { version, home, statics, files } = self.TABLET;
const PREFIX = "sonae-tablet-";
const CACHE = PREFIX + version;
const SHELL = new URL(home, self.location).href;
const WAITS_FOR_THE_NETWORK_MS = 6_000;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(files);
    await keepShell();
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
    await Promise.all(names.map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && pathname.startsWith(home)) event.respondWith(page(event));
  else if (pathname.startsWith(statics)) event.respondWith(file(request));
});

// Somebody signed in on another page of the portal (web/device.js): the copy is to be theirs.
self.addEventListener("message", (event) => {
  if (event.data === "renew") event.waitUntil(keepShell().catch(() => null));
});

/** The page as the portal has it now, with a copy for later; without network, the copy. */
async function page(event) {
  const asked = fetch(event.request);
  // Where a new page came, the copy is renewed, so that it is never that of whoever was here before.
  event.waitUntil(asked.then((answer) => answer.ok && keepShell()).catch(() => null));
  const patience = new Promise((resolve) => setTimeout(resolve, WAITS_FOR_THE_NETWORK_MS));
  const answer = await Promise.race([asked.catch(() => null), patience]);
  return answer ?? (await kept(SHELL)) ?? asked;
}

/** Fetches the page that stands for all; kept only as the portal's own answer, not as a way to the sign-in page. */
async function keepShell() {
  const answer = await fetch(SHELL, { redirect: "manual", cache: "no-store" });
  if (answer.ok && answer.type === "basic") await (await caches.open(CACHE)).put(SHELL, answer);
}

async function file(request) {
  const found = await kept(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(CACHE)).put(request, answer.clone());
  return answer;
}

async function kept(request) {
  return (await caches.open(CACHE)).match(request);
}
