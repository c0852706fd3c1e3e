// Bundles each function into its own folder, as it is deployed: `node build.mjs`.

import { cpSync, readdirSync } from "node:fs";
import { build } from "esbuild";

const NO_FUNCTIONS = ["build.mjs", "runtime.mjs", "shared.mjs"];
const files = readdirSync(".").filter((file) => file.endsWith(".mjs") && !NO_FUNCTIONS.includes(file));
const names = files.map((file) => file.replace(".mjs", ""));
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
