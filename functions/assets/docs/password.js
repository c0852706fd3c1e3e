// The dialog that asks for the password of the user who is signed in.

import { TEXTS } from "./texts.js";

const element = (id) => document.getElementById(id);
const dialog = element("again");
const form = element("again-form");
const password = element("again-password");
const FINAL = [401, 429]; // Another password would not help.

element("again-cancel").addEventListener("click", stopAsking);

/**
 * Asks for the password until `prove` takes one, and returns true; or false if the user cancels. If another password
 * would not help, the dialog says why, and the error of `prove` is thrown when the user closes the dialog.
 */
export async function askForPassword(username, prove) {
  const asking = { isProven: false, refusal: null, isOver: false };
  const listeners = new AbortController();
  const { signal } = listeners;
  const submit = (event) => send(asking, prove, event.preventDefault());
  form.addEventListener("submit", submit, { signal });
  show(username);
  await new Promise((done) => dialog.addEventListener("close", () => dialog.open || done(), { signal }));
  asking.isOver = true;
  listeners.abort();
  form.reset();
  if (asking.refusal) throw asking.refusal;
  return asking.isProven;
}

/** Closes the dialog if it is open. */
export function stopAsking() {
  dialog.close();
}

function show(username) {
  element("again-username").value = username;
  element("again-name").textContent = username;
  offer(true);
  say("");
  dialog.showModal();
}

async function send(asking, prove) {
  say(TEXTS.checking);
  element("again-submit").disabled = true;
  try {
    await prove(password.value);
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
  if (!FINAL.includes(error.status)) return password.select();
  asking.refusal = error;
  offer(false);
  element("again-cancel").focus();
}

function offer(isOffered) {
  for (const id of ["again-label", "again-submit"]) element(id).hidden = !isOffered;
}

function say(text, isError = false) {
  element("again-message").textContent = text;
  element("again-message").classList.toggle("error", isError);
}
