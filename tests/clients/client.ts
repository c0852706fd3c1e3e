import createClient from "openapi-fetch";
import LinkHeader from "http-link-header";
import type { components, paths } from "./schema.js";

type Refused = { response: Response; error?: { code?: string; errors?: components["schemas"]["FieldError"][] } };

export class Problem extends Error {
  status: number;
  code: string | undefined; // undefined: an error of the gateway itself
  fields: Record<string, string>;
  constructor({ response, error }: Refused) {
    super(`${response.status} ${error?.code}`);
    [this.status, this.code] = [response.status, error?.code];
    this.fields = Object.fromEntries((error?.errors ?? []).map(({ field, message }) => [field, message]));
  }
}

const sleep = (seconds: number) => new Promise<void>((done) => setTimeout(done, seconds * 1000));

export async function patient(request: Request, wait = sleep): Promise<Response> {
  const isSafe = request.method !== "POST" || new URL(request.url).pathname.startsWith("/v1/auth/token");
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(request.clone());
    const seconds = Number(response.headers.get("retry-after") ?? 1);
    const mayRepeat = response.status === 429 || (response.status === 503 && isSafe);
    if (!mayRepeat || seconds > 60 || attempt === 3) return response;
    await wait(seconds);
  }
}

export async function signIn(
  baseUrl: string, username: string, password: string, send = patient, clock = () => performance.now() / 1000,
) {
  const http = createClient<paths>({ baseUrl, fetch: (request) => send(request) });
  const hold = ({ data, ...refused }: Refused & { data?: components["schemas"]["Tokens"] }) => {
    if (!data) throw new Problem(refused); // A 401 of a refresh: the session has ended, so sign in again.
    return { ...data, refreshAt: clock() + data.expires_in - Math.min(60, data.expires_in / 2) };
  };
  let tokens = hold(await http.POST("/v1/auth/token", { body: { username, password } }));
  let refreshing: Promise<void> | undefined;

  async function refresh() {
    tokens = hold(await http.POST("/v1/auth/token/refresh", { body: { refresh_token: tokens.refresh_token } }));
  }
  async function token(refused?: string) {
    if (clock() >= tokens.refreshAt || tokens.access_token === refused) {
      refreshing ??= refresh().finally(() => (refreshing = undefined)); // One at a time. The others wait.
    }
    await refreshing;
    return tokens.access_token;
  }
  async function authorized(request: Request): Promise<Response> {
    const used = await token();
    request.headers.set("authorization", `Bearer ${used}`);
    const response = await send(request.clone());
    const { code } = response.status === 401 ? await response.clone().json() : {};
    if (code !== "token_expired") return response;
    request.headers.set("authorization", `Bearer ${await token(used)}`);
    return send(request);
  }
  return createClient<paths>({ baseUrl, fetch: authorized });
}

export async function* users(api: Awaited<ReturnType<typeof signIn>>, limit = 100) {
  for (let cursor: string | undefined, isLast = false; !isLast; ) {
    const { data, ...refused } = await api.GET("/v1/users", { params: { query: { limit, cursor } } });
    if (!data) throw new Problem(refused);
    yield* data; // A page can be short, even empty. Only a page without a link is the last.
    const next = LinkHeader.parse(refused.response.headers.get("link") ?? "").rel("next")[0];
    cursor = next && new URL(next.uri, refused.response.url).searchParams.get("cursor")!;
    isLast = !next;
  }
}
