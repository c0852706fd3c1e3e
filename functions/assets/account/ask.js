// Dialogs that ask for the password, for a code, or for a plain yes before something serious.

import { h } from "./dom.js";
import { owner, password } from "./fields.js";
import { stopPasskey } from "./passkey.js";
import { proofForm } from "./proof.js";
import { TEXTS } from "./texts.js";

let dialogs = 0; // One may be on top of another.

/**
 * Asks until `prove` takes the values of the fields, and gives true; or false if the user cancels. `ways` are lists of
 * fields to choose from: the password alone, unless others are given. `withPasskey` offers a passkey, too.
 */
export async function ask({ title, reason, submit, username, ways = [[password]], withPasskey, isDanger, prove }) {
  dialogs += 1;
  const id = `ask-${dialogs}`;
  const dialog = h("dialog", { "aria-labelledby": id, "aria-describedby": `${id}-reason` });
  const isPlain = ways.every((fields) => fields.length === 0);
  const cancel = h("button", { type: "button", click: () => dialog.close(), autofocus: isPlain }, TEXTS.cancel);
  const element = proofForm({
    ways: ways.map(([first, ...others]) => (first ? [{ ...first, isFocused: true }, ...others] : [])),
    withPasskey,
    submit,
    isDanger,
    extra: [cancel],
    hidden: [owner(username)],
    send: async (values) => {
      await prove(values);
      dialog.close("done");
    },
  });
  dialog.append(h("h2", { id }, title), h("p", { id: `${id}-reason` }, reason), element);
  document.body.append(dialog);
  dialog.showModal();
  await new Promise((done) => dialog.addEventListener("close", done, { once: true }));
  dialog.remove();
  stopPasskey();
  return dialog.returnValue === "done";
}

/** Closes the dialogs that are open. */
export function stopAsking() {
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
}
