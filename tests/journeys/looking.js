// What can be read off a page: its frame, and every piece of text a person can see or hear in it.
() => {
  const spoken = [];
  const foreign = (element) => {
    const marked = element.closest("[lang]");
    return (marked && marked !== document.documentElement) || element.closest("code, pre, .mono, script, style, svg title, textarea, noscript");
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.replace(/\s+/g, " ").trim();
    if (text && !foreign(walker.currentNode.parentElement)) spoken.push(text);
  }
  for (const element of document.querySelectorAll("[aria-label], [placeholder], [title], [alt], [data-confirm]"))
    for (const name of ["aria-label", "placeholder", "title", "alt", "data-confirm"])
      if (element.getAttribute(name) && !foreign(element)) spoken.push(element.getAttribute(name).replace(/\s+/g, " ").trim());
  // Who listens to a list of links hears their names alone: the same name may not lead to two places.
  const leads = {};
  for (const one of document.querySelectorAll("main a[href], main form button")) {
    const name = (one.getAttribute("aria-label") || one.textContent).replace(/\s+/g, " ").trim();
    const to = one.href ? one.href : `${one.form.action} ${one.name} ${one.value}`;
    if (name) (leads[name] ||= new Set()).add(to);
  }
  return {
    ambiguous: Object.keys(leads).filter((name) => leads[name].size > 1),
    language: document.documentElement.lang,
    title: document.title,
    headings: [...document.querySelectorAll("h1")].map((one) => one.textContent.trim()),
    mains: document.querySelectorAll("main").length,
    inline: [...document.querySelectorAll("[style], [onclick], [onchange], [onsubmit]")].filter((one) => !one.closest("svg")).length,
    // A form that is sent without its token is refused.
    unsigned: [...document.querySelectorAll("form[method=post]")].filter((one) => !one.querySelector("[name=csrfmiddlewaretoken]")?.value).map((one) => one.action),
    spoken,
  };
}
