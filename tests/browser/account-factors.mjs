// The second factor of an account: added, asked for at sign-in and before serious calls, and removed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { problem } from "./account-refusals.mjs";
import { giveAged } from "./aged.mjs";
import { looksGood } from "./axe.mjs";
import { mailedCode, mailedLink } from "./mailbox.mjs";
import { Totp } from "./totp.mjs";
import { PASSWORD, signInElsewhere, statusOfMe } from "./visit.mjs";

const PATH = "v1/users/me/factors";
const PATTERN = /\/v1\/users\/me\/factors$/;
const CONFIRM = /\/v1\/users\/me\/factors\/[^/]+\/confirm$/;
const SECOND = "v1/auth/token/second-factor";
const AGAIN = "v1/auth/reauthenticate";
const RENEW = "v1/users/me/recovery-codes";
const QUESTION = "Confirm with your second factor";
const seed = process.env.SEED_FILE;

/** The whole story of a factor. `api` is the server's own address, which is in its mails. */
export async function factors(visit, api) {
  const name = `rosa-${visit.tag}`;
  const user = { name, email: `${name}@example.org` };
  await visit.signUp(name, user.email);
  await visit.signIn(name);
  const section = visit.section("Second factor");
  await visit.check("passkeys come after the app", async () => {
    await section.getByText(/passkeys.* Add an authenticator app first\.$/).waitFor();
    assert.equal(await visit.button("Add a passkey", section).count(), 0);
  });
  await visit.check("without a confirmed address, no factor is added", async () => {
    assert.equal(await visit.answer(PATH, () => visit.button("Add an authenticator app", section).click()), 409);
    await visit.says("Confirm your email address first", section);
    await looksGood(visit, "factor-unverified");
  });
  await visit.open(await mailedLink(api, user.email, "verify-email"), "Confirm your email address");
  await visit.send({ Password: PASSWORD }, "Confirm address", "v1/auth/verify-email");
  await visit.heading("Your address is confirmed");
  await enrol(visit, user);
  await signIns(visit, user);
  await proofs(visit, user);
  await remove(visit, user);
}

