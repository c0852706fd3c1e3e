// The part of the security page that erases the account.

import { recently } from "./again.js";
import { ask } from "./ask.js";
import { h } from "./dom.js";
import { action, part } from "./part.js";
import { send } from "./session.js";
import { TEXTS } from "./texts.js";

const { erase: texts } = TEXTS;

export function erasePart(page) {
  const open = async () => {
    const { username } = page.me();
    const isDone = await ask({
      title: texts.dialogTitle, reason: texts.reason(username), submit: texts.submit, isDanger: true, username,
      prove: (values) => recently(page, () => send("POST", "v1/users/me/erase", values)),
    });
    if (isDone) page.over(TEXTS.session.erased);
  };
  const { element, say } = part(texts.title, h("p", {}, texts.note));
  element.append(action(texts.open, say, open, { class: "danger" }));
  return element;
}
