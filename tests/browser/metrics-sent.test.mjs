// @ts-check
// Tests what leaves a page that measures: its requests, resource and attributes, and what an edge makes of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush } from "./chromium.mjs";
import { startEdge } from "./edge.mjs";
import { CART, delivering, useMeters } from "./metrics.mjs";
import { serve } from "./site.mjs";
import { until } from "./until.mjs";

const { withPage } = useMeters();

for (const protocol of ["bundle", "otlp"])
  test(`the resource is that of the page's other telemetry, and metrics are no second kind of request (${protocol})`, async () => {
    await withPage(
      async (page, site) => {
        await page.waitForFunction("window.throughline && window.engineRuns");
        await page.evaluate(`trace.getTracer("page").startSpan("work", { root: true }).end(); metrics.getMeter("page", "1", { schemaUrl: "https://s.test" }).createCounter("cart").add(1);`);
        await flush(page);
        await page.evaluate(`metrics.getMeter("page").createCounter("cart").add(1); fetch("/api/echo?last").then(() => throughline.flush())`);
        await site.receiver.requestSpan("?last");
        const { receiver } = site;
        const [metric, span] = [receiver.metrics()[0], receiver.spans().find(({ name }) => name === "work")];
        assert.deepEqual(metric?.resource, span?.resource);
        assert.equal(metric?.resource.attributes["service.name"], "shop-web");
        assert.deepEqual([metric?.scope, metric?.schemaUrl, metric?.name], [{ name: "page", version: "1" }, "https://s.test", "cart"]);
        const own = receiver.requests.filter(({ body, path }) => (protocol === "otlp" ? path.endsWith("/metrics") : body.includes("cart")));
        assert.deepEqual([...new Set(own.map(({ method, path, headers, query }) => `${method} ${path} ${headers["content-type"]} ${query.get("key")}`))],
          [protocol === "otlp" ? "POST /_t/v1/metrics application/x-protobuf pk_test" : "POST /_t/v1/bundle text/plain pk_test"]);
        assert.ok(!receiver.spans().some(({ attributes }) => /v1\/(metrics|bundle)/.test(attributes["url.full"])), "its own requests are not traced");
      },
      { begin: `window.throughline = init({ ...given, serviceVersion: "1.4", environment: "test"${protocol === "otlp" ? ", protocol: otlp" : ""} }); registerOtel();` },
    );
  });

test("at an edge of another origin it asks for no permission", () =>
  withPage(
    async (page, site) => {
      await page.waitForFunction("window.throughline && window.engineRuns");
      await page.evaluate(`metrics.getMeter("page").createCounter("cart").add(1)`);
      await flush(page);
      assert.equal(site.receiver.metrics().length, 1);
      assert.deepEqual([...new Set(site.receiver.requests.map(({ method, to, headers }) => `${method} ${to} ${headers["content-type"]}`))], [`POST ${site.foreign} text/plain`]);
    },
    { options: (site) => ({ endpoint: `${site.foreign}/_t` }) },
  ));

