// The page behind the link of an invitation: makes the account.

import { call } from "./api.js";
import { card, links, paragraphs, turnTo } from "./dom.js";
import { firstName, firstPassword, lastName, username } from "./fields.js";
import { form } from "./form.js";
import { TEXTS } from "./texts.js";

const { invitation: texts } = TEXTS;

export function render(main, token) {
  if (!token) return showNoLink(main);
  const { element } = form({
    fields: [username, firstPassword, firstName, lastName],
    submit: texts.submit,
    places: { username_taken: "username" },
    dead: `${TEXTS.linkDead} ${texts.dead}`,
    send: async (values) => {
      const { content } = await call("POST", "v1/invitations/accept", { body: { token, ...values } });
      showDone(main, content);
    },
  });
  turnTo(main, { title: texts.title, isFirst: true }, card(...paragraphs(texts.intro), element));
}

function showDone(main, { username: name, email }) {
  const to = links(["security", TEXTS.links.signIn]);
  turnTo(main, { title: texts.doneTitle }, card(...paragraphs(texts.done(name, email))), to);
}

function showNoLink(main) {
  const words = paragraphs(texts.noLink, texts.dead);
  turnTo(main, { title: texts.noLinkTitle, isFirst: true }, card(...words), links(["security", TEXTS.links.signIn]));
}
