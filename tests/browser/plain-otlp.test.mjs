// @ts-check
// Tests the OTLP/HTTP requests of the protocol `otlp`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asOtlpScript, asPlainOtlp, flush, useChromium } from "./chromium.mjs";
import { readLogs, readTraces } from "./otlp.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./site.mjs").Site} Site */

const visit = useChromium();
const start = asPlainOtlp;
const options = (/** @type {Site} */ site) => ({ endpoint: site.allowed, key: undefined });

test("each signal is an export request of protobuf at its own path", () =>
  visit({ start, options }, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await page.evaluate(async () => {
      await fetch("/api/echo");
      window.throughline.captureException(new Error("sent as plain OTLP"));
    });
    await flush(page);
    await site.receiver.exception("sent as plain OTLP");
    const span = await site.receiver.requestSpan("/api/echo");

    // To another origin this content type needs a preflight.
    const posts = site.receiver.requests.filter(({ method }) => method === "POST");
    assert.deepEqual([...new Set(posts.map(({ path }) => path))].sort(), ["/v1/logs", "/v1/traces"]);
    for (const { path, headers, body, query } of posts) {
      assert.equal(headers["content-type"], "application/x-protobuf");
      assert.equal(headers["content-encoding"], undefined);
      assert.equal([...query].length, 0);
      const records = path === "/v1/logs" ? readLogs(body) : readTraces(body);
      assert.ok(records.length);
      for (const { resource } of records) {
        assert.equal(resource.attributes["service.name"], "shop-web");
        assert.equal(resource.attributes["telemetry.sdk.language"], "webjs");
        assert.ok(resource.attributes["telemetry.sdk.version"]);
        assert.match(resource.attributes["user_agent.original"], /Chrome/);
      }
    }
    assert.match(span.traceId, /^(?!0{32})[0-9a-f]{32}$/);
    assert.match(span.spanId, /^(?!0{16})[0-9a-f]{16}$/);
    assert.equal(site.apiRequests.length, 1, "the export is not traced");
  }));

test("many requests at once leave in bodies that outlive the page", () =>
  visit({ start }, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await flush(page);
    await page.evaluate(async () => {
      await Promise.all(Array.from({ length: 80 }, (_, at) => fetch(`/api/echo?${at}`)));
    });
    await page.goto("about:blank");
    await until(() => new Set(site.receiver.spans().flatMap(({ kind, spanId }) => (kind === 3 ? [spanId] : []))).size === 80, "the spans of all requests");
    const bodies = site.receiver.requests.map(({ body }) => body.length);
    assert.ok(Math.max(...bodies) < 24_000, `${bodies} bytes`);
  }));

test("resource attributes come from the options", () =>
  visit(
    { start, options: (site) => ({ ...options(site), serviceVersion: "2.1.0", environment: "staging" }) },
    async (page, site) => {
      await page.waitForFunction("window.throughline");
      await page.evaluate(() => window.throughline.captureException(new Error("of a release")));
      await flush(page);
      const { resource } = await site.receiver.exception("of a release");
      assert.equal(resource.attributes["service.version"], "2.1.0");
      assert.equal(resource.attributes["deployment.environment.name"], "staging");
    },
  ));

test("without an engine, errors and the start of the session are sent as OTLP in JSON", () =>
  visit(
    {
      start,
      options,
      prepare: (page) => page.addInitScript(() => Reflect.deleteProperty(globalThis, "WebAssembly")),
    },
    async (page, site) => {
      await page.waitForFunction("window.throughline");
      await page.evaluate(() => window.throughline.captureException(new TypeError("no engine")));
      await page.goto("about:blank");
      await until(() => site.receiver.errors().includes("no engine"), "the error", site.receiver.errors);
      const record = site.receiver.logs().find(({ attributes }) => attributes["exception.message"] === "no engine");
      assert.equal(record?.name, "exception");
      assert.equal(record?.attributes["exception.type"], "TypeError");
      assert.match(record?.attributes["exception.stacktrace"], /TypeError: no engine\n/);
      assert.match(record?.attributes["session.id"], /^[0-9a-f]{32}$/);
      assert.equal(record?.severity, 13);
      assert.match(record?.traceId ?? "", /^[0-9a-f]{32}$/);
      assert.equal(record?.resource.attributes["service.name"], "shop-web");
      assert.ok(Math.abs(Date.now() - Number((record?.at ?? 0n) / 1_000_000n)) < 60_000);
      assert.ok(site.receiver.requests.every(({ path }) => path === "/v1/logs"));
    },
  ));

