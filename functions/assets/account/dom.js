// Builds the elements of the pages. Texts become text nodes, never markup.

import { TEXTS } from "./texts.js";

/** An element. Functions among the attributes are listeners; `undefined` and `false` are no attributes. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes).filter(([, value]) => value !== undefined)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter(Boolean));
  return element;
}

/** Replaces what the page shows. Its heading gets the focus, so that screen readers begin there. */
export function turnTo(main, { title, isFirst = false }, ...children) {
  const heading = h("h1", { tabindex: -1 }, title);
  document.title = TEXTS.titleOf(title);
  main.replaceChildren(heading, ...children.filter(Boolean));
  if (!isFirst) heading.focus();
}

/** A part of a page on its own. */
export function card(...children) {
  return h("div", { class: "card" }, ...children);
}

/** Paragraphs of text. */
export function paragraphs(...texts) {
  return texts.map((text) => h("p", {}, text));
}

/** Links to other pages, one a line: `[page, text]`. */
export function links(...to) {
  const items = to.map(([page, text]) => h("li", {}, h("a", { href: page }, text)));
  return h("ul", { class: "links" }, ...items);
}
