// The API's page with the account of somebody who has a second factor.
import assert from "node:assert/strict";
import { giveAged } from "./aged.mjs";
import { enrolled } from "./enrolled.mjs";
import { execute, message, open, operation, overflow, signOut, submit, whoIsSignedIn } from "./page.mjs";
import { assertResponse } from "./recent.mjs";
import { PASSWORD } from "./visit.mjs";
import { check } from "./watch.mjs";

const NAME = "tova";
const SECOND = "v1/auth/token/second-factor";
const AGAIN = "v1/auth/reauthenticate";
const LABEL = "Code from your app, or a recovery code";
const SESSION = "01976b2c-8d3e-7a41-9c5f-2e8b7d6a4f10";
const seed = process.env.SEED_FILE;

/** `api` is the server's own address, which is in its mails. */
export async function factor(page, watch, base, api) {
  const { app, codes } = await enrolled(base, api, NAME);
  await open(page, base);
  const form = page.locator("#second-factor");
  const begin = async () => {
    watch.expect(401, "v1/auth/token");
    assert.equal((await submit(page, NAME, PASSWORD)).status(), 401);
    await message(page, /Now enter a code/);
  };
  const send = (text, path = SECOND, within = form) => type(page, watch, within, text, path);
  await check("after the password, the page asks for a code, and the keyboard is there", async () => {
    await begin();
    assert.equal(await whoIsSignedIn(page), null);
    assert.equal(await page.evaluate(() => document.activeElement.id), "code");
    assert(await page.getByLabel("Username or email").isHidden());
  });
  await check("a sign-in can begin again", async () => {
    await form.getByRole("button", { name: "Cancel", exact: true }).click();
    assert.equal(await page.evaluate(() => document.activeElement.id), "username");
    await begin();
  });
  await check("a wrong code can be corrected", async () => {
    assert.equal(await send(app.wrong()), 422);
    assert.equal(await message(page, /wrong/), "The code is wrong.");
    const code = await app.next();
    assert.equal(await send(`${code.slice(0, 3)} ${code.slice(3)}`), 200);
    await page.locator("#roles", { hasText: /role/ }).waitFor();
    assert.equal(await whoIsSignedIn(page), `Signed in as ${NAME}, no roles`);
  });
  await check("when no code helps any more, the sign-in begins again", async () => {
    assert.equal(await signOut(page), 204);
    await begin();
    const headers = { "content-type": "application/problem+json" };
    const answer = { status: 401, headers, body: JSON.stringify({ status: 401, code: "challenge_invalid" }) };
    await page.route(new RegExp(`/${SECOND}$`), (route) => route.fulfill(answer), { times: 1 });
    assert.equal(await send("123456"), 401);
    await message(page, /too many codes were wrong: sign in again/);
    assert(await page.getByLabel("Username or email").isVisible());
  });
  await giveAged(page, new RegExp(`/${SECOND}$`), seed);
  await check("a recovery code does, too", async () => {
    await begin();
    assert.equal(await send(codes[0]), 200);
    await page.locator("#roles", { hasText: /role/ }).waitFor();
  });
  const block = await operation(page, "sessions_revoke");
  await block.locator("tr[data-param-name] input").first().fill(SESSION);
  const dialog = page.getByRole("dialog", { name: "Enter a code again" });
  await check("where a call needs a recent sign-in, the page asks for a code, not for the password", async () => {
    const code = await app.next(); // Before the call, because it may take a while.
    watch.expect(401, `v1/auth/sessions/${SESSION}`);
    const response = execute(page, "sessions_revoke");
    await dialog.waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), "again-code");
    assert(await dialog.getByLabel("Your password").isHidden());
    await page.setViewportSize({ width: 390, height: 1600 });
    assert.deepEqual(await overflow(page), []);
    assert.equal(await send(codes[0], AGAIN, dialog), 422);
    const alert = dialog.getByRole("alert").filter({ hasText: /wrong/ });
    assert.equal(await alert.innerText(), "The recovery code is wrong.");
    assert.equal(await send(code, AGAIN, dialog), 200);
    assert.equal((await response).status, 204);
  });
  await check("it does not ask again soon", async () => {
    assert.equal((await execute(page, "sessions_revoke")).status, 204);
  });
  await check("it keeps no code", async () => {
    const fields = page.locator("#code, #again-code");
    assert.deepEqual(await fields.evaluateAll((all) => all.map(({ value }) => value)), ["", ""]);
  });
  await check("where the account lacks a factor, the page says so, and does not ask", () => lacking(page, watch));
}

/** The API says that the role rests without a factor. */
async function lacking(page, watch) {
  assert.equal(await signOut(page), 204);
  assert.equal((await submit(page, "user")).status(), 200);
  await page.locator("#roles", { hasText: /role/ }).waitFor();
  const challenge = 'Bearer error="insufficient_user_authentication", acr_values="mfa"';
  const headers = { "content-type": "application/problem+json", "www-authenticate": challenge };
  const answer = { status: 401, headers, body: JSON.stringify({ status: 401, code: "reauthentication_required" }) };
  await page.route(/\/v1\/users\/me$/, (route) => route.fulfill(answer), { times: 1 });
  watch.expect(401, "v1/users/me");
  assertResponse(await execute(page, "users_me"), 401, "reauthentication_required");
  await message(page, /needs a second factor/);
  assert.equal(await page.getByRole("dialog").count(), 0);
}

/** Types into the field, sends with the keyboard, and gives the status of the response. */
async function type(page, watch, within, text, path) {
  await within.getByLabel(LABEL).fill(text);
  const isIt = (response) => response.url().endsWith(`/${path}`);
  const [response] = await Promise.all([page.waitForResponse(isIt), page.keyboard.press("Enter")]);
  const status = response.status();
  if (status >= 400) watch.expect(status, path);
  return status;
}
