// @ts-check
// Tests of the viewer page: the service map, and its layers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { layersOf, nodeKey } from "../../viewer/page/map/layout.js";
import { becomes, startViewer } from "./browser.mjs";
import { MS, newTrace, now, tracesOf } from "./telemetry.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { store, onPage } = startViewer("--empty");

/** A page calls an API, which calls a database; `failures` of the calls of the API failed. @param {number} failures */
async function send(failures) {
  for (let index = 0; index < 4; index++) {
    const trace = newTrace();
    const start = now();
    const end = start + 40n * MS;
    await store.send("traces", tracesOf("web", { trace, name: "GET", kind: 3, start, end: start + 50n * MS }));
    await store.send(
      "traces",
      tracesOf(
        "api",
        { trace, id: 2, parent: 1, name: "GET /a", kind: 2, start, end, ...(index < failures && { error: "500" }) },
        { trace, id: 3, parent: 2, name: "SELECT", kind: 3, start, end: start + 5n * MS, attributes: { "db.system.name": "postgresql", "db.namespace": "shop" } },
      ),
    );
  }
}

test("the map has services and what they call, from left to right, and their calls in a table", async () => {
  await send(1);
  await onPage(async (page) => {
    await page.goto("/");
    await page.locator("tr[data-trace]").first().waitFor();
    await page.keyboard.press("8");
    await becomes(() => calls(page), [
      ["api", "postgresql shop", "4", "0 %", "5.00 ms", "5.00 ms"],
      ["web", "api", "4", "25 %", "40.0 ms", "40.0 ms"],
    ]);
    const boxes = await Promise.all(["web", "api", "postgresql shop"].map((name) => node(page, name).boundingBox()));
    const [web, api, database] = boxes.map((box) => box?.x ?? 0);
    assert.ok(web !== undefined && api !== undefined && database !== undefined && web < api && api < database, `at ${web}, ${api}, ${database} px`);
    assert.equal(await page.locator(".map-line").count(), 2);
    assert.equal(await page.locator(".map-line.failed").count(), 1);
    assert.deepEqual((await page.locator(".map-label").allInnerTexts()).sort(), ["4 × 40.0 ms", "4 × 5.00 ms"]);

    await page.keyboard.press("m");
    await node(page, "api").focus();
    await becomes(() => page.locator(".map-line.highlighted").count(), 2);
    await node(page, "web").focus();
    await becomes(() => page.locator(".map-line.highlighted").count(), 1);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/?service=web");
    await page.goto("/map?service=web");
    await becomes(async () => (await calls(page)).map(([from]) => from), ["web"]);
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/?service=api");
  });
});

test("the map fits a phone, where layers are below each other, in light and dark", async () => {
  await send(0);
  for (const colorScheme of /** @type {const} */ (["light", "dark"]))
    await onPage(
      async (page) => {
        await page.goto("/map");
        await node(page, "web").waitFor();
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
        const [web, api] = await Promise.all(["web", "api"].map((name) => node(page, name).boundingBox()));
        assert.ok(web && api && web.y + web.height < api.y && web.x >= 0 && web.x + web.width <= 390);
        await node(page, "web").tap();
        await page.waitForURL("**/?service=web");
      },
      { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme },
    );
});

test("no line passes behind a box", async () => {
  // A chain of four, whose ends call each other past the boxes between.
  const trace = newTrace();
  const names = ["edge", "catalogue", "prices", "taxes"];
  for (const [from, to] of [[0, 1], [1, 2], [2, 3], [0, 3], [0, 2], [3, 0], [2, 1]]) {
    const [caller, called] = [names[from ?? 0] ?? "", names[to ?? 0] ?? ""];
    const id = 1 + 10 * (from ?? 0) + (to ?? 0);
    await store.send("traces", tracesOf(caller, { trace, id: id * 100, name: "call", kind: 3 }));
    await store.send("traces", tracesOf(called, { trace, id: id * 100 + 1, parent: id * 100, name: "serve", kind: 2 }));
  }
  for (const width of [1280, 390])
    await onPage(async (page) => {
      await page.goto("/map");
      await node(page, "taxes").waitFor();
      const hidden = await page.evaluate(() => {
        const boxes = [...document.querySelectorAll(".map-node")].map((box) => ({ key: box.getAttribute("data-node") ?? "", box: box.getBoundingClientRect() }));
        return [...document.querySelectorAll("path.map-line")].flatMap((path) => {
          if (!(path instanceof SVGPathElement)) return [];
          /** @type {string[]} */
          const ends = JSON.parse(path.getAttribute("data-ends") ?? "[]");
          const matrix = path.getScreenCTM();
          const length = path.getTotalLength();
          const others = boxes.filter(({ key }) => !ends.includes(key));
          return Array.from({ length: 201 }, (_, nth) => path.getPointAtLength((length * nth) / 200).matrixTransform(matrix ?? undefined))
            .flatMap(({ x, y }) => others.filter(({ box }) => x > box.left && x < box.right && y > box.top && y < box.bottom))
            .map(({ key }) => `${ends.join(" to ")} behind ${key}`);
        });
      });
      assert.deepEqual([...new Set(hidden)], []);
      // No label is behind a box, and those of a call and the one back are beside each other.
      const covered = await page.evaluate(() => {
        const ends = (/** @type {Element} */ label) => JSON.stringify(JSON.parse(label.getAttribute("data-ends") ?? "[]").sort());
        const labels = [...document.querySelectorAll(".map-label")];
        return labels.filter((label) => {
          const { left, top, right, bottom } = label.getBoundingClientRect();
          return [...document.querySelectorAll(".map-node"), ...labels.filter((other) => other !== label && ends(other) === ends(label))].some((box) => {
            const other = box.getBoundingClientRect();
            return left < other.right && right > other.left && top < other.bottom && bottom > other.top;
          });
        }).map(ends);
      });
      assert.deepEqual(covered, []);
    }, { viewport: { width, height: 844 } });
});

test("callers are before whom they call, cycles are cut where a call enters them, and a long call has places", () => {
  for (const [calls, expected] of /** @type {[string, string][]} */ ([
    ["", "a b c d"],
    ["ab bc cd", "a|b|c|d"],
    ["ab ac bd cd", "a|b c|d"],
    ["ad ab bc cd", "a|- b|- c|d"],
    ["ab bc cb cd", "a|b|c|d"],
    ["bc cb", "a b d|c"],
  ])) {
    const name = (/** @type {string} */ name) => ({ kind: /** @type {const} */ ("service"), name });
    const nodes = [..."abcd"].map((letter) => ({ ...name(letter), spans: 1, errors: 0 }));
    const list = calls.split(" ").filter(Boolean).map(([from = "", to = ""]) => ({ from: name(from), to: name(to), count: 1, errors: 0, p50_ms: 1, p95_ms: 1 }));
    const letters = new Map(nodes.map((node) => [nodeKey(node), node.name]));
    const layers = layersOf(nodes, list).map((layer) => layer.map((key) => letters.get(key) ?? "-").sort().join(" "));
    assert.equal(layers.join("|"), expected, calls);
  }
});

/** @param {Page} page @param {string} name */
const node = (page, name) => page.locator(".map-node", { has: page.getByText(name, { exact: true }) });

/** @param {Page} page */
const calls = (page) => page.locator(".calls tbody tr").evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent ?? "")));
