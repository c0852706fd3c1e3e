import createClient, { type Client } from "openapi-fetch";
import LinkHeader from "http-link-header";
import type { components, paths } from "./schema.js";

type Tokens = components["schemas"]["Tokens"];
type Refused = { response: Response; error?: { code?: string; errors?: components["schemas"]["FieldError"][] } };

export class Problem extends Error {
  status: number;
  code: string | undefined; // undefined: an error of the gateway itself, or a page of a proxy
  fields: Record<string, string>;
  constructor({ response, error }: Refused) {
    super(`${response.status} ${error?.code}`);
    this.status = response.status;
    this.code = error?.code;
    this.fields = Object.fromEntries((error?.errors ?? []).map(({ field, message }) => [field, message]));
  }
}

const codeOf = (response: Response): Promise<string | undefined> =>
  response.clone().json().then((body) => body?.code, () => undefined);

// A create that can be repeated: `api.POST(path, { body, ...once() })`. To repeat it later, give and keep the key.
export const once = (key: string = crypto.randomUUID()) => ({ headers: { "Idempotency-Key": key } });

// A change of what still has this `ETag`: `api.PATCH(path, { params, body, ...ifMatch(etag) })`.
export const ifMatch = (etag: string) => ({ headers: { "If-Match": etag } });

const REPEATABLE = /\/v1\/auth\/(token(\/refresh|\/revoke)?|reauthenticate)$/;
const sleep = (seconds: number) => new Promise<void>((done) => setTimeout(done, seconds * 1000));

// Tests replace `wait`, and below `send` and `clock`.
export async function patient(request: Request, wait = sleep): Promise<Response> {
  const hasKey = request.headers.has("idempotency-key");
  const isSafe = request.method !== "POST" || hasKey || REPEATABLE.test(new URL(request.url).pathname);
  for (let attempt = 1; ; attempt += 1) {
    let seconds = 1;
    try {
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(30_000)]);
      const response = await fetch(request.clone(), { redirect: "error", signal });
      const retryAfter = response.headers.get("retry-after") ?? "";
      if (/^[1-9][0-9]{0,8}$/.test(retryAfter)) seconds = Number(retryAfter);
      const { status } = response;
      const isBusy = status === 409 && (await codeOf(response)) === "request_in_progress";
      const mayRepeat = status === 429 || isBusy || ([503, 504].includes(status) && isSafe);
      if (attempt === 3 || !mayRepeat || seconds > 60) return response;
    } catch (error) {
      if (attempt === 3 || !isSafe || request.signal.aborted) throw error;
    }
    await wait(seconds);
  }
}

// `ask` gives the password, or nothing. Tests replace the others.
type Options = { ask?: () => Promise<string | undefined>; send?: Send; clock?: () => number };
type Send = (request: Request) => Promise<Response>;

export async function signIn(baseUrl: string, username: string, password: string, options: Options = {}) {
  const { ask, send = (request) => patient(request), clock = () => performance.now() / 1000 } = options;
  const http = createClient<paths>({ baseUrl, fetch: send });
  const api = createClient<paths>({ baseUrl, fetch: authorized });
  let tokens: Tokens, expiresAt: number, refreshAt: number;
  let refreshing: Promise<void> | undefined, asking: Promise<boolean> | undefined, ended: Problem | undefined;

  function keep({ data, ...refused }: Refused & { data?: Omit<Tokens, "refresh_token"> }) {
    if (!data) throw new Problem(refused);
    tokens = { ...tokens, ...data }; // Reauthentication gives no refresh token.
    expiresAt = clock() + data.expires_in;
    refreshAt = expiresAt - Math.min(60, data.expires_in / 2);
  }
  async function refresh() {
    try {
      keep(await http.POST("/v1/auth/token/refresh", { body: { refresh_token: tokens.refresh_token } }));
    } catch (error) {
      if (error instanceof Problem && error.status === 401) ended = error; // Sign in again.
      if (ended || clock() >= expiresAt) throw error;
      refreshAt = expiresAt; // The access token still lives.
    }
  }
  async function token(refused?: string) {
    if (ended) throw ended; // The refresh token is not sent again.
    if (tokens.access_token === refused) expiresAt = refreshAt = clock();
    if (clock() >= refreshAt) refreshing ??= refresh().finally(() => (refreshing = undefined));
    await refreshing; // One refresh at a time. The others wait for its tokens.
    return tokens.access_token;
  }
  async function reauthenticate(password: string) {
    const proven = await api.POST("/v1/auth/reauthenticate", { body: { password } });
    await refreshing?.catch(() => {}); // The proven token is kept, and not the refreshed one.
    keep(proven);
  }
  async function askAndProve() {
    const password = await ask?.();
    if (password) await reauthenticate(password);
    return Boolean(password);
  }
  async function isProven(refused: string) {
    if (tokens.access_token !== refused) return true;
    asking ??= askAndProve().finally(() => (asking = undefined));
    return asking; // One question at a time. The others wait for its token.
  }
  async function authorized(request: Request): Promise<Response> {
    const repeated = new Set<string>();
    for (let used = await token(); ; ) {
      request.headers.set("authorization", `Bearer ${used}`);
      const response = await send(request.clone());
      const code = response.status === 401 ? await codeOf(response) : undefined;
      if (!code || repeated.has(code)) return response; // Once for each reason.
      repeated.add(code);
      const mayAsk = code === "reauthentication_required" && !request.url.endsWith("/reauthenticate");
      if (code === "token_expired") used = await token(used);
      else if (mayAsk && (await isProven(used))) used = await token(); // A refresh would not help.
      else return response;
    }
  }
  keep(await http.POST("/v1/auth/token", { body: { username, password } }));
  return Object.assign(api, { reauthenticate });
}

function nextCursor({ headers, url }: Response) {
  const link = LinkHeader.parse(headers.get("link") ?? "").rel("next")[0];
  if (!link) return undefined;
  const next = new URL(link.uri, url);
  const cursor = next.searchParams.get("cursor");
  if (!cursor || next.origin !== new URL(url).origin) throw new Error(`${link.uri} is not a next page`);
  return cursor;
}

export async function* users(api: Client<paths>, limit = 100) {
  let cursor: string | undefined;
  do {
    const query = cursor ? { limit, cursor } : { limit };
    const { data, ...refused } = await api.GET("/v1/users", { params: { query } });
    if (!data) throw new Problem(refused);
    yield* data; // A page can be short, even empty. Only a page without a link is the last.
    cursor = nextCursor(refused.response);
  } while (cursor);
}
