// @ts-check
// Turns a bundled ES module into a CommonJS module.

import { readFile, writeFile } from "node:fs/promises";
import { transform } from "esbuild";

/**
 * Rewrites a file. The chunk that a page does not wait for stays an `import()`, which bundlers split off;
 * a `require` would be in the first file. Some give what a CommonJS module exports, others that as `default`.
 *
 * @param {string} file
 */
export async function toCommonJs(file) {
  const code = (await readFile(file, "utf8")).replace(/\bimport\(["'`](\.[^"'`]*)["'`]\)/g, 'import("$1").then(it=>it.default??it)');
  const { code: written } = await transform(code, { format: "cjs", target: "es2022", minifyWhitespace: true, minifySyntax: true });
  await writeFile(file, written);
}
