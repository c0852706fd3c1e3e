// node aged.mjs TOKEN SEED_FILE: prints the same token, of a sign-in ten minutes earlier.
import { createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PKCS8_OF_ED25519 = "302e020100300506032b657004220420";
const TEN_MINUTES = 600;

/** The same token, of a sign-in ten minutes earlier, signed with the seed of the local server. */
export function aged(token, seedFile) {
  const [header, claims] = token.split(".");
  const content = JSON.parse(Buffer.from(claims, "base64url"));
  content.auth_time -= TEN_MINUTES;
  const message = `${header}.${Buffer.from(JSON.stringify(content)).toString("base64url")}`;
  const der = Buffer.from(PKCS8_OF_ED25519 + readFileSync(seedFile, "utf8").trim(), "hex");
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  return `${message}.${sign(null, Buffer.from(message), key).toString("base64url")}`;
}

/** From now on, the page gets aged tokens from this path. */
export async function giveAged(page, path, seedFile) {
  await page.route(path, async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    if (json.access_token) json.access_token = aged(json.access_token, seedFile);
    await route.fulfill({ response, json });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [token, seedFile] = process.argv.slice(2);
  console.log(aged(token, seedFile));
}
