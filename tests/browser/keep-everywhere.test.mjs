// @ts-check
// Tests in every browser that spans are held back until something matters, or the page is left.

import assert from "node:assert/strict";
import { asScript } from "./chromium.mjs";
import { everywhere } from "./engines.mjs";
import { until } from "./until.mjs";

/** Returns markup of the script, which samples its spans. @param {string} options */
const start = (options) => (/** @type {string} */ given) =>
  `${asScript(given)}<script type="module">import * as keep from "/dist/keep.js"; window.keep = keep; keep.keep({ slowMs: Infinity, vitals: false, ...${options} }); window.ready = true;</script>`;

everywhere("an error sends the spans that were held back", { start: start("{ ratio: 0 }") }, async (driver, site) => {
  await until(() => driver.evaluate("!!window.ready && document.readyState === 'complete'"), "the page");
  await driver.evaluate(`fetch("/api/before").then((response) => response.text())`);
  await driver.evaluate("throughline.flush()");
  assert.deepEqual(site.receiver.spans(), []);
  await driver.evaluate(`throughline.captureException(new Error("caught"))`);
  await driver.evaluate("throughline.flush()");
  const { traceState, attributes } = await site.receiver.requestSpan("/api/before");
  assert.deepEqual([traceState, attributes["throughline.keep.reason"]], ["ot=th:0", "error"]);
});

everywhere("a page that is left sends the spans of the traces that are drawn, and counts the others", { start: start("{ ratio: 0.5 }") }, async (driver, site) => {
  await until(() => driver.evaluate("!!window.ready && document.readyState === 'complete'"), "the page");
  await driver.evaluate("throughline.flush()");
  for (let n = 0; n < 3; n++) await driver.evaluate(`fetch("/api/${n}").then((response) => response.text())`);
  await driver.goto("about:blank");
  const sampled = () => site.receiver.bundles().reduce((sum, { dropped }) => sum + Number(dropped["sampled_out"] ?? 0), 0);
  // The requests and the document's load.
  await until(() => site.receiver.spans().length + sampled() === 4, "all spans", () => [site.receiver.spans().map(({ name }) => name), sampled()]);
  for (const { traceId, traceState } of site.receiver.spans()) assert.ok(traceState === "ot=th:8" && traceId.slice(18, 19) >= "8", `${traceId} ${traceState}`);
});
