// @ts-check
// Tests that a panic of a released page in Rust has the functions, files and lines of its sources at the backend: the index of its
// module is uploaded, and the module that pages load has no debug information.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { ENGINES } from "../browser/drivers.mjs";
import { serve } from "../browser/site.mjs";
import { until } from "../browser/until.mjs";
import { startEdge, UPLOAD_KEY } from "../packaging/consumers/edge.mjs";

const ROOT = join(import.meta.dirname, "../..");
/** The folder into which the step `page in yew` of `cargo xtask test` builds the released page. */
const RELEASED = join(ROOT, "target/examples/yew/released");
const run = promisify(execFile);
/** @type {import("../browser/smoke.mjs").Driver[]} */
const drivers = [];
after(() => Promise.all(drivers.map((driver) => driver.stop())));

test("a panic of a released page reads as Rust", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "throughline-released-"));
  t.after(() => rm(folder, { recursive: true }));
  const module = join(folder, "shop_bg.wasm");
  await copyFile(join(RELEASED, "shop_bg.wasm"), module);
  const site = await serve();
  t.after(site.stop);
  const edge = await startEdge(t, site.origin, "pk_demo");
  const env = { ...process.env, THROUGHLINE_UPLOAD_KEY: UPLOAD_KEY };
  const sourcemaps = async (/** @type {string[]} */ ...given) => (await run(edge.program, ["sourcemaps", ...given, "--url", edge.url], { env })).stdout;
  const size = async () => (await stat(module)).size;

  const before = await size();
  assert.match(await sourcemaps("upload", folder, "--strip"), /^source maps: 1 uploaded \(\d+\.\d MB\), 0 stored already\n$/);
  assert.ok((await size()) < before / 4, `${await size()} of ${before} bytes are left`);
  assert.ok(!(await readFile(module)).includes(".debug_info"));
  assert.match(await sourcemaps("upload", folder), /0 uploaded \(0\.0 MB\), 1 stored already/, "a stripped one is found by its build id");
  await sourcemaps("verify", folder);

  site.put("/shop_bg.wasm", { body: await readFile(module), headers: { "content-type": "application/wasm" } });
  site.put("/shop.js", { body: await readFile(join(RELEASED, "shop.js")) });
  const lines = (await readFile(join(ROOT, "examples/yew/src/lib.rs"), "utf8")).split("\n");
  const line = lines.findIndex((text) => text.includes("the basket has a product")) + 1;
  for (const [engine, { missing, launch }] of ENGINES)
    await t.test(engine, { skip: missing.length > 0 && `not installed: ${missing.join(", ")}` }, async () => {
      const driver = await launch();
      drivers.push(driver);
      const path = `/shop-in-${engine}`;
      site.put(path, { body: await readFile(join(ROOT, "examples/yew/index.html")) });
      await driver.goto(edge.origin + path);
      await until(() => driver.evaluate(`!!document.querySelector("#check-out")`), "the page");
      await driver.click("#check-out");
      const isHere = (/** @type {any} */ { attributes }) => attributes["browser.document.url.full"].endsWith(path);
      const { exception, attributes } = await edge.error("the basket has a product", isHere);
      await driver.goto("about:blank");
      assert.deepEqual([attributes["code.file.path"], attributes["code.line.number"]], ["src/lib.rs", line], "as Rust says it");
      const stack = attributes["exception.stacktrace"];
      // Safari prints no offsets: its frames are as they came.
      if (engine == "WebKitGTK") return assert.match(stack, /wasm-function\[\d+\]/);
      assert.match(stack, new RegExp(`\\{closure#1\\}.{1,3}src/lib\\.rs:${line}:\\d+`), "in the form of the engine");
      const at = exception.frames.findIndex((/** @type {any} */ { library }) => !library);
      const [called, own] = exception.frames.slice(at - 1, at + 1);
      assert.deepEqual([own.function, own.file, own.line], ["{closure#1}", "src/lib.rs", line]);
      // What the compiler has inlined has a frame of its own, and is of a library.
      assert.match(called.function, /^expect</);
      assert.match(called.file, /\/library\/core\/src\/option\.rs$/);
      assert.ok(!/wasm-function\[/.test(stack), stack);
    });
});
