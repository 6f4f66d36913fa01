// @ts-check
// Builds ../dist/web-vitals-adapter.js: the functions of the npm package web-vitals, fed by our own measurements.
//
// node build.mjs <engine.wasm> <otlp.wasm>; `cargo xtask wasm` runs it.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { rolldown } from "rolldown";

const here = import.meta.dirname;
const browser = join(here, "../../../npm/browser");
const [wasm, otlp] = process.argv.slice(2);
/** @type {Record<string, string | undefined>} */
const paths = { "\0throughline-engine.wasm": wasm, "\0throughline-otlp.wasm": otlp };
const { version } = JSON.parse(await readFile(join(browser, "package.json"), "utf8"));

/** The modules, as texts in base64. @type {import("rolldown").Plugin} */
const engine = {
  name: "engine",
  resolveId: (id) => (`\0${id}` in paths ? `\0${id}` : undefined),
  load: async (id) => (paths[id] ? `export default "${await readFile(paths[id], "base64")}"` : undefined),
};
const bundle = await rolldown({
  input: join(here, "adapter.ts"),
  plugins: [engine],
  transform: { define: { VERSION: JSON.stringify(version), DEVELOPMENT: "false" } },
});
await bundle.write({ file: join(here, "../dist/web-vitals-adapter.js"), format: "esm", codeSplitting: false });
await bundle.close();
