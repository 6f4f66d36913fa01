// @ts-check
// Tests of the viewer page in Chromium with many tabs and very large telemetry.

import assert from "node:assert/strict";
import { test } from "node:test";
import { becomes, startViewer } from "./browser.mjs";
import { logsOf, newTrace, now, spanId, tracesOf } from "./telemetry.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { store, onPage } = startViewer("--empty");

test("any number of tabs share one stream, and another tab takes it over", async () => {
  const trace = newTrace();
  await store.send("traces", tracesOf("shop", { trace, name: "GET /basket" }));
  await onPage(async (first) => {
    const tabs = [first];
    /** @type {Page[]} */
    const streaming = [];
    const open = async (/** @type {Page} */ tab) => {
      tab.on("request", (request) => {
        if (request.url().endsWith("/api/events")) streaming.push(tab);
      });
      await tab.goto(`/?q=${trace}`);
      await tab.locator(".live.connected").waitFor();
      await tab.locator("tr[data-trace]").waitFor();
    };
    await open(first);
    while (tabs.length < 9) {
      const tab = await first.context().newPage();
      tabs.push(tab);
      await open(tab);
    }
    assert.deepEqual(streaming, [first]);

    const second = newTrace();
    await Promise.all(tabs.slice(1).map((tab) => tab.goto(`/trace/${second}`)));
    await Promise.all(tabs.slice(1).map((tab) => tab.getByRole("heading", { name: "is not here" }).waitFor()));
    await first.close();
    await becomes(async () => streaming.length, 2);
    await store.send("traces", tracesOf("shop", { trace: second, name: "GET /late" }));
    for (const tab of tabs.slice(1)) await tab.locator("h1", { hasText: "GET /late" }).waitFor();
  }, { allowed: /404/ });
});

