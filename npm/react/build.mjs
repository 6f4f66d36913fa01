// Builds `dist`: each entry as an ES module and as a CommonJS module, with types.
//
// node build.mjs, run by `cargo xtask wasm` after the browser package. In the CommonJS modules are
// the functions of `@throughline/browser` that they use: they find the page's client whichever
// copy has made it, and that package is an ES module.

import { execFileSync } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rolldown } from "rolldown";

const HERE = import.meta.dirname;
const BROWSER = Object.fromEntries(["errors", "routes"].map((name) => [`@throughline/browser/${name}`, join(HERE, `../browser/src/${name}.ts`)]));
const ENTRIES = ["index", "react-router", "tanstack-router", "next"];
const PEERS = ["react", "next/navigation.js"];

await rm(`${HERE}/dist`, { recursive: true, force: true });
for (const entry of ENTRIES)
  for (const [format, file, external] of [
    ["esm", `${entry}.js`, [...PEERS, ...Object.keys(BROWSER)]],
    ["cjs", `cjs/${entry}.js`, PEERS],
  ]) {
    const bundle = await rolldown({
      input: `${HERE}/src/${entry}.ts`,
      external,
      transform: { target: "es2022", define: { DEVELOPMENT: "false" } },
      resolve: { alias: BROWSER },
    });
    await bundle.write({ format, file: `${HERE}/dist/${file}`, comments: false, exports: "named", banner: '"use client";' });
    await bundle.close();
  }
// The package is of ES modules; this folder is not.
await writeFile(`${HERE}/dist/cjs/package.json`, '{ "type": "commonjs" }\n');
const tsc = join(HERE, "../../node_modules/.bin/tsc");
for (const outDir of [`${HERE}/dist`, `${HERE}/dist/cjs`])
  execFileSync(tsc, ["--project", HERE, "--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--outDir", outDir], { stdio: "inherit" });
