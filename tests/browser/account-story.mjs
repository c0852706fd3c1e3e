// The story of an account, from the sign-up to its end, with the links of real mails.
import assert from "node:assert/strict";
import { looksGood } from "./axe.mjs";
import { mailedLink } from "./mailbox.mjs";
import { PASSWORD, Visit, signInElsewhere, statusOfMe } from "./visit.mjs";

const NEXT_PASSWORD = "brown-kettles-swim";
const EMAIL = "Email address";

/** `api` is the server's own address, which is in its mails. */
export async function story(visit, api) {
  const name = `nina-${visit.tag}`;
  const [email, next] = [`${name}@example.org`, `${name}.next@example.org`];
  await visit.open("sign-up", "Create an account");
  await looksGood(visit, "sign-up");
  await visit.check("somebody signs up", () => visit.signUp(name, email));
  await looksGood(visit, "sign-up-sent");
  await confirm(visit, await mailedLink(api, email, "verify-email"));

  const elsewhere = await signInElsewhere(visit.base, name);
  await visit.check("she signs in, and her address is confirmed", async () => {
    await visit.signIn(name);
    await assertAddress(visit, email, "confirmed");
  });
  await visit.check("nothing is stored", () => assertNothingStored(visit.page));
  await looksGood(visit, "security");
  await visit.check("she ends the other session", async () => {
    const sessions = visit.section("Where you are signed in");
    assert.equal(await sessions.getByRole("listitem").count(), 2);
    await sessions.getByRole("button", { name: /^End session: Elsewhere/ }).click();
    await visit.says("The session has ended.", sessions);
    assert.equal(await statusOfMe(api, elsewhere), 401);
    await sessions.getByText("Elsewhere").waitFor({ state: "detached" });
  });
  await changeAddress(visit, api, { email, next });
  await reset(visit, api, { name, email: next });
  await erase(visit, name);
}

/** The mailed link, a wrong password, and the right one. */
async function confirm(visit, link) {
  const calls = [];
  const note = (request) => request.url().includes("/v1/") && calls.push(request.url());
  visit.page.on("request", note);
  await visit.open(link, "Confirm your email address");
  await visit.check("the mailed token leaves the address bar, and nothing is sent", async () => {
    assert.equal(visit.page.url(), `${visit.base}/account/verify-email`);
    assert.deepEqual(calls, []);
  });
  visit.page.off("request", note);
  await looksGood(visit, "verify");
  const send = (password) => visit.send({ Password: password }, "Confirm address", "v1/auth/verify-email");
  await visit.check("a wrong password can be corrected", async () => {
    assert.equal(await send("not-the-password"), 401);
    await visit.refused("Password", "This password is wrong.");
    await looksGood(visit, "verify-wrong");
    assert.equal(await send(PASSWORD), 204);
    await visit.heading("Your address is confirmed");
  });
  await looksGood(visit, "verify-done");
}

async function changeAddress(visit, api, { email, next }) {
  const section = visit.section(EMAIL);
  await visit.check("a new address waits for its link, and the present one stays", async () => {
    await visit.button("Change address", section).click();
    const values = { "New email address": next, "Current password": PASSWORD };
    assert.equal(await visit.send(values, "Change address", "v1/users/me", section), 200);
    await visit.says(`We sent a mail to ${next}.`, section);
    await assertAddress(visit, email, "confirmed");
    await assertAddress(visit, next, "waiting");
  });
  await looksGood(visit, "security-waiting");
  await visit.check("with the link, the new address is hers, and the open page notices", async () => {
    const other = new Visit(await visit.page.context().newPage(), visit.watch, visit.base, visit.tag, visit.out);
    await other.open(await mailedLink(api, next, "verify-email"), "Confirm your email address");
    await other.send({ Password: PASSWORD }, "Confirm address", "v1/auth/verify-email");
    await other.heading("Your address is confirmed");
    await other.page.close();
    // A browser without windows never hides a page.
    await visit.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await section.getByText(email, { exact: true }).waitFor({ state: "detached" });
    await assertAddress(visit, next, "confirmed");
  });
}

async function reset(visit, api, { name, email }) {
  await visit.check("she signs out and asks for a new password", async () => {
    assert.equal(await visit.answer("v1/auth/token/revoke", () => visit.button("Sign out").click()), 204);
    await visit.says("You are signed out.");
    await visit.page.getByRole("link", { name: "Forgot your password?" }).click();
    await visit.heading("Reset your password");
    await looksGood(visit, "reset-ask");
    await visit.send({ [EMAIL]: email }, "Send the link", "v1/auth/password-reset");
    await visit.heading("Look into your mailbox");
  });
  await looksGood(visit, "reset-sent");
  await visit.check("with the mailed link, she sets it", async () => {
    await visit.open(await mailedLink(api, email, "reset-password"), "Choose a new password");
    assert.equal(visit.page.url(), `${visit.base}/account/reset-password`);
    await looksGood(visit, "reset");
    const values = { "New password": NEXT_PASSWORD };
    assert.equal(await visit.send(values, "Set password", "v1/auth/password-reset/confirm"), 204);
    await visit.heading("Your password is changed");
  });
  await looksGood(visit, "reset-done");
  await visit.check("the old password is wrong, the new one right", async () => {
    await visit.page.getByRole("link", { name: "Sign in" }).click();
    await visit.heading("Sign in");
    const values = { "Username or email address": email, Password: PASSWORD };
    assert.equal(await visit.send(values, "Sign in", "v1/auth/token"), 401);
    await visit.says("This name and password do not belong to an account.");
    await looksGood(visit, "sign-in-wrong");
    await visit.signIn(name, NEXT_PASSWORD);
  });
}

async function erase(visit, name) {
  const dialog = visit.page.getByRole("dialog", { name: "Erase your account for good?" });
  const send = (password) => visit.send({ Password: password }, "Erase for good", "v1/users/me/erase", dialog);
  await visit.check("cancelled, nothing is erased", async () => {
    await visit.button("Erase account …").click();
    await dialog.waitFor();
    await looksGood(visit, "erase");
    await visit.button("Cancel", dialog).click();
    await dialog.waitFor({ state: "detached" });
  });
  await visit.check("she erases her account with her password", async () => {
    await visit.button("Erase account …").click();
    assert.equal(await send("not-the-password"), 422);
    await visit.refused("Password", "Password is wrong.", dialog);
    assert.equal(await send(NEXT_PASSWORD), 202);
    await visit.heading("Sign in");
    await visit.says("Your account is closed");
    const values = { "Username or email address": name, Password: NEXT_PASSWORD };
    assert.equal(await visit.send(values, "Sign in", "v1/auth/token"), 401);
    await visit.says("This name and password do not belong to an account.");
  });
}

async function assertAddress(visit, email, state) {
  const row = visit.section(EMAIL).locator(".address").filter({ has: visit.page.getByText(email, { exact: true }) });
  await row.getByText(state, { exact: true }).waitFor();
}

async function assertNothingStored(page) {
  const stored = await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);
  assert.deepEqual(stored, [0, 0, ""]);
  assert.deepEqual(await page.context().cookies(), []);
  assert.doesNotMatch(page.url(), /eyJ|token=/);
  assert.doesNotMatch(await page.content(), new RegExp(`${PASSWORD}|eyJ`));
}
