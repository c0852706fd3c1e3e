// The part of the security page with the user's sessions.

import { recently } from "./again.js";
import { device } from "./device.js";
import { h } from "./dom.js";
import { action, part } from "./part.js";
import { send } from "./session.js";
import { TEXTS } from "./texts.js";

const { sessions: texts } = TEXTS;
const PAGE = 20;
const time = new Intl.DateTimeFormat(TEXTS.lang, { dateStyle: "medium", timeStyle: "short" });

export function sessionsPart(page) {
  const list = h("ul", { class: "sessions" });
  const more = h("div", { class: "more" });
  const everywhere = h("div", { class: "everywhere" });
  const { element, heading, say } = part(texts.title, list, more, everywhere);
  const leave = async () => {
    await send("DELETE", "v1/auth/sessions");
    page.over(TEXTS.session.signedOutEverywhere);
  };
  everywhere.append(action(texts.everywhere, say, leave), h("p", { class: "note" }, texts.everywhereNote));
  return { element, load };

  async function load() {
    const rows = [];
    await read(null, rows).then(() => list.replaceChildren(...rows), (error) => say(error.message, true));
  }

  /** Reads on until there are rows or no further page: a page may be empty. */
  async function read(from, rows) {
    let cursor = from;
    do {
      const query = new URLSearchParams({ limit: PAGE, ...(cursor && { cursor }) });
      const { content, next } = await send("GET", `v1/auth/sessions?${query}`);
      rows.push(...content.map(item));
      cursor = next;
    } while (cursor && rows.length === 0);
    more.replaceChildren(...(cursor ? [action(texts.more, say, () => extend(cursor))] : []));
  }

  async function extend(cursor) {
    const rows = [];
    await read(cursor, rows);
    list.append(...rows);
    if (rows.length > 0) rows[0].querySelector("button, strong")?.focus();
  }

  function item(session) {
    const since = time.format(new Date(session.created_at));
    const name = device(session.user_agent);
    const label = { "aria-label": texts.endOf(name, since) };
    const end = session.current ? null : action(texts.end, say, () => finish(session.id), label);
    const current = session.current ? h("span", { class: "badge good" }, texts.current) : null;
    const used = time.format(new Date(session.last_used_at));
    const words = [texts.since(since, session.address), texts.used(used)];
    return h("li", {},
      h("div", {}, h("p", { class: "device" }, h("strong", { title: session.user_agent }, name), " ", current),
        h("p", { class: "note" }, ...words.map((text) => h("span", {}, text)))),
      end);
  }

  async function finish(id) {
    await recently(page, () => send("DELETE", `v1/auth/sessions/${id}`));
    heading.focus();
    say(texts.ended);
    await load();
  }
}
