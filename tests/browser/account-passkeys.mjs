// Passkeys of an account: added, used alone, as second step and as proof, and removed.
import assert from "node:assert/strict";
import { problem } from "./account-refusals.mjs";
import { giveAged } from "./aged.mjs";
import { Authenticator, withoutPasskeys } from "./authenticator.mjs";
import { looksGood } from "./axe.mjs";
import { enrolled } from "./enrolled.mjs";
import { PASSWORD } from "./visit.mjs";

const ALONE = "v1/auth/token/passkey";
const SECOND = "v1/auth/token/second-factor";
const AGAIN = "v1/auth/reauthenticate";
const OPTIONS = "v1/auth/passkey/options";
const PATH = "v1/users/me/passkeys";
const SIGN_IN = "Sign in with a passkey";
const INSTEAD = "Use a passkey instead";
const NARROW = { width: 390, height: 844 };
const seed = process.env.SEED_FILE;

/** The whole story of passkeys. `api` is the server's own address, which is in its mails. */
export async function passkeys(visit, api) {
  const user = await enrolled(visit.base, api, `pia-${visit.tag}`);
  const device = await Authenticator.of(visit.page);
  await unused(visit, device);
  await add(visit, user, device);
  await signIns(visit, user, device);
  await proof(visit);
  await remove(visit, device);
  await absent(visit);
}

async function unused(visit, device) {
  await visit.open("security", "Sign in");
  await visit.check("a device without a passkey signs nobody in", async () => {
    assert.equal(await visit.answer(OPTIONS, () => visit.button(SIGN_IN).click()), 200);
    await visit.says("No passkey was used.");
    assert.equal(await device.count(), 0);
  });
  await look(visit, "passkey-unused");
}

async function add(visit, { name, app }, device) {
  const values = { "Username or email address": name, Password: PASSWORD };
  assert.equal(await visit.send(values, "Sign in", "v1/auth/token"), 401);
  assert.equal(await visit.send({ "Code from your app": await app.next() }, "Sign in", SECOND), 200);
  await visit.heading("Security");
  const section = visit.section("Second factor");
  const form = section.locator("form");
  const send = (path, named = "") =>
    visit.send({ "Name of the passkey (optional)": named }, "Add a passkey", path, form);
  await visit.button("Add a passkey", section).click();
  await look(visit, "passkey-add");
  await visit.check("a device that does not know its user makes no passkey", async () => {
    await device.knowsUser(false);
    assert.equal(await send(`${PATH}/options`), 200);
    await visit.says("No passkey was used.", section);
    await device.knowsUser(true);
    assert.equal(await device.count(), 0);
  });
  await visit.check("a name can't be too long", async () => {
    const field = visit.field("Name of the passkey (optional)", form);
    await field.pressSequentially("x".repeat(51));
    assert.equal((await field.inputValue()).length, 50);
  });
  await visit.check("a passkey is added, with its name", async () => {
    assert.equal(await send(PATH, "Blue laptop"), 201);
    await visit.says("The passkey is added.", section);
    await section.getByText("Blue laptop", { exact: true }).waitFor();
    assert.equal(await device.count(), 1);
    assert(await form.isHidden());
  });
  await look(visit, "passkeys");
  await visit.check("a device has one passkey for an account", async () => {
    await visit.button("Add a passkey", section).click();
    assert.equal(await send(`${PATH}/options`), 200);
    await visit.says("has a passkey for your account already", section);
    await visit.button("Cancel", section).click();
  });
  await visit.check("the app stays while there are passkeys", async () => {
    await visit.button("Remove: Authenticator app", section).click();
    await visit.says("Remove your passkeys first", section);
    assert.equal(await visit.page.getByRole("dialog").count(), 0);
  });
  await signOut(visit);
}

