// The user's session. The tokens are in this module's memory only: with the page they are gone.

import { call } from "./api.js";
import { usePasskey } from "./passkey.js";
import { TEXTS } from "./texts.js";

const REFRESH_AHEAD = 30_000;
const OVER = ["token_invalid", "token_expired", "token_missing"];

let tokens = null;
let session = 0; // Counts the sessions, so that a late answer belongs to none but its own.
let refreshing = null; // One refresh at a time, because a refresh token is used once.
let ended = () => {};

// Also of a page that the browser keeps, to show it again with the button "back".
addEventListener("pagehide", () => {
  session += 1;
  if (tokens) signOut().catch(() => {});
});

/** Whether there is a session. */
export function isOpen() {
  return tokens !== null;
}

/**
 * Opens a session, and gives null; or gives a challenge if the account has a second factor: there is no session then.
 * `onEnd` is called with a message when the session is over.
 */
export async function signIn(body, onEnd) {
  try {
    await open("v1/auth/token", body, onEnd);
    return null;
  } catch (error) {
    if (error.code === "second_factor_required" && error.challenge) return error.challenge;
    throw error;
  }
}

/** Opens a session with a passkey alone. */
export async function signInWithPasskey(onEnd) {
  const credential = await usePasskey();
  await open("v1/auth/token/passkey", { credential }, onEnd).catch((error) => {
    if (error.code === "credentials_invalid") error.message = TEXTS.passkey.unknown;
    throw error;
  });
}

/** Answers a challenge with a code or a passkey, which opens the session. */
export async function answer(challenge, values, onEnd) {
  await open("v1/auth/token/second-factor", { challenge, ...values }, onEnd);
}

async function open(path, body, onEnd) {
  const mine = ++session;
  const { content } = await call("POST", path, { body });
  if (session !== mine) {
    // The page was left meanwhile.
    await revoke(content.refresh_token).catch(() => {});
    throw new Error(TEXTS.session.ended);
  }
  hold(content);
  ended = onEnd;
}

/** Forgets the tokens, and ends the session. */
export async function signOut() {
  const { refresh } = tokens;
  session += 1;
  tokens = null;
  await revoke(refresh);
}

/** Forgets the tokens of a session that is over. */
export function forget() {
  tokens = null;
}

/** Sends a request of the signed-in user. Refreshes the access token, once, if it has expired. */
export async function send(method, path, body) {
  if (tokens && Date.now() >= tokens.refreshAt) await refresh();
  const { access } = tokens ?? over(TEXTS.session.ended);
  try {
    return await call(method, path, { body, token: access });
  } catch (error) {
    if (error.code !== "token_expired") throw noted(error);
  }
  await refresh();
  return call(method, path, { body, token: tokens?.access }).catch((error) => {
    throw noted(error);
  });
}

/** Proves the password again, or a second factor. The new access token counts as recent. */
export async function reauthenticate(values) {
  const mine = session;
  const { content } = await send("POST", "v1/auth/reauthenticate", values);
  if (tokens && session === mine) hold({ refresh_token: tokens.refresh, ...content });
}

async function refresh() {
  if (!tokens) over(TEXTS.session.ended);
  refreshing ??= renew().finally(() => (refreshing = null));
  await refreshing;
}

async function renew() {
  const before = tokens;
  const body = { refresh_token: before.refresh };
  const again = () => call("POST", "v1/auth/token/refresh", { body });
  try {
    // For a minute, the same refresh token gives the same successor: this covers a lost response.
    const { content } = await again().catch((error) => (error.status === 0 ? again() : Promise.reject(error)));
    // Somebody else may have signed in meanwhile.
    if (tokens === before) hold(content);
  } catch (error) {
    if (error.status === 401 && tokens === before) over(TEXTS.session.expired);
    throw error;
  }
}

function hold({ access_token: access, refresh_token: refresh, expires_in: seconds }) {
  tokens = { access, refresh, refreshAt: Date.now() + Math.max(seconds * 1000 - REFRESH_AHEAD, seconds * 500) };
}

function noted(error) {
  if (error.status === 401 && OVER.includes(error.code)) over(TEXTS.session.ended);
  return error;
}

function over(message) {
  const wasOpen = tokens !== null;
  tokens = null;
  if (wasOpen) ended(message);
  throw new Error(message);
}

function revoke(refresh) {
  return call("POST", "v1/auth/token/revoke", { body: { refresh_token: refresh }, keepalive: true });
}
