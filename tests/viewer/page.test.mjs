// @ts-check
// Tests of the viewer page in Chromium: keyboard, live updates, hostile telemetry.

import assert from "node:assert/strict";
import { test } from "node:test";
import { becomes, row, startViewer } from "./browser.mjs";
import { serve } from "./server.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { store: shop, onPage, onPageAt } = startViewer();

test("the keyboard leads from the list to a trace, a span and its linked trace", () =>
  onPage(async (page) => {
    const traceId = await shop.newest("q=button%23buy+orders-api&service=shop-edge");
    await page.goto(`/?q=${traceId}`);
    await page.locator(".traces tbody tr").first().waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/trace/${traceId}`);
    await row(page, "click button#buy").waitFor();

    await page.keyboard.press("End");
    assert.equal(await activeName(page), "render /thanks");
    await page.keyboard.press("k");
    await page.keyboard.press("Enter");
    assert.equal(await page.locator(".panel h2").innerText(), "INSERT orders");
    assert.match(await page.locator(".panel pre").first().innerText(), /INSERT INTO orders/);
    assert.deepEqual(await page.locator(".path li").allInnerTexts(), [
      "click button#buy",
      "POST",
      "POST /api/*",
      "POST",
      "POST /api/orders",
      "INSERT orders",
    ]);
    await becomes(() => page.locator(".row.on-path").count(), 6);

    await page.keyboard.press("Escape");
    await page.locator(".panel").waitFor({ state: "hidden" });
    await page.keyboard.press("k");
    assert.equal(await activeName(page), "process price-events");
    await page.keyboard.press("Enter");
    await page.locator("h1", { hasText: "process price-events" }).waitFor();
    assert.equal(await page.locator(".panel h2").innerText(), "process price-events");
    await page.locator(".panel .links a", { hasText: "send price-events" }).click();
    await page.waitForURL(`**/trace/${traceId}?span=*`);

    await page.keyboard.press("u");
    await becomes(() => page.locator(".traces tbody tr").count(), 1);
  }));

test("collapse, find and zoom change the visible rows and range", () =>
  onPage(async (page) => {
    await page.goto(`/trace/${await shop.newest("q=button%23buy&service=shop-edge")}`);
    await row(page, "render /thanks").waitFor();
    const whole = await page.locator(".row").count();
    await page.keyboard.press("j");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowLeft");
    await becomes(() => row(page, "POST /api/*").count(), 0);
    await page.keyboard.press("ArrowRight");
    await becomes(() => page.locator(".row").count(), whole);

    await page.keyboard.press("/");
    await page.keyboard.type("redis");
    await page.keyboard.press("Enter");
    assert.equal(await page.locator(".panel h2").innerText(), "GET");
    await becomes(() => page.locator(".row.found").count(), 2);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");

    await page.keyboard.press("z");
    await page.getByRole("button", { name: "See all" }).waitFor();
    await page.keyboard.press("0");
    await page.getByRole("button", { name: "See all" }).waitFor({ state: "hidden" });
  }));

test("a new trace appears without a reload, and not under the pointer", () =>
  onPage(async (page) => {
    await page.goto("/");
    const rows = page.locator(".traces tbody tr");
    await rows.first().waitFor();
    await page.locator(".live.connected").waitFor();
    await page.evaluate(() => Object.assign(window, { stayed: true }));
    const before = await rows.count();

    await shop.add("error");
    await becomes(() => rows.count().then((count) => count > before), true);

    await rows.nth(2).hover();
    const under = await rows.nth(2).getAttribute("data-trace");
    const there = await rows.count();
    await shop.add("error");
    const newer = page.getByRole("button", { name: /new trace/ });
    await newer.waitFor();
    assert.equal(await rows.count(), there);
    assert.equal(await rows.nth(2).getAttribute("data-trace"), under);
    await newer.click();
    await becomes(() => rows.count().then((count) => count > there), true);
    assert.equal(await page.evaluate(() => "stayed" in window), true);
  }));

test("the page reconnects to a restarted program and shows its telemetry", async () => {
  const first = await serve("--port", "0", "--empty");
  let second = first;
  await onPageAt(first.address, async (page) => {
      await first.add("click");
      await page.goto("/");
      await becomes(() => page.locator(".traces tbody tr").count(), 2);
      await page.locator(".live.connected").waitFor();
      await first.stop();
      await page.locator(".live", { hasText: "reconnecting" }).waitFor();
      second = await serve("--port", new URL(first.address).port, "--empty");
      await second.add("hostile");
      await page.locator(".live.connected").waitFor();
      await becomes(() => page.locator(".traces tbody tr").count(), 1);
    },
    { allowed: /ERR_/ },
  ).finally(() => second.stop());
});

test("late spans appear in their place while the trace is open", () =>
  onPage(async (page) => {
    await shop.add("before-the-edge");
    await page.goto(`/trace/${await shop.newest("q=order.id%3D1778")}`);
    await row(page, "INSERT orders").click();
    assert.equal(await row(page, "span not received").count(), 1);
    await page.locator(".notice", { hasText: "not arrived" }).waitFor();

    await shop.add("with-the-edge");
    await becomes(() => row(page, "span not received").count(), 0);
    assert.equal(await page.locator(".notice").count(), 0);
    assert.equal(await page.locator(".panel h2").innerText(), "INSERT orders");
    assert.equal(await page.locator(".path li").count(), 6);
  }));

test("differing clocks are listed and can be aligned", () =>
  onPage(async (page) => {
    await page.goto(`/trace/${await shop.newest("q=order.id%3D1090")}`);
    await page.locator(".notice", { hasText: "pricing-api’s clock is about 240 ms behind orders-api’s" }).waitFor();
    const order = async () => (await barStart(page, "POST /price")) < (await barStart(page, "POST /api/orders"));
    assert.equal(await order(), true, "as recorded, the callee begins before its caller");
    await page.getByRole("button", { name: "Align the clocks" }).click();
    await becomes(order, false);
  }));

test("a trace of thousands of spans scrolls with few rows in the document", () =>
  onPage(async (page) => {
    await page.goto(`/trace/${await shop.newest("q=export")}`);
    await row(page, "click a#export").waitFor();
    // 2,000 spans, and a row above the queries of each of 200 pages.
    await page.getByRole("button", { name: "Collapse all" }).click();
    await page.getByRole("button", { name: "Expand all" }).click();
    await becomes(() => page.locator(".waterfall").getAttribute("aria-rowcount"), "2201");
    await page.keyboard.press("End");
    await page.locator('.row[aria-rowindex="2201"]').waitFor();
    assert.ok((await page.locator(".row").count()) < 100);
    await page.keyboard.press("e");
    await page.locator(".row.failed[aria-selected=true]").waitFor();
  }));

test("web vitals and logs are shown", () =>
  onPage(async (page) => {
    await page.goto("/vitals");
    const basket = page.locator(".vitals-page", { hasText: "/basket" });
    await basket.locator(".vital.poor", { hasText: "LCP" }).waitFor();
    assert.equal(await basket.locator(".vital").count(), 5);
    await page.keyboard.press("4");
    await page.locator(".log", { hasText: "order placed" }).first().waitFor();
    await page.getByLabel("Least severity").selectOption({ label: "Errors and up" });
    await becomes(() => page.locator(".log", { hasText: "order placed" }).count(), 0);
    assert.ok((await page.locator(".log", { hasText: "request failed" }).count()) > 0);
  }));

test("markup in telemetry is shown as text", () =>
  onPage(async (page) => {
      await shop.add("hostile");
      const markup = "<img src=x onerror=\"document.title='broken'\">";
      const address = `/trace/${await shop.newest("q=onerror")}?span=0000000000000001`;
      for (const path of [
        "/?q=onerror",
        address,
        "/errors",
        "/logs",
        `/?q=${encodeURIComponent(markup)}`,
        `/${encodeURIComponent(markup)}`,
      ]) {
        await page.goto(path);
        await page
          .getByText(/onerror|No trace matches/)
          .first()
          .waitFor();
        await page.evaluate(() => {
          for (const details of document.querySelectorAll("details")) details.open = true;
          return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
        });
        assert.equal(await page.locator("img, iframe, script:not([src])").count(), 0, path);
        assert.doesNotMatch(await page.title(), /^broken/, path);
      }
      await page.goto(address);
      assert.equal(await page.locator(".panel h2").innerText(), markup);
      // Spans that are each other's parents do not hang the page.
      await becomes(() => page.locator(".row:not(.linked-row)").count(), 4);
      assert.equal(await page.locator('a[href^="javascript"]').count(), 0);
    },
    { allowed: /404/ },
  ));

test("an empty or unknown view explains what to do", () =>
  onPage(async (page) => {
      const response = await page.goto("/nowhere");
      assert.equal(response?.status(), 404);
      await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
      await page.goto("/trace/0af7651916cd43dd8448eb211c80319c");
      await page.getByRole("heading", { name: "This trace is not here" }).waitFor();
      await page.goto("/?q=nothing-of-that-name");
      await page.getByRole("button", { name: "Show all traces" }).click();
      await page.locator(".traces tbody tr").first().waitFor();

      const empty = await serve("--port", "0", "--empty");
      try {
        await onPageAt(empty.address, async (page) => {
          await page.goto("/");
          await page.getByText(`OTEL_EXPORTER_OTLP_ENDPOINT=${empty.address}`).waitFor();
          await page.locator(".empty").getByRole("link", { name: "Add a page" }).click();
          await page.getByRole("radio", { name: "React with Vite" }).check();
          const example = page.locator(".code", { hasText: "init({" });
          for (const option of [`endpoint: "${empty.address}"`, 'key: "pk_dev"', 'serviceName: "my-page"'])
            assert.match(await example.innerText(), new RegExp(option));
          for (const width of [1280, 390]) {
            await page.setViewportSize({ width, height: 760 });
            const lines = page.locator(".code pre");
            const cut = await lines.evaluateAll((all) => all.filter((pre) => pre.scrollWidth > pre.clientWidth).length);
            assert.equal(cut, 0, `at ${width} px all of the code is seen`);
          }
          await page.setViewportSize({ width: 1280, height: 760 });
          await page.goto("/");
          await page.getByText(`OTEL_EXPORTER_OTLP_ENDPOINT=${empty.address}`).waitFor();
          await empty.add("click");
          await page.locator(".traces tbody tr").first().waitFor();
        });
      } finally {
        await empty.stop();
      }
    },
    { allowed: /404/ },
  ));

/**
 * Where a span's bar begins, px.
 * @param {Page} page
 * @param {string} name
 */
function barStart(page, name) {
  return row(page, name)
    .locator(".bar")
    .evaluate((bar) => bar.getBoundingClientRect().left);
}

/** @param {Page} page */
async function activeName(page) {
  const id = await page
    .locator(".waterfall")
    .evaluate(
      (grid) =>
        new Promise((resolve) =>
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(grid.getAttribute("aria-activedescendant")))),
        ),
    );
  return page.locator(`[id="${id}"] .span-name`).innerText();
}
