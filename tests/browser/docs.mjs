// node docs.mjs BASE OUT: tests the API's page in Chromium, against the API at BASE with the demo accounts. Screenshots
// go to OUT. CHROMIUM names the browser, OUTBOX the directory with the server's mails, SEED_FILE the file with its
// signing seed.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { named } from "./authenticator.mjs";
import { factor } from "./docs-factor.mjs";
import { badges, execute, message, open, operation, overflow } from "./page.mjs";
import { signIn, signOut, submit, whoIsSignedIn } from "./page.mjs";
import { assertResponse, recent, underStage } from "./recent.mjs";
import { front, stage } from "./stage.mjs";
import { Watch, check, result } from "./watch.mjs";

const [base, out] = process.argv.slice(2);
assert(base && out, "usage: node docs.mjs BASE OUT");
mkdirSync(out, { recursive: true });
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath });

const WIDE = { width: 1280, height: 1600 };
const NARROW = { width: 390, height: 1600 };
const NAMES = { first_name: `Ada ${Date.now()}` };
// The request of the page when the form of the list is sent unchanged.
const LIST = "v1/users?limit=50";

await policy();
await inWindow("desktop", WIDE, base, roles);
await inWindow("reload", WIDE, base, reload);
await inWindow("everywhere", WIDE, base, everywhere);
await inWindow("phone", NARROW, base, phone);
await inWindow("clock", WIDE, base, clock);
await inWindow("recent", WIDE, base, recent);
const { server, base: stageBase } = await stage(base);
await inWindow("stage", WIDE, stageBase, underStage);
server.close();
// From an address of its own, because an address may only sign in so often.
const other = await front(base, { localAddress: "127.0.0.2" });
await inWindow("factor", WIDE, other.base, (page, watch, at) => factor(page, watch, at, base));
other.server.close();
// Runs last, because it uses up the address's sign-in tries.
await inWindow("messages", WIDE, base, messages);
await browser.close();
process.exitCode = result();

/** Plays a part in a window of its own, and checks that nothing unexpected happened meanwhile. */
async function inWindow(name, viewport, at, play) {
  const context = await browser.newContext({ viewport });
  context.setDefaultTimeout(20_000);
  const watch = new Watch(context, at);
  const page = await context.newPage();
  await check(`${name}: the part is played to its end`, () => play(page, watch, at, out));
  await check(`${name}: no error, no warning, no other host, no request refused but the expected`, () => watch.end());
  await context.close();
}

async function policy() {
  await check("the page's policy is strict", async () => {
    const { status, headers } = await fetch(`${base}/docs`);
    const policy = headers.get("content-security-policy");
    assert.equal(status, 200);
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  });
}

async function roles(page, watch) {
  await open(page, base);
  const list = () => execute(page, "users_list");

  await check("every operation shows its level, readably", () => assertBadges(page));
  watch.expect(403, LIST);
  await check("the list is refused without a token", async () => assertResponse(await list(), 403, "token_missing"));

  const { access_token: token } = await signIn(page, "user");
  const who = await whoIsSignedIn(page);
  await check("the page says that user has no roles", () => assert.equal(who, "Signed in as user, no roles"));
  watch.expect(403, LIST);
  await check("the list is refused to user", async () => assertResponse(await list(), 403, "staff_required"));

  await check("user signs out", async () => assert.equal(await signOut(page), 204));
  await check("the session is over", async () => assert.equal(await statusOfMe(token), 401));
  watch.expect(403, LIST);
  await check("after the sign-out the page shows no user", async () => {
    assert.equal(await whoIsSignedIn(page), null);
    assertResponse(await list(), 403, "token_missing");
  });

  await signIn(page, "staff");
  await check("the page says that staff has that role", async () => {
    assert.equal(await whoIsSignedIn(page), "Signed in as staff, roles: staff");
  });
  await check("staff changes a name", async () => {
    assertResponse(await execute(page, "users_me_update", NAMES), 200, NAMES.first_name);
  });
  await check("the name is in the list", async () => assertResponse(await list(), 200, NAMES.first_name));
  await check("tokens are not stored", async () => {
    const kept = await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);
    assert.deepEqual(kept, [0, 0, ""]);
    assert.deepEqual(await page.context().cookies(), []);
    assert.doesNotMatch(page.url(), /eyJ|token=/);
  });
  await screenshot(page, "desktop", WIDE);
}

async function reload(page) {
  await open(page, base);
  const { access_token: token } = await signIn(page, "superuser");
  await check("superuser has both roles and is signed in", async () => {
    assert.equal(await whoIsSignedIn(page), "Signed in as superuser, roles: staff, superuser");
    assert.equal(await statusOfMe(token), 200);
  });
  await page.reload();
  await page.locator(".opblock").first().waitFor();
  await check("leaving the page ends the session", async () => {
    assert.equal(await whoIsSignedIn(page), null);
    // Playwright does not see requests that a page sends while it closes.
    const until = Date.now() + 10_000;
    while ((await statusOfMe(token)) === 200 && Date.now() < until);
    assert.equal(await statusOfMe(token), 401);
  });
}