test("a hidden tab draws nothing until it is visible", () =>
  onPage(async (page) => {
    const [shown, late] = [newTrace(), newTrace()];
    await store.send("traces", tracesOf("hidden", { trace: shown }));
    await page.addInitScript(() => Object.defineProperty(document, "hidden", { configurable: true, value: true }));
    /** @type {string[]} */
    const requested = [];
    /** @type {string[]} */
    const finished = [];
    const path = (/** @type {import("playwright-core").Request} */ request) => new URL(request.url()).pathname;
    page.on("request", (request) => requested.push(path(request)));
    page.on("requestfinished", (request) => finished.push(path(request)));
    await page.goto("/?service=hidden");
    await page.locator(".live.connected").waitFor();
    // The requests at the start of the page, hidden or not.
    const first = ["/api/status", "/api/status", "/api/traces", "/api/traces"];
    await becomes(async () => finished.filter((path) => path.startsWith("/api/")).sort(), first);
    await becomes(() => page.locator("tr[data-trace]").count(), 1);

    await page.evaluate(() => {
      const received = new Promise((resolve) =>
        new BroadcastChannel("throughline-events").addEventListener("message", () => resolve(true), { once: true }),
      );
      Object.assign(window, { received });
    });
    requested.length = 0;
    await store.send("traces", tracesOf("hidden", { trace: late }));
    await page.waitForFunction(() => /** @type {{received?: Promise<boolean>}} */ (/** @type {unknown} */ (window)).received);
    assert.deepEqual(requested, []);
    await page.evaluate(() => {
      Reflect.deleteProperty(document, "hidden");
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await becomes(() => page.locator("tr[data-trace]").count(), 2);
  }));

test("a tab without locks has a stream while it is visible", () =>
  onPage(async (page) => {
    await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "locks", { value: undefined }));
    let open = 0;
    page.on("request", (request) => {
      if (request.url().endsWith("/api/events")) open += 1;
    });
    page.on("requestfailed", (request) => {
      if (request.url().endsWith("/api/events")) open -= 1;
    });
    await page.goto("/?service=visible");
    await page.locator(".live.connected").waitFor();
    await becomes(async () => open, 1);
    await page.evaluate(() => {
      Object.defineProperty(document, "hidden", { configurable: true, value: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await becomes(async () => open, 0);
    await store.send("traces", tracesOf("visible", { trace: newTrace() }));
    await page.evaluate(() => {
      Reflect.deleteProperty(document, "hidden");
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await becomes(() => page.locator("tr[data-trace]").count(), 1);
    assert.equal(open, 1);
  }));

test("values of ten megabytes and twenty thousand log records are drawn as they are scrolled", async () => {
  const trace = newTrace();
  const text = "lorem ipsum dolor sit amet ".repeat(388_000);
  const start = now();
  await store.send("traces", tracesOf("large", { trace, start, attributes: { "gen_ai.prompt": text } }));
  for (let part = 0; part < 20; part++) {
    const records = Array.from({ length: 1_000 }, (_, index) => ({
      traceId: trace,
      spanId: spanId(1),
      timeUnixNano: String(start + BigInt(part * 1_000 + index)),
      severityNumber: 9,
      body: { stringValue: `line ${part * 1_000 + index} of the job` },
    }));
    await store.send("logs", logsOf("large", ...records));
  }
  await onPage(async (page) => {
    // The store of these tests is not optimised: on a busy machine a response of 30 MB takes seconds.
    page.setDefaultTimeout(60_000);
    const nodes = () => page.evaluate(() => document.querySelectorAll("*").length);
    await page.goto(`/trace/${trace}?span=${spanId(1)}`);
    const value = page.locator(".attributes dd", { hasText: "lorem ipsum" });
    await value.waitFor();
    assert.ok((await nodes()) < 5_000, `${await nodes()} nodes`);
    assert.ok((await value.innerText()).length < 5_000);
    await value.getByRole("button", { name: "Show all (9.99 MiB)" }).click();
    // Ten parts of 4,000 characters at a time.
    const parts = value.locator(".value > span > span");
    await becomes(() => parts.count().then((count) => count >= 10), true);
    const shown = (await value.innerText()).length;
    assert.ok(shown > 30_000 && shown < 1_000_000, `${shown} characters`);
    await parts.last().scrollIntoViewIfNeeded();
    await becomes(() => value.innerText().then((text) => text.length > shown), true);
    assert.equal(await page.locator(".trace-logs .log").count(), 0, "the tab that is not open is not drawn");

    await page.getByRole("button", { name: "Close" }).click();
    await page.getByRole("tab", { name: "Logs 20,000" }).click();
    const lines = page.locator(".trace-logs .log");
    await becomes(() => lines.count(), 100);
    for (const count of [200, 300]) {
      await lines.last().scrollIntoViewIfNeeded();
      await becomes(() => lines.count(), count);
    }
    await lines.nth(5).locator("summary").click();
    const late = { traceId: trace, spanId: spanId(1), timeUnixNano: String(start - 1n), body: { stringValue: "late" } };
    await store.send("logs", logsOf("large", late));
    await page.getByRole("tab", { name: "Logs 20,001" }).waitFor();
    await lines.first().filter({ hasText: "late" }).waitFor({ state: "attached" });
    assert.equal(await page.locator(".trace-logs details.log[open]", { hasText: "line 5 of" }).count(), 1);
  });
});

test("five thousand events and a statement of sixty thousand keywords are shown", async () => {
  const trace = newTrace();
  const start = now();
  const events = Array.from({ length: 5_000 }, (_, index) => ({
    name: `event ${index}`,
    timeUnixNano: String(start + BigInt(index) * 10_000n),
  }));
  const statement = "SELECT a FROM b WHERE c AND d OR e; ".repeat(12_400);
  await store.send(
    "traces",
    tracesOf("large", { trace, start, attributes: { "db.query.text": statement, "db.system.name": "sqlite" }, events }),
  );
  await onPage(async (page) => {
    await page.goto(`/trace/${trace}?span=${spanId(1)}`);
    await page.locator(".panel .attributes b", { hasText: "SELECT" }).first().waitFor();
    await becomes(() => page.locator(".panel .events > li").count(), 100);
    const marks = await page.locator(".row .mark").count();
    assert.ok(marks > 20 && marks < 400, `${marks} marks`);
    await page.getByRole("button", { name: /Show all/ }).click();
    // A part at a time: all of it would keep the page busy for seconds.
    const keywords = page.locator(".panel .attributes b");
    await becomes(() => keywords.count().then((count) => count > 2000), true);
    const first = await keywords.count();
    assert.ok(first < 10_000, `${first} keywords at once`);
    await keywords.last().scrollIntoViewIfNeeded();
    await becomes(() => keywords.count().then((count) => count > first), true);
  });
});
