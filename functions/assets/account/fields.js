// The fields that several forms have.

import { h } from "./dom.js";
import { TEXTS } from "./texts.js";

const { fields, hints } = TEXTS;

export const username = { name: "username", label: fields.username, hint: hints.username, autocomplete: "username" };
export const email = { name: "email", label: fields.email, type: "email", autocomplete: "email" };
export const login = { name: "username", label: fields.login, autocomplete: "username" };
export const password = {
  name: "password", label: fields.password, type: "password", autocomplete: "current-password",
};
export const firstPassword = {
  name: "password", label: fields.password, hint: hints.newPassword, type: "password", autocomplete: "new-password",
};
export const newPassword = { ...firstPassword, name: "new_password", label: fields.newPassword };
export const currentPassword = { ...password, name: "current_password", label: fields.currentPassword };
export const code = {
  name: "code", label: fields.code, hint: hints.code, autocomplete: "one-time-code", inputmode: "numeric", isCode: true,
};
export const recoveryCode = {
  name: "recovery_code", label: fields.recoveryCode, hint: hints.recoveryCode, autocomplete: "off",
};
export const mailedCode = {
  name: "mailed_code", label: fields.mailedCode, hint: hints.mailedCode, autocomplete: "off",
};
// A name that the API refuses would leave a passkey behind that no account has.
export const passkeyName = {
  name: "name", label: fields.passkeyName, hint: hints.passkeyName, autocomplete: "off", maxlength: 50,
  isOptional: true,
};
export const firstName = {
  name: "first_name", label: fields.firstName, autocomplete: "given-name", isOptional: true,
};
export const lastName = { name: "last_name", label: fields.lastName, autocomplete: "family-name", isOptional: true };

/** Tells password managers whose password a form is about. */
export function owner(name) {
  return h("input", { type: "text", name: "owner", autocomplete: "username", value: name, hidden: true });
}
