// @ts-check
// Tests what a page decides about its telemetry by `@throughline/browser/control`: consent,
// shutdown, diagnostics; and Global Privacy Control.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asModule, flush, useChromium } from "./chromium.mjs";

const visit = useChromium();

/** Markup that makes the functions of the entry `control` a global, and starts the client. @param {string} options */
const asControlled = (options) =>
  `<script type="module">import { init } from "/dist/index.js"; import * as control from "/dist/control.js";
   Object.assign(window, { control, throughline: init(${options}) });</script>`;

/** Markup that waits for consent. @param {string} options */
const asAsking = (options) =>
  `<script type="module">import { init } from "/dist/index.js"; import * as control from "/dist/control.js";
   Object.assign(window, { control, init, consent: control.initWithConsent((given) => (window.throughline = init(given)), ${options}) });</script>`;

test("until there is consent nothing is sent or stored and no request has a header; errors from before are recorded afterwards", () =>
  visit({ start: asAsking, expected: /before/ }, async (page, site) => {
    await page.waitForFunction("window.consent");
    /** @type {(string | undefined)[]} */
    const headers = [];
    page.on("request", (request) => request.url().includes("/api/") && headers.push(request.headers().traceparent));
    assert.equal(await page.evaluate("consent.state"), "pending");
    await page.evaluate(`for (let n = 0; n < 60; n++) setTimeout(() => { throw new Error("before " + n) })`);
    await page.evaluate(() => fetch("/api/before"));
    assert.deepEqual(await page.evaluate("[Object.keys(sessionStorage), document.cookie]"), [[], ""]);
    assert.deepEqual(site.receiver.requests, []);

    await page.evaluate(`consent.set("granted")`);
    await page.evaluate(() => fetch("/api/after"));
    await flush(page);
    assert.deepEqual(headers.map((header) => typeof header), ["undefined", "string"]);
    const errors = site.receiver.logs().filter(({ name }) => name === "exception");
    assert.deepEqual(
      errors.map(({ attributes, severity }) => [attributes["exception.message"], severity]),
      Array.from({ length: 50 }, (_, n) => [`before ${n}`, 17]),
    );
    assert.equal(lostOf(site).queue_full, 10);
    assert.deepEqual(site.receiver.spans().filter(({ attributes }) => attributes["url.full"]?.includes("/api/")).map(({ attributes }) => new URL(attributes["url.full"]).pathname), ["/api/after"]);
  }));

test("what is denied starts nothing, and ends what was granted", () =>
  visit({ start: asAsking, expected: /refused|later/ }, async (page, site) => {
    await page.waitForFunction("window.consent");
    await page.evaluate(`setTimeout(() => { throw new Error("refused") })`);
    await page.evaluate(`consent.set("denied"); consent.set("pending");`);
    assert.equal(await page.evaluate("consent.state"), "denied");
    await page.evaluate(`setTimeout(() => { throw new Error("refused too") })`);
    await page.evaluate(`consent.set("granted")`);
    await page.evaluate(() => fetch("/api/granted"));
    await flush(page);
    await page.evaluate(`consent.set("denied"); setTimeout(() => { throw new Error("later") }); fetch("/api/denied")`);
    await flush(page);
    const urls = site.receiver.spans().map(({ attributes }) => attributes["url.full"] ?? "");
    assert.ok(urls.some((url) => url.endsWith("/api/granted")), "a request with consent");
    assert.ok(!urls.some((url) => url.endsWith("/api/denied")), "none without");
    assert.deepEqual(site.receiver.logs().filter(({ name }) => name === "exception"), []);

    await page.evaluate(`consent.set("pending")`);
    assert.equal(await page.evaluate("consent.state"), "denied", "an answer is not taken back");
    await page.evaluate(`consent.set("granted"); consent.set("pending");`);
    assert.equal(await page.evaluate("consent.state"), "granted");
    await page.evaluate(() => fetch("/api/again"));
    await flush(page);
    await site.receiver.requestSpan("/api/again");
  }));

for (const [given, records] of /** @type {const} */ ([[{}, false], [{ consent: "granted" }, true]]))
  test(`a browser with Global Privacy Control is ${records ? "followed after consent" : "not followed"}`, () =>
    visit(
      {
        start: asModule,
        options: () => given,
        prepare: (page) => page.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { value: true })),
      },
      async (page, site) => {
        await page.waitForFunction("window.throughline");
        await page.evaluate(`throughline.captureException(new Error("seen"))`);
        const [request] = await Promise.all([page.waitForRequest(/\/api\/gpc/), page.evaluate(() => fetch("/api/gpc"))]);
        await page.evaluate("throughline.flush()");
        assert.equal("traceparent" in request.headers(), records);
        assert.equal(await page.evaluate("sessionStorage.length"), records ? 1 : 0);
        assert.equal(site.receiver.requests.length > 0, records);
      },
    ));

