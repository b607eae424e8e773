// Talking to the portal. Every call ends in a value {kind, …}; none throws for what a network or a server does.
//
//   ok         {body}     answered
//   offline               nobody answered (no network, time ran out, or the server is busy: try again)
//   broken                the server stumbled over it, or a machine before it took it for too large or unreadable
//   signed-out            the session ended: sign in again
//   stranger              another account is signed in on this device now
//   gone                  not this person's visit (any more), in the portal's own words: a page of somebody between
//                         says nothing about the visit, and is taken for no answer
//   past                  it is too late for this: the visit is closed or not begun, or somebody was faster
//   refused    {message}  the server read it and does not take it; `isUnreadable` where the fault is in what was sent

const ANSWERS_WITHIN_MS = 30_000;
const KINDS = { 401: "signed-out", 404: "gone", 409: "past" };
// The gate's own word for a person who lost the role.
const NOT_THEIRS = "role_lacks_permission";
const TRY_AGAIN = new Set([408, 425, 429, 502, 503, 504]);
const UNREADABLE = new Set([400, 413, 415, 422]);

/**
 * The calls for one account (its mark), which the server compares with who is signed in. `abandon()` ends those that
 * nobody answered yet as "offline": whatever network they left by may be gone.
 */
export function serverFor(account, base) {
  let leaving = new AbortController();
  const headers = () => ({ Accept: "application/json", "X-CSRFToken": csrfToken(), "X-Tablet-Account": account });
  const ask = (path, options = {}) =>
    call(base + path, { ...options, headers: { ...headers(), ...options.headers } }, leaving.signal);
  const post = (path, body) =>
    ask(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  return {
    abandon: () => {
      leaving.abort();
      leaving = new AbortController();
    },
    pack: (visit) => ask(`${visit}/pack/`),
    records: (visit, device, entries) => post(`${visit}/records/`, { device, entries }),
    decide: (visit, { entry, take, seen_revision, seen_conflicts }) =>
      post(`${visit}/conflicts/${entry}/`, { take, seen_revision, seen_conflicts }),
    sign: (visit, signature) => post(`${visit}/signatures/`, signature),
    photo: (visit, { id, item, blob, name }) => {
      const body = new FormData();
      body.append("id", id);
      body.append("item", item);
      body.append("file", blob, name);
      return ask(`${visit}/photos/`, { method: "POST", body });
    },
  };
}

async function call(address, options, abandoned) {
  const ending = new AbortController();
  const end = () => ending.abort();
  const timer = setTimeout(end, ANSWERS_WITHIN_MS);
  abandoned.addEventListener("abort", end);
  try {
    const answer = await fetch(address, {
      ...options,
      redirect: "manual",
      credentials: "same-origin",
      cache: "no-store",
      signal: ending.signal,
    });
    return await outcome(answer);
  } catch {
    return { kind: "offline" };
  } finally {
    clearTimeout(timer);
    abandoned.removeEventListener("abort", end);
  }
}

async function outcome(answer) {
  // Whoever is not signed in is sent to the sign-in page.
  if (answer.type === "opaqueredirect") return { kind: "signed-out" };
  if (TRY_AGAIN.has(answer.status)) return { kind: "offline" };
  if (answer.status >= 500) return { kind: "broken" };
  const body = await answer.json().catch(() => null);
  if (answer.status === 403 && answer.headers.get("X-Tablet-Account") === "other") return { kind: "stranger" };
  if (answer.ok) return body === null ? { kind: "offline" } : { kind: "ok", body };
  const isUnreadable = UNREADABLE.has(answer.status);
  // Every refusal of the portal has a reason.
  if (typeof body?.reason !== "string") return { kind: isUnreadable ? "broken" : "offline" };
  if (answer.status === 403 && body.reason === NOT_THEIRS) return { kind: "gone" };
  const message = (document.documentElement.lang === "ja" && body.title_ja) || body.title || "";
  return { kind: KINDS[answer.status] ?? "refused", reason: body.reason, message, isUnreadable };
}

function csrfToken() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
}