for (const [before, after] of [
  ["https://h/a?sig=SECRET&part=2 failed", "https://h/a?sig=REDACTED=REDACTED failed"],
  ["in (https://h/a?auth=user:SECRET#access_token=SECRET:3:9)", "in (https://h/a?auth=REDACTED=REDACTED"],
  ["https://ada:SECRET@h/x and https://h/y@z", "https://REDACTED and https://h/y@z"],
  ["from /to/https%3A%2F%2Fi%3Ftoken%3DSECRET", "from /to/https%3A%2F%2Fi%3Ftoken%3DREDACTED"],
  ['"token=SE\\\\CRET", a === b', '"token=REDACTED", a === b'],
])
  test(`without an engine no secret leaves the page: ${after}`, () =>
    visit(
      // To another origin a body of JSON needs a preflight, which does not outlive the page.
      { start, prepare: (page) => page.route("**/dist/engine*.js", () => {}) },
      async (page, site) => {
        await page.waitForFunction("window.throughline");
        await page.evaluate((message) => window.throughline.captureException(new Error(message)), before);
        await page.goto("about:blank");
        const { attributes } = await site.receiver.exception(after ?? "");
        assert.doesNotMatch(JSON.stringify(attributes), /SE|CRET/);
        assert.match(attributes["exception.stacktrace"], /^Error: /);
      },
    ));

test("the script sends plain OTLP by the module beside it, and errors without it", async () => {
  await visit({ start: asOtlpScript }, async (page, site) => {
    await page.evaluate(`fetch("/api/orders")`);
    const { traceId } = await site.receiver.requestSpan("/api/orders");
    assert.match(traceId, /^[0-9a-f]{32}$/);
    assert.ok(site.receiver.requests.some(({ path, headers }) => path === "/_t/v1/traces" && headers["content-type"] === "application/x-protobuf"));
    assert.ok(!site.receiver.spans().some(({ attributes }) => attributes["url.full"]?.endsWith(".wasm")), "the module is no request of the page");
  });
  const noModule = (/** @type {import("./chromium.mjs").Page} */ page) => page.route("**/throughline_otlp.wasm", (route) => route.fulfill({ status: 404 }));
  await visit({ start: asOtlpScript, prepare: noModule, expected: /404/ }, async (page, site) => {
    await page.evaluate(`throughline.captureException(new Error("without its module"))`);
    await site.receiver.exception("without its module");
    assert.deepEqual([...new Set(site.receiver.requests.map(({ path }) => path))], ["/_t/v1/logs"]);
  });
  const blockEngine = (/** @type {import("./chromium.mjs").Page} */ page) => page.addInitScript("delete globalThis.WebAssembly");
  await visit({ start: asOtlpScript, prepare: blockEngine }, async (page, site) => {
    await page.evaluate(`import("/dist/errors.js").then(({ captureException, setUser }) => {
      setUser({ id: "7" });
      captureException(new Error("without an engine"), { tags: { step: "pay", 'size 5"': "x" } });
    })`);
    await page.goto("about:blank");
    const { attributes } = await site.receiver.exception("without an engine");
    assert.deepEqual([attributes["user.id"], attributes["app.step"]], ["7", "pay"]);
    assert.deepEqual([...new Set(site.receiver.requests.map(({ path }) => path))], ["/_t/v1/logs"]);
  });
});
