// Calls of the API.

import { TEXTS } from "./texts.js";

const PATIENCE = 20_000;

/**
 * Sends a request: a POST with the body, or a GET without one, unless `method` is given. Returns the body of the
 * response. Throws an error with a message for the user, and with the status, the code and the challenge if there is a
 * response.
 */
export async function call(path, { method, body, token, keepalive = false, patience = PATIENCE }) {
  const request = { credentials: "omit", signal: AbortSignal.timeout(patience), keepalive, headers: {} };
  request.method = method ?? (body ? "POST" : "GET");
  if (token) request.headers.authorization = `Bearer ${token}`;
  if (body) request.body = JSON.stringify(body);
  if (body) request.headers["content-type"] = "application/json";
  const answer = await fetch(path, request).catch(() => null);
  if (!answer) throw new Error(TEXTS.unreachable);
  const content = await answer.json().catch(() => ({}));
  if (answer.ok) return content;
  const { code, challenge: asked } = content;
  throw Object.assign(new Error(reason(answer, content)), { status: answer.status, code, challenge: asked });
}

function reason(answer, { code, errors, detail }) {
  if (code === "credentials_invalid") return TEXTS.wrongCredentials;
  if (code === "challenge_invalid") return TEXTS.challengeInvalid;
  if (answer.status === 429) return TEXTS.tooMany(Number(answer.headers.get("retry-after")));
  if (errors) return errors.map(TEXTS.wrongField).join(" ");
  return detail ?? TEXTS.status(answer.status);
}
