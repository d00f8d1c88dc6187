"""What a browser is asked about a page: which texts stand out by less than 4.5:1 from their ground (WCAG)."""

WEAK_TEXTS = """() => {
  const linear = v => v / 255 <= .04045 ? v / 255 / 12.92 : ((v / 255 + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const ground = node => {
    for (; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const says = node => [...node.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
  const weak = new Set();
  for (const node of document.querySelectorAll("main *, header *, footer *")) {
    if (node.closest("svg, [hidden], .visually-hidden, .skip") || !node.checkVisibility()) continue;
    if (!says(node)) continue;
    const both = [light(parse(getComputedStyle(node).color)), light(ground(node))];
    const ratio = (Math.max(...both) + .05) / (Math.min(...both) + .05);
    if (ratio < 4.5) weak.add(`${node.className || node.tagName}: ${ratio.toFixed(2)}`);
  }
  return [...weak];
}"""
