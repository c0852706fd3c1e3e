// Dialogs that ask for the password before something serious.

import { h } from "./dom.js";
import { owner, password } from "./fields.js";
import { form } from "./form.js";
import { TEXTS } from "./texts.js";

/**
 * Asks for the password until `prove` takes one, and gives true; or false if the user cancels. `name` is the name of the
 * field in the API's answers.
 */
export async function ask({ title, reason, submit, username, name = "password", isDanger, prove }) {
  const dialog = h("dialog", { "aria-labelledby": "ask-title", "aria-describedby": "ask-reason" });
  const cancel = h("button", { type: "button", click: () => dialog.close() }, TEXTS.cancel);
  const { element } = form({
    fields: [{ ...password, name, isFocused: true }],
    submit,
    isDanger,
    extra: [cancel],
    hidden: [owner(username)],
    send: async (values) => {
      await prove(values[name]);
      dialog.close("done");
    },
  });
  dialog.append(h("h2", { id: "ask-title" }, title), h("p", { id: "ask-reason" }, reason), element);
  document.body.append(dialog);
  dialog.showModal();
  await new Promise((done) => dialog.addEventListener("close", done, { once: true }));
  dialog.remove();
  return dialog.returnValue === "done";
}

/** Closes a dialog that is open. */
export function stopAsking() {
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
}
