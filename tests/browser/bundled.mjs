// @ts-check
// Bundles modules for pages of tests.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rolldown } from "rolldown";

/** Bundles a module as a page's bundler would, with the package as it is built. @param {string} source */
export async function bundled(source) {
  const folder = await mkdtemp(join(import.meta.dirname, "dist-"));
  try {
    await writeFile(join(folder, "main.mjs"), source);
    const bundle = await rolldown({ input: join(folder, "main.mjs"), external: /^\/dist\//, logLevel: "silent" });
    const { output } = await bundle.generate({ format: "esm" });
    await bundle.close();
    return output[0].code;
  } finally {
    await rm(folder, { recursive: true });
  }
}
