// Bundles each function into its own folder, as it is deployed: `node build.mjs`.

import { cpSync } from "node:fs";
import { build } from "esbuild";

const names = ["products_get", "users_me", "tokens_issue", "bare_hash"];
await build({
  entryPoints: names.map((name) => ({ in: `${name}.mjs`, out: `${name}/index` })),
  outdir: "dist",
  bundle: true,
  minify: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  outExtension: { ".js": ".cjs" },
  mainFields: ["module", "main"],
  // It has a native library, which can't be bundled.
  external: ["@node-rs/argon2"],
  logLevel: "warning",
});
for (const name of ["tokens_issue", "bare_hash"]) {
  cpSync("node_modules/@node-rs", `dist/${name}/node_modules/@node-rs`, { recursive: true });
}
