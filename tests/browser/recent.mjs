// The page asks for the password where a call needs a recent sign-in.
import assert from "node:assert/strict";
import { giveAged } from "./aged.mjs";
import { PASSWORD, execute, message, open, operation, overflow, signIn, whoIsSignedIn } from "./page.mjs";
import { check } from "./watch.mjs";

const SIGN_IN = /\/v1\/auth\/token$/;
const REFRESH = /\/v1\/auth\/token\/refresh$/;
const AGAIN = /\/v1\/auth\/reauthenticate$/;
const AGAIN_PATH = "v1/auth/reauthenticate";
const UNCHANGED = { is_staff: true };
const REQUIRED = "reauthentication_required";
const seed = process.env.SEED_FILE;

/** A page with a user who signed in long ago. */
class Window {
  constructor(page, watch, base) {
    Object.assign(this, { page, watch, base, dialog: page.getByRole("dialog", { name: "Enter your password again" }) });
    this.field = this.dialog.getByLabel("Your password");
    this.sent = [];
    page.on("request", (request) => request.method() === "PATCH" && this.sent.push(request));
  }

  async signIn(name) {
    for (const path of [SIGN_IN, REFRESH]) await giveAged(this.page, path, seed);
    await open(this.page, this.base);
    this.tokens = await signIn(this.page, name);
  }

  async fill(id, value) {
    const block = await operation(this.page, id);
    await block.locator("tr[data-param-name] input").first().fill(value);
  }

  /** Lets so much time pass that the page refreshes its token, which is aged. Gives the status of the response. */
  async refresh() {
    const refreshed = this.page.waitForResponse(REFRESH);
    await this.page.clock.fastForward((this.tokens.expires_in - 30) * 1000);
    return (await refreshed).status();
  }

  /** Sends the form, which the API refuses, and waits for the dialog. Gives the response that the page shows at last. */
  async ask(id, path, body) {
    this.watch.expect(401, path);
    const response = execute(this.page, id, body);
    await Promise.race([this.dialog.waitFor(), response]);
    assert(await this.dialog.isVisible(), "the page does not ask");
    return { response };
  }

  /** Sends a password with the keyboard, and gives the status of the response. */
  async type(password) {
    await this.field.fill(password);
    const [response] = await Promise.all([this.page.waitForResponse(AGAIN), this.page.keyboard.press("Enter")]);
    const status = response.status();
    if (status >= 400) this.watch.expect(status, AGAIN_PATH);
    return status;
  }

  async idOf(name) {
    const headers = { authorization: `Bearer ${this.tokens.access_token}` };
    const users = await (await fetch(`${this.base}/v1/users`, { headers })).json();
    return users.find(({ username }) => username === name).id;
  }

  async says(pattern) {
    const alert = this.dialog.getByRole("alert").filter({ hasText: pattern });
    await alert.waitFor();
    return alert.innerText();
  }
}

/** A superuser changes a role to what it is: with the keyboard alone, then on a phone until the API refuses passwords. */
export async function recent(page, watch, base, out) {
  const window = new Window(page, watch, base);
  await page.clock.install();
  await window.signIn("superuser");
  const path = `v1/users/${await window.idOf("staff")}`;
  await window.fill("users_update", path.split("/").pop());

  let { response } = await window.ask("users_update", path, UNCHANGED);
  await check("the page asks for the password, and the keyboard is in the dialog", () => assertFocus(page));
  await page.keyboard.press("Escape");
  await check("cancelled, the page shows the response as it was, and the session goes on", async () => {
    assertResponse(await response, 401, REQUIRED);
    assert.equal(window.sent.length, 1);
    assert.match(await whoIsSignedIn(page), /superuser/);
    assert(await window.dialog.isHidden());
  });

  ({ response } = await window.ask("users_update", path, UNCHANGED));
  await check("a wrong password can be corrected", async () => {
    assert.equal(await window.type("not-the-password"), 422);
    assert.equal(await window.says(/wrong/), "The password is wrong.");
    await page.screenshot({ path: `${out}/desktop-password.png` });
    assert.equal(await window.type(PASSWORD), 200);
  });
  await check("then the page repeats the call, once and unchanged", async () => {
    assertResponse(await response, 200, `"is_staff": true`);
    const calls = window.sent.slice(1).map((request) => [request.url(), request.postData()]);
    assert.equal(calls.length, 2);
    assert.deepEqual(calls[0], calls[1]);
  });
  await check("it shows the request that it repeated", async () => {
    const { authorization } = await window.sent.at(-1).allHeaders();
    assert.notEqual(authorization, (await window.sent.at(-2).allHeaders()).authorization);
    assert((await page.locator(".curl-command").innerText()).includes(authorization));
  });
  await check("it does not ask again soon", async () => {
    assertResponse(await execute(page, "users_update", UNCHANGED), 200, `"is_staff": true`);
  });
  await check("it keeps no password", async () => {
    assert.equal(await page.locator("#again-password").inputValue(), "");
    assert(!(await page.content()).includes(PASSWORD));
    assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0]);
  });

  await check("the session can still be refreshed", async () => assert.equal(await window.refresh(), 200));
  ({ response } = await window.ask("users_update", path, UNCHANGED));
  await check("the token may be refreshed while the page asks", async () => {
    assert.equal(await window.refresh(), 200);
    assert.equal(await window.type(PASSWORD), 200);
    assertResponse(await response, 200, `"is_staff": true`);
  });
  await window.refresh();
  await phone(window, path, out);
}

