// The words of the page: written by the server in the reader's language, filled in here.

const known = JSON.parse(document.getElementById("tablet-words")?.textContent ?? "{}");
const language = document.documentElement.lang || "ja";
const locale = language === "ja" ? "ja-JP" : "en-GB";
const whole = { year: "numeric", month: "long", day: "numeric", weekday: "short" };
const moments = new Intl.DateTimeFormat(locale, { ...whole, hour: "2-digit", minute: "2-digit", timeZone: "Asia/Tokyo" });
const days = new Intl.DateTimeFormat(locale, { ...whole, timeZone: "UTC" });

/** The sentence of this name with its holes filled; throws where the server sent none, which a test meets. */
export function say(name, holes = {}) {
  if (!(name in known)) throw new Error(`no words for “${name}”`);
  return known[name].replace(/\{(\w+)\}/g, (hole, key) => (key in holes ? String(holes[key]) : hole));
}

/** Brackets as Japanese has them, and as the portal writes the day of the week. */
function wide(text) {
  return language === "ja" ? text.replace("(", "（").replace(")", "）") : text;
}

/** An ISO moment in Japanese time, or nothing. */
export function moment(iso) {
  return iso ? wide(moments.format(new Date(iso))) : "";
}

/** An ISO day (YYYY-MM-DD) as people write it, or nothing. */
export function day(iso) {
  return iso ? wide(days.format(new Date(`${iso.slice(0, 10)}T00:00:00Z`))) : "";
}
