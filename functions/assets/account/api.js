// Calls of the API that these pages belong to.

import { TEXTS } from "./texts.js";

// The API may be below the name of a stage.
const ROOT = new URL("../../", import.meta.url);
const PATIENCE = 20_000;

/** Why a call was not answered as hoped, with a message for the user. Without an answer, `status` is 0. */
export class Refusal extends Error {
  constructor(message, { status = 0, code = null, fields = [], challenge = null } = {}) {
    super(message);
    Object.assign(this, { status, code, fields, challenge });
  }
}

/** The user cancelled what a call needed, so there is nothing to say. */
export class Cancelled extends Error {}

/** Sends a request. Gives the body of the response, and the cursor of the list's next page. */
export async function call(method, path, { body, token, keepalive = false } = {}) {
  const headers = {};
  if (token) headers.authorization = `Bearer ${token}`;
  if (body) headers["content-type"] = "application/json";
  const request = { method, headers, keepalive, credentials: "omit", signal: AbortSignal.timeout(PATIENCE) };
  if (body) request.body = JSON.stringify(body);
  const answer = await fetch(new URL(path, ROOT), request).catch(() => null);
  if (!answer) throw new Refusal(TEXTS.unreachable);
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw refusal(answer, content);
  return { content, next: cursorOf(answer.headers.get("link")) };
}

function refusal({ status, headers }, { code, errors, detail, challenge }) {
  const refused = { status, code, fields: errors ?? [], challenge };
  const wait = Number(headers.get("retry-after"));
  if (status === 429) return new Refusal(TEXTS.tooMany(wait), refused);
  if (status >= 500) return new Refusal(TEXTS.unavailable(wait), refused);
  const known = Object.hasOwn(TEXTS.codes, code) ? TEXTS.codes[code] : null;
  return new Refusal(known ?? detail ?? TEXTS.status(status), refused);
}

function cursorOf(link) {
  const target = link?.match(/<([^>]*)>\s*;\s*rel="?next"?/)?.[1];
  return target ? new URL(target, ROOT).searchParams.get("cursor") : null;
}
