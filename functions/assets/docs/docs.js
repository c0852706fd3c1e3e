// The page around Swagger UI: signs in and out, and shows the level of each operation.

const LEVELS = {
  Public: "for anyone, without a token",
  Maybe: "for anyone; a token is checked if there is one",
  Authenticated: "for any user who is signed in",
  Staff: "for users with the role staff",
  Superuser: "for users with the role superuser",
};
const CHECK_EVERY = 5_000; // Less than the 60 s in which a refresh token may be used again after a lost response.
const REFRESH_AHEAD = 60;
const PATIENCE = 20_000;
const REFRESH_PATIENCE = 4_000; // Leaves time to use the token again.

const element = (id) => document.getElementById(id);
const form = element("sign-in");

// The tokens are only in memory, so nobody can find them later.
let session = null;
let isRefreshing = false;

const ui = SwaggerUIBundle({
  domNode: element("api"),
  url: "openapi.json",
  plugins: [levels, namedBody, oneWayToSignIn, server],
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
  const name = { "aria-label": "Request body" };
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

// Calls on this page can end the session, too: signing out everywhere, or erasing the account.
function noticeTheEnd(answer) {
  const asked = new URL(answer.url, location.href).pathname;
  const isOver = answer.status === 401 && answer.obj?.code !== "credentials_invalid";
  if (session && isOver && !asked.includes("/v1/auth/token")) forget("The session has ended: sign in again.", true);
  return answer;
}

async function signIn(event) {
  event.preventDefault();
  element("submit").disabled = true;
  say("Signing in …");
  const { username, password } = Object.fromEntries(new FormData(form));
  try {
    hold(await call("v1/auth/token", { body: { username, password } }));
    form.reset();
    show(username);
    element("sign-out").focus();
    await showRoles();
  } catch (error) {
    say(error.message, true);
    if (!session) element("password").select();
  } finally {
    element("submit").disabled = false;
  }
}

async function signOut() {
  const ended = session;
  forget("Signed out.");
  try {
    await revoke(ended);
  } catch (error) {
    say(`Signed out here, but the session lives until it expires. ${error.message}`, true);
  }
}

async function keepFresh() {
  if (!session || isRefreshing || Date.now() < session.refreshAt) return;
  isRefreshing = true;
  const old = session;
  try {
    const tokens = await call("v1/auth/token/refresh", {
      body: { refresh_token: old.refreshToken },
      patience: REFRESH_PATIENCE,
    });
    if (session !== old) return;
    hold(tokens);
    await showRoles();
  } catch (error) {
    const isOver = error.status === 401 || Date.now() >= old.expiresAt;
    if (session === old && isOver) forget("The session has expired: sign in again.", true);
  } finally {
    isRefreshing = false;
  }
}

function hold({ access_token, refresh_token, expires_in }) {
  const expiresAt = Date.now() + expires_in * 1000;
  const refreshAt = expiresAt - Math.min(REFRESH_AHEAD, expires_in / 2) * 1000;
  session = { accessToken: access_token, refreshToken: refresh_token, refreshAt, expiresAt };
  ui.preauthorizeApiKey("bearer", access_token);
}

function forget(message, isError) {
  session = null;
  ui.authActions.logout(["bearer"]);
  show(null);
  say(message, isError);
  element("username").focus();
}

function show(name) {
  form.hidden = name !== null;
  element("signed-in").hidden = name === null;
  element("name").textContent = name;
  element("roles").textContent = "…";
}

async function showRoles() {
  const of = session;
  const me = await call("v1/users/me", { token: of.accessToken }).catch((error) => {
    element("roles").textContent = "roles unknown";
    throw error;
  });
  if (session !== of) return;
  const roles = [me.is_staff && "staff", me.is_superuser && "superuser"].filter(Boolean);
  element("name").textContent = me.username;
  element("roles").textContent = roles.length ? `roles: ${roles.join(", ")}` : "no roles";
  say("");
}

function say(text, isError = false) {
  element("message").textContent = text;
  element("message").classList.toggle("error", isError);
}

function revoke({ refreshToken }) {
  return call("v1/auth/token/revoke", { body: { refresh_token: refreshToken }, keepalive: true });
}

/**
 * Sends a POST with the body, or a GET without. Returns the body of the response. Throws an error with a message for the
 * user, and with the status if there is a response.
 */
async function call(path, { body, token, keepalive = false, patience = PATIENCE }) {
  const request = { credentials: "omit", signal: AbortSignal.timeout(patience), keepalive, headers: {} };
  if (token) request.headers.authorization = `Bearer ${token}`;
  if (body) Object.assign(request, { method: "POST", body: JSON.stringify(body) });
  if (body) request.headers["content-type"] = "application/json";
  const answer = await fetch(path, request).catch(() => null);
  if (!answer) throw new Error("The API can't be reached: try again in a moment.");
  const content = await answer.json().catch(() => ({}));
  if (answer.ok) return content;
  throw Object.assign(new Error(reason(answer, content)), { status: answer.status });
}

function reason(answer, { code, errors, detail }) {
  const wait = Number(answer.headers.get("retry-after"));
  if (code === "credentials_invalid") return "Wrong username or password.";
  if (answer.status === 429) return `Too many attempts: try again ${wait ? `in ${wait} s` : "later"}.`;
  if (errors) return errors.map(({ field, message }) => `${field}: ${message}`).join("; ");
  return detail ?? `The API answered with status ${answer.status}.`;
}
