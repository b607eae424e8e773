// Small words for building what is seen: every piece comes from a <template> of the page, text is set as text.

/** A copy of the template of this name. */
export function copyOf(name) {
  return document.getElementById(`${name}-template`).content.firstElementChild.cloneNode(true);
}

/** Writes a text into every slot of this name; an empty text hides what is marked `data-with` the slot. */
export function fill(root, slot, text) {
  for (const place of root.querySelectorAll(`[data-slot~="${slot}"]`)) place.textContent = text;
  for (const part of root.querySelectorAll(`[data-with="${slot}"]`)) part.hidden = !text;
}

export function part(root, name) {
  return root.querySelector(`[data-part="${name}"]`);
}

/** Shows a tone of the style sheet on a badge or a notice: neutral, info, success, warning or danger. */
export function toned(element, tone) {
  element.classList.remove("neutral", "info", "success", "warning", "danger");
  element.classList.add(tone);
}

/** Says something to whoever cannot see it. */
export function announce(text) {
  document.getElementById("announcements").textContent = text;
}

/** What somebody typed, without what no database holds: half a character, and the character of the number nought. */
export function sound(typed) {
  const whole = typed.toWellFormed?.() ?? typed;
  return whole.replaceAll("\0", "");
}

/** What a new entry needs besides its content: an id, a place in the order, a moment. */
export function fresh() {
  const now = Date.now();
  return { id: crypto.randomUUID(), order: now + Math.random() / 2, at: new Date(now).toISOString() };
}