async function signIns(visit, { name }, device) {
  const { page } = visit;
  await visit.check("a passkey signs in alone, without password and code", async () => {
    assert.equal(await visit.answer(ALONE, () => visit.button(SIGN_IN).click()), 200);
    await assertSignedIn(visit, name);
  });
  await visit.check("nothing is stored", async () => {
    const stored = await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);
    assert.deepEqual(stored, [0, 0, ""]);
  });
  await signOut(visit);
  const begin = async () => {
    const values = { "Username or email address": name, Password: PASSWORD };
    assert.equal(await visit.send(values, "Sign in", "v1/auth/token"), 401);
    await visit.heading("Confirm with your second factor");
  };
  await visit.check("after the password, it stands in for a code", async () => {
    await begin();
    await device.knowsUser(false);
    assert.equal(await visit.answer(OPTIONS, () => visit.button(INSTEAD).click()), 200);
    await visit.says("No passkey was used.");
    await device.knowsUser(true);
    await visit.button("Use a recovery code instead").click();
    assert.equal(await visit.answer(SECOND, () => visit.button(INSTEAD).click()), 200);
    await assertSignedIn(visit, name);
    await signOut(visit);
  });
  await visit.check("a passkey that the API refuses is named", async () => {
    await begin();
    const errors = [{ field: "passkey", message: "is not valid" }];
    const answer = problem(422, "validation_failed");
    const body = JSON.stringify({ ...JSON.parse(answer.body), errors });
    await page.route(new RegExp(`/${SECOND}$`), (route) => route.fulfill({ ...answer, body }), { times: 1 });
    assert.equal(await visit.answer(SECOND, () => visit.button(INSTEAD).click()), 422);
    await visit.says("The passkey is not valid.");
  });
}

/** Signed in some time ago with a passkey, the user gives it again. */
async function proof(visit) {
  const { page } = visit;
  const pattern = new RegExp(`/${ALONE}$`);
  await giveAged(page, pattern, seed);
  await visit.open("security", "Sign in");
  assert.equal(await visit.answer(ALONE, () => visit.button(SIGN_IN).click()), 200);
  await visit.heading("Security");
  await page.unroute(pattern);
  const section = visit.section("Second factor");
  await visit.check("where a code is asked for again, a passkey does, too", async () => {
    await visit.button("Add a passkey", section).click();
    const ask = () => visit.button("Add a passkey", section.locator("form")).click();
    assert.equal(await visit.answer(`${PATH}/options`, ask), 401);
    const dialog = page.getByRole("dialog", { name: "Enter a code again" });
    await dialog.waitFor();
    await look(visit, "again-passkey");
    const repeated = page.waitForResponse(new RegExp(`/${PATH}/options$`));
    assert.equal(await visit.answer(AGAIN, () => visit.button(INSTEAD, dialog).click()), 200);
    assert.equal((await repeated).status(), 200);
    await dialog.waitFor({ state: "detached" });
    await visit.says("has a passkey for your account already", section);
    await visit.button("Cancel", section).click();
  });
}

async function remove(visit, device) {
  const { page } = visit;
  const section = visit.section("Second factor");
  const question = page.getByRole("dialog", { name: "Remove your passkey: Blue laptop?" });
  await visit.check("removed, all sessions end, and the passkey opens no account", async () => {
    await visit.button("Remove: Blue laptop", section).click();
    await question.waitFor();
    await look(visit, "passkey-remove");
    const removed = page.waitForResponse((response) => response.request().method() === "DELETE");
    await visit.button("Remove", question).click();
    assert.equal((await removed).status(), 204);
    await visit.heading("Sign in");
    await visit.says("Your passkey is removed");
    assert.equal(await device.count(), 1);
    assert.equal(await visit.answer(ALONE, () => visit.button(SIGN_IN).click()), 401);
    await visit.says("This passkey opens no account.");
  });
}

/** Neither a browser nor an API without passkeys is a fault. */
async function absent(visit) {
  const { page } = visit;
  await visit.check("where the API takes no passkeys, the button goes, and nothing is said", async () => {
    await visit.open("security", "Sign in");
    await page.route(new RegExp(`/${OPTIONS}$`), (route) => route.fulfill(problem(404, "passkeys_off")), { times: 1 });
    assert.equal(await visit.answer(OPTIONS, () => visit.button(SIGN_IN).click()), 404);
    await visit.button(SIGN_IN).waitFor({ state: "hidden" });
    assert.equal(await page.getByRole("alert").count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Sign in");
  });
  await visit.check("a browser without passkeys has no button", async () => {
    await withoutPasskeys(page);
    await visit.open("security", "Sign in");
    assert.equal(await visit.button(SIGN_IN).count(), 0);
  });
}

/** In a wide window and in a narrow one. */
async function look(visit, name) {
  const wide = visit.page.viewportSize();
  await looksGood(visit, name);
  await visit.page.setViewportSize(NARROW);
  await looksGood(visit, `${name}-phone`);
  await visit.page.setViewportSize(wide);
}

async function assertSignedIn(visit, name) {
  await visit.heading("Security");
  await visit.page.getByText(`Signed in as ${name}`, { exact: true }).waitFor();
  await visit.section("Second factor").getByText("Blue laptop", { exact: true }).waitFor();
}

async function signOut(visit) {
  assert.equal(await visit.answer("v1/auth/token/revoke", () => visit.button("Sign out").click()), 204);
  await visit.heading("Sign in");
}
