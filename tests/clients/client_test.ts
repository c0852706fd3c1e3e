// The client of docs/clients.md against the local server, and the types of the generated schema. Arguments: the URL,
// and a file with errors. Nothing here waits: tests pass another clock and another `wait`.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import createClient from "openapi-fetch";
import { Problem, patient, signIn, users } from "./client.js";
import { type Reply, JSON_TYPE, replay, run } from "./replay.js";
import type { paths } from "./schema.js";

const [url, errors] = process.argv.slice(2);
assert(url && errors, "usage: node client_test.js URL ERRORS");
const PASSWORD = "correct-horse-battery-staple";
/** A client that notes its waits and its calls. */
async function connect(name: string, clock = () => 0) {
  const [waited, seen]: [number[], string[]] = [[], []];
  const send = async (request: Request) => {
    const response = await patient(request, async (seconds) => void waited.push(seconds));
    seen.push(`${new URL(request.url).pathname} ${response.status}`);
    return response;
  };
  return { api: await signIn(url!, name, PASSWORD, { send, clock }), waited, seen };
}

const tests = {
  async "every error has a code of a known set"() {
    const all: [number, string, string, string | null][] = JSON.parse(readFileSync(errors!, "utf8"));
    assert(all.length > 15);
    for (const [status, type, body, code] of all) {
      await replay([[status, { "content-type": type }, body]], async (baseUrl) => {
        const api = createClient<paths>({ baseUrl });
        const params = { path: { user_id: "01976b2c-8d3e-7a41-9c5f-2e8b7d6a4f10" } };
        const { error } = await api.PATCH("/v1/users/{user_id}", { params, body: { is_staff: true } });
        assert(error);
        // Compiles only if the code is a union of literals with these members, and no other text.
        type Code = NonNullable<typeof error.code>;
        const isUnion: string extends Code ? false : true = true;
        const known: Code[] = ["token_expired", "superuser_required", "not_found", "own_account", "unavailable"];
        // @ts-expect-error
        const unknown: Code = "no_such_code";
        assert(isUnion && known && unknown);
        assert.equal(error.code ?? null, code, `${status} ${body}`);
      });
    }
  },

  async "a wrong password is a problem"() {
    await assert.rejects(signIn(url!, "user", "wrong"), (error: Problem) => error.code === "credentials_invalid");
  },

  async "tokens are refreshed in time, and once"() {
    let now = 0;
    const { api, seen } = await connect("user", () => now);
    now = 600;
    const responses = await Promise.all([1, 2, 3, 4].map(() => api.GET("/v1/users/me")));
    assert(responses.every(({ data }) => data?.username === "user"));
    assert.equal(seen.filter((call) => call === "/v1/auth/token/refresh 200").length, 1, String(seen));
  },

  async "an expired token is refreshed, and the call repeated"() {
    // This clock stands, so the client learns from the server that its token has expired.
    const { api, seen } = await connect("user");
    const until = Date.now() + 20_000;
    while (!seen.includes("/v1/users/me 401") && Date.now() < until) {
      assert.equal((await api.GET("/v1/users/me")).data?.username, "user");
    }
    assert.deepEqual(seen.slice(-3), ["/v1/users/me 401", "/v1/auth/token/refresh 200", "/v1/users/me 200"]);
  },

  async "an ended session asks to sign in again"() {
    let now = 0;
    const { api } = await connect("user", () => now);
    const { data } = await api.GET("/v1/auth/sessions");
    const session_id = data!.find(({ current }) => current)!.id;
    await api.DELETE("/v1/auth/sessions/{session_id}", { params: { path: { session_id } } });
    assert.equal((await api.GET("/v1/users/me")).error?.code, "token_invalid");
    now = 1000;
    await assert.rejects(api.GET("/v1/users/me"), (error: Problem) => error.code === "token_invalid");
  },

  async "refusals name the code and the fields"() {
    const { api, waited } = await connect("user");
    assert.equal((await api.GET("/v1/users")).error?.code, "staff_required");
    const bad = { first_name: 1, last_name: 2 } as never;
    const problem = new Problem(await api.PATCH("/v1/users/me", { body: bad }));
    assert.deepEqual([problem.status, problem.code], [422, "validation_failed"]);
    assert.deepEqual(Object.keys(problem.fields).sort(), ["first_name", "last_name"]);
    let last;
    for (let call = 0; call < 5; call += 1) last = await api.PATCH("/v1/users/me", { body: bad });
    assert.deepEqual([last!.response.status, last!.error?.code], [429, "rate_limited"]);
    assert(waited.length === 2 && waited.every((seconds) => seconds > 0 && seconds <= 60), String(waited));
  },

  async "a 503 is repeated if that is safe"() {
    const away: Reply = [503, { "retry-after": "7", ...JSON_TYPE }, `{"message":"Service Unavailable"}`];
    const done: Reply = [200, JSON_TYPE, "[]"];
    for (const [method, path, waits, status] of [["GET", "/", [7], 200], ["POST", "/v1/users", [], 503]] as const) {
      const waited: number[] = [];
      await replay([away, done], async (baseUrl) => {
        const response = await patient(new Request(baseUrl + path, { method }), async (s) => void waited.push(s));
        assert.deepEqual([response.status, waited], [status, waits]);
      });
    }
    await replay([[429, { "retry-after": "3600" }, ""]], async (baseUrl) => {
      assert.equal((await patient(new Request(baseUrl), () => assert.fail("it waited"))).status, 429);
    });
  },

  async "lists are read to their end"() {
    const { api } = await connect("staff");
    const names = [];
    for await (const { username } of users(api, 1)) names.push(username);
    assert.equal(new Set(names).size, names.length);
    for (const name of ["user", "staff", "superuser"]) assert(names.includes(name), String(names));
    const link = { link: `</v1/users?limit=1&cursor=2>; rel="next"`, ...JSON_TYPE };
    const pages: Reply[] = [[200, link, `[{}]`], [200, link, "[]"], [200, JSON_TYPE, `[{}]`]];
    await replay(pages, async (baseUrl) => {
      let count = 0;
      for await (const _ of users(createClient<paths>({ baseUrl }))) count += 1;
      assert.equal(count, 2);
    });
  },

  async "the usage works"() {
    const usage = fileURLToPath(new URL("usage.js", import.meta.url));
    const printed = execFileSync(process.execPath, [usage, url!, "staff", PASSWORD], { encoding: "utf8" }).split("\n");
    assert.equal(printed[0], "staff has signed in");
    for (const name of ["user", "staff", "superuser"]) assert(printed.includes(name), String(printed));
  },
};

await run(tests);
