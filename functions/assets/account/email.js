// The part of the security page for the email address.

import { recently } from "./again.js";
import { ask } from "./ask.js";
import { h } from "./dom.js";
import { currentPassword, email, owner } from "./fields.js";
import { form } from "./form.js";
import { action, folded, part } from "./part.js";
import { send } from "./session.js";
import { TEXTS } from "./texts.js";

const { email: texts } = TEXTS;
// What an operator gives an account whose address was freed.
const NOBODYS = ".invalid";

export function emailPart(page) {
  const addresses = h("div", { class: "addresses" });
  const set = async (body) => {
    const { content } = await recently(page, () => send("PATCH", "v1/users/me", body));
    return page.change(content);
  };
  const change = form({
    fields: [{ ...email, label: TEXTS.fields.newEmail, hint: TEXTS.hints.newEmail }, currentPassword],
    submit: texts.submit,
    places: { email_taken: "email" },
    hidden: [owner(page.me().username)],
    send: async (values) => {
      await set(values);
      fold();
      say(texts.sent(values.email));
    },
  });
  const { fold, foldable } = folded(texts.change, change.element);
  const { element, heading, say } = part(texts.title, addresses, ...foldable);
  const show = () => {
    say("");
    addresses.replaceChildren(...rows(page.me(), say, confirm));
  };
  show();
  return { element, show };

  /** Sets an address once more, which needs the password. */
  async function confirm({ address, said, ...question }) {
    const prove = (values) => set({ email: address, ...values });
    const ways = [[{ ...currentPassword, label: TEXTS.fields.password }]];
    const isDone = await ask({ ...question, username: page.me().username, ways, prove });
    if (!isDone) return;
    heading.focus();
    say(said);
  }
}

/** The present address, the one that waits for its link, and what can be done about them. */
function rows({ email: present, email_verified: isVerified, pending_email: pending }, say, confirm) {
  const state = isVerified ? badge(texts.verified, "good") : badge(texts.unverified, "open");
  const isNone = present.endsWith(NOBODYS);
  const waits = pending ?? (isVerified || isNone ? null : present);
  const resend = () => confirm({
    title: texts.resendTitle, reason: texts.resendReason(waits), submit: texts.resend,
    address: waits, said: texts.sent(waits),
  });
  const keep = () => confirm({
    title: texts.keepTitle, reason: texts.keepReason(present), submit: texts.keep(present),
    address: present, said: texts.kept,
  });
  const note = pending ? texts.pendingNote(pending) : texts.unverifiedNote;
  const buttons = [action(texts.resend, say, resend), pending && !isNone && action(texts.keep(present), say, keep)];
  return [
    isNone ? h("p", {}, texts.none) : address(present, state),
    pending && address(pending, badge(texts.pending, "open")),
    waits && h("p", {}, note),
    waits && h("div", { class: "buttons" }, ...buttons.filter(Boolean)),
  ].filter(Boolean);
}

function address(text, state) {
  return h("p", { class: "address" }, h("strong", {}, text), " ", state);
}

function badge(text, kind) {
  return h("span", { class: `badge ${kind}` }, text);
}
