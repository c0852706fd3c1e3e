// Where mailed links lead: without a token, with a dead one, and the invitation.
import assert from "node:assert/strict";
import { looksGood } from "./axe.mjs";
import { mailedLink } from "./mailbox.mjs";
import { PASSWORD as DEMO_PASSWORD } from "./page.mjs";
import { PASSWORD, signInElsewhere } from "./visit.mjs";

const DEAD = "This link is no longer valid.";
const BELOW = ["sign-up", "verify-email", "reset-password", "accept-invitation", "security"];

/** The answers themselves: strict policies, and nothing below other names. */
export async function answers(base, check) {
  await check("the pages' policy is strict", async () => {
    for (const page of BELOW) {
      const { status, headers } = await fetch(`${base}/account/${page}`);
      const policy = headers.get("content-security-policy");
      assert.equal(status, 200, page);
      for (const rule of ["default-src", "form-action", "frame-ancestors", "base-uri", "trusted-types"]) {
        assert.match(policy, new RegExp(`${rule} 'none'(;|$)`));
      }
      assert.doesNotMatch(policy, /unsafe|\*|https?:|data:|blob:/);
      assert.equal(headers.get("referrer-policy"), "no-referrer");
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
      assert.equal((await fetch(`${base}/account/${page}`, { method: "HEAD" })).status, 200);
    }
  });
  await check("there are no other pages and files", async () => {
    for (const path of ["none", "account.html", "assets/none.js", "assets/account.html", "assets"]) {
      assert.equal((await fetch(`${base}/account/${path}`)).status, 404, path);
    }
  });
}

export async function links(visit) {
  const { page } = visit;
  await visit.check("without a token, the page asks for the link", async () => {
    await visit.open("verify-email", "Open the link in our mail");
    await looksGood(visit, "verify-none");
    await visit.open("accept-invitation", "Open the link in our mail");
    await looksGood(visit, "invitation-none");
  });
  await visit.check("a dead link to verify", async () => {
    await visit.open("verify-email#token=dead", "Confirm your email address");
    assert.equal(await visit.send({ Password: "any" }, "Confirm address", "v1/auth/verify-email"), 422);
    await visit.says(DEAD);
    await looksGood(visit, "verify-dead");
  });
  await visit.check("a dead link to reset, and the way to another", async () => {
    await visit.open("reset-password#token=dead", "Choose a new password");
    assert.equal(await visit.send({ "New password": PASSWORD }, "Set password", "v1/auth/password-reset/confirm"), 422);
    await visit.says(DEAD);
    await page.getByRole("link", { name: "Ask for another mail" }).click();
    await visit.heading("Reset your password");
  });
  await visit.check("a link that is opened where the page is open already works, too", async () => {
    await page.evaluate(() => (location.hash = "token=later"));
    await visit.heading("Choose a new password");
    assert.equal(page.url(), `${visit.base}/account/reset-password`);
    assert.equal(await page.evaluate(() => location.hash), "");
  });
}

/** Staff invite somebody, who accepts. */
export async function invitation(visit, api) {
  const email = "ida@example.net";
  const token = await signInElsewhere(api, "superuser", DEMO_PASSWORD);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const invited = await fetch(`${api}/v1/invitations`, { method: "POST", headers, body: JSON.stringify({ email }) });
  assert.equal(invited.status, 202);
  const link = await mailedLink(api, email, "accept-invitation");
  await visit.open(link, "Accept your invitation");
  await looksGood(visit, "invitation");
  const path = "v1/invitations/accept";
  await visit.check("a taken username can be corrected, and the invitation is accepted", async () => {
    const values = { Password: PASSWORD, "First name (optional)": "Ida" };
    const send = (Username) => visit.send({ Username, ...values }, "Create account", path);
    assert.equal(await send("staff"), 409);
    await visit.refused("Username", "This username is taken. Choose another one.");
    assert.equal(await send("ida"), 201);
    await visit.heading("Welcome");
    await visit.page.getByText(`Your account ida is ready. Its address is ${email}.`).waitFor();
    assert.doesNotMatch(visit.page.url(), /token/);
  });
  await looksGood(visit, "invitation-done");
  await visit.check("the account signs in, and its address is verified", async () => {
    const token = await signInElsewhere(api, email);
    const me = await fetch(`${api}/v1/users/me`, { headers: { authorization: `Bearer ${token}` } });
    const { username, first_name, email_verified, is_staff } = await me.json();
    assert.deepEqual([username, first_name, email_verified, is_staff], ["ida", "Ida", true, false]);
  });
}

/** Below the name of a stage, pages, scripts and calls are there, too. */
export async function underStage(visit) {
  await visit.check("a name and a password are checked", async () => {
    await visit.open("security", "Sign in");
    const values = { "Username or email address": "nobody", Password: PASSWORD };
    assert.equal(await visit.send(values, "Sign in", "v1/auth/token"), 401);
  });
  await visit.check("at an address that passkeys are not for, the page says so", async () => {
    const use = () => visit.button("Sign in with a passkey").click();
    assert.equal(await visit.answer("v1/auth/passkey/options", use), 200);
    await visit.says("Passkeys can't be used at this address.");
  });
  await visit.check("links lead to the other pages", async () => {
    await visit.page.getByRole("link", { name: "Create an account" }).click();
    await visit.heading("Create an account");
    assert.equal(visit.page.url(), `${visit.base}/account/sign-up`);
  });
}
