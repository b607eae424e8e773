// Every way in which text stands out from what is behind it on this page, as the theme of the moment has it.
() => {
  const behind = new Map();
  const ground = (one) => {
    if (!one) return "nothing";
    if (!behind.has(one)) {
      const style = getComputedStyle(one);
      const covers = style.backgroundImage !== "none" || !/rgba\(.*, 0\)|transparent/.test(style.backgroundColor);
      const own = covers ? `${style.backgroundColor} ${style.backgroundImage}` : ground(one.parentElement);
      behind.set(one, style.opacity === "1" ? own : `${own} at ${style.opacity}`);
    }
    return behind.get(one);
  };
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || one.closest("svg, script, noscript")) continue;
    const style = getComputedStyle(one);
    found.add(`${style.color} on ${ground(one)}, ${style.fontSize} ${style.fontWeight}`);
  }
  return [...found];
}
