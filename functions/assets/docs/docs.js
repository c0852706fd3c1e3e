// The page around Swagger UI: signs in and out, shows the level of each operation, and asks for the password, a code or
// a passkey where an operation needs a recent sign-in.

import { ask, proofOf, stopAsking } from "./again.js";
import { call } from "./api.js";
import { canUsePasskeys, stopPasskey, usePasskey } from "./passkey.js";
import { LEVELS, TEXTS } from "./texts.js";

const CHECK_EVERY = 5_000; // Less than the 60 s in which a refresh token may be used again after a lost response.
const REFRESH_AHEAD = 60;
const REFRESH_PATIENCE = 4_000; // Leaves time to use the token again.

const element = (id) => document.getElementById(id);
const form = element("sign-in");
const factorForm = element("second-factor");

// The tokens are only in memory, so nobody can find them later.
let session = null;
let challenge = null; // Between the two steps of a sign-in.
let changing = null; // One change of the tokens at a time.
let asking = null; // One question at a time.

const ui = SwaggerUIBundle({
  domNode: element("api"),
  url: "openapi.json",
  plugins: [levels, namedBody, oneWayToSignIn, server, recentSignIn],
  tryItOutEnabled: true,
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  persistAuthorization: false,
  responseInterceptor: noticeTheEnd,
  onComplete: () => {
    document.title = ui.specSelectors.info().get("title");
    // The user may have signed in before the document was loaded.
    if (session) ui.preauthorizeApiKey("bearer", session.accessToken);
  },
});

form.addEventListener("submit", signIn);
element("passkey").addEventListener("click", signInWithPasskey);
factorForm.addEventListener("submit", (event) => {
  event.preventDefault();
  answer(() => proofOf(element("code").value));
});
element("code-passkey").addEventListener("click", () => answer(async () => ({ passkey: await usePasskey() })));
for (const id of ["passkey", "code-passkey"]) element(id).hidden = !canUsePasskeys();
element("code-cancel").addEventListener("click", () => begin(""));
element("sign-out").addEventListener("click", signOut);
setInterval(keepFresh, CHECK_EVERY);
// The tokens are lost with the page, so this ends the session. A page in the back-forward cache keeps its tokens.
addEventListener("pagehide", (event) => event.persisted || !session || revoke(session).catch(() => {}));

function levels() {
  const withLevel = (Path, { React, specSelectors }) => (props) => {
    const { path, method } = props.operationProps.toObject();
    const level = specSelectors.specJson().getIn(["paths", path, method, "x-level"]);
    const badge = { className: `level level-${String(level).toLowerCase()}`, title: LEVELS[level] };
    return React.createElement(
      React.Fragment,
      null,
      React.createElement(Path, props),
      level && React.createElement("span", badge, level),
    );
  };
  return { wrapComponents: { OperationSummaryPath: withLevel } };
}

// Swagger UI's field for bodies has no name for screen readers.
function namedBody() {
  const name = { "aria-label": TEXTS.body };
  const withName = (Area, { React }) => (props) => React.createElement(Area, { ...name, ...props });
  return { wrapComponents: { TextArea: withName } };
}

// Swagger UI's own dialog for tokens would not know the user of this page.
function oneWayToSignIn() {
  const nothing = () => () => null;
  return { wrapComponents: { authorizeBtn: nothing, authorizeOperationBtn: nothing } };
}

// The document names the root as server, but the API may be behind the name of a stage: beside this page.
function server() {
  const beside = (put) => (document) => put({ ...document, servers: [{ url: "." }] });
  return { statePlugins: { spec: { wrapActions: { updateJsonSpec: beside } } } };
}

function recentSignIn() {
  const withProof = (execute, { specActions }) => (request) => {
    const show = (sent) => specActions.setMutatedRequest(request.pathName, request.method, sent);
    return execute({ ...request, userFetch: (url, sent) => sendRecently(url, sent, show) });
  };
  return { statePlugins: { spec: { wrapActions: { executeRequest: withProof } } } };
}

/** Sends the request. If the sign-in is too long ago, asks for a proof, and sends the same request once more. */
async function sendRecently(url, request, show) {
  const answer = await fetch(url, request);
  if (!session || answer.status !== 401) return answer;
  const { code } = await answer.clone().json().catch(() => ({}));
  if (code !== "reauthentication_required") return answer;
  if (lacksFactor(answer)) {
    say(TEXTS.needsFactor, true);
    return answer;
  }
  asking ??= prove().finally(() => (asking = null));
  const isProven = await asking.catch(noteRefusal);
  if (!isProven || !session) return answer;
  const again = { ...request, headers: { ...request.headers, Authorization: `Bearer ${session.accessToken}` } };
  show(again);
  return fetch(url, again);
}

// Neither the password nor a code helps an account that has no factor.
function lacksFactor(answer) {
  return !session.hasFactor && /acr_values="[^"]*\bmfa\b/.test(answer.headers.get("www-authenticate"));
}

/** Asks for the password, or for a code or a passkey if the account has a second factor. */
async function prove() {
  const name = element("name").textContent;
  if (session.hasFactor) return ask("code", name, reauthenticate);
  let isFactorNeeded = false;
  const isProven = await ask("password", name, (proof) => reauthenticate(proof).catch((error) => {
    if (error.code !== "second_factor_required") throw error;
    isFactorNeeded = true;
  }));
  if (!isProven || !isFactorNeeded || !session) return isProven;
  session.hasFactor = true;
  return ask("code", name, reauthenticate);
}

function noteRefusal(error) {
  if (session && error.status === 401) forget(TEXTS.signInAgain(error.message), true);
}

