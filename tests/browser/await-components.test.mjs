// @ts-check
// Tests `@throughline/vite-plugin` with single-file components: what a click requests after awaits is its child, and
// source maps lead to the component.

import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import vue from "@vitejs/plugin-vue";
import { rollup as rollupPlugin, throughline } from "../../npm/vite-plugin/dist/index.js";
import { flush, useChromium } from "./chromium.mjs";

const CASES = join(import.meta.dirname, "../cases/components");
const visit = useChromium();
/** The compilers of the cases, by their folder. @type {Record<string, () => import("vite").PluginOption>} */
const COMPILERS = { vue: () => vue(), svelte: () => svelte({ configFile: false }) };

/** Builds a case; returns its files by path. @param {string} name @param {import("vite").PluginOption[]} plugins */
async function build(name, plugins) {
  const outDir = await mkdtemp(join(tmpdir(), "throughline-components-"));
  try {
    const { build } = await import("vite");
    await build({ root: join(CASES, name), configFile: false, logLevel: "error", plugins, build: { outDir, emptyOutDir: true, minify: false, sourcemap: true } });
    const files = (await readdir(outDir, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
    return new Map(
      await Promise.all(
        files.map(async ({ parentPath, name }) => {
          const path = join(parentPath, name);
          return /** @type {[string, string]} */ ([path.slice(outDir.length), await readFile(path, "utf8")]);
        }),
      ),
    );
  } finally {
    await rm(outDir, { recursive: true });
  }
}

test("each case has its compiler", async () => assert.deepEqual((await readdir(CASES)).sort(), Object.keys(COMPILERS).sort()));

for (const [name, compiler] of Object.entries(COMPILERS))
  test(`in a component of ${name} requests after awaits are children of the click`, async () => {
    const files = await build(name, [throughline(), compiler()]);
    await visit({ prepare: async (_, site) => files.forEach((body, path) => site.put(path, { body })) }, async (page, site) => {
      await page.goto(`${site.origin}/index.html`);
      await page.waitForFunction("window.throughline && window.engineRuns");
      await page.click("#buy");
      await page.waitForFunction("document.querySelector('#buy').textContent === 'bought'");
      await flush(page);
      const click = await site.receiver.span(({ name }) => name === "click button#buy", "the click");
      for (const path of ["?first", "?second"]) {
        const request = await site.receiver.requestSpan(path);
        assert.deepEqual([request.parentSpanId, request.attributes["throughline.parent.inferred"]], [click.spanId, undefined], path);
      }
    });

    const [path = "", code = ""] = [...files].find(([path, code]) => path.endsWith(".js") && code.includes("echo?first")) ?? [];
    assert.match(code, /_kept\d*\.r\(await _kept\d*\.p\(/);
    const map = new SourceMap(JSON.parse(files.get(`${path}.map`) ?? ""));
    const source = (await readFile(join(CASES, name, `Shop.${name}`), "utf8")).split("\n");
    for (const text of ['fetch("/api/echo?first")', "sleep(900)", 'fetch("/api/echo?second")']) {
      const row = code.split("\n").findIndex((line) => line.includes(text));
      const { originalSource, originalLine, originalColumn } = /** @type {any} */ (map.findEntry(row, code.split("\n")[row]?.indexOf(text) ?? 0));
      assert.match(originalSource, new RegExp(`Shop\\.${name}$`));
      assert.ok(source[originalLine]?.slice(originalColumn).startsWith(text), `${text}: ${originalLine}:${originalColumn}`);
    }
  });

test("where a bundler gives the plugin a component before its compiler, the component stays as it is", async () => {
  const source = await readFile(join(CASES, "vue/Shop.vue"), "utf8");
  const transforms = [rollupPlugin()].flat().map((one) => /** @type {any} */ (one).transform).filter(Boolean);
  assert.equal(transforms.length, 2);
  for (const transform of transforms) {
    const handler = typeof transform === "function" ? transform : transform.handler;
    assert.equal(await handler.call({}, source, "/src/Shop.vue"), undefined);
  }
});
