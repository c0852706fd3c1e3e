// The client of docs/clients.md against responses to writes: not recent, once only, only if unchanged.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import { Problem, ifMatch, once, patient, signIn } from "./client.js";
import { type Received, type Reply, JSON_TYPE, replay, run } from "./replay.js";
import type { paths } from "./schema.js";

const TYPE = { "content-type": "application/problem+json" };
const AWAY: Reply = [503, { "retry-after": "7", ...JSON_TYPE }, `{"message":"Service Unavailable"}`];
const DONE: Reply = [200, JSON_TYPE, "[]"];
const CREATED: Reply = [202, JSON_TYPE, `{"status":"accepted"}`];
const REQUIRED: Reply = [401, TYPE, `{"code":"reauthentication_required"}`];
const BUSY: Reply = [409, { "retry-after": "1", ...TYPE }, `{"code":"request_in_progress"}`];
const WRONG: Reply = [422, TYPE, `{"code":"validation_failed","errors":[{"field":"password","message":"is wrong"}]}`];
const [TOKEN, REFRESH, AGAIN] = ["/v1/auth/token", "/v1/auth/token/refresh", "/v1/auth/reauthenticate"];
const ME = "/v1/users/me";
const NAMES = { first_name: "Ada" };

function refusal(status: number, code: string): Reply {
  return [status, TYPE, JSON.stringify({ code })];
}

function tokens(number: number): Reply {
  const body = { access_token: `access${number}`, refresh_token: `refresh${number}`, expires_in: 600 };
  return [200, JSON_TYPE, JSON.stringify(body)];
}

/** The response to the password: no refresh token. */
function proof(number: number): Reply {
  return [200, JSON_TYPE, JSON.stringify({ access_token: `access${number}`, expires_in: 600 })];
}

const pathsOf = (received: Received[]) => received.map(({ path }) => path);
const codeOf = ({ error }: { error?: { code?: string } }) => error?.code;

/** A client that is signed in, and knows these passwords. */
async function signedIn(baseUrl: string, ...passwords: (string | undefined)[]) {
  const state = { now: 0, passwords };
  const send = (request: Request) => patient(request, async () => {});
  const ask = async () => {
    assert(passwords.length > 0, "it asked once more");
    return passwords.shift();
  };
  return { api: await signIn(baseUrl, "user", "secret", { ask, send, clock: () => state.now }), state };
}

/** A client without a session, and the waits before its responses. */
function anonymous(baseUrl: string) {
  const waited: number[] = [];
  const send = (request: Request) => patient(request, async (seconds) => void waited.push(seconds));
  const body = { username: "ada", email: "ada@example.com", password: "correct-horse" };
  const api = createClient<paths>({ baseUrl, fetch: send });
  return { waited, api, create: (key?: string) => api.POST("/v1/users", { body, ...once(key) }) };
}

