// `POST /v1/auth/token`: sign in with a username or email and a password.

import { createHash, createPrivateKey, createPublicKey, randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { GetItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import middy from "@middy/core";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import { verify } from "@node-rs/argon2";
import ipaddr from "ipaddr.js";
import { SignJWT, calculateJwkThumbprint } from "jose";
import { Problem, dynamodb, json, problems, readBoth, table } from "./shared.mjs";

const MINUTE = 60;
const HOUR = 3600;
const DAY = 24 * HOUR;
const LIFE = 15 * MINUTE;
const NOBODY = "00000000-0000-0000-0000-000000000000";
// No password has this hash. It is checked for unknown accounts, so that these take as long.
const NO_HASH =
  "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
// What comes before a seed in PKCS #8 (RFC 8410).
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

const seed = Buffer.from(readFileSync(process.env.SIGNING_SEED_FILE, "utf8").trim(), "hex");
const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
const kid = calculateJwkThumbprint(createPublicKey(key).export({ format: "jwk" }));

const sha256 = (data) => createHash("sha256").update(data).digest();

/** The address as limits count it: of IPv6, the /64 network. */
function clientAddress(event) {
  const address = ipaddr.process(event.requestContext.http.sourceIp);
  if (address.kind() === "ipv4") return address.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`)}/64`;
}

function credentialsOf({ username, password }) {
  const normal = typeof password === "string" ? password.normalize("NFC") : "";
  if (typeof username !== "string" || normal.length === 0 || [...normal].length > 128) {
    throw new Problem(422, "validation_failed", "The input is not valid.");
  }
  return { username, password: normal };
}

/** Counts one call in the present window, or refuses it. */
async function count(limit, burst, window, now) {
  const end = (Math.floor(now / window) + 1) * window;
  const update = new UpdateItemCommand({
    TableName: table("rate_limits"),
    Key: { key: { S: `${limit}|${end}` } },
    UpdateExpression: "ADD calls :one SET expires_at = :end",
    ConditionExpression: "attribute_not_exists(calls) OR calls < :burst",
    ExpressionAttributeValues: { ":one": { N: "1" }, ":burst": { N: `${burst}` }, ":end": { N: `${end}` } },
  });
  try {
    await dynamodb.send(update);
  } catch (error) {
    if (error.name !== "ConditionalCheckFailedException") throw error;
    const wait = `${end - now}`;
    throw new Problem(429, "rate_limited", `Too many requests: try again in ${wait} s.`, { "retry-after": wait });
  }
}

async function findUser(name) {
  const kind = name.includes("@") ? "email" : "username";
  const Key = { identity: { S: `${kind}:${name.toLowerCase()}`.slice(0, 300) } };
  const read = new GetItemCommand({ TableName: table("identities"), Key, ConsistentRead: true });
  return (await dynamodb.send(read)).Item?.user_id.S;
}

const remember = (place, now) => {
  const Item = { ...place, expires_at: { N: `${now + 30 * DAY}` } };
  return dynamodb.send(new PutItemCommand({ TableName: table("sign_in_addresses"), Item }));
};

async function openSession(user, address, agent, now) {
  const [session, family, secret] = [randomUUID(), randomBytes(16), randomBytes(32)];
  const millis = { N: `${now * 1000}` };
  const Item = {
    id: { S: session },
    user_id: user.id,
    family: { B: sha256(family) },
    secret: { B: sha256(secret) },
    salt: { B: randomBytes(16) },
    epoch: user.epoch,
    user_agent: { S: [...agent.replace(/\p{Cc}/gu, "")].slice(0, 200).join("") },
    address: { S: address },
    created_at: millis,
    rotated_at: millis,
    ends_at: { N: `${now + 30 * DAY}` },
    expires_at: { N: `${now + 14 * DAY}` },
  };
  const insert = { TableName: table("sessions"), Item, ConditionExpression: "attribute_not_exists(id)" };
  await dynamodb.send(new PutItemCommand(insert));
  return { session, refresh: [session, family.toString("base64url"), secret.toString("base64url")].join(".") };
}

async function accessToken(user, session, now) {
  const claims = {
    iss: process.env.TOKEN_ISSUER,
    aud: process.env.TOKEN_AUDIENCE,
    sub: user.id.S,
    iat: now,
    exp: now + LIFE,
    jti: randomUUID(),
    sid: session,
    is_staff: user.is_staff.BOOL,
    is_superuser: user.is_superuser.BOOL,
    auth_time: now,
    acr: "1",
    amr: ["pwd"],
  };
  return new SignJWT(claims).setProtectedHeader({ typ: "at+jwt", alg: "EdDSA", kid: await kid }).sign(key);
}

async function signIn(event) {
  const [now, address] = [Math.floor(Date.now() / 1000), clientAddress(event)];
  const { username, password } = credentialsOf(event.body);
  const [, userId] = await Promise.all([
    count(`sign-in|ip|${address}`, 10, MINUTE, now),
    findUser(username),
  ]);
  const place = { user_id: { S: userId ?? NOBODY }, address: { S: address } };
  const subject = userId ?? `unknown:${sha256(username.toLowerCase()).toString("hex")}`;
  const [, [user, known]] = await Promise.all([
    count(`sign-in|subject+ip|${subject}|${address}`, 10, 15 * MINUTE, now),
    readBoth({ users: { id: place.user_id }, sign_in_addresses: place }),
  ]);
  const knownUntil = Number(known?.expires_at.N ?? 0);
  if (knownUntil <= now) await count(`sign-in|new-ips|${subject}`, 100, HOUR, now);
  const isRight = await verify(user?.password_hash.S ?? NO_HASH, password);
  if (!user?.is_active.BOOL || !isRight) {
    throw new Problem(401, "credentials_invalid", "No active account has these credentials.");
  }
  // Once a day is enough.
  const remembered = knownUntil < now + 29 * DAY ? remember(place, now) : undefined;
  const [{ session, refresh }] = await Promise.all([
    openSession(user, address, event.headers["user-agent"] ?? "", now),
    remembered,
  ]);
  const access = await accessToken(user, session, now);
  return json({ access_token: access, refresh_token: refresh, token_type: "bearer", expires_in: LIFE });
}

export const handler = middy().use(problems()).use(httpJsonBodyParser()).handler(signIn);
