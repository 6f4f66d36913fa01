// @ts-check
// Tests that what a page measures leaves it once, with consent alone, and is counted where it does not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, hide } from "./chromium.mjs";
import { lost } from "./lost.mjs";
import { away, granted, OPEN, stored, there } from "./offline.mjs";
import { CART, delivering, ownTimers, total, useMeters } from "./metrics.mjs";
import { until } from "./until.mjs";

const { withPage } = useMeters();

test("what is measured leaves ten seconds later in one request; nothing leaves while nothing is measured", () =>
  withPage(
    async (page, site) => {
      await delivering(page);
      await flush(page);
      const before = site.receiver.requests.length;
      await page.evaluate(`${CART} pass(10_000); pass(60_000); for (let at = 0; at < 100; at++) cart.add(1);`);
      await page.evaluate("pass(60_000)");
      await until(() => total(site) === 100, "the sum", () => site.receiver.metrics());
      await page.evaluate("pass(60_000); pass(60_000)");
      await flush(page);
      assert.equal(site.receiver.requests.length, before + 1);
    },
    { prepare: ownTimers },
  ));

test("callbacks are called each minute and with each export of a page that is shown, and not in one that is hidden", () =>
  withPage(
    async (page, site) => {
      await delivering(page);
      await page.evaluate(`window.calls = 0; ${CART} const gauge = metrics.getMeter("page").createObservableGauge("heap"); window.callback = (result) => result.observe(++calls); gauge.addCallback(callback); gauge.addCallback(callback); window.gauge = gauge;`);
      await page.evaluate("pass(10_000)");
      assert.equal(await page.evaluate("calls"), 0);
      await page.evaluate("pass(60_000)");
      await until(() => site.receiver.metrics().some(({ name }) => name === "heap"), "the gauge");
      await page.evaluate(`cart.add(1); pass(10_000)`);
      assert.equal(await page.evaluate("calls"), 2);
      await page.evaluate(() => Object.defineProperty(Document.prototype, "visibilityState", { get: () => "hidden", configurable: true }));
      await page.evaluate("pass(60_000); pass(60_000); pass(60_000)");
      assert.equal(await page.evaluate("calls"), 2);
      await page.evaluate("gauge.removeCallback(callback)");
      await flush(page);
      assert.equal(await page.evaluate("calls"), 2);
    },
    { prepare: ownTimers },
  ));

test("a page that is hidden sends what it has measured, with what its own handlers measure", () =>
  withPage(async (page, site) => {
    await delivering(page);
    await page.evaluate(`${CART} cart.add(1); const last = metrics.getMeter("page").createObservableGauge("last"); last.addCallback((result) => result.observe(7)); document.addEventListener("visibilitychange", () => cart.add(10));`);
    await hide(page);
    await until(() => total(site) === 11, "what was measured until the page was hidden", () => site.receiver.metrics());
    assert.equal(total(site, "last"), 7, "observed once");
  }));

test("a page that is left sends what it has measured, with what its own last handlers measure", () =>
  withPage(async (page, site) => {
    await delivering(page);
    await page.evaluate(`${CART} cart.add(1); addEventListener("pagehide", () => cart.add(10)); document.addEventListener("visibilitychange", () => cart.add(100));`);
    site.put("/next", { body: "Next", headers: { "content-type": "text/html" } });
    await page.goto(`${site.origin}/next`);
    await until(() => total(site) === 111, "what was measured until the page was left", () => site.receiver.metrics());
  }));

test("a page that is left before the engine is there counts its data points", () =>
  withPage(
    async (page, site) => {
      await page.waitForFunction("window.throughline");
      await page.evaluate(`${CART} cart.add(1); cart.add(1, { a: "b" }); throughline.captureException(new Error("starts a session"));`);
      site.put("/next", { body: "Next", headers: { "content-type": "text/html" } });
      await page.goto(`${site.origin}/next`);
      await until(() => lost(site)["page_ended"] === 2, "the count", () => lost(site));
    },
    { prepare: async (_, site) => site.put("/dist/engine.js", { body: "", held: true }) },
  ));

for (const protocol of ["bundle", "otlp"])
  test(`a receiver that fails gets the same bytes again, and nothing is added twice or lost without a count (${protocol})`, () =>
    withPage(
      async (page, site) => {
        await delivering(page);
        await flush(page);
        const isOwn = (/** @type {import("./receiver.mjs").Received} */ { path, body }) => (protocol === "otlp" ? path.endsWith("/metrics") : body.includes("cart"));
        let failures = 0;
        site.receiver.answer((request) => ({ status: isOwn(request) && failures++ < 2 ? 503 : 200 }));
        await page.evaluate(`${CART} cart.add(5); throughline.flush()`);
        const own = site.receiver.requests.filter(isOwn);
        assert.equal(own.length, 3);
        assert.ok(own.every(({ body }) => body.equals(/** @type {any} */ (own[0]).body)), "the same bytes");
        if (protocol === "bundle") assert.match(site.receiver.bundles().find(({ metrics }) => metrics.length)?.batchId ?? "", /^[\da-f]{32}$/);
        assert.equal(total(site), 5);

        site.receiver.answer((request) => ({ status: isOwn(request) ? 400 : 200 }));
        await page.evaluate(`cart.add(1); cart.add(1, { a: 1 }); cart.add(1, { a: 2 }); throughline.flush()`);
        assert.deepEqual(await page.evaluate("diagnostics().lost"), { rejected: 3 });
        site.receiver.answer(() => ({ status: 200 }));
        await page.evaluate(`cart.add(7); throughline.captureException(new Error("one more")); throughline.flush()`);
        assert.deepEqual([total(site), lost(site)], [12, { rejected: 3 }]);
      },
      { begin: `window.throughline = init({ ...given${protocol === "otlp" ? ", protocol: otlp" : ""} }); registerOtel();`, expected: /503|400/ },
    ));

