// @ts-check
// Tests a page whose engine cannot be loaded: with a bundler it is a file of its own.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { asModule } from "./chromium.mjs";
import { everywhere } from "./engines.mjs";
import { DIST } from "./site.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./smoke.mjs").Driver} Driver */
/** @typedef {import("./site.mjs").Site} Site */

const ENGINE = "/dist/engine.js";
const GONE = { body: "", status: 404 };

everywhere("an engine that cannot be loaded is reported once, and errors arrive while the page is open", { start: asModule, files: { [ENGINE]: GONE } }, async (driver, site) => {
  await ready(driver);
  for (const message of ["first", "second"]) {
    await driver.evaluate(`void setTimeout(() => { throw new TypeError("${message}") })`);
    const { severity, attributes } = await site.receiver.exception(message);
    assert.deepEqual([severity, attributes["exception.type"]], [17, "TypeError"]);
  }
  // After the second attempt.
  await until(() => driver.evaluate("performance.now() > 13_000"), "the second attempt");
  await driver.evaluate(`throughline.captureException(new Error("last"))`);
  await site.receiver.exception("last");
  assertReportedOnce(site);
  assert.equal(site.receiver.logs().filter(({ name }) => name === "session.start").length, 1);
});

everywhere(
  "an engine that can be loaded later sends what has waited",
  { needs: "repeated import", start: asModule, files: { [ENGINE]: GONE } },
  async (driver, site) => {
    await ready(driver);
    await driver.evaluate(`fetch("/api/echo?waits").then(() => 1)`);
    await site.receiver.log(({ name }) => name === "throughline.sdk.degraded");
    site.put(ENGINE, { body: await readFile(join(DIST, "engine.js")) });
    await site.receiver.requestSpan("/api/echo?waits");
    await site.receiver.span(({ name }) => name === "documentLoad", "the load of the document");
    assertReportedOnce(site);
  },
);

/** @param {Driver} driver */
const ready = (driver) => until(() => driver.evaluate("!!window.throughline"), "the client");

/** @param {Site} site */
function assertReportedOnce({ receiver }) {
  const [report, ...more] = receiver.logs().filter(({ name }) => name === "throughline.sdk.degraded");
  assert.deepEqual(more, []);
  assert.equal(report?.severity, 13);
  assert.equal(report?.attributes["throughline.sdk.part"], "engine");
  assert.match(report?.attributes["exception.message"], /Error: .*\w/);
}
