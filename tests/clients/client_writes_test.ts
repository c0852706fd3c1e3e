// The client of docs/clients.md writes to the local server: not recent, once only, only if unchanged. Arguments: its
// URL, the file with its signing seed, and the script that ages a token. Nothing here waits.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { Problem, ifMatch, once, patient, signIn } from "./client.js";
import { run } from "./replay.js";

const [url, seed, script] = process.argv.slice(2);
assert(url && seed && script, "usage: node client_writes_test.js URL SEED_FILE AGED");
const PASSWORD = "correct-horse-battery-staple";
const AGAIN = "/v1/auth/reauthenticate";

// Calls of resources that each project has of its own, so that the compiler does not know them.
type Answer = { data?: any; error?: { code?: string }; response: Response };
type Call = (path: string, init?: object) => Promise<Answer>;
type Loose = { GET: Call; POST: Call; PATCH: Call };

/** Without waiting. */
const quick = (request: Request) => patient(request, async () => {});

async function superuser() {
  return (await signIn(url!, "superuser", PASSWORD, { send: quick })) as unknown as Loose;
}

/** The path of each call that creates something for its caller, and an example of its body. */
async function creates(): Promise<[string, Record<string, unknown>][]> {
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, any> };
  const found = Object.entries(paths).filter(([, { post }]) => post?.responses["201"] && JSON.stringify(post.parameters ?? []).includes("Idempotency-Key"));
  return found.map(([path, { post }]) => {
    const { properties } = post.requestBody.content["application/json"].schema;
    const examples = Object.entries<any>(properties).map(([name, { examples: [example] }]) => [name, example]);
    return [path, Object.fromEntries(examples)];
  });
}

/** The same thing with another text. */
function other(thing: Record<string, unknown>) {
  const [name, text] = Object.entries(thing).find(([, value]) => /^[a-z]+$/i.test(String(value)))!;
  return { ...thing, [name]: `${text}s` };
}

/** Loses the response to the first write, after the server has made it. */
async function losing<T>(use: () => Promise<T>): Promise<T> {
  const { fetch } = globalThis;
  let lost = 0;
  globalThis.fetch = async (...call) => {
    const response = await fetch(...call);
    if ((call[0] as Request).method !== "GET" && lost++ === 0) throw new TypeError("lost");
    return response;
  };
  try {
    return await use();
  } finally {
    globalThis.fetch = fetch;
    assert.equal(lost, 2, "nothing was lost, or nothing was repeated");
  }
}

const tests = {
  async "an old sign-in is asked for the password"() {
    const passwords = ["not-the-password", PASSWORD];
    const seen: string[] = [];
    const send = async (request: Request) => {
      const response = await quick(request);
      const { pathname } = new URL(request.url);
      seen.push(`${pathname} ${response.status}`);
      if (pathname !== "/v1/auth/token") return response;
      const tokens = (await response.json()) as { access_token: string };
      const access_token = execFileSync(process.execPath, [script!, tokens.access_token, seed!], { encoding: "utf8" });
      return Response.json({ ...tokens, access_token: access_token.trim() });
    };
    const api = await signIn(url!, "user", PASSWORD, { send, ask: async () => passwords.shift() });
    const session_id = "00000000-0000-0000-0000-000000000000";
    const remove = () => api.DELETE("/v1/auth/sessions/{session_id}", { params: { path: { session_id } } });
    const problem = await remove().then(() => assert.fail("no problem"), (error: Problem) => error);
    assert.deepEqual([problem.status, problem.fields], [422, { password: "is wrong" }]);
    for (const _ of [1, 2]) assert.equal((await remove()).response.status, 204);
    const path = `/v1/auth/sessions/${session_id}`;
    const calls = [`${path} 401`, `${AGAIN} 422`, `${path} 401`, `${AGAIN} 200`, `${path} 204`, `${path} 204`];
    assert.deepEqual(seen.slice(1), calls);
    assert.deepEqual(passwords, []);
  },

  async "a repeated create makes one thing"() {
    const api = await superuser();
    for (const [path, body] of await creates()) {
      const mine = once();
      const made = await losing(() => api.POST(path, { body, ...mine }));
      assert.deepEqual([made.response.status, made.response.headers.get("idempotency-replayed")], [201, "true"]);
      assert.deepEqual((await api.POST(path, { body, ...mine })).data, made.data);
      assert.notEqual((await api.POST(path, { body, ...once() })).data.id, made.data.id);
      const reused = await api.POST(path, { body: other(body), ...mine });
      assert.deepEqual([reused.response.status, reused.error?.code], [422, "idempotency_key_reused"]);
    }
  },

  async "a change of what has changed is refused"() {
    const api = await superuser();
    for (const [path, body] of await creates()) {
      const one = `${path}/${(await api.POST(path, { body, ...once() })).data.id}`;
      const etag = async () => (await api.GET(one)).response.headers.get("etag")!;
      const seen = await etag();
      const { data, response } = await api.PATCH(one, { body: other(body), ...ifMatch(seen) });
      assert.equal(response.headers.get("etag"), await etag());
      assert.notEqual(await etag(), seen);
      const refused = await api.PATCH(one, { body, ...ifMatch(seen) });
      assert.deepEqual([refused.response.status, refused.error?.code], [412, "precondition_failed"]);
      assert.deepEqual((await api.GET(one)).data, data);
    }
  },
};

await run(tests);
