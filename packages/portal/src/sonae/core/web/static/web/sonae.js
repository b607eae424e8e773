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

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest("form[data-autosave]");
  if (!form || !noteOf(form)) return;
  const note = noteOf(form);
  const clock = new Intl.DateTimeFormat("ja-JP", { timeStyle: "short", timeZone: "Asia/Tokyo" }).format(new Date());
  note.textContent = event.detail.successful ? words(note, "saved").replace("{time}", clock) : words(note, "failed");
});

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