test("what no receiver takes is kept for hours where the page keeps batches, with its times and id, and is sent by a later page", () =>
  withPage(
    async (page, site) => {
      await page.waitForFunction("window.throughline && window.engineRuns");
      await page.evaluate(OPEN);
      site.receiver.answer(away);
      await page.evaluate(`${CART} cart.add(5, { url: "https://x.test/?token=s3cret" }); throughline.flush()`);
      /** @type {(change?: string) => Promise<any[]>} */
      const kept = async (change) => /** @type {any[]} */ (await page.evaluate(stored(change))).filter(({ body }) => Buffer.from(body).includes("cart"));
      const [first] = await until(async () => (await kept()).length > 0 && kept("(kept) => { kept.keptAt -= 3 * 3_600_000; kept.notBefore = 0; }"), "the batch");
      assert.doesNotMatch(Buffer.from(first.body).toString(), /s3cret/);
      site.receiver.answer(there);
      await page.reload();
      await until(() => total(site) === 5, "the sum", () => site.receiver.metrics());
      const bundle = site.receiver.bundles().find(({ metrics }) => metrics.length);
      assert.equal(`${bundle?.batchId} bundle`, first.id);
    },
    { begin: "window.control = { diagnostics }; window.throughline = init(given); keepOffline(); registerOtel();", options: granted, expected: /503/ },
  ));

const ASKING = `window.consent = initWithConsent((options) => (window.throughline = init(options)), given); registerOtel(); ${CART}`;

test("until a person agrees measurements are kept, and are sent then", () =>
  withPage(
    async (page, site) => {
      await page.waitForFunction("window.cart");
      await page.evaluate(`window.gauge = metrics.getMeter("page").createObservableGauge("last"); gauge.addCallback((result) => result.observe(3)); for (let at = 0; at < 400; at++) cart.add(1, { at }); pass(60_000);`);
      assert.deepEqual([site.receiver.requests, await page.evaluate("Object.keys(sessionStorage)")], [[], []]);
      await page.evaluate(`consent.set("granted")`);
      await flush(page);
      assert.equal(total(site), 400);
      assert.equal(total(site, "last"), 3);
    },
    { begin: ASKING, prepare: ownTimers },
  ));

test("of a person who does not agree nothing is kept or sent, also when they agree later, and what was measured with consent is sent", () =>
  withPage(
    async (page, site) => {
      await page.waitForFunction("window.cart");
      await page.evaluate(`cart.add(1); consent.set("denied"); cart.add(2); pass(60_000);`);
      assert.deepEqual(site.receiver.requests, []);
      await page.evaluate(`consent.set("granted"); cart.add(4)`);
      await delivering(page);
      await flush(page);
      assert.equal(total(site), 4);
      await page.evaluate(`cart.add(8); consent.set("denied"); cart.add(16);`);
      await until(() => total(site) === 12, "what was measured with consent", () => site.receiver.metrics());
      await page.evaluate(`pass(60_000); throughline.flush()`);
      assert.equal(total(site), 12);
      await page.evaluate(`consent.set("granted"); cart.add(32); throughline.flush()`);
      assert.equal(total(site), 44);
    },
    { begin: ASKING, prepare: ownTimers },
  ));

for (const [why, begin, prepare] of /** @type {const} */ ([
  ["consent that is denied from the start", ASKING.replace("given)", 'given, "denied")'), ownTimers],
  ["Global Privacy Control", `window.throughline = init(given); registerOtel(); ${CART}`, (/** @type {any} */ page) => page.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }))],
]))
  test(`with ${why} nothing is recorded or sent`, () =>
    withPage(
      async (page, site) => {
        await page.waitForFunction("window.cart");
        await page.evaluate(`cart.add(1); window.calls = 0; const gauge = metrics.getMeter("page").createObservableGauge("last"); gauge.addCallback(() => calls++); window.throughline?.flush()`);
        await hide(page);
        assert.deepEqual([site.receiver.requests, await page.evaluate("[calls, diagnostics()]")], [[], [0, null]].map((one, at) => (at ? [0, undefined] : one)));
      },
      { begin, prepare },
    ));

test("shutdown sends what was measured, and ends it", () =>
  withPage(async (page, site) => {
    await delivering(page);
    const returned = await page.evaluate(`(async () => {
      window.calls = 0; ${CART} const last = metrics.getMeter("page").createObservableGauge("last"); last.addCallback((result) => result.observe(++calls));
      cart.add(3); await shutdown(); cart.add(100);
      const later = metrics.getMeter("page").createCounter("later"); later.add(1);
      await throughline.flush();
      return [calls, diagnostics().metrics];
    })()`);
    assert.deepEqual(returned, [1, undefined]);
    await hide(page);
    assert.deepEqual([total(site), total(site, "last"), total(site, "later")], [3, 1, 0]);
  }));
