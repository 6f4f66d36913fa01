// @ts-check
// Tests a page in Rust in the three browsers: its trace, what is sent when it is left, and its panics.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { everywhere } from "../browser/engines.mjs";
import { until } from "../browser/until.mjs";
import { filesOfShop, textOf } from "./shop.mjs";

const files = await filesOfShop();
const script = /<script[^]*<\/script>/.exec(await readFile(new URL("../../examples/yew/index.html", import.meta.url), "utf8"))?.[0] ?? "";
/** @param {import("../browser/smoke.mjs").Driver} driver @param {string} condition */
const shows = (driver, condition) => until(() => driver.evaluate(condition), condition);

everywhere("a click is one trace, which arrives when the page is left", { files, start: () => script }, async (driver, site) => {
  await shows(driver, `!!document.querySelector("#add")`);
  await driver.click("#add");
  await shows(driver, `document.querySelector("#basket").textContent == "tea for 7"`);
  await driver.goto("about:blank");
  const add = await site.receiver.span(({ name }) => name === "add to basket", "the click");
  const request = await site.receiver.requestSpan("/api/products");
  const added = await site.receiver.log((record) => textOf(record) === "added");
  const load = await site.receiver.span(({ name }) => name === "documentLoad", "the load");
  const seen = await site.whenRequested("/api/products");
  assert.equal(seen.headers.traceparent, `00-${add.traceId}-${request.spanId}-03`);
  assert.deepEqual([request.parentSpanId, added.spanId], [add.spanId, add.spanId]);
  assert.notEqual(load.traceId, add.traceId);
  assert.equal(new Set([add, request, added, load].map(({ attributes }) => attributes["session.id"])).size, 1);
  // The page's clock is that of the machine.
  assert.ok(Math.abs(Number(add.start / 1_000_000n) - Date.now()) < 60_000);
});

everywhere("a panic is an exception with the stack of the page's functions", { files, start: () => script }, async (driver, site, engine) => {
  await shows(driver, `!!document.querySelector("#check-out")`);
  await driver.click("#check-out");
  const { severity, attributes } = await site.receiver.exception("the basket has a product");
  assert.equal(severity, 17);
  assert.equal(attributes["code.file.path"], "src/lib.rs");
  // WebKit has the names of functions that it has optimised, and of others their numbers.
  const frames = attributes["exception.stacktrace"].split("\n").slice(0, 3);
  assert.match(frames.join("\n"), engine === "WebKitGTK" ? /wasm-function\[\d+\]/ : /throughline_example_yew::\S*Shop/);
});
