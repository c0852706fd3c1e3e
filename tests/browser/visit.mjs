// What the tests do on the account's pages.
import assert from "node:assert/strict";
import { check } from "./watch.mjs";

export const PASSWORD = "purple-ladders-sing";

/** A window with the account's pages, which are at `base` plus `/account`. `tag` makes its screenshots' names. */
export class Visit {
  constructor(page, watch, base, tag, out) {
    Object.assign(this, { page, watch, base, tag, out });
  }

  /** Opens a page, with the fragment of its mailed link. */
  async open(page, title) {
    await this.page.goto("about:blank"); // Otherwise another fragment would not load the page.
    await this.page.goto(`${this.base}/account/${page}`);
    await this.heading(title);
  }

  /** Waits until the page has this heading. */
  heading(title) {
    return this.page.getByRole("heading", { level: 1, name: title, exact: true }).waitFor();
  }

  field(label, within = this.page) {
    return within.getByLabel(label, { exact: true });
  }

  button(name, within = this.page) {
    return within.getByRole("button", { name, exact: true });
  }

  section(name) {
    return this.page.getByRole("region", { name, exact: true });
  }

  async fill(values, within = this.page) {
    for (const [label, value] of Object.entries(values)) await this.field(label, within).fill(value);
  }

  /** Fills a form and presses its button. Gives the status of the response, which may be a refusal. */
  async send(values, button, path, within = this.page) {
    await this.fill(values, within);
    return this.answer(path, () => this.button(button, within).click());
  }

  /** Does something that makes the page call `path`. Gives the status of the response. */
  async answer(path, act) {
    const isIt = (response) => new URL(response.url()).pathname.endsWith(`/${path}`);
    const [response] = await Promise.all([this.page.waitForResponse(isIt), act()]);
    if (response.status() >= 400) this.watch.expect(response.status(), path);
    return response.status();
  }

  async signUp(username, email) {
    await this.open("sign-up", "Create an account");
    const values = { Username: username, "Email address": email, Password: PASSWORD };
    assert.equal(await this.send(values, "Create account", "v1/users"), 201);
    await this.heading("Look into your mailbox");
  }

  async signIn(username, password = PASSWORD) {
    await this.open("security", "Sign in");
    const values = { "Username or email address": username, Password: password };
    assert.equal(await this.send(values, "Sign in", "v1/auth/token"), 200);
    await this.heading("Security");
    await this.section("Where you are signed in").getByText("this session").waitFor();
  }

  /** Waits until something says this: an alert, or a line of status. */
  says(text, within = this.page) {
    return within.locator("[role=alert], [role=status]").filter({ hasText: text }).first().waitFor();
  }

  /** Waits until the fields with these names, and no others, are marked as wrong; the first has the focus. */
  async invalid(...names) {
    for (const name of names) await this.page.locator(`input[name=${name}][aria-invalid=true]`).waitFor();
    const wrong = await this.page.locator("[aria-invalid]").evaluateAll((all) => all.map(({ name }) => name));
    assert.deepEqual(wrong, names);
    assert.equal(await this.page.evaluate(() => document.activeElement.name), names[0]);
  }

  /** A message at the field, which has the focus. */
  async refused(label, message, within = this.page) {
    const field = this.field(label, within);
    await within.getByText(message, { exact: true }).waitFor();
    const found = await field.evaluate((input) => ({
      isFocused: document.activeElement === input,
      invalid: input.getAttribute("aria-invalid"),
      words: input.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id).textContent),
    }));
    assert.equal(found.words.at(-1), message);
    assert.deepEqual([found.isFocused, found.invalid], [true, "true"]);
  }

  /** The whole page, or the window with its dialog. */
  async screenshot(name) {
    const fullPage = (await this.page.getByRole("dialog").count()) === 0;
    await this.page.screenshot({ path: `${this.out}/account-${this.tag}-${name}.png`, fullPage });
  }

  check(name, prove) {
    return check(`${this.tag}: ${name}`, prove);
  }
}

/** An own session without a browser. */
export async function signInElsewhere(base, username, password = PASSWORD) {
  const headers = { "content-type": "application/json", "user-agent": "Elsewhere/1.0" };
  const body = JSON.stringify({ username, password });
  const answer = await fetch(`${base}/v1/auth/token`, { method: "POST", headers, body });
  assert.equal(answer.status, 200);
  return (await answer.json()).access_token;
}

export async function statusOfMe(base, token) {
  return (await fetch(`${base}/v1/users/me`, { headers: { authorization: `Bearer ${token}` } })).status;
}
