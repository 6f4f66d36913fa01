// @ts-check
// Tests the files of the package: what its exports name, and how entries share code.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { bundleModules } from "../../npm/browser/bundle.mjs";
import { toCommonJs } from "../../npm/browser/commonjs.mjs";
import { DIST } from "./site.mjs";

const PACKAGE = join(import.meta.dirname, "../../npm/browser");
const { exports } = JSON.parse(await readFile(join(PACKAGE, "package.json"), "utf8"));

test("every target of the package's exports is built", async () => {
  /** @param {unknown} target @returns {string[]} */
  const flat = (target) => (typeof target === "string" ? [target] : Object.values(/** @type {object} */ (target)).flatMap(flat));
  const targets = flat(exports);
  assert.ok(targets.length > 5);
  for (const target of targets) await access(target.startsWith("./dist/") ? join(DIST, target.slice(7)) : join(PACKAGE, target));
});

test("the types take plain OTLP as an import, and as a text in the script alone", async () => {
  const folder = await mkdtemp(join(tmpdir(), "throughline-types-"));
  try {
    const options = 'endpoint: "https://collector.example", serviceName: "shop-web"';
    await writeFile(
      join(folder, "page.ts"),
      `import { init } from "${DIST}/index.js";
      import { otlp } from "${DIST}/otlp.js";
      import type {} from "${DIST}/script.js";
      init({ ${options}, protocol: otlp });
      init({ ${options}, protocol: "bundle" });
      Throughline.init({ ${options}, protocol: "otlp" });
      // @ts-expect-error It would be Bundles.
      init({ ${options}, protocol: "otlp" });
      // @ts-expect-error The script has it in it.
      Throughline.init({ ${options}, protocol: otlp });
      // @ts-expect-error Only what was imported writes OTLP.
      init({ ${options}, protocol: {} });`,
    );
    const given = "--noEmit --strict --target es2022 --module esnext --moduleResolution bundler --ignoreConfig".split(" ");
    await promisify(execFile)(join(PACKAGE, "../../node_modules/.bin/tsc"), [...given, join(folder, "page.ts")]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the tarball has the licences, the same as the repository's", async () => {
  const { stdout } = await promisify(execFile)("npm", ["pack", "--dry-run", "--json"], { cwd: PACKAGE });
  const [{ files }] = JSON.parse(stdout);
  const packed = files.map((/** @type {{path: string}} */ { path }) => path);
  for (const name of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    assert.ok(packed.includes(name), name);
    const copies = [join(PACKAGE, name), join(PACKAGE, "../..", name)].map((path) => readFile(path, "utf8"));
    const [ours, original] = await Promise.all(copies);
    assert.equal(ours, original, name);
  }
});

for (const file of ["index.js", "development/index.js", "cjs/index.js", "cjs/development/index.js"])
  test(`a page waits for ${file} and no other file`, async () => {
    const text = await readFile(join(DIST, file), "utf8");
    assert.doesNotMatch(text, /\bimport\s*["{*\w]|\bfrom\s*["']|\brequire\(/, "no static import");
    assert.match(text, /import\(["'`]\.\/engine\.js["'`]\)/);
  });

test("an entry contains what it shares with the chunk that it loads later", () =>
  bundle({ index: ENTRY }, ({ index, late }) => {
    assert.deepEqual(index?.imports, []);
    assert.deepEqual(late?.imports, ["index.js"]);
  }));

test("a second entry that imports the first shares its code and its state", () =>
  bundle({ index: ENTRY, second: 'import "./index.ts"; import { count } from "./shared.ts"; export { count };' }, (chunks) => {
    assert.deepEqual(Object.keys(chunks).sort(), ["index", "late", "second"]);
    assert.deepEqual(chunks.index?.imports, []);
    assert.deepEqual([...new Set(chunks.second?.imports)], ["index.js"]);
  }));

test("a chunk that Node.js imports as CommonJS has its exports", async () => {
  const folder = await mkdtemp(join(tmpdir(), "throughline-commonjs-"));
  try {
    const modules = { index: 'export const load = () => import("./late.js");', late: "export const late = () => 7;" };
    await writeFile(join(folder, "package.json"), '{ "type": "commonjs" }');
    for (const [name, source] of Object.entries(modules)) {
      await writeFile(join(folder, `${name}.js`), source);
      await toCommonJs(join(folder, `${name}.js`));
    }
    const { late } = await createRequire(join(folder, "/"))("./index.js").load();
    assert.equal(late(), 7);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("entries that share code without an import of each other are refused", async () => {
  const second = 'import { count } from "./shared.ts"; export const second = count;';
  await assert.rejects(
    bundle({ index: ENTRY, second }, () => {}),
    /also waits for/,
  );
});

const ENTRY = `import { count } from "./shared.ts";
  export const init = () => { count.add(1); return import("./late.ts"); };`;
const SHARED = 'export const count = new Set(); console.log("shared");';
const LATE = 'import { count } from "./shared.ts"; export const late = () => count.size;';

/**
 * Bundles entries, by name and source, that share a module.
 * @param {Record<string, string>} sources
 * @param {(chunks: Record<string, { imports: string[] } | undefined>) => void} check
 */
async function bundle(sources, check) {
  const folder = await mkdtemp(join(tmpdir(), "throughline-bundle-"));
  try {
    const files = Object.entries({ ...sources, shared: SHARED, late: LATE });
    for (const [name, source] of files) await writeFile(join(folder, `${name}.ts`), source);
    const entries = Object.fromEntries(Object.keys(sources).map((name) => [name, join(folder, `${name}.ts`)]));
    const chunks = await bundleModules({ entries, outdir: join(folder, "out"), engine: { wasm: "", otlp: "", scrub: "" } });
    check(Object.fromEntries(chunks.map((chunk) => [chunk.name, chunk])));
  } finally {
    await rm(folder, { recursive: true });
  }
}
