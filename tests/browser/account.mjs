// node account.mjs BASE OUT: tests the account's pages in Chromium, against a local server at BASE that just started.
// Screenshots go to OUT. CHROMIUM names the browser, OUTBOX the directory with the server's mails, SEED_FILE the file
// with its signing seed.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { addresses, unconfirmed } from "./account-addresses.mjs";
import { factors } from "./account-factors.mjs";
import { answers, invitation, links, underStage } from "./account-links.mjs";
import { over, recent } from "./account-recent.mjs";
import { refusals } from "./account-refusals.mjs";
import { story } from "./account-story.mjs";
import { named } from "./authenticator.mjs";
import { keyboard } from "./keyboard.mjs";
import { front } from "./stage.mjs";
import { Visit } from "./visit.mjs";
import { Watch, check, result } from "./watch.mjs";

const [api, out] = process.argv.slice(2);
assert(api && out, "usage: node account.mjs BASE OUT");
mkdirSync(out, { recursive: true });
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath });

const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };
let addressesUsed = 1;

await answers(api, check);
// Mails come after ten seconds, so several parts are played at once. A demo account plays in one lane alone.
const LANES = [
  [["desktop", WIDE, story], ["addresses", NARROW, addresses], ["refusals", NARROW, refusals]],
  [["phone", NARROW, story], ["recent", NARROW, recent], ["over", WIDE, over], ["invitation", NARROW, invitation]],
  [["keyboard", WIDE, keyboard], ["unconfirmed", WIDE, unconfirmed], ["links", NARROW, links],
    ["stage", WIDE, underStage, { prefix: "/prod" }]],
  [["factor", WIDE, factors]],
  [["factor-phone", NARROW, factors]],
];
await Promise.all(LANES.map(async (parts) => {
  for (const part of parts) await inWindow(...part);
}));
await browser.close();
process.exitCode = result();

/**
 * Plays a part in a window of its own, and checks that nothing unexpected happened meanwhile. Each part comes from an
 * address of its own, because an address may only sign in and up so often. With `isNamed` it is played at the server
 * itself, because passkeys are for its name and port.
 */
async function inWindow(tag, viewport, play, { prefix, isNamed } = {}) {
  addressesUsed += 1;
  const { server, base: other } = await front(api, { prefix, localAddress: `127.0.0.${addressesUsed}` });
  const base = isNamed ? named(api) : other;
  const context = await browser.newContext({ viewport });
  context.setDefaultTimeout(20_000);
  const watch = new Watch(context, base);
  const visit = new Visit(await context.newPage(), watch, base, tag, out);
  await check(`${tag}: the part is played to its end`, () => play(visit, api));
  await check(`${tag}: no error, no warning, no other host, no request refused but the expected`, () => watch.end());
  await context.close();
  server.close();
}
