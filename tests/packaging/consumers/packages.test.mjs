// @ts-check
// Tests the tarballs of the npm packages: their manifests and types, and that servers can import them.

import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { promisify } from "node:util";
import { EdgeVM } from "@edge-runtime/vm";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { IN_PAGES, install, PACKAGES, ROOT } from "./packed.mjs";

const run = promisify(execFile);
/** A folder of its own: other tests run meanwhile. */
const HERE = join(import.meta.dirname, "node_modules/.packages");
/** @type {Record<string, Uint8Array>} */
let tarballs = {};
before(async () => {
  tarballs = await install(HERE);
});

for (const name of PACKAGES) {
  test(`publint finds nothing in @throughline/${name}`, async () => {
    const { messages, pkg } = await publint({ pack: { tarball: buffer(name) }, strict: true });
    assert.deepEqual(messages.map((message) => formatMessage(message, pkg)), []);
  });

  test(`the types of @throughline/${name} are right for import, require and bundlers`, async () => {
    const { problems, entrypoints } = /** @type {import("@arethetypeswrong/core").Analysis} */ (
      await checkPackage(createPackageFromTarballData(tarballs[name]), { excludeEntrypoints: [/\.(wasm|json)$/] })
    );
    // The resolution of TypeScript before `exports`, `node10`, finds the entries by `typesVersions`.
    // The Node.js that runs a bundler's plugin can `require` an ES module.
    const isModule = !IN_PAGES.includes(name);
    const found = problems.filter((problem) => !(isModule && problem.kind == "CJSResolvesToESM"));
    assert.deepEqual(found, []);
    assert.deepEqual(Object.keys(entrypoints).length, (await entriesOf([name])).length);
  });
}

for (const format of ["import", "require"])
  for (const condition of ["default", "development"])
    test(`Node.js can ${format} every entry (${condition}), which does nothing there`, async () => {
      const source = format == "import" ? asModule(await entries()) : asCommonJs(await entries());
      const file = join(HERE, `node_modules/server.${format == "import" ? "mjs" : "cjs"}`);
      await writeFile(file, source + USE);
      // It ends by itself: no timer is left.
      const { stdout, stderr } = await run("node", [`--conditions=${condition}`, file], { timeout: 20_000 });
      assert.deepEqual([stdout, stderr], ["used\n", ""]);
    });

test("workerd can import every entry, which does nothing there", async () => {
  const worker = join(HERE, "node_modules/server-workerd");
  await bundle(await withoutNext(), `export default { async test() { ${USE} } };`, `${worker}/worker.mjs`, ["workerd", "worker"]);
  await writeFile(`${worker}/test.capnp`, CONFIGURATION);
  const { stdout, stderr } = await run(join(ROOT, "node_modules/.bin/workerd"), ["test", `${worker}/test.capnp`]);
  assert.match(stdout + stderr, /^used$/m);
  assert.doesNotMatch(stdout + stderr, /error|warn/i);
});

test("the edge runtime of Next.js can import every entry, which does nothing there", async () => {
  const file = join(HERE, "node_modules/server-edge/bundle.js");
  await bundle(await withoutNext(), `globalThis.done = (async () => { ${USE} })();`, file, ["edge-light", "worker"]);
  const vm = new EdgeVM();
  /** @type {unknown[]} */
  const printed = [];
  const print = (/** @type {unknown} */ text) => void printed.push(text);
  vm.context.console = Object.assign(Object.create(console), { log: print, warn: print, error: print });
  vm.evaluate(await readFile(file, "utf8"));
  await vm.evaluate("done");
  assert.deepEqual(printed, ["used"]);
});

/** The entries but the one that imports Next, whose modules work in builds of Next alone. */
const withoutNext = async () => (await entries()).filter((entry) => entry != "@throughline/react/next");

/** Uses everything that the modules in `all` export. */
const USE = `
  const [browser, errors, breadcrumbs, otlp, spans, control, sentry] = ["", "/errors", "/breadcrumbs", "/otlp", "/spans", "/control", "/sentry"].map((entry) => all["@throughline/browser" + entry]);
  const client = browser.init({ endpoint: "/_t", serviceName: "shop-web", protocol: otlp.otlp });
  client.captureException(new Error("no page"));
  errors.captureException(new Error("no page"));
  errors.setUser({ id: "u-7" });
  errors.log("info", "no page");
  breadcrumbs.collectBreadcrumbs();
  breadcrumbs.addBreadcrumb({ category: "none", message: "no page" });
  spans.withSpan("no page", () => spans.startSpan("no page").end());
  control.initWithConsent(browser.init, { endpoint: "/_t", serviceName: "shop-web" }).set("granted");
  control.diagnostics();
  sentry.init({ dsn: "https://pk_shop@edge.example/_t/1", integrations: [sentry.browserTracingIntegration()] });
  sentry.withScope((scope) => sentry.captureException(new Error("no page"), scope.setTag("no", "page")));
  sentry.startSpan({ name: "no page" }, () => sentry.logger.info("no page"));
  all["@throughline/react"].rootHooks();
  client.flush().then(() => console.log("used"));
`;
const CONFIGURATION = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = (
  modules = [(name = "worker", esModule = embed "worker.mjs")], compatibilityDate = "2025-09-01"))]);`;

/** @param {string[]} names */
const asModule = (names) => `${names.map((name, at) => `import * as m${at} from "${name}";`).join("\n")}\nconst all = {${names.map((name, at) => `"${name}": m${at}`)}};`;
/** @param {string[]} names */
const asCommonJs = (names) => `const all = {${names.map((name) => `"${name}": require("${name}")`)}};`;

/**
 * Bundles all entries as modules for a server.
 * @param {string[]} names @param {string} source @param {string} outfile @param {string[]} conditions
 */
async function bundle(names, source, outfile, conditions) {
  const { warnings } = await build({
    stdin: { contents: asModule(names) + source, resolveDir: HERE },
    outfile,
    bundle: true,
    format: outfile.endsWith(".mjs") ? "esm" : "iife",
    conditions,
    target: "es2022",
    logLevel: "silent",
  });
  assert.deepEqual(warnings, []);
}

/** The entries that pages import. */
const entries = async () => {
  const all = await entriesOf(IN_PAGES);
  assert.ok(all.length > 5);
  return all;
};

/** The entries of packages that can be imported. @param {string[]} names */
const entriesOf = async (names) => {
  const all = [];
  for (const name of names)
    for (const [key, target] of Object.entries((await manifest(name)).exports))
      if (typeof target == "object") all.push(`@throughline/${name}${key.slice(1)}`);
  return all;
};

/** @param {string} name */
const manifest = async (name) => JSON.parse(await readFile(join(HERE, "node_modules/@throughline", name, "package.json"), "utf8"));
/** @param {string} name */
const buffer = (name) => /** @type {ArrayBuffer} */ (new Uint8Array(tarballs[name]).buffer);
