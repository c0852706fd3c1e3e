// The client of docs/clients.md against responses that the local server can't give. Nothing here waits: tests pass
// another clock and another `wait`.
import assert from "node:assert/strict";
import { Problem, patient, signIn, users } from "./client.js";
import { type Reply, JSON_TYPE, replay, run } from "./replay.js";

const PROBLEM = { "content-type": "application/problem+json" };
const DONE: Reply = [200, JSON_TYPE, "[]"];
const AWAY: Reply = [503, { "retry-after": "7", ...JSON_TYPE }, `{"message":"Service Unavailable"}`];
const ENDED: Reply = [401, PROBLEM, `{"code":"token_invalid"}`];
const EXPIRED: Reply = [401, PROBLEM, `{"code":"token_expired"}`];
const NOTHING: Reply[] = [];

function tokens(number: number): Reply {
  const body = { access_token: `access${number}`, refresh_token: `refresh${number}`, expires_in: 600 };
  return [200, JSON_TYPE, JSON.stringify(body)];
}

/** A client that is signed in. `state` has its time, and its waits. */
async function signedIn(baseUrl: string) {
  const state = { now: 0, waited: [] as number[] };
  const send = (request: Request) => patient(request, async (seconds) => void state.waited.push(seconds));
  return { api: await signIn(baseUrl, "user", "secret", { send, clock: () => state.now }), state };
}

/** The response, and the waits before it. */
async function patiently(url: string, init: RequestInit = {}) {
  const waited: number[] = [];
  const response = await patient(new Request(url, init), async (seconds) => void waited.push(seconds));
  return { response, waited };
}

