// @ts-check
// Builds React apps with Vite from the packed tarballs of the packages, as users do.

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../..");

/**
 * A folder with the packages installed and a version of React.
 * @typedef {{ build(source: string, plugins?: import("vite").PluginOption[]): Promise<[path: string, text: string][]>, remove(): Promise<void> }} Project
 */

/**
 * Installs the packed packages, with React 19 or 18, and packages of the workspace by the names that the app has for them.
 * @param {18 | 19} react @param {Record<string, string>} [others] @returns {Promise<Project>}
 */
export async function project(react, others = {}) {
  const folder = await mkdtemp(join(tmpdir(), "throughline-react-"));
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "@throughline"), { recursive: true });
  for (const name of ["browser", "react"]) {
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: join(ROOT, "npm", name) });
    const [{ filename }] = JSON.parse(stdout);
    await run("tar", ["--extract", "--file", join(folder, filename), "--directory", folder]);
    await cp(join(folder, "package"), join(modules, "@throughline", name), { recursive: true });
    await rm(join(folder, "package"), { recursive: true });
  }
  // React 19 is the demo's, at the root; React 18 has other names.
  const [from, suffix] = react == 18 ? [import.meta.url, "-18"] : [join(ROOT, "package.json"), ""];
  const dom = createRequire(from).resolve(`react-dom${suffix}/package.json`);
  await install("react-dom", dom);
  for (const name of ["react", "scheduler"]) await install(name, createRequire(dom).resolve(`${name}/package.json`));

  // With their own dependencies, but for React.
  for (const [name, installed] of Object.entries(others)) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(ROOT, "node_modules", installed), join(modules, name));
  }

  /** @param {string} name @param {string} manifest */
  async function install(name, manifest) {
    await cp(dirname(manifest), join(modules, name), { recursive: true });
  }

  let count = 0;
  return {
    /** Builds an app of one module, `main.jsx`; returns its files by path. */
    async build(source, plugins = []) {
      const root = join(folder, `app-${count++}`);
      await mkdir(root);
      await symlink(modules, join(root, "node_modules"));
      await writeFile(join(root, "main.jsx"), source);
      await writeFile(
        join(root, "index.html"),
        `<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,"></head>
         <body><div id="root"></div><script type="module" src="/main.jsx"></script></body></html>`,
      );
      // Not minified: the component stack has the names of functions.
      const { build } = await import("vite");
      await build({ root, logLevel: "error", configFile: false, plugins, build: { minify: false }, resolve: { dedupe: ["react", "react-dom"] } });
      return filesIn(join(root, "dist"));
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Builds the page of the demo; returns its files by path. */
export async function filesOfDemo() {
  const outDir = await mkdtemp(join(tmpdir(), "throughline-demo-"));
  try {
    const { build } = await import("vite");
    await build({ root: join(ROOT, "demo-react-app"), logLevel: "error", build: { outDir, emptyOutDir: true, sourcemap: false } });
    return await filesIn(outDir);
  } finally {
    await rm(outDir, { recursive: true });
  }
}

/** The texts in a folder, by their paths. @param {string} folder */
async function filesIn(folder) {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      return /** @type {[string, string]} */ ([path.slice(folder.length), await readFile(path, "utf8")]);
    }),
  );
}
