// @ts-check
// Tests the composition of errors alone, which has no engine.

import { everywhere } from "./engines.mjs";
import assert from "node:assert/strict";
import { until } from "./until.mjs";

/** @param {string} options */
const asErrorsOnly = (options) =>
  `<script type="module">import { init } from "/dist/errors-only.js"; window.throughline = init(${options});</script>`;

everywhere("errors alone are recorded, as text for the edge", { start: asErrorsOnly }, async (driver, site) => {
  await until(() => driver.evaluate("!!window.throughline"), "the client");
  await driver.evaluate(`void setTimeout(() => { throw new TypeError("no price") })`);
  const error = await site.receiver.exception("no price");
  assert.deepEqual([error.severity, error.attributes["exception.type"]], [17, "TypeError"]);
  await driver.evaluate(`fetch("/api/echo").then(() => throughline.captureException(new RangeError("too many", { cause: new Error("why") })))`);
  await driver.evaluate("throughline.flush()");
  const handled = await site.receiver.exception("too many");
  assert.deepEqual([handled.severity, handled.attributes["session.id"]], [13, error.attributes["session.id"]]);
  assert.deepEqual(site.receiver.spans(), []);
  assert.ok(site.receiver.requests.every(({ path }) => path.endsWith("/v1/facts")));
  const { sessions } = { sessions: site.receiver.logs().filter(({ name }) => name === "session.start") };
  assert.equal(sessions.length, 1);
});
