// Writes the facts of facts.ts with the code of the browser package, and prints
// { text, minimal } as JSON: the text for the engine, and the early OTLP record.

import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const here = import.meta.dirname;
const root = join(here, "../../../..");
const SOURCES = join(root, "npm/browser/src");
/** Exports `encode`. */
const ENCODE = join(SOURCES, "core/encode.ts");
/** Exports `useFields`. */
const ENCODER = join(SOURCES, "delivery/encoder.ts");
/** Exports `asOtlp`. */
const MINIMAL = join(SOURCES, "core/minimal-otlp.ts");
/** A `late.ts` exports `late`, whose `fields` write kinds of facts. */
const SIGNALS = join(SOURCES, "signals");

// What the sources ask of a browser as soon as they are loaded.
Object.defineProperty(performance, "timeOrigin", { value: 1_700_000_000_000 });
performance.now = () => 0;
Date.now = () => 1_700_000_000_000;
globalThis.self = globalThis;
// As scripts of a bundler register their ids: one is in the stacks of facts.ts, one is not.
globalThis._throughlineDebugIds = {
  "Error\n    at https://shop.example/b.js:1:1": "c2159c01-58fd-4dc5-a43c-69ceb761ecdb",
  "@https://shop.example/c.js:1:1\n": "00d60b2a-221b-447b-b6a1-62cd2fa7289b",
};
globalThis.CSS = { escape: (name) => name.replace(/^\d/, "\\3$& ").replace(/[.:]/g, "\\$&") };

// The facts fit the generated tuple types.
execFileSync(join(root, "node_modules/.bin/tsc"), ["--project", here], { stdio: ["ignore", 2, 2] });

const late = (await readdir(SIGNALS, { recursive: true })).filter((path) => path.endsWith("late.ts"));
const imports = [
  `export { encode } from ${JSON.stringify(ENCODE)};`,
  `export { useFields } from ${JSON.stringify(ENCODER)};`,
  `export { asOtlp } from ${JSON.stringify(MINIMAL)};`,
  `export { facts } from "./facts.ts";`,
  ...late.map((path, at) => `import { late as late${at} } from ${JSON.stringify(join(SIGNALS, path))};`),
  `export const signals = [${late.map((_, at) => `late${at}`)}];`,
];
const folder = await mkdtemp(join(tmpdir(), "throughline-every-kind-"));
try {
  const outfile = join(folder, "facts.mjs");
  await build({
    stdin: { contents: imports.join("\n"), resolveDir: here, loader: "ts" },
    bundle: true,
    format: "esm",
    outfile,
    // The module of plain OTLP is not asked for.
    external: ["*/otlp-module.js"],
    logLevel: "error",
  });
  const { encode, useFields, asOtlp, facts, signals } = await import(pathToFileURL(outfile).href);
  for (const { fields } of signals) useFields(fields);
  // Of counts the engine makes no record: they are in the Bundle.
  const minimal = JSON.parse(new TextDecoder().decode(asOtlp.body(facts.filter(([kind]) => kind != "X"))));
  console.log(JSON.stringify({ text: encode(facts), minimal }));
} finally {
  await rm(folder, { recursive: true });
}
