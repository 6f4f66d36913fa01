// @ts-check
// Tests that an error is shown with what happened in the page before it, and web vitals by the route of the page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { becomes, row, startViewer } from "./browser.mjs";
import { attributesOf, logsOf, newTrace, now, spanId, tracesOf } from "./telemetry.mjs";

const { store, onPage } = startViewer("--empty");

/** An error with breadcrumbs. @param {string} trace @param {string} message @param {(at: number) => string} breadcrumbs */
async function sendError(trace, message, breadcrumbs) {
  const at = now();
  await store.send("traces", tracesOf("shop-web", { trace, name: "click button#buy" }));
  await store.send(
    "logs",
    logsOf("shop-web", {
      traceId: trace,
      spanId: spanId(1),
      timeUnixNano: String(at),
      severityNumber: 17,
      eventName: "exception",
      attributes: attributesOf({
        "exception.type": "Error",
        "exception.message": message,
        "throughline.exception.breadcrumbs": breadcrumbs(Number(at / 1_000_000n)),
      }),
    }),
  );
}

test("an error has its breadcrumbs with the time before it, in its span and in its line", async () => {
  const trace = newTrace();
  await sendError(trace, "no price", (at) =>
    JSON.stringify([
      { time: at - 2500, category: "navigation", message: "https://shop.example/lamp", data: { from: "https://shop.example/" } },
      { time: at - 120, category: "click", message: "button#buy <b>" },
      // The clock of the page was set meanwhile.
      { time: at + 9000, category: "request", message: "GET /api/price", data: { status: "500", ms: "18" } },
    ]),
  );
  await onPage(async (page) => {
    await page.goto(`/trace/${trace}`);
    await row(page, "click button#buy").waitFor();
    await page.locator(".row.failed").waitFor();
    await page.keyboard.press("e");
    const list = page.locator(".panel .panel-section > .breadcrumbs li");
    await list.first().waitFor();
    assert.deepEqual(
      (await list.allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim()),
      [
        "−2.50 s navigation https://shop.example/lamp from https://shop.example/",
        "−120 ms click button#buy <b>",
        "0 ns request GET /api/price status 500 · ms 18",
      ],
    );
    assert.equal(await page.locator(".panel").getByText("throughline.exception.breadcrumbs").count(), 0, "not as an attribute too");
    await page.goto("/errors");
    const group = page.locator(".error-group", { hasText: "no price" });
    await group.locator("summary").first().click();
    await becomes(() => group.locator(".breadcrumbs li").count(), 3);
    await page.goto("/logs");
    const line = page.locator(".log", { hasText: "no price" });
    await line.locator("summary").first().click();
    await line.locator(".breadcrumbs li").first().waitFor();
    assert.equal(await line.locator(".breadcrumbs li").count(), 3);
  });
});

test("what is no list of breadcrumbs costs nothing of the error", async () => {
  for (const [at, text] of ["{", '"text"', '[1, null, {"time": "x", "message": {}}]'].entries()) await sendError(newTrace(), `odd ${at}`, () => text);
  await onPage(async (page) => {
    await page.goto("/logs");
    for (const at of [0, 1, 2]) {
      const line = page.locator(".log", { hasText: `odd ${at}` });
      await line.locator("summary").first().click();
      await line.locator(".exception").waitFor();
    }
  });
});

test("web vitals are those of a route, whatever the address was", async () => {
  for (const [id, route] of [["1742", "/orders/{id}"], ["1743", "/orders/{id}"], ["7", ""]])
    await store.send(
      "logs",
      logsOf("shop-web", {
        timeUnixNano: String(now()),
        severityNumber: 9,
        eventName: "browser.web_vital",
        attributes: attributesOf({
          "browser.web_vital.name": "inp",
          "browser.web_vital.value": { doubleValue: 264 },
          "browser.document.url.full": `https://shop.example/orders/${id}`,
          ...(route && { "throughline.document.url.template": route }),
        }),
      }),
    );
  await onPage(async (page) => {
    await page.goto("/vitals");
    await page.locator(".vitals-page").first().waitFor();
    assert.deepEqual((await page.locator(".vitals-page .page-path").allInnerTexts()).sort(), ["/orders/7", "/orders/{id}"]);
  });
});
