import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";

let passed = 0;
let failed = 0;

/** Runs one check and says how it went. What follows runs even if it failed. */
export async function check(name, prove) {
  try {
    await prove();
    passed += 1;
    console.log(`ok   ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}: ${stripVTControlCharacters(error.message)}`);
  }
}

/** Prints the last line, and gives the exit status. */
export function result() {
  console.log(`${passed} passed, ${failed} failed`);
  return passed > 0 && failed === 0 ? 0 : 1;
}

/** Notes what a browser's pages do that nobody asked for: requests that fail or leave, errors, words on the console. */
export class Watch {
  #context;
  #base;
  #expected = [];
  #refused = [];
  #onConsole = [];
  #wrong = [];
  #listeners = {
    request: (request) => this.#isOurs(request.url()) || this.#wrong.push(`request to ${request.url()}`),
    response: (response) => response.status() < 400 || this.#refused.push(`${response.status()} ${response.url()}`),
    requestfailed: (request) => this.#refused.push(`0 ${request.url()}`),
    console: (message) => this.#said(message),
    weberror: (error) => this.#wrong.push(`page error: ${error.error().message}`),
  };

  constructor(context, base) {
    this.#context = context;
    this.#base = base;
    for (const [event, listener] of Object.entries(this.#listeners)) context.on(event, listener);
  }

  /** One more response with this status is all right; 0 stands for no response. */
  expect(status, path) {
    this.#expected.push(`${status} ${this.#base}/${path}`);
  }

  /** Watches no longer. Fails if anything happened that was not expected, or the other way round. */
  end() {
    for (const [event, listener] of Object.entries(this.#listeners)) this.#context.off(event, listener);
    const expected = this.#expected.sort();
    const seen = { wrong: this.#wrong, refused: this.#refused.sort(), onConsole: this.#onConsole.sort() };
    assert.deepEqual(seen, { wrong: [], refused: expected, onConsole: expected });
  }

  #isOurs(url) {
    return url.startsWith("data:") || url.startsWith(`${this.#base}/`);
  }

  // Chromium writes a line for each refused request. Any other line is a fault, such as a violation of the policy.
  #said(message) {
    if (!["error", "warning"].includes(message.type())) return;
    const [, status, lost] = message.text().match(/^Failed to load resource: (?:.* status of (\d+)|(net::))/) ?? [];
    if (status || lost) this.#onConsole.push(`${status ?? 0} ${message.location().url}`);
    else this.#wrong.push(`${message.type()} on the console: ${message.text()}`);
  }
}