async function enrol(visit, user) {
  const { page } = visit;
  await visit.signIn(user.name);
  const elsewhere = await signInElsewhere(visit.base, user.name);
  const section = visit.section("Second factor");
  const add = () => visit.answer(PATH, () => visit.button("Add an authenticator app", section).click());
  const addWith = async (answer) => {
    await page.route(PATTERN, (route) => route.fulfill(answer), { times: 1 });
    return add();
  };
  let waiting = null; // The API's answer, to come back to the same factor: another one would mail another code.
  const send = (code, mailed) => {
    const path = (response) => CONFIRM.test(new URL(response.url()).pathname);
    return sendTo(visit, path, { "Code from your app": code, "Code from our mail": mailed }, "Turn on", section);
  };
  await visit.check("an app gets the secret as a picture, as a text and as a link", async () => {
    const answer = page.waitForResponse((response) => response.status() === 201);
    assert.equal(await add(), 201);
    waiting = { status: 201, json: await (await answer).json() };
    await section.getByRole("heading", { name: "1. Give the secret to your app" }).waitFor();
    const picture = section.getByRole("img", { name: /^QR code/ });
    const { width, height } = await picture.boundingBox();
    assert(width >= 150 && Math.abs(width - height) < 1, `a picture of ${width} by ${height}`);
    assert((await picture.locator("path, rect").count()) > 0, "the picture is empty");
    const secret = await section.locator(".secret-text").innerText();
    assert.match(secret, /^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
    const link = await section.getByRole("link", { name: "Open it in an app on this device" }).getAttribute("href");
    assert.equal(new URL(link).searchParams.get("secret"), secret.replaceAll(" ", ""));
    user.app = new Totp(secret);
  });
  await looksGood(visit, "factor-add");
  const mailed = await mailedCode(user.email);
  await visit.check("both codes are needed", async () => {
    await visit.button("Turn on", section).click();
    await visit.refused("Code from your app", "Code from your app is required.", section);
    await visit.invalid("code", "mailed_code");
  });
  await visit.check("a wrong code is said at its field", async () => {
    assert.equal(await send(user.app.wrong(), mailed), 422);
    await visit.refused("Code from your app", "Code from your app is wrong.", section);
    await looksGood(visit, "factor-wrong");
  });
  await visit.check("a factor that waited too long can be asked for again", async () => {
    await page.route(CONFIRM, (route) => route.fulfill(problem(404, "not_found")), { times: 1 });
    assert.equal(await send(user.app.wrong(), mailed), 404);
    await visit.says("That took too long. Begin again.", section);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Add an authenticator app");
  });
  await visit.check("cancelled, nothing is added", async () => {
    assert.equal(await addWith(waiting), 201);
    await visit.button("Cancel", section).click();
    await visit.button("Add an authenticator app", section).waitFor();
  });
  await visit.check("a factor that another window added is shown", async () => {
    assert.equal(await addWith(problem(409, "factor_exists")), 409);
    await visit.says("Your account has this second factor already.", section);
  });
  await visit.check("with both codes, the factor counts, and all sessions end", async () => {
    assert.equal(await addWith(waiting), 201);
    const code = await user.app.next();
    assert.equal(await send(`${code.slice(0, 3)} ${code.slice(3)}`, mailed), 200);
    await visit.heading("Save your recovery codes");
    assert.equal(await statusOfMe(visit.base, elsewhere), 401);
    assert.equal(await visit.button("Sign out").count(), 0);
  });
  user.codes = await readCodes(visit, page.locator("main"));
  await looksGood(visit, "recovery-codes");
  await visit.button("Sign in").click();
  await visit.heading("Sign in");
  await visit.check("then the page has the codes no longer", async () => {
    assert(!(await page.content()).includes(user.codes[0]));
  });
}

/** Ten different codes, which can be copied and saved. */
async function readCodes(visit, within) {
  const { page } = visit;
  const list = within.getByRole("list", { name: "Recovery codes" });
  await list.waitFor();
  const codes = await list.getByRole("listitem").allInnerTexts();
  await visit.check("there are ten recovery codes", () => {
    assert.equal(new Set(codes).size, 10);
    for (const code of codes) assert.match(code, /^[a-z2-7]{4}(-[a-z2-7]{3,4}){5}$/i);
  });
  await visit.check("they can be copied", async () => {
    await page.context().grantPermissions(["clipboard-write"]);
    await page.evaluate(noteCopies);
    await visit.button("Copy", within).click();
    await visit.says("The codes are copied.", within);
    assert.equal(await page.evaluate(() => window.copied), codes.join("\n"));
  });
  await visit.check("they can be saved", async () => {
    const [download] = await Promise.all([
      page.waitForEvent("download"), visit.button("Save as a file", within).click(),
    ]);
    assert.equal(download.suggestedFilename(), "recovery-codes.txt");
    assert(readFileSync(await download.path(), "utf8").includes(codes.join("\n")));
  });
  return codes;
}

/** All windows of a browser share one clipboard: reading it could give the text of another. */
function noteCopies() {
  const { clipboard } = navigator;
  const write = clipboard.writeText.bind(clipboard);
  clipboard.writeText = (text) => write(text).then(() => (window.copied = text));
}

async function signIns(visit, user) {
  const { page } = visit;
  const values = { "Username or email address": user.name, Password: PASSWORD };
  const begin = async () => {
    assert.equal(await visit.send(values, "Sign in", "v1/auth/token"), 401);
    await visit.heading(QUESTION);
  };
  await visit.check("after the password, the page asks for a code", async () => {
    await begin();
    await looksGood(visit, "question");
  });
  await visit.check("a wrong code can be corrected", async () => {
    assert.equal(await visit.send({ "Code from your app": user.app.wrong() }, "Sign in", SECOND), 422);
    await visit.refused("Code from your app", "Code from your app is wrong.");
    assert.equal(await visit.send({ "Code from your app": await user.app.next() }, "Sign in", SECOND), 200);
    await assertSignedIn(visit, 10);
  });
  await looksGood(visit, "factor");
  await signOut(visit);
  await visit.check("a recovery code does, too, and is used up", async () => {
    await begin();
    await visit.button("Use a recovery code instead").click();
    assert.equal(await page.evaluate(() => document.activeElement.name), "recovery_code");
    await looksGood(visit, "question-recovery");
    const code = user.codes.shift();
    const typed = code.toUpperCase().replaceAll("-", " ");
    assert.equal(await visit.send({ "Recovery code": typed }, "Sign in", SECOND), 200);
    await assertSignedIn(visit, 9);
    await signOut(visit);
    await begin();
    await visit.button("Use a recovery code instead").click();
    assert.equal(await visit.send({ "Recovery code": code }, "Sign in", SECOND), 422);
    await visit.refused("Recovery code", "Recovery code is wrong.");
    await visit.button("Use your app instead").click();
    assert.equal(await page.evaluate(() => document.activeElement.name), "code");
  });
  await visit.check("when there were too many codes, the page says how long to wait", async () => {
    const answer = problem(429, "rate_limited", { "retry-after": "300" });
    await page.route(new RegExp(`/${SECOND}$`), (route) => route.fulfill(answer), { times: 1 });
    assert.equal(await visit.send({ "Code from your app": "123456" }, "Sign in", SECOND), 429);
    await visit.says("Too many attempts. Try again in 5 minutes.");
    await looksGood(visit, "question-limited");
  });
  await visit.check("when no code helps any more, the sign-in begins again", async () => {
    const answer = problem(401, "challenge_invalid");
    await page.route(new RegExp(`/${SECOND}$`), (route) => route.fulfill(answer), { times: 1 });
    assert.equal(await visit.send({ "Code from your app": "123456" }, "Sign in", SECOND), 401);
    await visit.heading("Sign in");
    await visit.says("That took too long, or too many codes were wrong. Sign in again.");
  });
}

/** Signed in some time ago, the user proves the factor again. */
async function proofs(visit, user) {
  const { page } = visit;
  const pattern = new RegExp(`/${SECOND}$`);
  await giveAged(page, pattern, seed);
  await visit.send({ "Username or email address": user.name, Password: PASSWORD }, "Sign in", "v1/auth/token");
  await visit.heading(QUESTION);
  await visit.send({ "Code from your app": await user.app.next() }, "Sign in", SECOND);
  await assertSignedIn(visit, 9);
  await page.unroute(pattern);
  const dialog = page.getByRole("dialog", { name: "Enter a code again" });
  await visit.check("a new address needs the password and a code", async () => {
    const section = visit.section("Email address");
    await visit.button("Change address", section).click();
    const values = { "New email address": `${user.name}.next@example.org`, "Current password": PASSWORD };
    assert.equal(await visit.send(values, "Change address", "v1/users/me", section), 401);
    await dialog.waitFor();
    await looksGood(visit, "again-code");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });
  await visit.check("cancelled, the form stays as it was", async () => {
    const section = visit.section("Email address");
    assert.equal(await visit.field("New email address", section).inputValue(), `${user.name}.next@example.org`);
    assert.equal(await section.getByRole("alert").count(), 0);
    await visit.button("Cancel", section).click();
  });
  const section = visit.section("Second factor");
  await visit.check("new recovery codes need a code, too", async () => {
    await visit.button("New recovery codes", section).click();
    const question = page.getByRole("dialog", { name: "Make new recovery codes?" });
    await looksGood(visit, "renew");
    const renew = () => visit.button("Make new codes", question).click();
    assert.equal(await visit.answer(RENEW, renew), 401);
    await dialog.waitFor();
    assert.equal(await visit.send({ "Code from your app": user.app.used() }, "Go on", AGAIN, dialog), 422);
    await visit.refused("Code from your app", "Code from your app is wrong.", dialog);
    await visit.button("Use a recovery code instead", dialog).click();
    const renewed = page.waitForResponse(new RegExp(`/${RENEW}$`));
    assert.equal(await visit.send({ "Recovery code": user.codes.shift() }, "Go on", AGAIN, dialog), 200);
    assert.equal((await renewed).status(), 201);
    await visit.says("These are your new codes.", section);
  });
  const codes = await readCodes(visit, section);
  await looksGood(visit, "recovery-renewed");
  await visit.check("the old codes are replaced", async () => {
    assert(!codes.some((code) => user.codes.includes(code)));
    user.codes = codes;
    await visit.button("I saved them", section).click();
    await section.getByText("10 recovery codes left").waitFor();
  });
}

async function remove(visit, user) {
  const section = visit.section("Second factor");
  const open = () => visit.button("Remove: Authenticator app", section).click();
  const question = visit.page.getByRole("dialog", { name: "Remove your second factor: Authenticator app?" });
  await visit.check("cancelled, the factor stays", async () => {
    await open();
    await question.waitFor();
    await looksGood(visit, "factor-remove");
    assert.equal(await visit.page.evaluate(() => document.activeElement.textContent), "Cancel");
    await visit.button("Cancel", question).click();
    await question.waitFor({ state: "detached" });
  });
  await visit.check("removed, all sessions end, and the password is enough", async () => {
    await open();
    const removed = visit.page.waitForResponse((response) => response.request().method() === "DELETE");
    await visit.button("Remove", question).click();
    assert.equal((await removed).status(), 204);
    await visit.heading("Sign in");
    await visit.says("Your second factor is removed");
    await visit.signIn(user.name);
    await visit.button("Add an authenticator app", section).waitFor();
  });
}

async function assertSignedIn(visit, left) {
  await visit.heading("Security");
  const section = visit.section("Second factor");
  await section.getByText("Authenticator app", { exact: true }).waitFor();
  await section.getByText(`${left} recovery codes left`, { exact: true }).waitFor();
}

async function signOut(visit) {
  assert.equal(await visit.answer("v1/auth/token/revoke", () => visit.button("Sign out").click()), 204);
  await visit.heading("Sign in");
}

/** `visit.send` for a path with an id. */
async function sendTo(visit, isIt, values, button, within) {
  await visit.fill(values, within);
  const [response] = await Promise.all([visit.page.waitForResponse(isIt), visit.button(button, within).click()]);
  const path = response.url().slice(visit.base.length + 1);
  if (response.status() >= 400) visit.watch.expect(response.status(), path);
  return response.status();
}
