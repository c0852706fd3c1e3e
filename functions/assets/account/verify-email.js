// The page behind the link that verifies an email address. The mailed token alone is not enough: whoever has the mailbox
// also gives the account's password. Nothing happens before the button is pressed.

import { call } from "./api.js";
import { card, links, paragraphs, turnTo } from "./dom.js";
import { password } from "./fields.js";
import { form } from "./form.js";
import { TEXTS } from "./texts.js";

const { verify: texts } = TEXTS;

export function render(main, token) {
  if (!token) return showNoLink(main);
  const { element } = form({
    fields: [password],
    submit: texts.submit,
    places: { credentials_invalid: "password" },
    send: async (values) => {
      await call("POST", "v1/auth/verify-email", { body: { token, ...values } }).catch(explain);
      showDone(main);
    },
  });
  const title = texts.title;
  turnTo(main, { title, isFirst: true }, card(...paragraphs(texts.intro), element), links(["security", texts.resend]));
}

function explain(error) {
  if (error.code === "credentials_invalid") error.message = texts.wrongPassword;
  throw error;
}

function showDone(main) {
  const to = links(["security", TEXTS.links.security]);
  turnTo(main, { title: texts.doneTitle }, card(...paragraphs(texts.done)), to);
}

function showNoLink(main) {
  const title = texts.noLinkTitle;
  turnTo(main, { title, isFirst: true }, card(...paragraphs(texts.noLink)), links(["security", texts.resend]));
}
