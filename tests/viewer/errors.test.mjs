// @ts-check
// Tests of the viewer page in Chromium: exceptions, and failures of a page's engine.

import assert from "node:assert/strict";
import { test } from "node:test";
import { row, startViewer } from "./browser.mjs";
import { attributesOf, logsOf, newTrace, now, spanId, tracesOf } from "./telemetry.mjs";

const { store, onPage } = startViewer();

test("an exception in a page is an error of its span in every view, in full, with its causes", async () => {
  const trace = newTrace();
  const cause = { kvlistValue: { values: attributesOf({ type: "NetworkError", message: "offline", stacktrace: "NetworkError: offline\n    at load (https://shop/api.js:3:1)" }) } };
  const stack = "TypeError: x\n    at Array.map (<anonymous>)\n    at total (https://shop/app.js:1:20)";
  await store.send("traces", tracesOf("page", { trace, name: "click" }, { trace, id: 2, parent: 1, name: "GET" }));
  await store.send(
    "logs",
    logsOf("page", {
      traceId: trace,
      spanId: spanId(1),
      timeUnixNano: String(now()),
      severityNumber: 17,
      eventName: "exception",
      attributes: attributesOf({
        "exception.type": "TypeError",
        "exception.message": "x is undefined",
        "exception.stacktrace": stack,
        "throughline.exception.handled": { boolValue: false },
        "throughline.exception.causes": { arrayValue: { values: [cause] } },
      }),
    }),
  );
  await onPage(async (page) => {
    await page.goto(`/?q=${trace}&errors=1`);
    assert.match(await page.locator("tr[data-trace] .error-count").innerText(), /1/);
    await page.locator("tr[data-trace] a").click();
    await row(page, "click").waitFor();
    assert.match(await page.locator(".trace-facts").innerText(), /Errors\s+1/);
    assert.equal(await page.locator(".row.failed").count(), 1);
    await page.keyboard.press("e");
    const exception = page.locator(".panel .panel-section > .exception");
    assert.match(await exception.innerText(), /TypeError\s*x is undefined/);
    assert.match(await exception.locator(".causes").innerText(), /caused by\s*NetworkError\s*offline/);
    assert.equal(await exception.locator("> .frames .own .frame-function").innerText(), "total");
    assert.equal(await exception.locator("> .frames .library .frame-function").innerText(), "Array.map");
    assert.equal(await exception.locator(".causes .own .frame-function").innerText(), "load");
    await page.goto("/errors");
    const group = page.locator(".error-group", { hasText: "x is undefined" });
    assert.equal(await group.locator(".thrown-at").innerText(), "total (https://shop/app.js:1:20)");
  });
});

test("the members of a group are shown by their paths, and a group without frames is grouped by their place", async () => {
  const member = (/** @type {string} */ path, /** @type {string} */ message, stacktrace = "") => ({
    kvlistValue: { values: attributesOf({ type: "TypeError", message, stacktrace, path }) },
  });
  await store.send(
    "logs",
    logsOf("mirrors", {
      timeUnixNano: String(now()),
      severityNumber: 17,
      eventName: "exception",
      attributes: attributesOf({
        "exception.type": "AggregateError",
        "exception.message": "All promises were rejected",
        "exception.stacktrace": "AggregateError: All promises were rejected",
        "throughline.exception.causes": {
          arrayValue: { values: [member("errors[0]", "first mirror"), member("errors[0].cause", "offline"), member("errors[1]", "second mirror", "TypeError: x\n    at load (https://shop/api.js:3:1)")] },
        },
      }),
    }),
  );
  await onPage(async (page) => {
    await page.goto("/errors?service=mirrors");
    const group = page.locator(".error-group", { hasText: "All promises were rejected" });
    assert.equal(await group.locator(".thrown-at").innerText(), "load (https://shop/api.js:3:1)");
    await page.goto("/logs?service=mirrors");
    await page.locator(".log", { hasText: "All promises were rejected" }).click();
    await page.getByRole("list", { name: "Exceptions behind it, outermost first" }).waitFor();
    for (const [at, expected] of [/errors\[0\]\s*TypeError\s*first mirror/, /errors\[0\]\.cause\s*TypeError\s*offline/, /errors\[1\]\s*TypeError\s*second mirror/].entries())
      assert.match(await page.locator(".causes > li").nth(at).innerText(), expected);
  });
});

test("a failure of a page's engine is shown as that, and not as an exception of the page", async () => {
  await store.send(
    "logs",
    logsOf("strict-page", {
      timeUnixNano: String(now()),
      severityNumber: 13,
      eventName: "throughline.engine.failure",
      attributes: attributesOf({
        "throughline.engine.failure.reason": "unavailable",
        "throughline.engine.failure.message": "CompileError: blocked by CSP",
      }),
    }),
  );
  await onPage(async (page) => {
    await page.goto("/errors");
    await page.locator(".notice", { hasText: "Throughline’s engine could not be loaded: CompileError: blocked by CSP" }).waitFor();
    assert.equal(await page.locator(".error-group", { hasText: "CompileError" }).count(), 0);
    await page.goto("/logs?service=strict-page");
    await page.locator(".log", { hasText: "engine could not be loaded" }).waitFor();
  });
});

test("an error leads from its frames to the span it happened in", () =>
  onPage(async (page) => {
    await page.goto("/errors");
    const group = page.locator(".error-group", { hasText: "ZeroDivisionError" });
    await group.locator("summary").first().click();
    assert.deepEqual((await group.locator(".frames .frame-function").allInnerTexts()).slice(0, 2), [
      "compute",
      "price",
    ]);
    await group.locator(".recent a").first().click();
    await page.locator(".panel h2", { hasText: "POST /price" }).waitFor();
    assert.match(await page.locator(".panel").innerText(), /division by zero/);
  }));
