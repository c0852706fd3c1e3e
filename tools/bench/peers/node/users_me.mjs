// `GET /v1/users/me`: users read their own account.

import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import middy from "@middy/core";
import { decodeProtectedHeader, errors, importJWK, jwtVerify } from "jose";
import { Problem, dynamodb, json, problems, readBoth, table } from "./shared.mjs";

// How long a key is used before it is read again, in milliseconds.
const FRESH = 45_000;
// Longest lifetime of a token, and the largest accepted difference of clocks, in seconds.
const LIFE = 900;
const LEEWAY = 5;
const CLAIMS = ["iss", "aud", "sub", "iat", "exp", "jti", "sid"];
const PROFILE = ["id", "username", "email", "first_name", "last_name"];
const FLAGS = ["is_staff", "is_superuser", "email_verified"];

const invalid = () => new Problem(401, "token_invalid", "The token is not valid.");

// The time when each key was read, and the key.
const seen = new Map();

async function readKey(kid) {
  const Key = { kid: { S: kid } };
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: table("signing_keys"), Key, ConsistentRead: true }),
  );
  if (!Item || Item.revoked_at) return undefined;
  const key = await importJWK({ kty: "OKP", crv: "Ed25519", x: Item.x.S }, "EdDSA");
  return { key, readAt: Date.now(), leaseUntil: Number(Item.lease_until.N) };
}

async function publicKey({ kid }) {
  let found = seen.get(kid);
  if (!found || Date.now() - found.readAt > FRESH) {
    found = await readKey(kid);
    seen.set(kid, found);
  }
  if (!found || found.leaseUntil <= Date.now()) throw invalid();
  return found.key;
}

async function verified(token) {
  try {
    const { payload } = await jwtVerify(token, publicKey, {
      algorithms: ["EdDSA"],
      typ: "at+jwt",
      issuer: process.env.TOKEN_ISSUER,
      audience: process.env.TOKEN_AUDIENCE,
      clockTolerance: LEEWAY,
      requiredClaims: CLAIMS,
    });
    if (payload.exp - payload.iat > LIFE || payload.iat > Date.now() / 1000 + LEEWAY) throw invalid();
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new Problem(401, "token_expired", "The token has expired.");
    if (error instanceof errors.JOSEError) throw invalid();
    throw error;
  }
}

/** Whether the session has the user's epoch. The session that the last raise kept may have the one before. */
function admits(user, session) {
  const [epoch, own] = [Number(user.epoch.N), Number(session.epoch.N)];
  const isKept = user.kept_session?.S === session.id.S && user.kept_epoch?.N === user.epoch.N;
  return own === epoch || (isKept && own + 1 === epoch);
}

async function currentUser(event) {
  const [, token] = /^bearer +(\S+) *$/i.exec(event.headers.authorization ?? "") ?? [];
  if (!token) throw new Problem(403, "token_missing", "A bearer token is required.");
  const claims = await verified(token);
  const [user, session] = await readBoth({ users: { id: { S: claims.sub } }, sessions: { id: { S: claims.sid } } });
  if (!user?.is_active.BOOL || !session || session.revoked_at) throw invalid();
  const isOver = Number(session.expires_at.N) * 1000 <= Date.now();
  if (session.user_id.S !== user.id.S || isOver || !admits(user, session)) throw invalid();
  return user;
}

export const handler = middy()
  .use(problems())
  .handler(async (event) => {
    const user = await currentUser(event);
    const texts = PROFILE.map((name) => [name, user[name].S]);
    const flags = FLAGS.map((name) => [name, user[name].BOOL]);
    return json(Object.fromEntries([...texts, ...flags]));
  });