test("after shutdown what waited has arrived, and nothing is recorded, traced or sent", () =>
  visit({ start: asControlled, body: `<button>Buy</button>`, expected: /after/ }, async (page, site) => {
    await page.waitForFunction("window.throughline && window.engineRuns");
    await page.evaluate(`throughline.captureException(new Error("last")); fetch("/api/last")`);
    await page.waitForFunction("performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/api/last'))");
    await page.evaluate("control.shutdown()");
    const sent = site.receiver.requests.length;
    await site.receiver.exception("last");
    await site.receiver.requestSpan("/api/last");

    const [request] = await Promise.all([
      page.waitForRequest(/\/api\/after/),
      page.evaluate(`fetch("/api/after"); throughline.captureException(new Error("after")); setTimeout(() => { throw new Error("after all") })`),
    ]);
    assert.ok(!("traceparent" in request.headers()));
    const value = await page.evaluate(() => new Promise((settle) => {
      const request = new XMLHttpRequest();
      request.open("GET", "/api/xhr");
      request.onload = () => settle(request.status);
      request.send();
    }));
    assert.equal(value, 200);
    await page.click("button");
    await page.evaluate("throughline.flush()");
    assert.equal(await page.evaluate("sessionStorage.length"), 0, "nothing is stored");
    await page.goto("about:blank");
    assert.equal(site.receiver.requests.length, sent, "no request more");
  }));

test("a part that begins and ends many times leaves nothing in the client", () =>
  visit({ start: asControlled }, async (page) => {
    const lengths = await page.evaluate(`(async () => {
      const { traceUserTimings } = await import("/dist/user-timings.js");
      const { captureResourceErrors } = await import("/dist/sources.js");
      const { shared } = window[Symbol.for("throughline")];
      const length = () => { traceUserTimings()(); captureResourceErrors()(); return shared.filter(Array.isArray).flat().length; };
      return [length(), Array.from({ length: 100 }, length).at(-1)];
    })()`);
    assert.deepEqual(lengths[1], lengths[0]);
  }));

test("diagnostics say what was sent, what waits and what was lost", () =>
  visit({ start: asControlled, expected: /400/ }, async (page, site) => {
    await page.waitForFunction("window.throughline && window.engineRuns");
    await page.evaluate(`for (let n = 0; n < 3; n++) throughline.captureException(new Error("error " + n));`);
    await flush(page);
    const before = /** @type {any} */ (await page.evaluate("control.diagnostics()"));
    const bundles = site.receiver.bundles();
    assert.equal(before.isDelivering, true);
    assert.equal(before.version, "0.1.0");
    assert.equal(before.requests, bundles.length);
    assert.equal(before.sent, bundles.reduce((all, { spans, logs }) => all + spans.length + logs.length, 0));
    assert.equal(before.bytes, site.receiver.requests.reduce((all, { body }) => all + body.length, 0));
    assert.deepEqual([before.waiting, before.lost], [0, {}]);

    site.receiver.answer(() => ({ status: 400 }));
    await page.evaluate(`throughline.captureException(new Error("rejected")); window.waits = control.diagnostics().waiting;`);
    await flush(page);
    const after = /** @type {any} */ (await page.evaluate("({ waits, ...control.diagnostics() })"));
    assert.equal(after.waits, 1);
    assert.deepEqual([after.sent, after.waiting, after.lost], [before.sent, 0, { rejected: 1 }]);
  }));

for (const isOtlp of [false, true])
  test(`before the engine is loaded diagnostics tell what waits and what was lost${isOtlp ? ", with plain OTLP too" : ""}`, () =>
    visit(
      {
        start: (options) => (isOtlp ? asControlled(`{ ...${options}, protocol: otlp }`).replace("import { init }", `import { otlp } from "/dist/otlp.js"; import { init }`) : asControlled(options)),
        // An engine that never comes.
        prepare: (page) => page.route("**/dist/engine*.js", () => {}),
      },
      async (page) => {
        await page.waitForFunction("window.throughline");
        const before = /** @type {any} */ (await page.evaluate("control.diagnostics()"));
        assert.deepEqual([before.isDelivering, before.sent, before.waiting, before.lost], [false, 0, 0, {}]);
        await page.evaluate(`(async () => { for (let n = 0; n < 3; n++) { throughline.captureException(new Error("error " + n)); await fetch("/api/" + n); } })()`);
        const after = /** @type {any} */ (await page.evaluate("control.diagnostics()"));
        assert.deepEqual([after.isDelivering, after.sent, after.waiting, after.lost], [false, 0, 6, {}]);
        await page.evaluate(`for (let n = 0; n < 1300; n++) throughline.captureException(new Error("many " + n));`);
        const full = /** @type {any} */ (await page.evaluate("control.diagnostics()"));
        assert.equal(full.waiting + full.lost.queue_full, 1306);
        assert.ok(full.lost.queue_full >= 100, full.lost.queue_full);
      },
    ));

test("without a client there is nothing to tell or to end", () =>
  visit({ start: () => `<script type="module">import * as control from "/dist/control.js"; window.control = control;</script>` }, async (page) => {
    await page.waitForFunction("window.control");
    assert.equal(await page.evaluate("control.shutdown().then(() => control.diagnostics())"), undefined);
  }));

/** @param {import("./site.mjs").Site} site */
function lostOf({ receiver }) {
  /** @type {Record<string, number>} */
  const lost = {};
  for (const { dropped } of receiver.bundles()) for (const [reason, count] of Object.entries(dropped)) lost[reason] = (lost[reason] ?? 0) + Number(count);
  return lost;
}
