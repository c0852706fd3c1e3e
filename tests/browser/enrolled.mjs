// Accounts with an authenticator app, made without a browser.
import assert from "node:assert/strict";
import { mailedCode, mailedLink } from "./mailbox.mjs";
import { Totp } from "./totp.mjs";
import { PASSWORD, signInElsewhere } from "./visit.mjs";

/** Makes an account, and gives its name, its app and its recovery codes. `api` is the server's own address. */
export async function enrolled(base, api, name) {
  const post = async (path, body, token) => {
    const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await fetch(`${base}/${path}`, { method: "POST", headers, body: body && JSON.stringify(body) });
    assert(answer.ok, `${path}: ${answer.status}`);
    return answer.status === 204 ? null : answer.json();
  };
  const email = `${name}@example.org`;
  await post("v1/users", { username: name, email, password: PASSWORD });
  const [, mailed] = (await mailedLink(api, email, "verify-email")).split("#token=");
  await post("v1/auth/verify-email", { token: mailed, password: PASSWORD });
  const token = await signInElsewhere(base, name);
  const { id, secret } = await post("v1/users/me/factors", undefined, token);
  const app = new Totp(secret);
  const proof = { code: await app.next(), mailed_code: await mailedCode(email) };
  const { recovery_codes: codes } = await post(`v1/users/me/factors/${id}/confirm`, proof, token);
  return { name, app, codes };
}