async function phone(window, path, out) {
  const { page, watch } = window;
  await page.setViewportSize({ width: 390, height: 1600 });
  let { response } = await window.ask("users_update", path, UNCHANGED);
  await check("phone: nor with the dialog", async () => {
    assert.deepEqual(await overflow(page), []);
    const { x, width } = await window.dialog.boundingBox();
    assert(x >= 0 && x + width <= page.viewportSize().width, `${x} + ${width}`);
  });
  await page.screenshot({ path: `${out}/phone-password.png` });
  await window.dialog.getByRole("button", { name: "Cancel", exact: true }).click();
  assertResponse(await response, 401, REQUIRED);

  await giveAged(page, AGAIN, seed);
  const before = window.sent.length;
  let status = 200;
  let tries = 0;
  for (; status === 200 && tries < 20; tries += 1) {
    ({ response } = await window.ask("users_update", path, UNCHANGED));
    status = await window.type(PASSWORD);
    if (status === 200) watch.expect(401, path);
    if (status === 200) assertResponse(await response, 401, REQUIRED);
  }
  await check("a call is repeated once, whatever its response", () => {
    assert(tries > 1);
    assert.equal(window.sent.length - before, 2 * tries - 1);
  });
  await check("after too many passwords the dialog says how long to wait, and has no field", async () => {
    assert.equal(status, 429);
    assert.match(await window.says(/Too many/), /^Too many attempts: try again in [1-9]\d* s\.$/);
    assert(await window.field.isHidden());
    await page.keyboard.press("Enter");
    assertResponse(await response, 401, REQUIRED);
    assert.match(await whoIsSignedIn(page), /superuser/);
  });
}

/** Behind a stage, wrong passwords end the session. */
export async function underStage(page, watch, base) {
  const window = new Window(page, watch, base);
  await window.signIn("user");
  await check("stage: user is signed in", async () => {
    assert.equal(await whoIsSignedIn(page), "Signed in as user, no roles");
    assertResponse(await execute(page, "users_me"), 200, `"user"`);
  });
  const path = "v1/auth/sessions/01976b2c-8d3e-7a41-9c5f-2e8b7d6a4f10";
  await window.fill("sessions_revoke", path.split("/").pop());
  const { response } = await window.ask("sessions_revoke", path);
  let status = 422;
  for (let tries = 0; status === 422 && tries < 20; tries += 1) status = await window.type("not-the-password");
  await check("stage: when the session has ended, the dialog says so, and the page signs out", async () => {
    assert.equal(status, 401);
    await window.says(/not valid/);
    await page.keyboard.press("Enter");
    assertResponse(await response, 401, REQUIRED);
    assert.equal(await message(page, /not valid/), "The token is not valid. Sign in again.");
    assert.equal(await whoIsSignedIn(page), null);
  });
}

/** Eight times the tabulator: never on the page behind the dialog. */
async function assertFocus(page) {
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.tagName);
  assert.equal(await focused(), "again-password");
  const seen = new Set();
  for (let press = 0; press < 8; press += 1) {
    await page.keyboard.press("Tab");
    seen.add(await focused());
  }
  seen.delete("BODY"); // The browser's own controls.
  assert.deepEqual([...seen].sort(), ["again-cancel", "again-password", "again-submit"]);
}

export function assertResponse({ status, body }, wanted, part) {
  assert.equal(status, wanted);
  assert(body.includes(part), `no ${part} in ${body}`);
}
