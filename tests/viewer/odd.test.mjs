// @ts-check
// Tests of the viewer page in Chromium with telemetry that contradicts itself, and with any value.

import assert from "node:assert/strict";
import { test } from "node:test";
import { findTerm } from "../../viewer/page/attributes.js";
import { becomes, row, startViewer } from "./browser.mjs";
import { attributesOf, MS, newTrace, now, spanId, tracesOf } from "./telemetry.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { store, onPage } = startViewer("--empty");

test("odd times are marked and left out of the scale", async () => {
  const trace = newTrace();
  const start = now();
  const work = (/** @type {number} */ id, /** @type {string} */ name, /** @type {bigint} */ from, /** @type {bigint} */ to) => ({
    trace,
    id,
    parent: 1,
    name,
    start: from,
    end: to,
  });
  await store.send(
    "traces",
    tracesOf(
      "clock",
      { ...work(1, "GET /odd", start, start + 50n * MS), parent: 0 },
      work(2, "no start", 0n, start + 20n * MS),
      work(3, "no end", start + 10n * MS, 2n ** 64n - 1n),
      work(4, "neither", 0n, 0n),
      work(5, "backwards", start + 30n * MS, start + 10n * MS),
    ),
  );
  await onPage(async (page) => {
    await page.goto(`/?q=${trace}`);
    assert.equal((await page.locator("tr[data-trace] .length").innerText()).trim(), "50.0 ms");
    await page.locator("tr[data-trace] .icon-clock").waitFor();
    await page.locator("tr[data-trace] a").click();
    await page.locator(".notice", { hasText: "3 spans have times that cannot be right, far from the time at which they were received" }).waitFor();
    await page.locator(".notice", { hasText: "1 span ends before it starts" }).waitFor();
    assert.match(await page.locator(".trace-facts").innerText(), /50\.0 ms/);
    const label = (/** @type {string} */ name) => row(page, name).locator(".length").innerText();
    assert.equal(await label("no start"), "start cannot be right");
    assert.equal(await label("no end"), "end cannot be right");
    assert.equal(await label("neither"), "start and end cannot be right");
    assert.equal(await label("backwards"), "ends 20.0 ms before it starts");
    await row(page, "backwards").click();
    await page.locator(".panel", { hasText: "It ends 20.0 ms before it starts" }).waitFor();
  });
});

test("different spans with one id are all shown, and the page says so", async () => {
  const trace = newTrace();
  const start = now();
  await store.send(
    "traces",
    tracesOf("web", { trace, name: "GET /basket", start }, { trace, id: 2, parent: 1, name: "call (client)", start }),
  );
  await store.send(
    "traces",
    tracesOf("orders", { trace, id: 2, parent: 1, name: "call (server)", start }, { trace, id: 3, parent: 2, name: "SELECT", start }),
  );
  await onPage(async (page) => {
    await page.goto(`/trace/${trace}?span=${spanId(2)}~2`);
    assert.equal(await page.locator(".panel h2").innerText(), "call (server)");
    await becomes(() => page.locator(".row").count(), 4);
    await page.locator(".notice", { hasText: `The id ${spanId(2)} was given to several different spans` }).waitFor();
    await row(page, "SELECT").click();
    assert.deepEqual(await page.locator(".path li").allInnerTexts(), ["GET /basket", "call (server)", "SELECT"]);
  });
});

test("the link of every value finds its own trace", async () => {
  const values = {
    "db.query.text": 'SELECT "users"."id" FROM "users" WHERE "users"."email" = $1',
    body: '{"a":1}',
    lines: "a\nb\tc\r\n ",
    path: "C:\\temp\\new *",
    "two words": "v",
    'a="b"': "=",
    plain: "x y",
    star: "*",
    half: { doubleValue: 0.5 },
    whole: { doubleValue: 1.0 },
    tiny: { doubleValue: 1.5e-9 },
    huge: { intValue: "9223372036854775807" },
    yes: { boolValue: true },
    nothing: {},
    bytes: { bytesValue: "AP8=" },
    list: { arrayValue: { values: [{ intValue: "1" }, { stringValue: "b" }, { doubleValue: 2 }] } },
    map: { kvlistValue: { values: attributesOf({ z: "1", a: { doubleValue: 3 } }) } },
  };
  const trace = newTrace();
  await store.send("traces", tracesOf("values", { trace, attributes: values }, { trace: newTrace(), id: 2 }));
  await onPage(async (page) => {
    await page.goto(`/trace/${trace}?span=${spanId(1)}`);
    const links = page.locator(".panel .attributes a.find");
    await links.first().waitFor();
    const addresses = await links.evaluateAll((all) =>
      all.map((link) => /** @type {HTMLAnchorElement} */ (link).getAttribute("href") ?? ""),
    );
    // The resource's attributes too.
    assert.equal(addresses.length, Object.keys(values).length + 1);
    for (const address of addresses) {
      const { traces } = await (await fetch(`${store.address}/api/traces${address.slice(1)}`)).json();
      assert.ok(traces.some((/** @type {{trace_id: string}} */ found) => found.trace_id === trace), address);
    }
    // Through the search field, which keeps no line ends.
    await page.goto(addresses.find((address) => decodeURIComponent(address).startsWith("/?q=lines=")) ?? "");
    await page.locator(`tr[data-trace="${trace}"]`).waitFor();
  });
  assert.equal(findTerm("long", "x".repeat(100_000)), null);
});

test("a search that cannot be read says so and where", () =>
  onPage(async (page) => {
      await page.goto(`/?q=${encodeURIComponent('name="x')}`);
      await page.getByRole("heading", { name: "This search cannot be read" }).waitFor();
      await page.getByText("The quote at character 6 is not closed").waitFor();
      assert.equal(await page.getByLabel("Search", { exact: true }).getAttribute("aria-invalid"), "true");
      await page.getByLabel("Search", { exact: true }).fill('name="x"');
      await page.getByRole("heading", { name: "No trace matches" }).waitFor();
    },
    { allowed: /400/ },
  ));

test("the alignment of clocks is in the address", async () => {
  const trace = newTrace();
  const start = now();
  await store.send("traces", tracesOf("caller", { trace, kind: 3, name: "call", start, end: start + 100n * MS }));
  await store.send(
    "traces",
    tracesOf("callee", { trace, id: 2, parent: 1, kind: 2, name: "serve", start: start - 90n * MS, end: start - 10n * MS }),
  );
  await onPage(async (page) => {
    await page.goto(`/trace/${trace}`);
    await page.getByRole("button", { name: "Align the clocks" }).click();
    await page.waitForURL("**?clocks=aligned");
    await page.reload();
    await page.getByRole("button", { name: "Show as recorded" }).click();
    await page.waitForURL(`**/trace/${trace}`);
  });
});
