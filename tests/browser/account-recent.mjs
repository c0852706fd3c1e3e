// The session behind the security page: asked for the password again, refreshed, and over.
import assert from "node:assert/strict";
import { giveAged } from "./aged.mjs";
import { looksGood } from "./axe.mjs";
import { PASSWORD as DEMO } from "./page.mjs";
import { signInElsewhere, statusOfMe } from "./visit.mjs";

const AGAIN = "v1/auth/reauthenticate";
const NEXT = "green-rivers-jump";
const seed = process.env.SEED_FILE;

/** Staff who signed in long ago end sessions, one page of the list at a time, and change the password. */
export async function recent(visit) {
  const { page } = visit;
  await giveAged(page, /\/v1\/auth\/token$/, seed);
  // So that two sessions are two pages of the list.
  const short = (url) => `${url.origin}${url.pathname}?${url.search.slice(1).replace("limit=20", "limit=1")}`;
  await page.route(/\/v1\/auth\/sessions\?/, (route) => route.continue({ url: short(new URL(route.request().url())) }));
  const other = await signInElsewhere(visit.base, "staff", DEMO);
  await visit.signIn("staff", DEMO);
  const section = visit.section("Where you are signed in");
  await visit.check("a long list has further pages", async () => {
    assert.equal(await section.getByRole("listitem").count(), 1);
    await visit.button("Show more", section).click();
    await section.getByRole("listitem").nth(1).waitFor();
  });
  const end = section.getByRole("button", { name: /^End session: Elsewhere/ });
  const dialog = page.getByRole("dialog", { name: "Enter your password again" });
  const path = async () => (await page.waitForRequest((request) => request.method() === "DELETE")).url();
  const ask = async () => {
    const [url] = await Promise.all([path(), end.click()]);
    visit.watch.expect(401, url.slice(visit.base.length + 1));
    await dialog.waitFor();
  };
  await visit.check("after some time, the page asks for the password again", async () => {
    await ask();
    await looksGood(visit, "again");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    assert.equal(await statusOfMe(visit.base, other), 200);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "End session");
  });
  await visit.check("with the right password, it goes on", async () => {
    await ask();
    assert.equal(await visit.send({ Password: "wrong" }, "Go on", AGAIN, dialog), 422);
    await visit.refused("Password", "Password is wrong.", dialog);
    assert.equal(await visit.send({ Password: DEMO }, "Go on", AGAIN, dialog), 200);
    await visit.says("The session has ended.", section);
    assert.equal(await statusOfMe(visit.base, other), 401);
  });
  await visit.check("a new password is set", () => changePassword(visit));
}

async function changePassword(visit) {
  const section = visit.section("Password");
  await visit.button("Change password", section).click();
  const values = { "Current password": DEMO, "New password": "password" };
  assert.equal(await visit.send(values, "Change password", "v1/users/me/password", section), 422);
  await visit.invalid("new_password");
  await looksGood(visit, "password-weak");
  await visit.send({ "New password": NEXT }, "Change password", "v1/users/me/password", section);
  await visit.says("Your password is changed", section);
  assert(await visit.field("New password", section).isHidden());
}

/** A refresh, the end from elsewhere, and the end of all sessions. */
export async function over(visit) {
  const { page } = visit;
  await page.clock.install();
  await visit.signIn("superuser", DEMO);
  await visit.check("the access token is refreshed when it is needed", async () => {
    await page.clock.fastForward(15 * 60 * 1000);
    const act = () => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    const read = page.waitForResponse(/\/v1\/users\/me$/);
    assert.equal(await visit.answer("v1/auth/token/refresh", act), 200);
    assert.equal((await read).status(), 200);
  });
  await visit.check("the account of a superuser can't be erased", async () => {
    const dialog = page.getByRole("dialog");
    await visit.button("Erase account …").click();
    assert.equal(await visit.send({ Password: DEMO }, "Erase for good", "v1/users/me/erase", dialog), 409);
    await visit.says("The account of a superuser can't be erased.", dialog);
    await looksGood(visit, "erase-refused");
    await page.keyboard.press("Escape");
  });
  const everywhere = () => visit.button("Sign out everywhere").click();
  await visit.check("a session that was ended elsewhere is over", async () => {
    const headers = { authorization: `Bearer ${await signInElsewhere(visit.base, "superuser", DEMO)}` };
    await fetch(`${visit.base}/v1/auth/sessions`, { method: "DELETE", headers });
    assert.equal(await visit.answer("v1/auth/sessions", everywhere), 401);
    await visit.heading("Sign in");
    await visit.says("Your session has ended.");
    await looksGood(visit, "sign-in-again");
  });
  await visit.check("signing out everywhere ends this session, too", async () => {
    await visit.signIn("superuser", DEMO);
    assert.equal(await visit.answer("v1/auth/sessions", everywhere), 204);
    await visit.says("You are signed out everywhere.");
  });
  await visit.check("leaving the page ends the session", async () => {
    const sent = page.waitForResponse(/\/v1\/auth\/token$/).then((response) => response.json());
    await visit.signIn("superuser", DEMO);
    const { access_token: token } = await sent;
    await page.goto("about:blank");
    // Playwright does not see requests that a page sends while it closes.
    const until = Date.now() + 10_000;
    while ((await statusOfMe(visit.base, token)) === 200 && Date.now() < until);
    assert.equal(await statusOfMe(visit.base, token), 401);
  });
}
