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
  const link = await mailed(to, /^https?:\S+#token=\S+/m, `a link to ${page}`);
  // Passkeys are for the name of this machine, so links have it.
  const pages = `${base.replace("127.0.0.1", "localhost")}/account/`;
  assert(link.startsWith(`${pages}${page}#token=`), `a link to ${page}: ${link.split("#")[0]}`);
  return link.slice(pages.length);
}

/** Waits for the next mail to this address with the code that adds a second factor, and gives the code. */
export function mailedCode(to) {
  return mailed(to, /^Subject: Your code to add a second factor$.*?\b(?<found>[A-Z2-7]{4}-[A-Z2-7]{4})\b/ms, "a code");
}

/** What the pattern finds in the next such mail to this address. */
async function mailed(to, pattern, name) {
  const until = Date.now() + PATIENCE;
  while (Date.now() < until) {
    const files = existsSync(outbox) ? readdirSync(outbox) : []; // The first mail makes the directory.
    for (const file of files.filter((name) => name.endsWith(".eml"))) {
      const found = read.has(file) ? null : find(readFileSync(join(outbox, file), "utf8"), to, pattern);
      if (!found) continue;
      read.add(file);
      return found;
    }
    await setTimeout(100);
  }
  throw new Error(`there is no mail with ${name} for ${to}`);
}

function find(mail, to, pattern) {
  const lines = mail.replaceAll("\r\n", "\n");
  if (!lines.split("\n").includes(`To: <${to}>`)) return null;
  const match = lines.match(pattern);
  return match?.groups?.found ?? match?.[0];
}
