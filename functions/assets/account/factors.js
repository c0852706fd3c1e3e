// The part of the security page for the second factor: the app, its recovery codes, and passkeys.

import { recently } from "./again.js";
import { ask } from "./ask.js";
import { h } from "./dom.js";
import { enrolment } from "./enrolment.js";
import { action, part } from "./part.js";
import { canUsePasskeys } from "./passkey.js";
import { passkeyForm } from "./passkeys.js";
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
  const hasPasskey = () => factors.some(({ kind }) => kind === "passkey");
  return { element, load, has: () => factors.length > 0, hasPasskey };

  async function load() {
    const read = async () => {
      const { content } = await send("GET", PATH);
      factors = content.factors;
      place.replaceChildren(...rows(content));
    };
    await read().catch((error) => say(error.message, true));
  }

  function rows({ recovery_codes: left }) {
    if (factors.length === 0) {
      const note = canUsePasskeys() ? [h("p", { class: "note" }, texts.appFirst)] : [];
      return [action(texts.add, say, add), ...note];
    }
    const passkey = canUsePasskeys() ? passkeyForm(page, showAgain) : [];
    const codes = h("p", {}, h("span", { class: `badge ${left > FEW ? "good" : "open"}` }, texts.left(left)));
    return [h("ul", { class: "sessions" }, ...factors.map(item)), ...passkey, codes, action(texts.renew, say, renew)];
  }

  function item(factor) {
    const { kind, name: own, created_at: since } = factor;
    const known = Object.hasOwn(texts.kinds, kind) ? texts.kinds[kind] : kind;
    const name = own ?? known;
    const end = action(texts.remove, say, () => remove(factor, name), { "aria-label": texts.removeOf(name) });
    const words = [own && known, texts.since(date.format(new Date(since)))].filter(Boolean);
    return h("li", {},
      h("div", {}, h("p", {}, h("strong", {}, name)),
        h("p", { class: "note" }, ...words.map((text) => h("span", {}, text)))),
      end);
  }

  /** Shows the factors again, with a message. */
  async function showAgain(message, isError, next = () => heading) {
    await load();
    next()?.focus();
    say(message, isError);
  }

  async function add() {
    const { content } = await known(recently(page, () => send("POST", PATH)));
    const leave = (message, isError) => showAgain(message, isError, () => place.querySelector("button"));
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

  async function remove({ id, kind }, name) {
    const removal = kind === "passkey" ? texts.passkeyRemoval : texts.removal;
    if (removal === texts.removal && hasPasskey()) throw new Error(TEXTS.codes.passkeys_exist);
    const question = { ...removal, title: removal.title(name), isDanger: true, ways: [[]] };
    if (!(await ask({ ...question, username: page.me().username, prove: async () => {} }))) return;
    await recently(page, () => send("DELETE", `${PATH}/${id}`));
    page.over(removal.done);
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
