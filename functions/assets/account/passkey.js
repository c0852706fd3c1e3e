// Passkeys: the question of the browser, between the options of the API and what the API takes.

import { Cancelled, call } from "./api.js";
import { h } from "./dom.js";
import { TEXTS } from "./texts.js";

const { passkey: texts } = TEXTS;
const NEEDED = ["parseCreationOptionsFromJSON", "parseRequestOptionsFromJSON"];

let isOff = false; // The API said that it takes no passkeys.
let asking = new AbortController(); // A browser asks one question at a time.

/** Whether this browser has passkeys, and the API takes them as far as this page knows. */
export function canUsePasskeys() {
  const { PublicKeyCredential: kind } = globalThis;
  return !isOff && NEEDED.every((name) => typeof kind?.[name] === "function");
}

/** A button for a passkey; or false without passkeys. */
export function passkeyButton(text, click) {
  return canUsePasskeys() && h("button", { type: "button", class: "passkey", click }, text);
}

/** Asks for a passkey. Throws `Cancelled` if there is nothing to say. */
export function usePasskey() {
  const options = call("POST", "v1/auth/passkey/options");
  return question(options, (json, signal) =>
    navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(json), signal }));
}

/** Makes a passkey with the API's answer to the request for options. */
export function makePasskey(options) {
  return question(options, (json, signal) =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(json), signal }));
}

/** Ends the browser's question, if it asks one. */
export function stopPasskey() {
  asking.abort();
}

async function question(options, ask) {
  const { content } = await options.catch(noteOff);
  stopPasskey();
  asking = new AbortController();
  try {
    return (await ask(content.public_key, asking.signal)).toJSON();
  } catch ({ name }) {
    if (name === "AbortError") throw new Cancelled();
    throw new Error(Object.hasOwn(texts.errors, name) ? texts.errors[name] : texts.failed);
  }
}

function noteOff(error) {
  if (error.code !== "passkeys_off") throw error;
  isOff = true;
  for (const button of document.querySelectorAll(".passkey")) {
    button.blur();
    button.hidden = true;
  }
  throw new Cancelled();
}
