// @ts-check
// Builds ../dist/web-vitals-adapter.js: the functions of the npm package web-vitals, fed by our own measurements.
//
// node build.mjs [engine.wasm]; `cargo xtask wasm` runs it.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { rolldown } from "rolldown";

const here = import.meta.dirname;
const browser = join(here, "../../../npm/browser");
const wasm = process.argv[2] ?? join(browser, "dist/throughline_engine.wasm");
const { version } = JSON.parse(await readFile(join(browser, "package.json"), "utf8"));

/** The engine's module, as text in base64. @type {import("rolldown").Plugin} */
const engine = {
  name: "engine",
  resolveId: (id) => (id === "throughline-engine.wasm" ? `\0${id}` : undefined),
  load: async (id) => (id === "\0throughline-engine.wasm" ? `export default "${await readFile(wasm, "base64")}"` : undefined),
};
const bundle = await rolldown({
  input: join(here, "adapter.ts"),
  plugins: [engine],
  transform: { define: { VERSION: JSON.stringify(version), DEVELOPMENT: "false" } },
});
await bundle.write({ file: join(here, "../dist/web-vitals-adapter.js"), format: "esm", codeSplitting: false });
await bundle.close();