async function all<T>(items: AsyncIterable<T>) {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const tests = {
  async "a next link must have a cursor and the origin of the API"() {
    await replay(NOTHING, async (other, receivedByOther) => {
      const foreign = `<${other}/v1/users?cursor=2>; rel="next"`;
      const links = [foreign, `</v1/users?limit=1>; rel="next"`, `<>; rel="next"`, "garbage", "</v1/users?cursor=2"];
      for (const link of links) {
        await replay([tokens(1), [200, { link, ...JSON_TYPE }, "[]"], DONE], async (url, received) => {
          const { api } = await signedIn(url);
          await assert.rejects(all(users(api)), Error, link);
          assert.equal(received.length, 2, link);
        });
      }
      assert.deepEqual(receivedByOther, []);
    });
  },

  async "redirects are not followed"() {
    await replay([DONE, DONE, DONE], async (other, receivedByOther) => {
      const moved: Reply = [307, { location: `${other}/v1/auth/token` }, ""];
      await replay([moved, moved, moved], (url) => assert.rejects(signedIn(url)));
      await replay([tokens(1), moved, moved, moved], async (url) => {
        const { api } = await signedIn(url);
        await assert.rejects(all(users(api)));
      });
      assert.deepEqual(receivedByOther, []);
    });
  },

  async "a wait is whole seconds, or one second"() {
    const date = "Wed, 21 Oct 2026 07:28:00 GMT";
    const odd = [date, "1.5", "", "-1", "0", "soon", "1, 2", "9".repeat(5000)].map((value) => [value, 1] as const);
    for (const [value, seconds] of [["2", 2] as const, ...odd]) {
      const header = { "retry-after": value };
      await replay([[429, header, ""], [200, header, ""]], async (url) => {
        const { response, waited } = await patiently(url);
        assert.deepEqual([response.status, waited], [200, [seconds]], value);
      });
    }
  },

  async "only an object is a problem"() {
    for (const body of ["", "[]", "null", `"text"`, "{", "\u0000", "<html></html>", "{}"]) {
      for (const type of ["application/problem+json", "text/html"]) {
        await replay([tokens(1), [401, { "content-type": type }, body]], async (url) => {
          const problem = new Problem(await (await signedIn(url)).api.GET("/v1/users/me"));
          assert.deepEqual([problem.status, problem.code, problem.fields], [401, undefined, {}], body);
        });
      }
    }
    await replay([tokens(1), [401, PROBLEM, ""]], async (url) => {
      const { api } = await signedIn(url);
      const problem = new Problem(await (api.HEAD as (path: string) => ReturnType<typeof api.GET>)("/v1/users"));
      assert.deepEqual([problem.status, problem.code], [401, undefined]);
    });
  },

  async "sign-in and refresh are repeated behind a stage"() {
    await replay([AWAY, tokens(1), AWAY, tokens(2), DONE], async (url, received) => {
      const { api, state } = await signedIn(`${url}/prod`);
      state.now = 599;
      assert.deepEqual((await api.GET("/v1/users")).data, []);
      assert.deepEqual(state.waited, [7, 7]);
      assert.equal(received[3]!.path, "/prod/v1/auth/token/refresh");
      assert.equal(received[4]!.headers.authorization, "Bearer access2");
    });
  },

  async "a lost response is repeated if that is safe"() {
    const late: Reply = [504, JSON_TYPE, `{"message":"Gateway Timeout"}`];
    const timeout = AbortSignal.timeout;
    AbortSignal.timeout = () => timeout.call(AbortSignal, 50);
    try {
      for (const lost of [null, late, "never"] satisfies Reply[]) {
        await replay([lost, lost, DONE, lost], async (url, received) => {
          const { response, waited } = await patiently(`${url}/v1/users`);
          assert.deepEqual([response.status, waited], [200, [1, 1]]);
          const post = patiently(`${url}/v1/users`, { method: "POST" });
          if (lost === late) assert.equal((await post).response.status, 504);
          else await assert.rejects(post);
          assert.equal(received.length, 4);
        });
      }
    } finally {
      AbortSignal.timeout = timeout;
    }
    await replay([null, null, null], (url) => assert.rejects(patiently(url)));
    await replay([[500, JSON_TYPE, "{}"]], async (url) => assert.equal((await patiently(url)).response.status, 500));
  },

  async "a call that its caller ends is not repeated"() {
    await replay(["never", DONE], async (url, received) => {
      const request = new Request(url, { signal: AbortSignal.timeout(50) });
      await assert.rejects(patient(request, () => assert.fail("it waited")), { name: "TimeoutError" });
      assert.equal(received.length, 1);
    });
  },

  async "a refused refresh token is not sent again"() {
    for (const now of [599, 1000]) {
      await replay([tokens(1), ENDED, DONE], async (url, received) => {
        const { api, state } = await signedIn(url);
        state.now = now;
        for (let call = 0; call < 3; call += 1) {
          await assert.rejects(api.GET("/v1/users/me"), (error: Problem) => error.code === "token_invalid");
        }
        assert.deepEqual(received.map(({ path }) => path), ["/v1/auth/token", "/v1/auth/token/refresh"]);
      });
    }
  },

  async "a token is used while it lives"() {
    for (const failure of [AWAY, null]) {
      const failures = [failure, failure, failure];
      // The early refresh fails, then the refresh of an expired token does. The next one succeeds.
      await replay([tokens(1), ...failures, DONE, DONE, ...failures, tokens(2), DONE], async (url, received) => {
        const { api, state } = await signedIn(url);
        state.now = 599;
        for (let call = 0; call < 2; call += 1) assert.deepEqual((await api.GET("/v1/users")).data, []);
        state.now = 600;
        await assert.rejects(api.GET("/v1/users"));
        assert.deepEqual((await api.GET("/v1/users")).data, []);
        assert.equal(received.at(-1)!.headers.authorization, "Bearer access2");
      });
      // The server says that the token lives no more.
      await replay([tokens(1), EXPIRED, ...failures, DONE], async (url) => {
        const { api } = await signedIn(url);
        await assert.rejects(api.GET("/v1/users"));
      });
    }
  },
};

await run(tests);
