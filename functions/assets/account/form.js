// Forms: fields with labels and errors, one request at a time, and the focus where something is wrong.

import { Cancelled } from "./api.js";
import { h } from "./dom.js";
import { TEXTS } from "./texts.js";

let forms = 0;

/**
 * A form with these fields. `send` gets their values, and makes the call. Where it is refused, `places` names the field
 * of an error's code; `dead` is said of a mailed token that is not valid. `extra` are further elements beside the button.
 * If `send` is cancelled, the form stays as it is. `attempt` does something else than to send, in the same way.
 */
export function form({ fields, submit, send, places = {}, dead = TEXTS.linkDead, isDanger = false, extra = [], hidden = [] }) {
  forms += 1;
  const rows = fields.map((field) => row(field, `f${forms}-${field.name}`));
  const alert = h("p", { class: "alert", role: "alert", tabindex: -1, hidden: true });
  const status = h("p", { class: "status", role: "status" });
  const button = h("button", { class: isDanger ? "danger" : "primary" }, submit);
  const inputs = rows.map(({ element }) => element);
  const buttons = h("div", { class: "buttons" }, button, ...extra);
  const element = h("form", { method: "post", novalidate: true }, ...hidden, ...inputs, alert, status, buttons);
  const parts = { element, rows, alert, status, button, places, dead };
  element.addEventListener("reset", () => clear(parts));
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    submitted(parts, send);
  });
  const say = (text) => (status.textContent = text);
  return { element, say, attempt: (act) => attempted(parts, act) };
}

async function submitted(parts, send) {
  const { rows, button } = parts;
  if (button.disabled) return;
  const missing = rows.filter(({ field, input }) => !field.isOptional && input.value === "");
  const filled = rows.filter(({ input }) => input.value !== "");
  const values = Object.fromEntries(filled.map(({ field, input }) => [field.name, valueOf(field, input)]));
  if (missing.length === 0) return attempted(parts, () => send(values));
  empty(parts);
  show(parts, missing.map((one) => [one, TEXTS.required(one.field.label)]), []);
}

async function attempted(parts, act) {
  const { element, button } = parts;
  if (button.disabled) return;
  empty(parts);
  button.disabled = true;
  element.setAttribute("aria-busy", "true");
  try {
    await act();
    if (element.isConnected) element.reset();
  } catch (error) {
    if (element.isConnected && !(error instanceof Cancelled)) refuse(parts, error);
  } finally {
    button.disabled = false;
    element.removeAttribute("aria-busy");
    if (element.isConnected && document.activeElement === document.body) button.focus();
  }
}

/** Apps show codes in groups of digits. */
function valueOf({ isCode }, { value }) {
  return isCode ? value.replace(/\s/g, "") : value;
}

/** Says what is wrong at its field. What belongs to no field is above the button. */
function refuse(parts, error) {
  const find = (name) => parts.rows.find(({ field }) => field.name === name);
  const place = find(parts.places[error.code]);
  const fields = error.fields ?? [];
  if (place) return show(parts, [[place, error.message]], []);
  const near = fields.filter(({ field }) => find(field)).map(({ field, message }) => {
    const one = find(field);
    return [one, TEXTS.wrongField(one.field.label, message)];
  });
  const others = fields.filter(({ field }) => !find(field)).map(({ field, message }) =>
    field === "token" ? parts.dead : TEXTS.wrongField(TEXTS.otherFields[field] ?? field, message));
  return show(parts, near, fields.length > 0 ? others : [error.message]);
}

function show({ rows, alert }, near, others) {
  for (const [{ input, error }, message] of near) {
    error.textContent = message;
    input.setAttribute("aria-invalid", "true");
  }
  alert.hidden = others.length === 0;
  alert.textContent = others.join(" ");
  const first = rows.find(({ input }) => input.hasAttribute("aria-invalid"));
  (first?.input ?? alert).focus();
}

/** Takes back all that the form says. */
function empty(parts) {
  clear(parts);
  parts.status.textContent = "";
}

function clear({ rows, alert }) {
  for (const { input, error } of rows) {
    error.textContent = "";
    input.removeAttribute("aria-invalid");
    input.dispatchEvent(new Event("hide"));
  }
  alert.hidden = true;
  alert.textContent = "";
}

function row(field, id) {
  const { name, label, hint, type = "text", autocomplete, inputmode, maxlength, isOptional, isFocused } = field;
  const described = [hint && `${id}-hint`, `${id}-error`].filter(Boolean).join(" ");
  const input = h("input", {
    id, name, type, autocomplete, inputmode, maxlength, autocapitalize: "none", spellcheck: "false",
    required: !isOptional, autofocus: isFocused, "aria-describedby": described,
  });
  const error = h("p", { class: "error", id: `${id}-error` });
  const title = h("label", { for: id }, label, isOptional && h("span", { class: "optional" }, TEXTS.optional));
  const hinted = hint && h("p", { class: "hint", id: `${id}-hint` }, hint);
  const box = type === "password" ? h("div", { class: "secret" }, input, toggle(input, label)) : input;
  return { field, input, error, element: h("div", { class: "field" }, title, hinted, box, error) };
}

function toggle(input, label) {
  const button = h("button", { type: "button", class: "toggle", "aria-controls": input.id });
  const turn = (isShown) => {
    input.type = isShown ? "text" : "password";
    button.textContent = isShown ? TEXTS.hide : TEXTS.show;
    button.setAttribute("aria-label", isShown ? TEXTS.hideOf(label) : TEXTS.showOf(label));
  };
  turn(false);
  button.addEventListener("click", () => turn(input.type === "password"));
  input.addEventListener("hide", () => turn(false));
  return button;
}