/** Texts that hold secrets or personal data, and some that hold none. */
const TEXTS = ["https://user:pw@x.test/?token=s3cret&page=2", "/cart?password=s3cret#access_token=s3cret", "a=b", "EUR", "/products/{id}", "person@mail.example", "4111 1111 1111 1111",
  "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "AKIAIOSFODNN7EXAMPLE", "10.1.2.3", "q=\x1f\x1d\x1e", "\u20ac \ud83d\uded2", ""];

for (const [entry, begin] of [["init", "init(given)"], ["scrub", "initScrubbing(given)"], ["scrub with plain OTLP", "initScrubbing({ ...given, protocol: otlp })"]])
  test(`attributes are redacted as those of spans are (${entry})`, async () => {
    await withPage(
      async (page, site) => {
        await page.waitForFunction("window.throughline && window.engineRuns");
        await page.evaluate(`{ const texts = [${TEXTS.map((text) => `"${text}"`)}]; const attributes = Object.fromEntries(texts.map((text, at) => ["a" + at, text]));
          Object.assign(attributes, { password: "hunter2", "api_key": 1234, list: texts, n: 7, yes: false, "user.email": "person@mail.example" });
          trace.getTracer("page").startSpan("work", { root: true, attributes }).end();
          metrics.getMeter("page").createCounter("cart").add(1, attributes); metrics.getMeter("page").createHistogram("size").record(1, attributes);
          metrics.getMeter("page").createCounter("again").add(1, attributes); }`);
        await flush(page);
        const span = site.receiver.spans().find(({ name }) => name === "work");
        const { "session.id": _, "browser.document.url.full": __, "otel.scope.name": ___, ...attributes } = span?.attributes ?? {};
        for (const name of ["cart", "size", "again"]) assert.deepEqual(site.receiver.metrics().find((metric) => metric.name === name)?.points[0]?.attributes, attributes, name);
        assert.doesNotMatch(JSON.stringify(site.receiver.metrics(), (_, value) => (typeof value === "bigint" ? "" : value)), /s3cret/);
      },
      { begin: `window.throughline = ${begin}; registerOtel();` },
    );
  });

for (const [where, begin, kept] of [["an edge, which redacts", "init({ ...given, webAssembly: false })", true], ["plain OTLP", "init({ ...given, protocol: otlp, webAssembly: false })", false], ["scrub", "initScrubbing({ ...given, webAssembly: false })", false]])
  test(`without WebAssembly no secret leaves, and plain words do (${where})`, async () => {
    await withPage(
      async (page, site) => {
        await page.waitForFunction("window.throughline && diagnostics().isDelivering");
        await page.evaluate(`metrics.getMeter("page").createCounter("cart").add(1, { a: "https://x.test/?token=s3cret", b: "EUR", c: "/products/{id}", d: "person@mail.example", e: "4111111111111111", f: 3 })`);
        await page.evaluate("throughline.flush()");
        const { a, b, c, d, e, f } = site.receiver.metrics()[0]?.points[0]?.attributes ?? {};
        assert.deepEqual([b, c, f], ["EUR", "/products/{id}", 3]);
        assert.doesNotMatch(a, /s3cret/);
        assert.deepEqual([d, e], kept ? ["person@mail.example", "4111111111111111"] : ["REDACTED", "REDACTED"]);
      },
      { begin: `window.throughline = ${begin}; registerOtel();` },
    );
  });

test("an edge takes metrics of a page by its key, once, redacts them and gives them to the backend as deltas", async () => {
  const backend = await serve();
  const edge = await startEdge(`
    [[projects]]
    name = "shop"
    keys = ["pk_test"]
    allowed_origins = ["*"]
    [backend]
    url = "${backend.origin}"
    compression = "none"
  `);
  try {
    /** @type {string[]} */
    const methods = [];
    await withPage(
      async (page) => {
        page.on("request", (request) => request.url().startsWith(edge.origin) && methods.push(request.method()));
        await delivering(page);
        await page.evaluate(`window.sizes = metrics.getMeter("page", "1").createHistogram("sizes", { unit: "By", advice: { explicitBucketBoundaries: [1, 10] } }); ${CART}`);
        await page.evaluate(`trace.getTracer("page").startActiveSpan("work", (span) => { sizes.record(3, { user: "ada@shop.example", plan: "pro" }); span.end(); }); cart.add(2); cart.add(3, { n: 1 }); throughline.flush()`);
        await until(() => backend.receiver.metrics().some(({ name }) => name === "cart"), "the metrics", () => backend.receiver.requests.map(({ path }) => path));
        assert.deepEqual(await page.evaluate("diagnostics().lost"), {});
      },
      { options: () => ({ endpoint: edge.origin }) },
    );
    const [sizes, cart] = ["sizes", "cart"].map((name) => backend.receiver.metrics().filter((metric) => metric.name === name));
    assert.deepEqual(cart?.flatMap(({ points }) => points.map(({ value, attributes }) => [value, attributes])), [[2, {}], [3, { n: 1 }]]);
    const [{ points: [point], unit, temporality, scope, resource }] = /** @type {any} */ (sizes);
    assert.deepEqual([unit, temporality, scope, point.buckets, point.bounds, point.sum], ["By", 1, { name: "page", version: "1" }, [0, 1, 0], [1, 10], 3]);
    assert.deepEqual(point.attributes, { user: "REDACTED", plan: "pro" });
    assert.equal(point.exemplars.length, 1);
    const span = await backend.receiver.span(({ name }) => name === "work", "the span");
    assert.deepEqual([point.exemplars[0].traceId, resource], [span.traceId, span.resource]);
    assert.deepEqual([...new Set(methods)], ["POST"], "no preflight");
  } finally {
    await edge.stop();
    await backend.stop();
  }
});
