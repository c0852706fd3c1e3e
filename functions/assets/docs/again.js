// The dialog that asks the user who is signed in for the password, or for a code or a passkey.

import { canUsePasskeys, stopPasskey, usePasskey } from "./passkey.js";
import { TEXTS } from "./texts.js";

const element = (id) => document.getElementById(id);
const dialog = element("again");
const form = element("again-form");
const labels = { password: element("again-label"), code: element("again-code-label") };
const inputs = { password: element("again-password"), code: element("again-code") };
const PROOFS = { password: (password) => ({ password }), code: proofOf };
const FINAL = [401, 429]; // Another proof would not help.

element("again-cancel").addEventListener("click", stopAsking);

/**
 * Asks for the `kind` of proof, `password` or `code`, until `prove` takes one, and returns true; or false if the user
 * cancels. A passkey is as good as a code. If another one would not help, the dialog says why, and the error of `prove`
 * is thrown when the user closes the dialog.
 */
export async function ask(kind, username, prove) {
  const asking = { kind, isProven: false, refusal: null, isOver: false };
  const listeners = new AbortController();
  const { signal } = listeners;
  const submit = (event) => {
    event.preventDefault();
    send(asking, prove, () => PROOFS[kind](inputs[kind].value));
  };
  const passkey = () => send(asking, prove, async () => ({ passkey: await usePasskey() }));
  form.addEventListener("submit", submit, { signal });
  element("again-passkey").addEventListener("click", passkey, { signal });
  show(kind, username);
  await new Promise((done) => dialog.addEventListener("close", () => dialog.open || done(), { signal }));
  asking.isOver = true;
  stopPasskey();
  listeners.abort();
  form.reset();
  if (asking.refusal) throw asking.refusal;
  return asking.isProven;
}

/** Closes the dialog if it is open. */
export function stopAsking() {
  dialog.close();
}

/** What the API gets for this: the digits of an app, or else a recovery code. */
export function proofOf(text) {
  const digits = text.replace(/\s/g, "");
  return /^\d{0,8}$/.test(digits) ? { code: digits } : { recovery_code: text };
}

function show(kind, username) {
  element("again-title").textContent = TEXTS.again[kind].title;
  element("again-proof").textContent = TEXTS.again[kind].proof;
  element("again-username").value = username;
  element("again-name").textContent = username;
  offer(kind);
  say("");
  dialog.showModal();
}

async function send(asking, prove, proof) {
  if (element("again-submit").disabled) return;
  say(TEXTS.checking);
  element("again-submit").disabled = true;
  try {
    await prove(await proof());
    asking.isProven = true;
    dialog.close();
  } catch (error) {
    if (!asking.isOver) refuse(asking, error);
  } finally {
    element("again-submit").disabled = false;
  }
}

function refuse(asking, error) {
  say(error.message, true);
  if (!FINAL.includes(error.status)) return inputs[asking.kind].select();
  asking.refusal = error;
  offer(null);
  element("again-cancel").focus();
}

/** Shows the field of this kind alone. A field that is hidden may be empty. */
function offer(kind) {
  for (const [name, label] of Object.entries(labels)) {
    label.hidden = name !== kind;
    inputs[name].disabled = name !== kind;
  }
  element("again-submit").hidden = kind === null;
  element("again-passkey").hidden = kind !== "code" || !canUsePasskeys();
}

function say(text, isError = false) {
  element("again-message").textContent = text;
  element("again-message").classList.toggle("error", isError && text !== "");
}
