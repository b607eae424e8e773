// Comforts on top of pages that work without any script: menus that close, copying, saved notes, a second question.

const words = (element, name) => element.dataset[name] ?? "";

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details.menu"));
  const copier = event.target.closest("[data-copy]");
  if (copier) copy(copier);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.menu[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const said = document.getElementById(`${button.dataset.copy}-said`);
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    said.textContent = words(button, "done");
  } catch {
    // Without the right to the clipboard the text is at least selected, ready for the keyboard.
    window.getSelection().selectAllChildren(source);
    said.textContent = words(button, "failed");
  }
}

for (const control of document.querySelectorAll("[data-needs-script]")) control.hidden = false;

const noteOf = (form) => form.querySelector("[data-autosave-note]");

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.target.closest("form[data-autosave]");
  if (form && noteOf(form)) noteOf(form).textContent = words(noteOf(form), "saving");
});

// An answer that came from another address, after a redirect, says nothing about what was sent to this one.
function isAnswered({ successful, xhr, requestConfig }) {
  const asked = new URL(requestConfig.path, document.baseURI).pathname;
  return successful && new URL(xhr.responseURL, document.baseURI).pathname === asked;
}

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest("form[data-autosave]");
  if (!form || !noteOf(form)) return;
  const note = noteOf(form);
  if (event.detail.xhr.status === 401) {
    note.textContent = words(note, "signedOut");
    return;
  }
  const clock = new Intl.DateTimeFormat("ja-JP", { timeStyle: "short", timeZone: "Asia/Tokyo" }).format(new Date());
  note.textContent = isAnswered(event.detail) ? words(note, "saved").replace("{time}", clock) : words(note, "failed");
});

// Nobody is signed in any more (401), or somebody signed in anew, by which the forms of this page lost their tokens (403).
const signedOut = document.getElementById("signed-out");

document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (status === 401 && signedOut) signedOut.hidden = false;
  if (status === 403) goOn();
});

window.addEventListener("focus", () => {
  if (signedOut && !signedOut.hidden) goOn();
});

// Whoever may see this page again may save what stands in it: its forms get the tokens of the new session.
async function goOn() {
  const answer = await fetch(location.href, { redirect: "manual" }).catch(() => null);
  if (!answer?.ok) return;
  const name = "csrfmiddlewaretoken";
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const token = page.querySelector(`form[method=post] input[name=${name}]`)?.value;
  if (!token) return;
  for (const field of document.querySelectorAll(`input[name=${name}]`)) field.value = token;
  if (signedOut) signedOut.hidden = true;
  for (const note of document.querySelectorAll("[data-autosave-note]")) note.textContent = words(note, "again");
}

// The session ends some hours after it was last used: whoever is still typing is told before, and may prolong it.
const ending = document.getElementById("session-ending");
const WARNED_BEFORE_MS = 20 * 60_000;
const LOOKED_EVERY_MS = 30_000;

function watchSession() {
  let ends = Date.now() + Number(ending.dataset.left) * 1_000;
  const note = ending.querySelector("[data-session-note]");
  const tell = (name, minutes = 0) => {
    const said = words(note, name).replace("{minutes}", String(minutes));
    if (note.textContent !== said) note.textContent = said;
  };
  const look = () => {
    const left = ends - Date.now();
    if (left > WARNED_BEFORE_MS) return;
    ending.hidden = left <= 0;
    if (signedOut && left <= 0) signedOut.hidden = false;
    // In steps of five minutes: nobody is told each minute anew.
    else tell("soon", Math.max(1, Math.ceil(left / 300_000) * 5));
  };
  ending.querySelector("[data-session-stay]").addEventListener("click", async () => {
    const answer = await fetch("/", { redirect: "manual" }).catch(() => null);
    const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    const left = Number(page?.getElementById("session-ending")?.dataset.left ?? 0) * 1_000;
    if (left <= WARNED_BEFORE_MS) return tell("failed");
    ends = Date.now() + left;
    ending.hidden = true;
    document.getElementById("announcements").textContent = words(note, "kept");
  });
  look();
  setInterval(look, LOOKED_EVERY_MS);
  document.addEventListener("visibilitychange", look);
}

if (ending) watchSession();

document.addEventListener("htmx:afterSwap", (event) => {
  const said = event.target.querySelector?.("[data-announce]") ?? document.querySelector("#rows [data-announce]");
  const place = document.getElementById("announcements");
  if (said && place) place.textContent = said.textContent.trim();
});

// The sign-in library announces a passkey that did not work; without this the page would stay silent.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const problem = document.getElementById("passkey-problem");
  if (problem) problem.hidden = false;
});

// After a form comes back with problems, the keyboard and the screen reader start at the list of them.
document.querySelector(".error-summary")?.focus();
