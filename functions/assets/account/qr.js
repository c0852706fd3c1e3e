// Draws the picture that an app scans. It comes as the text of an SVG, and the policy of the pages lets nothing make
// markup of a text: so this reads the few elements that such a picture has, and makes them one by one.

const NAMESPACE = "http://www.w3.org/2000/svg";
const TAG = /<(\/?)([a-z]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))*)\s*(\/?)>/gi;
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const ELEMENTS = ["svg", "g", "path", "rect"];
const ATTRIBUTES = [
  "viewBox", "width", "height", "x", "y", "d", "transform", "fill", "fill-rule", "stroke", "stroke-width",
  "shape-rendering",
];

/** The picture, which `label` names; or null if the text has anything else than squares and paths. */
export function picture(text, label) {
  const [first, ...others] = text.replace(/<\?[^>]*\?>|<!DOCTYPE[^>]*>|<!--.*?-->/gs, "").trim().matchAll(TAG);
  if (first?.[2] !== "svg" || first[1] || first[4]) return null;
  const root = element(first);
  const open = [root];
  for (const tag of others) {
    const [, isEnd, name, , isEmpty] = tag;
    if (open.length === 0 || !ELEMENTS.includes(name)) return null;
    if (isEnd) {
      if (open.pop().localName !== name) return null;
      continue;
    }
    const child = element(tag);
    open.at(-1).append(child);
    if (!isEmpty) open.push(child);
  }
  if (open.length > 0 || !root.hasAttribute("viewBox")) return null;
  for (const size of ["width", "height"]) root.removeAttribute(size); // The style sets them.
  root.setAttribute("role", "img");
  root.setAttribute("aria-label", label);
  return root;
}

function element([, , name, attributes]) {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [, attribute, one, other] of attributes.matchAll(ATTRIBUTE)) {
    if (ATTRIBUTES.includes(attribute)) made.setAttribute(attribute, one ?? other);
  }
  return made;
}
