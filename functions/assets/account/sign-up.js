// The page on which somebody signs up.

import { call } from "./api.js";
import { card, links, paragraphs, turnTo } from "./dom.js";
import { email, firstPassword, username } from "./fields.js";
import { form } from "./form.js";
import { TEXTS } from "./texts.js";

const { signUp: texts } = TEXTS;

export function render(main) {
  const { element } = form({
    fields: [username, email, firstPassword],
    submit: texts.submit,
    places: { username_taken: "username", email_taken: "email" },
    send: async (values) => {
      await call("POST", "v1/users", { body: values });
      showSent(main, values.email);
    },
  });
  turnTo(main, { title: texts.title, isFirst: true }, card(element), links(["security", texts.haveOne]));
}

function showSent(main, to) {
  const words = paragraphs(texts.sent(to), texts.sentNote);
  turnTo(main, { title: texts.sentTitle }, card(...words), links(["security", TEXTS.links.signIn]));
}
