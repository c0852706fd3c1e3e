// Asks for the mail with the link. Behind the link, sets the new password.

import { call } from "./api.js";
import { card, links, paragraphs, turnTo } from "./dom.js";
import { email, newPassword } from "./fields.js";
import { form } from "./form.js";
import { TEXTS } from "./texts.js";

const { reset: texts } = TEXTS;

export function render(main, token) {
  if (token) showPassword(main, token);
  else showRequest(main);
}

function showRequest(main) {
  const { element } = form({
    fields: [email],
    submit: texts.askSubmit,
    send: async (values) => {
      await call("POST", "v1/auth/password-reset", { body: values });
      showSent(main, values.email);
    },
  });
  const back = links(["security", TEXTS.links.signIn]);
  turnTo(main, { title: texts.askTitle, isFirst: true }, card(...paragraphs(texts.ask), element), back);
}

/** The same for every address: nobody learns who has an account. */
function showSent(main, to) {
  const words = paragraphs(texts.sent(to), texts.sentNote);
  turnTo(main, { title: texts.sentTitle }, card(...words), links(["security", TEXTS.links.signIn]));
}

function showPassword(main, token) {
  const { element } = form({
    fields: [newPassword],
    submit: texts.submit,
    send: async (values) => {
      await call("POST", "v1/auth/password-reset/confirm", { body: { token, ...values } });
      const to = links(["security", TEXTS.links.signIn]);
      turnTo(main, { title: texts.doneTitle }, card(...paragraphs(texts.done)), to);
    },
  });
  const another = links(["reset-password", TEXTS.links.another]);
  turnTo(main, { title: texts.title, isFirst: true }, card(...paragraphs(texts.intro), element), another);
}
