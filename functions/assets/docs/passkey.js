// Passkeys: the question of the browser, between the options of the API and what the API takes.

import { call } from "./api.js";
import { TEXTS } from "./texts.js";

let isOff = typeof globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON !== "function";
let asking = new AbortController(); // A browser asks one question at a time.

/** Whether this browser has passkeys, and the API takes them as far as this page knows. */
export function canUsePasskeys() {
  return !isOff;
}

/** Asks for a passkey. If there is nothing to say to the user, the error has no message. */
export async function usePasskey() {
  const { public_key: json } = await call("v1/auth/passkey/options", { method: "POST" }).catch(noteOff);
  stopPasskey();
  asking = new AbortController();
  const { signal } = asking;
  try {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(json);
    return (await navigator.credentials.get({ publicKey, signal })).toJSON();
  } catch ({ name }) {
    if (name === "AbortError") throw new Error();
    throw new Error(Object.hasOwn(TEXTS.passkey.errors, name) ? TEXTS.passkey.errors[name] : TEXTS.passkey.failed);
  }
}

/** Ends the browser's question, if it asks one. */
export function stopPasskey() {
  asking.abort();
}

function noteOff(error) {
  if (error.code !== "passkeys_off") throw error;
  isOff = true;
  for (const button of document.querySelectorAll(".passkey")) button.hidden = true;
  throw new Error();
}
