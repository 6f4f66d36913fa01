// @ts-check
// Packs the npm packages and installs the tarballs, as users get them.

import { execFile } from "node:child_process";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
export const ROOT = join(import.meta.dirname, "../../..");
/** The packages that pages import, by their folders in `npm`. */
export const IN_PAGES = ["browser", "react"];
/** All packages. */
export const PACKAGES = [...IN_PAGES, "vite-plugin"];

/**
 * Packs all packages and unpacks them into `node_modules` of a folder, in the place of what is there.
 * Returns the tarballs by package.
 *
 * @param {string} folder
 */
export async function install(folder) {
  /** @type {Record<string, Uint8Array>} */
  const tarballs = {};
  const scope = join(folder, "node_modules/@throughline");
  await rm(scope, { recursive: true, force: true });
  for (const name of PACKAGES) {
    const target = join(scope, name);
    await mkdir(target, { recursive: true });
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", target], { cwd: join(ROOT, "npm", name) });
    const tarball = join(target, JSON.parse(stdout)[0].filename);
    await run("tar", ["--extract", "--file", tarball, "--directory", target, "--strip-components=1"]);
    tarballs[name] = await readFile(tarball);
    await rm(tarball);
  }
  return tarballs;
}
