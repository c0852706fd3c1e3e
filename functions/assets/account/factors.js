// The part of the security page for the second factor and its recovery codes.

import { recently } from "./again.js";
import { ask } from "./ask.js";
import { h } from "./dom.js";
import { enrolment } from "./enrolment.js";
import { action, part } from "./part.js";
import { recoveryCodes } from "./recovery.js";
import { send } from "./session.js";
import { TEXTS } from "./texts.js";

const { factors: texts } = TEXTS;
const PATH = "v1/users/me/factors";
const FEW = 3; // Recovery codes that are left when the page says so louder.
const date = new Intl.DateTimeFormat(TEXTS.lang, { dateStyle: "medium" });

export function factorsPart(page) {
  let factors = [];
  const place = h("div", { class: "factors" });
  const { element, heading, say } = part(texts.title, h("p", {}, texts.note), place);
  return { element, load, has: () => factors.length > 0 };

  async function load() {
    const read = async () => {
      const { content } = await send("GET", PATH);
      factors = content.factors;
      place.replaceChildren(...rows(content));
    };
    await read().catch((error) => say(error.message, true));
  }

  function rows({ recovery_codes: left }) {
    if (factors.length === 0) return [action(texts.add, say, add)];
    const codes = h("p", {}, h("span", { class: `badge ${left > FEW ? "good" : "open"}` }, texts.left(left)));
    return [h("ul", { class: "sessions" }, ...factors.map(item)), codes, action(texts.renew, say, renew)];
  }

  function item({ id, kind, created_at: since }) {
    const name = Object.hasOwn(texts.kinds, kind) ? texts.kinds[kind] : kind;
    const end = action(texts.remove, say, () => remove(id, name), { "aria-label": texts.removeOf(name) });
    const words = texts.since(date.format(new Date(since)));
    return h("li", {}, h("div", {}, h("p", {}, h("strong", {}, name)), h("p", { class: "note" }, words)), end);
  }

  async function add() {
    const { content } = await known(recently(page, () => send("POST", PATH)));
    const leave = async (message, isError) => {
      await load();
      place.querySelector("button")?.focus();
      say(message, isError);
    };
    const confirm = (body) => recently(page, () => send("POST", `${PATH}/${content.id}/confirm`, body));
    const { element: opened, heading: first } = enrolment({
      ...content,
      me: page.me(),
      cancel: () => leave(""),
      confirm: async (body) => {
        const confirmed = await confirm(body).catch(async (error) => {
          if (error.status !== 404 && error.code !== "factor_exists") throw error;
          await leave(error.status === 404 ? texts.tooLate : error.message, true);
        });
        if (!confirmed) return;
        // The first factor has ended all sessions.
        if (confirmed.content.recovery_codes) page.overWithCodes(confirmed.content.recovery_codes);
        else await leave(texts.added);
      },
    });
    place.replaceChildren(opened);
    first.focus();
  }

  async function remove(id, name) {
    const question = { ...texts.removal, title: texts.removal.title(name), isDanger: true, ways: [[]] };
    if (!(await ask({ ...question, username: page.me().username, prove: async () => {} }))) return;
    await recently(page, () => send("DELETE", `${PATH}/${id}`));
    page.over(texts.removed);
  }

  async function renew() {
    const username = page.me().username;
    if (!(await ask({ ...texts.renewal, ways: [[]], username, prove: async () => {} }))) return;
    const { content } = await known(recently(page, () => send("POST", "v1/users/me/recovery-codes")));
    const done = async () => {
      await load();
      heading.focus();
    };
    place.replaceChildren(recoveryCodes(content.recovery_codes, username, action(texts.kept, say, done)));
    heading.focus();
    say(texts.renewed);
  }

  /** What another window did meanwhile shows at once. */
  async function known(sent) {
    return sent.catch(async (error) => {
      if (["factor_exists", "no_factor"].includes(error.code)) await load();
      throw error;
    });
  }
}
