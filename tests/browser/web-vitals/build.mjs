// @ts-check
// Builds ../dist/web-vitals-adapter.js: the functions of the npm package web-vitals, fed by our own measurements.
//
// node build.mjs [engine.wasm]; `cargo xtask wasm` runs it.

import { resolve } from "node:path";
import { bundleModules } from "../../../npm/browser/bundle.mjs";

const here = import.meta.dirname;
const wasm = resolve(process.argv[2] ?? `${here}/../../../npm/browser/dist/throughline_engine.wasm`);
await bundleModules({
  entries: { "web-vitals-adapter": `${here}/adapter.ts` },
  outdir: `${here}/../dist`,
  engine: { wasm },
  names: { properties: {}, variables: {} },
});
