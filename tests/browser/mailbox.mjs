// The mails that the local server wrote.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

const outbox = process.env.OUTBOX;
const PATIENCE = 40_000; // The server sends some mails after ten seconds only.
const read = new Set();

/** Waits for the next mail with a link to this address. Gives the link, which must lead to that page of the API. */
export async function mailedLink(base, to, page) {
  const until = Date.now() + PATIENCE;
  while (Date.now() < until) {
    const files = existsSync(outbox) ? readdirSync(outbox) : []; // The first mail makes the directory.
    for (const file of files.filter((name) => name.endsWith(".eml"))) {
      const link = read.has(file) ? null : linkIn(readFileSync(join(outbox, file), "utf8"), to);
      if (!link) continue;
      read.add(file);
      assert(link.startsWith(`${base}/account/${page}#token=`), `a link to ${page}: ${link.split("#")[0]}`);
      return link.slice(`${base}/account/`.length);
    }
    await setTimeout(100);
  }
  throw new Error(`there is no mail with a link to ${page} for ${to}`);
}

function linkIn(mail, to) {
  const isTo = mail.split(/\r?\n/).some((line) => line === `To: <${to}>`);
  return isTo ? mail.match(/^https?:\S+#token=\S+/m)?.[0] : null;
}
