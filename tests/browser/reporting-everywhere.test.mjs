// @ts-check
// Tests reports of the page and breadcrumbs in every browser: stacks and events differ there.

import assert from "node:assert/strict";
import { asScript } from "./chromium.mjs";
import { everywhere } from "./engines.mjs";
import { until } from "./until.mjs";

/** Markup of the script, with the functions of two entries as globals. @param {string} options */
const start = (options) => `${asScript(options)}<script type="module">
  import * as errors from "/dist/errors.js"; import * as crumbs from "/dist/breadcrumbs.js"; Object.assign(window, { errors, crumbs });
  crumbs.collectBreadcrumbs(); window.ready = true;</script>`;

const VENDOR = "function theirs() { throw new Error('of the vendor'); }";
const OURS = "function ours() { try { theirs(); } catch { throw new RangeError('of the page'); } }";

everywhere(
  "errors are refused by the script of their innermost frame, in the form of each browser",
  {
    start,
    head: '<script src="/vendor/chat.js"></script><script src="/app.js"></script>',
    files: { "/vendor/chat.js": { body: VENDOR }, "/app.js": { body: OURS } },
  },
  async (driver, site) => {
    await until(() => driver.evaluate("!!window.ready"), "the page");
    await run(driver, `errors.filterErrors({ denyUrls: ["/vendor/"] });
      errors.setUser({ id: "7" });
      for (const fail of [theirs, ours]) try { fail(); } catch (error) { errors.captureException(error, { tags: { step: 1 } }); }
      errors.log("warn", "logged"); await throughline.flush();`);
    const { attributes } = await site.receiver.exception("of the page");
    assert.equal(attributes["user.id"], "7");
    assert.equal(attributes["app.step"], "1");
    await site.receiver.log(({ severity, attributes }) => severity === 13 && !attributes["exception.type"] && attributes["user.id"] === "7");
    assert.ok(!site.receiver.errors().includes("of the vendor"));
    const filtered = () => site.receiver.bundles().reduce((sum, { dropped }) => sum + Number(dropped["filtered"] ?? 0), 0);
    await until(() => filtered() === 1, "the count");
  },
);

everywhere("an error of an extension is dropped and counted, in the form of each browser", { start }, async (driver, site) => {
  await until(() => driver.evaluate("!!window.ready"), "the page");
  await run(driver, `for (const [message, stack] of ${JSON.stringify([
    ["V8", "Error: V8\n    at f (chrome-extension://abc/a.js:1:2)\n    at chrome-extension://abc/a.js:3:4"],
    ["Gecko", "f@moz-extension://abc/a.js:1:2\n@moz-extension://abc/a.js:3:4\n"],
    ["WebKit", "f@safari-web-extension://abc/a.js:1:2\nglobal code@safari-web-extension://abc/a.js:3:4"],
    ["masked", "f@webkit-masked-url://hidden/:1:2"],
  ])}) errors.captureException(Object.assign(new Error(message), { stack })); await throughline.flush();`);
  await site.receiver.exception("masked");
  assert.deepEqual(site.receiver.errors().filter(Boolean), ["masked"]);
  const injected = () => site.receiver.bundles().reduce((sum, { dropped }) => sum + Number(dropped["injected"] ?? 0), 0);
  await until(() => injected() === 3, "the count", () => JSON.stringify(site.receiver.bundles().map(({ dropped, logs }) => [dropped, logs.length])));
});

everywhere(
  "an error has the click, the request and the navigation before it",
  { start, body: '<button id="buy">Buy</button>' },
  async (driver, site) => {
    await until(() => driver.evaluate("!!window.ready"), "the page");
    await driver.click("#buy");
    await driver.evaluate(`fetch("/api/echo").then((response) => response.text()).then(() => {
      history.pushState(null, "", "/basket"); throughline.captureException(new Error("after all")); return throughline.flush(); })`);
    const { attributes } = await site.receiver.exception("after all");
    const crumbs = JSON.parse(attributes["throughline.exception.breadcrumbs"]);
    assert.deepEqual(
      crumbs.map((/** @type {any} */ { category, message }) => [category, message]),
      [["click", "button#buy"], ["request", `GET ${site.origin}/api/echo`], ["navigation", `${site.origin}/basket`]],
    );
  },
);

/** Runs source in the page. @param {import("./smoke.mjs").Driver} driver @param {string} source */
const run = (driver, source) => driver.evaluate(`(async () => { ${source}; return 1; })()`);
