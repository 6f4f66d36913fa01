// Builds `dist`: each entry as an ES module and as a CommonJS module, with types.
//
// node build.mjs, run by `cargo xtask wasm` after the browser package. Server components get
// files of their own, which say that the package runs in the browser; elsewhere bundlers warn of that
// directive.

import { execFileSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rolldown } from "rolldown";

const HERE = import.meta.dirname;

await rm(`${HERE}/dist`, { recursive: true, force: true });
const { peerDependencies, exports: keys } = JSON.parse(await readFile(`${HERE}/package.json`, "utf8"));
const entries = Object.keys(keys).flatMap((key) => (key == "." ? ["index"] : keys[key].import ? [key.slice(2)] : []));
for (const entry of entries) {
  /** @type {string[]} */
  let exports = [];
  for (const [format, file] of [
    ["esm", `${entry}.js`],
    ["cjs", `cjs/${entry}.js`],
  ]) {
    const bundle = await rolldown({
      input: `${HERE}/src/${entry}.ts`,
      external: (id) => Object.keys(peerDependencies).some((name) => id == name || id.startsWith(`${name}/`)),
      transform: { target: "es2022" },
    });
    const { output } = await bundle.write({ format, file: `${HERE}/dist/${file}`, comments: false, exports: "named" });
    exports = output[0].exports;
    await bundle.close();
  }
  const server = entry == "index" ? "react-server" : `react-server-${entry}`;
  await writeFile(`${HERE}/dist/${server}.js`, `"use client";\nexport { ${exports.join(", ")} } from "./${entry}.js";\n`);
}
// The package is of ES modules; this folder is not.
await writeFile(`${HERE}/dist/cjs/package.json`, '{ "type": "commonjs" }\n');
const tsc = join(HERE, "../../node_modules/.bin/tsc");
for (const outDir of [`${HERE}/dist`, `${HERE}/dist/cjs`])
  execFileSync(tsc, ["--project", HERE, "--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--outDir", outDir], { stdio: "inherit" });