async function reauthenticate(proof) {
  await keepFresh(); // The user may have taken so long that the token has expired.
  await alone(async () => {
    const old = session;
    if (!old) return;
    const proven = await call("v1/auth/reauthenticate", { body: proof, token: old.accessToken });
    if (session === old) hold({ refresh_token: old.refreshToken, ...proven }, old.hasFactor);
  });
}

async function alone(change) {
  while (changing) await changing.catch(() => {});
  changing = change().finally(() => (changing = null));
  return changing;
}

// Calls on this page can end the session, too: signing out everywhere, or erasing the account.
function noticeTheEnd(answer) {
  const asked = new URL(answer.url, location.href).pathname;
  const isOver = answer.status === 401 && ["token_invalid", "token_expired"].includes(answer.obj?.code);
  if (session && isOver && !asked.includes("/v1/auth/token")) forget(TEXTS.ended, true);
  return answer;
}

async function signIn(event) {
  event.preventDefault();
  element("submit").disabled = true;
  say(TEXTS.signingIn);
  const { username, password } = Object.fromEntries(new FormData(form));
  try {
    const tokens = await call("v1/auth/token", { body: { username, password } });
    form.reset();
    await open(tokens, username);
  } catch (error) {
    if (error.challenge) return askForCode(username, error.challenge);
    say(error.message, true);
    if (!session) element("password").select();
  } finally {
    element("submit").disabled = false;
  }
}

/** Signs in with a passkey alone. Only the account tells whose it is. */
async function signInWithPasskey() {
  if (element("submit").disabled) return;
  element("submit").disabled = true;
  say(TEXTS.signingIn);
  try {
    const credential = await usePasskey();
    const tokens = await call("v1/auth/token/passkey", { body: { credential } });
    form.reset();
    await open(tokens, TEXTS.passkey.owner, true);
  } catch (error) {
    say(error.code === "credentials_invalid" ? TEXTS.passkey.unknown : error.message, true);
    if (!canUsePasskeys()) element("username").focus();
  } finally {
    element("submit").disabled = false;
  }
}

/** The second step of a sign-in. */
function askForCode(username, from) {
  challenge = { username, from };
  form.reset();
  form.hidden = true;
  factorForm.hidden = false;
  say(TEXTS.needsCode);
  element("code").focus();
}

async function answer(prove) {
  if (element("code-submit").disabled) return;
  const mine = challenge;
  element("code-submit").disabled = true;
  say(TEXTS.signingIn);
  try {
    const body = { challenge: mine.from, ...(await prove()) };
    const tokens = await call("v1/auth/token/second-factor", { body });
    if (challenge === mine) await open(tokens, mine.username, true);
    else await revoke({ refreshToken: tokens.refresh_token });
  } catch (error) {
    if (challenge === mine && error.code === "challenge_invalid") return begin(error.message, true);
    if (challenge === mine || session) say(error.message, true);
    if (challenge === mine) element("code").select();
  } finally {
    element("code-submit").disabled = false;
  }
}

/** Back to the first step of a sign-in. */
function begin(message, isError) {
  show(null);
  say(message, isError);
  element("username").focus();
}

async function open(tokens, username, hasFactor = false) {
  hold(tokens, hasFactor);
  show(username);
  element("sign-out").focus();
  await showRoles();
}

async function signOut() {
  const ended = session;
  forget(TEXTS.signedOut);
  try {
    await revoke(ended);
  } catch (error) {
    say(TEXTS.stillLives(error.message), true);
  }
}

async function keepFresh() {
  if (session && !changing && Date.now() >= session.refreshAt) await alone(refresh);
}

async function refresh() {
  const old = session;
  try {
    const tokens = await call("v1/auth/token/refresh", {
      body: { refresh_token: old.refreshToken },
      patience: REFRESH_PATIENCE,
    });
    if (session !== old) return;
    hold(tokens, old.hasFactor);
    await showRoles();
  } catch (error) {
    const isOver = error.status === 401 || Date.now() >= old.expiresAt;
    if (session === old && isOver) forget(TEXTS.expired, true);
  }
}

function hold({ access_token, refresh_token, expires_in }, hasFactor) {
  const expiresAt = Date.now() + expires_in * 1000;
  const refreshAt = expiresAt - Math.min(REFRESH_AHEAD, expires_in / 2) * 1000;
  session = { accessToken: access_token, refreshToken: refresh_token, refreshAt, expiresAt, hasFactor };
  ui.preauthorizeApiKey("bearer", access_token);
}

function forget(message, isError) {
  session = null;
  stopAsking();
  ui.authActions.logout(["bearer"]);
  begin(message, isError);
}

function show(name) {
  challenge = null;
  stopPasskey();
  factorForm.reset();
  factorForm.hidden = true;
  form.hidden = name !== null;
  element("signed-in").hidden = name === null;
  element("name").textContent = name;
  element("roles").textContent = "…";
}

async function showRoles() {
  const of = session;
  const me = await call("v1/users/me", { token: of.accessToken }).catch((error) => {
    element("roles").textContent = TEXTS.rolesUnknown;
    throw error;
  });
  if (session !== of) return;
  const roles = [me.is_staff && "staff", me.is_superuser && "superuser"].filter(Boolean);
  element("name").textContent = me.username;
  element("roles").textContent = TEXTS.roles(roles);
  say("");
}

function say(text, isError = false) {
  element("message").textContent = text;
  element("message").classList.toggle("error", isError && text !== "");
}

function revoke({ refreshToken }) {
  return call("v1/auth/token/revoke", { body: { refresh_token: refreshToken }, keepalive: true });
}