const tests = {
  async "the password is asked for, and the call repeated"() {
    await replay([tokens(1), REQUIRED, proof(2), DONE, tokens(3), DONE], async (url, received) => {
      const { api, state } = await signedIn(url, "secret");
      assert.deepEqual((await api.PATCH(ME, { body: NAMES })).data, []);
      assert.deepEqual(pathsOf(received), [TOKEN, ME, AGAIN, ME]);
      const sent = received.map(({ headers }) => headers.authorization);
      assert.deepEqual(sent, [undefined, "Bearer access1", "Bearer access1", "Bearer access2"]);
      assert.deepEqual(JSON.parse(received[2]!.body), { password: "secret" });
      assert.deepEqual([received[1]!.body, received[3]!.body], Array(2).fill(JSON.stringify(NAMES)));
      // The session keeps its refresh token.
      state.now = 599;
      await api.GET(ME);
      assert.deepEqual(JSON.parse(received[4]!.body), { refresh_token: "refresh1" });
    });
  },

  async "a call is asked for once at most"() {
    await replay([tokens(1), REQUIRED, proof(2), REQUIRED, REQUIRED], async (url, received) => {
      const { api, state } = await signedIn(url, "secret", undefined);
      for (const requests of [4, 5]) {
        assert.equal(codeOf(await api.GET(ME)), "reauthentication_required");
        assert.equal(received.length, requests);
      }
      assert(!pathsOf(received).includes(REFRESH!));
      assert.deepEqual(state.passwords, []);
    });
    await replay([tokens(1), REQUIRED, proof(2), DONE], async (url, received) => {
      const api = await signIn(url, "user", "secret");
      assert.equal(codeOf(await api.GET(ME)), "reauthentication_required");
      await api.reauthenticate("secret");
      await api.GET(ME);
      assert.equal(received.at(-1)!.headers.authorization, "Bearer access2");
    });
  },

  async "a refused password is a problem"() {
    for (const reply of [WRONG, refusal(401, "token_invalid"), REQUIRED]) {
      await replay([tokens(1), REQUIRED, reply, DONE], async (url, received) => {
        const { api } = await signedIn(url, "not-it");
        const problem = await api.GET(ME).then(() => assert.fail("no problem"), (error: Problem) => error);
        assert.equal(problem.code, JSON.parse((reply as [number, object, string])[2]).code);
        assert.deepEqual(problem.fields, reply === WRONG ? { password: "is wrong" } : {});
        assert.deepEqual(pathsOf(received), [TOKEN, ME, AGAIN]);
        assert.deepEqual((await api.GET(ME)).data, []);
      });
    }
  },

  async "an expired token is refreshed before the question"() {
    const replies = [tokens(1), refusal(401, "token_expired"), tokens(2), REQUIRED, proof(3), DONE];
    await replay(replies, async (url, received) => {
      const { api } = await signedIn(url, "secret");
      assert.deepEqual((await api.GET(ME)).data, []);
      assert.deepEqual(pathsOf(received), [TOKEN, ME, REFRESH, ME, AGAIN, ME]);
    });
  },

  async "calls at the same time ask once"() {
    const four = <T>(one: T) => Array<T>(4).fill(one);
    await replay([tokens(1), ...four(REQUIRED), proof(2), ...four(DONE)], async (url, received) => {
      let questions = 0;
      const ask = async () => {
        questions += 1;
        while (received.length < 5) await new Promise(setImmediate); // All four are refused.
        return "secret";
      };
      const api = await signIn(url, "user", "secret", { ask });
      const responses = await Promise.all(four(ME).map((path) => api.GET(path as typeof ME)));
      assert(responses.every(({ response }) => response.ok));
      assert.equal(questions, 1);
      assert.deepEqual(pathsOf(received), [TOKEN, ...four(ME), AGAIN, ...four(ME)]);
    });
  },

  async "a create has one key in all its tries"() {
    const replayed: Reply = [202, { "idempotency-replayed": "true", ...JSON_TYPE }, "{}"];
    const cases = [{ tries: [AWAY, BUSY, CREATED], waits: [7, 1] }, { tries: [null, replayed], waits: [1] }];
    for (const { tries, waits } of cases) {
      await replay([...tries, CREATED, CREATED], async (url, received) => {
        const { create, waited } = anonymous(url);
        for (const key of [undefined, undefined, "mine"]) assert.equal((await create(key)).response.status, 202);
        const keys = received.map(({ headers }) => headers["idempotency-key"]);
        assert.deepEqual(waited, waits);
        assert.equal(new Set(keys.slice(0, tries.length)).size, 1);
        assert.equal(new Set(keys).size, 3);
        assert.deepEqual([keys[0]!.length, keys.at(-1)], [36, "mine"]);
      });
    }
  },

  async "refusals of a create are problems"() {
    const refusals = [refusal(422, "idempotency_key_reused"), refusal(409, "already_done")];
    for (const replies of [...refusals.map((one) => [one]), [BUSY, BUSY, BUSY]]) {
      await replay(replies, async (url, received) => {
        const problem = new Problem(await anonymous(url).create());
        assert.equal(problem.code, JSON.parse((replies[0] as [number, object, string])[2]).code);
        assert.equal(received.length, replies.length);
      });
    }
  },

  async "a change needs the revision that was read"() {
    const me = (revision: number): Reply => [200, { etag: `"1.${revision}"`, ...JSON_TYPE }, "{}"];
    await replay([me(1), me(2), refusal(412, "precondition_failed")], async (url, received) => {
      const { api } = anonymous(url);
      const etag = (await api.GET(ME)).response.headers.get("etag")!;
      const change = () => api.PATCH(ME, { body: NAMES, ...ifMatch(etag) });
      assert.equal((await change()).response.headers.get("etag"), `"1.2"`);
      assert.equal(codeOf(await change()), "precondition_failed");
      assert.deepEqual(received.map(({ headers }) => headers["if-match"]), [undefined, `"1.1"`, `"1.1"`]);
    });
  },
};

await run(tests);
