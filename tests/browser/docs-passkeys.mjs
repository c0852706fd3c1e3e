// The API's page with the account of somebody who has a passkey.
import assert from "node:assert/strict";
import { giveAged } from "./aged.mjs";
import { Authenticator, withoutPasskeys } from "./authenticator.mjs";
import { enrolled } from "./enrolled.mjs";
import { execute, message, open, operation, overflow, signOut, submit, whoIsSignedIn } from "./page.mjs";
import { PASSWORD } from "./visit.mjs";
import { check } from "./watch.mjs";

const ALONE = "v1/auth/token/passkey";
const SECOND = "v1/auth/token/second-factor";
const AGAIN = "v1/auth/reauthenticate";
const OPTIONS = "v1/auth/passkey/options";
const SESSION = "01976b2c-8d3e-7a41-9c5f-2e8b7d6a4f10";
const seed = process.env.SEED_FILE;

/** Makes an account at `other`, which has another address than the page. `api` is the server's own address. */
export async function passkeys(page, watch, base, { other, api }) {
  const { name, app } = await enrolled(other, api, "petra");
  const device = await Authenticator.of(page);
  const bar = page.locator("header");
  const press = async (button, path, within = bar) => {
    const [response] = await Promise.all([
      page.waitForResponse((response) => response.url().endsWith(`/${path}`)),
      within.getByRole("button", { name: button, exact: true }).click(),
    ]);
    if (response.status() >= 400) watch.expect(response.status(), path);
    return response;
  };
  const signIn = () => press("Sign in with a passkey", ALONE);
  const begin = async () => {
    watch.expect(401, "v1/auth/token");
    assert.equal((await submit(page, name, PASSWORD)).status(), 401);
    await message(page, /Now enter a code/);
  };
  // The address names the operation that was open.
  const reopen = async () => {
    await page.goto("about:blank");
    await open(page, base);
  };
  await open(page, base);
  await check("a device without a passkey signs nobody in", async () => {
    assert.equal((await press("Sign in with a passkey", OPTIONS)).status(), 200);
    assert.equal(await message(page, /passkey/), "No passkey was used.");
    assert.equal(await whoIsSignedIn(page), null);
  });
  await check("after the password and a code, the account gets a passkey", async () => {
    await begin();
    await page.getByLabel("Code from your app, or a recovery code").first().fill(await app.next());
    const answered = await press("Sign in", SECOND, page.locator("#second-factor"));
    const { access_token: token } = await answered.json();
    assert.equal(await page.evaluate(addPasskey, token), 201);
    assert.equal(await signOut(page), 204);
  });
  await check("a passkey signs in alone, and the page says who that is", async () => {
    assert.equal((await signIn()).status(), 200);
    await page.locator("#roles", { hasText: /role/ }).waitFor();
    assert.equal(await whoIsSignedIn(page), `Signed in as ${name}, no roles`);
    assert.equal(await signOut(page), 204);
  });
  await giveAged(page, new RegExp(`/${SECOND}$`), seed);
  await check("after the password, it stands in for a code", async () => {
    await begin();
    await device.knowsUser(false);
    assert.equal((await press("Use a passkey instead", OPTIONS)).status(), 200);
    await message(page, /No passkey was used/);
    await device.knowsUser(true);
    assert.equal((await press("Use a passkey instead", SECOND)).status(), 200);
    await page.locator("#roles", { hasText: /role/ }).waitFor();
  });
  await check("where a call needs a recent sign-in, it does, too", async () => {
    const block = await operation(page, "sessions_revoke");
    await block.locator("tr[data-param-name] input").first().fill(SESSION);
    watch.expect(401, `v1/auth/sessions/${SESSION}`);
    const response = execute(page, "sessions_revoke");
    const dialog = page.getByRole("dialog", { name: "Enter a code again" });
    await dialog.waitFor();
    await page.setViewportSize({ width: 390, height: 1600 });
    assert.deepEqual(await overflow(page), []);
    await device.knowsUser(false);
    assert.equal((await press("Use a passkey instead", OPTIONS, dialog)).status(), 200);
    await dialog.getByRole("alert").filter({ hasText: "No passkey was used." }).waitFor();
    await device.knowsUser(true);
    assert.equal((await press("Use a passkey instead", AGAIN, dialog)).status(), 200);
    assert.equal((await response).status, 204);
    assert.equal(await signOut(page), 204);
  });
  await check("a removed passkey opens no account", async () => {
    const { access_token: token } = await (await signIn()).json();
    assert.equal(await page.evaluate(removePasskey, token), 204);
    await reopen();
    assert.equal((await signIn()).status(), 401);
    await message(page, /This passkey opens no account/);
  });
  await check("where the API takes no passkeys, the button goes, and nothing is said", async () => {
    const headers = { "content-type": "application/problem+json" };
    const answer = { status: 404, headers, body: JSON.stringify({ status: 404, code: "passkeys_off" }) };
    await page.route(new RegExp(`/${OPTIONS}$`), (route) => route.fulfill(answer), { times: 1 });
    assert.equal((await press("Sign in with a passkey", OPTIONS)).status(), 404);
    await page.locator("#passkey").waitFor({ state: "hidden" });
    await page.locator("#submit:enabled").waitFor();
    assert.equal(await page.locator("#message").innerText(), "");
    assert.equal(await page.evaluate(() => document.activeElement.id), "username");
  });
  await check("a browser without passkeys has no button", async () => {
    await withoutPasskeys(page);
    await reopen();
    assert(await page.locator("#passkey").isHidden());
  });
}

/** Runs in the page, which has no form for it. */
async function addPasskey(token) {
  const post = (path, body) => {
    const headers = { authorization: `Bearer ${token}`, ...(body && { "content-type": "application/json" }) };
    return fetch(path, { method: "POST", headers, body: body && JSON.stringify(body) });
  };
  const { public_key: json } = await (await post("v1/users/me/passkeys/options")).json();
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(json);
  const credential = (await navigator.credentials.create({ publicKey })).toJSON();
  return (await post("v1/users/me/passkeys", { credential })).status;
}

async function removePasskey(token) {
  const headers = { authorization: `Bearer ${token}` };
  const { factors } = await (await fetch("v1/users/me/factors", { headers })).json();
  const { id } = factors.find(({ kind }) => kind === "passkey");
  return (await fetch(`v1/users/me/factors/${id}`, { method: "DELETE", headers })).status;
}