async function everywhere(page, watch) {
  await open(page, base);
  await signIn(page, "superuser");
  await check("the page notices that one of its own calls ended its session", async () => {
    assert.equal((await execute(page, "sessions_revoke_all")).status, 204);
    watch.expect(401, "v1/users/me");
    assertResponse(await execute(page, "users_me"), 401, "token_invalid");
    await message(page, /The session has ended/);
    assert.equal(await whoIsSignedIn(page), null);
  });
}

async function phone(page) {
  await open(page, base);
  await check("phone: every operation shows its level, readably", () => assertBadges(page));
  await check("phone: the page is not wider than the window", async () => assert.deepEqual(await overflow(page), []));
  await signIn(page, "staff");
  assertResponse(await execute(page, "users_me_update", NAMES), 200, NAMES.first_name);
  await check("phone: nor with a response", async () => assert.deepEqual(await overflow(page), []));
  await screenshot(page, "phone", NARROW);
  for (const { operationId } of await operations()) {
    const block = await operation(page, operationId);
    await check(`phone: nor with ${operationId} open`, async () => assert.deepEqual(await overflow(page), []));
    await block.locator(".opblock-summary-control").click();
  }
}

async function clock(page, watch) {
  await page.clock.install();
  await open(page, base);
  const { expires_in: seconds } = await signIn(page, "staff");
  const refreshed = page.waitForResponse(/\/v1\/auth\/token\/refresh$/);
  await page.clock.fastForward((seconds - 30) * 1000);
  const { access_token: token } = await (await refreshed).json();
  await check("a new access token is fetched before the old one expires", async () => {
    assert.equal(await statusOfMe(token), 200);
    const { body } = await execute(page, "users_me");
    assert.match(body, /"staff"/);
    assert.match(await page.locator(".curl-command").innerText(), new RegExp(token), "the page uses another token");
  });
  await page.route(/\/v1\/auth\/token\/refresh$/, (route) => route.abort());
  watch.expect(0, "v1/auth/token/refresh");
  await page.clock.fastForward((seconds + 30) * 1000);
  await check("without a new access token the page says that the session has expired", async () => {
    await message(page, /The session has expired/);
    assert.equal(await whoIsSignedIn(page), null);
  });
  watch.expect(403, "v1/users/me");
  await check("after that the page sends no token", async () => {
    assertResponse(await execute(page, "users_me"), 403, "token_missing");
  });
}

async function messages(page, watch) {
  await open(page, base);
  await page.route(/\/v1\/auth\/token$/, (route) => route.abort(), { times: 1 });
  watch.expect(0, "v1/auth/token");
  await page.getByLabel("Username or email").fill("user");
  await page.getByLabel("Password", { exact: true }).fill("some-password");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await check("the page says that the API can't be reached", () => message(page, /can't be reached/));
  let status = (await submit(page, "user", "not-the-password")).status();
  await check("the page says that the password is wrong", async () => {
    assert.equal(status, 401);
    assert.equal(await message(page, /Wrong/), "Wrong username or password.");
    assert.equal(await whoIsSignedIn(page), null);
  });
  for (let tries = 0; status === 401 && tries < 20; tries += 1) {
    watch.expect(401, "v1/auth/token");
    status = (await submit(page, "user", "not-the-password")).status();
  }
  watch.expect(status, "v1/auth/token");
  await check("after too many attempts the page says how long to wait", async () => {
    assert.equal(status, 429);
    assert.match(await message(page, /Too many/), /^Too many attempts: try again in [1-9]\d* s\.$/);
  });
}

async function operations() {
  const { paths } = await (await fetch(`${base}/openapi.json`)).json();
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, route: `${method.toUpperCase()} ${path}` })),
  );
  assert.notEqual(all.length, 0);
  return all;
}

async function assertBadges(page) {
  const found = Object.entries(await badges(page));
  const wanted = (await operations()).map((operation) => [operation.route, operation["x-level"]]);
  const shown = found.map(([route, badge]) => [route, badge?.[0]]);
  assert.deepEqual(shown.sort(), wanted.sort());
  for (const [route, badge] of found) assert(badge[1] >= 4.5, `${route}: contrast ${badge[1]}`);
}

async function statusOfMe(token) {
  const { status } = await fetch(`${base}/v1/users/me`, { headers: { authorization: `Bearer ${token}` } });
  return status;
}

/** The upper part of the page, and of an operation that is open. */
async function screenshot(page, name, { width, height }) {
  const block = await operation(page, "users_me_update");
  await page.evaluate(() => scrollTo(0, 0));
  const { y } = await block.boundingBox();
  await page.screenshot({ path: `${out}/${name}.png` });
  await page.screenshot({ path: `${out}/${name}-operation.png`, fullPage: true, clip: { x: 0, y, width, height } });
}
