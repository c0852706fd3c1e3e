// A part of the security page: a heading, contents, and a line that says what became of the last action.

import { Cancelled } from "./api.js";
import { h } from "./dom.js";
import { TEXTS } from "./texts.js";

let parts = 0;

/** Gives the element, and `say` for what happened: `isError` if it did not. */
export function part(title, ...children) {
  parts += 1;
  const id = `part-${parts}`;
  const status = h("p", { class: "status", role: "status" });
  const heading = h("h2", { id, tabindex: -1 }, title);
  const element = h("section", { class: "card", "aria-labelledby": id }, heading, ...children, status);
  const say = (text, isError = false) => {
    status.textContent = text;
    status.classList.toggle("is-error", isError);
  };
  return { element, heading, say };
}

/** A form behind a button that opens it. `isOpen` of `turn` says what to show. */
export function folded(text, element) {
  const opener = h("button", { type: "button", click: () => turn(true) }, text);
  const cancel = h("button", { type: "button", click: () => turn(false) }, TEXTS.cancel);
  const turn = (isOpen) => {
    opener.hidden = isOpen;
    element.hidden = !isOpen;
    element.reset();
    (isOpen ? element.querySelector("input:not([hidden])") : opener).focus();
  };
  element.querySelector(".buttons").append(cancel);
  element.hidden = true;
  return { fold: () => turn(false), foldable: [opener, element] };
}

/** A button with one action at a time. What goes wrong is said in the part. */
export function action(text, say, act, attributes = {}) {
  const click = async ({ currentTarget: button }) => {
    button.disabled = true;
    say("");
    await Promise.resolve(act()).catch((error) => error instanceof Cancelled || say(error.message, true));
    button.disabled = false;
    if (button.isConnected && document.activeElement === document.body) button.focus();
  };
  return h("button", { type: "button", click, ...attributes }, text);
}
