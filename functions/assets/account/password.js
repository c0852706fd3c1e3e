// The part of the security page for the password.

import { recently } from "./again.js";
import { h } from "./dom.js";
import { currentPassword, newPassword, owner } from "./fields.js";
import { form } from "./form.js";
import { folded, part } from "./part.js";
import { send } from "./session.js";
import { TEXTS } from "./texts.js";

const { password: texts } = TEXTS;

export function passwordPart(page, reload) {
  const change = form({
    fields: [currentPassword, newPassword],
    submit: texts.submit,
    hidden: [owner(page.me().username)],
    send: async (values) => {
      await recently(page, () => send("POST", "v1/users/me/password", values));
      fold();
      say(texts.done);
      await reload();
    },
  });
  const { fold, foldable } = folded(texts.change, change.element);
  const { element, say } = part(texts.title, h("p", {}, texts.note), ...foldable);
  return element;
}
