// Builds `dist` as an ES module and as a CommonJS module, with types.
//
// node build.mjs, run by `cargo xtask wasm` after the browser package. Server components get a
// file of their own, which says that the package runs in the browser; elsewhere bundlers warn of that
// directive.

import { execFileSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rolldown } from "rolldown";

const HERE = import.meta.dirname;

await rm(`${HERE}/dist`, { recursive: true, force: true });
const { peerDependencies } = JSON.parse(await readFile(`${HERE}/package.json`, "utf8"));
/** @type {string[]} */
let exports = [];
for (const [format, file] of [
  ["esm", "index.js"],
  ["cjs", "cjs/index.js"],
]) {
  const bundle = await rolldown({
    input: `${HERE}/src/index.ts`,
    external: (id) => Object.keys(peerDependencies).some((name) => id == name || id.startsWith(`${name}/`)),
    transform: { target: "es2022" },
  });
  const { output } = await bundle.write({ format, file: `${HERE}/dist/${file}`, comments: false, exports: "named" });
  exports = output[0].exports;
  await bundle.close();
}
await writeFile(`${HERE}/dist/react-server.js`, `"use client";\nexport { ${exports.join(", ")} } from "./index.js";\n`);
// The package is of ES modules; this folder is not.
await writeFile(`${HERE}/dist/cjs/package.json`, '{ "type": "commonjs" }\n');
const tsc = join(HERE, "../../node_modules/.bin/tsc");
for (const outDir of [`${HERE}/dist`, `${HERE}/dist/cjs`])
  execFileSync(tsc, ["--project", HERE, "--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--outDir", outDir], { stdio: "inherit" });
