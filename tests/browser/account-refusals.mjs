// What the pages say when something is wrong, and where.
import assert from "node:assert/strict";
import { looksGood } from "./axe.mjs";
import { PASSWORD as DEMO } from "./page.mjs";
import { PASSWORD } from "./visit.mjs";

const PATH = "v1/users";
const SIGN_UP = /\/v1\/users$/;
export const problem = (status, code, headers = {}) => ({
  status,
  headers: { "content-type": "application/problem+json", ...headers },
  body: JSON.stringify({ type: "about:blank", title: "", status, detail: "", code, request_id: "" }),
});

export async function refusals(visit) {
  const { page } = visit;
  await visit.open("sign-up", "Create an account");
  const good = { Username: "otto", "Email address": "otto@example.com", Password: PASSWORD };
  const send = (values = {}) => visit.send({ ...good, ...values }, "Create account", PATH);

  await visit.check("empty fields are named, and nothing is sent", async () => {
    await visit.button("Create account").click();
    await visit.refused("Username", "Username is required.");
    await visit.invalid("username", "email", "password");
    await looksGood(visit, "sign-up-empty");
  });
  await visit.check("the API's words are at their fields", async () => {
    assert.equal(await send({ Username: "o t t o", Password: "short" }), 422);
    await visit.invalid("username", "password");
    assert.match(await page.locator(".error:not(:empty)").first().innerText(), /^Username \w/);
    await looksGood(visit, "sign-up-wrong");
  });
  await visit.check("a taken username is said at its field", async () => {
    assert.equal(await send({ Username: "staff" }), 409);
    await visit.refused("Username", "This username is taken. Choose another one.");
  });
  await visit.check("a password can be shown, and is hidden again when it is sent", async () => {
    await visit.button("Show: Password").click();
    assert.equal(await visit.field("Password").getAttribute("type"), "text");
    await send({ Username: "staff" });
    assert.equal(await visit.field("Password").getAttribute("type"), "password");
  });

  const answers = [
    [problem(403, "sign_up_closed"), "You need an invitation to sign up."],
    [problem(429, "rate_limited", { "retry-after": "17" }), "Too many attempts. Try again in 17 seconds."],
    [problem(429, "rate_limited", { "retry-after": "600" }), "Too many attempts. Try again in 10 minutes."],
    [problem(503, "unavailable", { "retry-after": "2" }), "Try again in 2 seconds."],
    [{ status: 500, body: "Internal" }, "Try again a little later."],
    [{ status: 429, body: '{"message":null}' }, "Too many attempts. Try again a little later."],
  ];
  for (const [answer, words] of answers) {
    await visit.check(`${answer.status}: ${words}`, async () => {
      await page.route(SIGN_UP, (route) => route.fulfill(answer), { times: 1 });
      assert.equal(await send(), answer.status);
      await visit.says(words);
      assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "alert");
    });
  }
  await looksGood(visit, "sign-up-refused");
  await visit.check("without an answer, the page says so", async () => {
    await page.route(SIGN_UP, (route) => route.abort(), { times: 1 });
    visit.watch.expect(0, PATH);
    await visit.button("Create account").click();
    await visit.says("The service can't be reached.");
  });
  await visit.check("a form is sent once, however often its button is pressed", () => once(visit));
  await visit.check("a session whose account can't be read is ended", () => unreadable(visit));
}

async function once(visit) {
  const { page } = visit;
  let sent = 0;
  let answer;
  const answered = new Promise((resolve) => (answer = resolve));
  await page.route(SIGN_UP, async (route) => {
    sent += 1;
    await answered;
    await route.fulfill(problem(503, "unavailable"));
  });
  visit.watch.expect(503, PATH);
  await page.evaluate(() => {
    const form = document.querySelector("form");
    form.requestSubmit();
    form.requestSubmit();
  });
  assert(await visit.button("Create account").isDisabled());
  answer();
  await visit.says("The service can't do this at the moment.");
  await page.unroute(SIGN_UP);
  assert.equal(sent, 1);
  assert(await visit.button("Create account").isEnabled());
}

async function unreadable(visit) {
  const { page } = visit;
  await page.route(/\/v1\/users\/me$/, (route) => route.fulfill(problem(503, "unavailable")), { times: 1 });
  visit.watch.expect(503, "v1/users/me");
  await visit.open("security", "Sign in");
  const revoked = page.waitForResponse(/\/v1\/auth\/token\/revoke$/);
  assert.equal(await visit.send({ "Username or email address": "user", Password: DEMO }, "Sign in", "v1/auth/token"), 200);
  await visit.says("The service can't do this at the moment.");
  assert.equal((await revoked).status(), 204);
}
