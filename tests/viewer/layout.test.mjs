// @ts-check
// Tests of the viewer page's layout in Chromium, on a desktop and on a phone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { becomes, row, startViewer } from "./browser.mjs";
import { newTrace, tracesOf } from "./telemetry.mjs";

const { store, onPage } = startViewer();

test("every view fits the width of a phone", () =>
  onPage(async (page) => {
      const trace = await store.newest("q=button%23buy&service=shop-edge");
      for (const path of [...ADDRESSES, `/trace/${trace}`, `/compare?first=${trace}`]) {
        await page.goto(path);
        await page.locator("main h1").first().waitFor({ state: "attached" });
        await page.locator(CONTENT).first().waitFor();
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390, path);
        assert.deepEqual(await page.evaluate(outOfSight), [], path);
      }
      await page.goto(`/trace/${trace}`);
      await row(page, "SELECT products").click();
      await page.locator(".panel h2", { hasText: "SELECT products" }).waitFor();
      await page.getByRole("button", { name: "Close" }).click();
      await row(page, "SELECT products").waitFor();
    },
    // This store has no edge before it.
    { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, allowed: /404/ },
  ));

test("the tools of a trace are beside each other on a phone", () =>
  onPage(async (page) => {
      await page.goto(`/trace/${await store.newest("q=button%23buy&service=shop-edge")}`);
      await row(page, "SELECT products").waitFor();
      const ends = await page.locator(".trace-tools").evaluate((tools) =>
        [...tools.querySelectorAll("button, a")].map((tool) => {
          const range = document.createRange();
          range.selectNodeContents(tool);
          const [words, box] = [range.getBoundingClientRect(), tool.getBoundingClientRect()];
          return [tool.textContent ?? "", box.left, Math.max(words.right, box.right), box.top];
        }).filter(([, left, right]) => left !== right),
      );
      assert.ok(ends.length >= 5, JSON.stringify(ends));
      for (const [index, [words, left, right, top]] of ends.entries()) {
        const isNext = index > 0 && ends[index - 1]?.[3] === top;
        assert.ok(!isNext || Number(ends[index - 1]?.[2]) <= Number(left), `${words} begins within ${ends[index - 1]?.[0]}`);
        assert.ok(Number(right) <= 390, `${words} is cut off`);
      }
    },
    { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  ));

test("a span's name is whole before its second label has room", () =>
  onPage(async (page) => {
    await page.goto(`/trace/${await store.newest("q=button%23buy&service=shop-edge")}`);
    await row(page, "SELECT products").click();
    await page.locator(".panel h2", { hasText: "SELECT products" }).waitFor();
    await becomes(() => row(page, "SELECT products").locator(".span-name").evaluate(isCut), false);
  }));

test("a long key of an attribute breaks at its dots", () =>
  onPage(async (page) => {
    await page.goto(`/trace/${await store.newest("q=button%23buy&service=shop-edge")}`);
    await row(page, "render /thanks").click();
    const resource = page.locator(".panel details", { hasText: "Resource" });
    await resource.locator("summary").click();
    const key = resource.locator("dt", { hasText: "deployment.environment.name" });
    const lines = await key.evaluate((element) => {
      /** @type {HTMLElement} */ (element).style.width = "9em";
      return [...element.childNodes]
        .filter((part) => part.nodeType === Node.TEXT_NODE)
        .map((part) => {
          const range = document.createRange();
          range.selectNode(part);
          return [...range.getClientRects()].map(({ top }) => top);
        });
    });
    assert.deepEqual(lines.map((tops) => tops.length), [1, 1, 1], "no part is divided");
    assert.ok(new Set(lines.flat()).size > 1, "the key has several lines");
  }));

test("the counts of the list are in one column on a phone", () =>
  onPage(
    async (page) => {
      await page.goto("/");
      const cells = page.locator(".traces tbody .spans");
      await cells.first().waitFor();
      const ends = await cells.evaluateAll((all) =>
        all.map((cell) => {
          const range = document.createRange();
          range.selectNodeContents(cell);
          return Math.round(range.getBoundingClientRect().right);
        }),
      );
      assert.equal(new Set(ends).size, 1, String([...new Set(ends)]));
      const mark = page.locator(".service-dots > .with-error:first-child .dot").first();
      const room = await mark.evaluate((dot) => {
        const cell = /** @type {Element} */ (dot.closest("td")).getBoundingClientRect();
        return dot.getBoundingClientRect().left - cell.left;
      });
      assert.ok(room >= 3, `the ring of 3 px around the first service has ${room} px`);
    },
    { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  ));

test("the columns of all pages are as wide as each other", () =>
  onPage(async (page) => {
      const widths = new Set();
      for (const [path, column] of [
        ["/", ".results > *"],
        ["/errors", ".error-groups"],
        ["/vitals", ".vitals"],
        ["/logs", ".logs"],
      ]) {
        await page.goto(path);
        await page.locator(column).first().waitFor({ state: "attached" });
        widths.add(await page.locator(column).first().evaluate((element) => element.getBoundingClientRect().left));
      }
      assert.equal(widths.size, 1, String([...widths]));
    },
    { viewport: { width: 2200, height: 900 } },
  ));

test("a trace that loads says so, and services have names on a phone", async () => {
  const trace = newTrace();
  await store.send("traces", tracesOf("web", { trace }, { trace, id: 2, parent: 1 }));
  await onPage(async (page) => {
      let loading = false;
      // Another request for traces may come later, and then nothing says so.
      await page.route("**/api/traces/*", async (route) => {
        const text = page.getByText("Loading the trace");
        await text.waitFor({ timeout: 2000 }).then(() => (loading = true), () => {});
        await route.continue().catch(() => {});
      });
      await page.goto(`/trace/${trace}`);
      const service = page.locator(".row .span-service").first();
      await service.waitFor();
      assert.equal(await service.innerText(), "web");
      assert.ok(loading, "the page says that the trace loads");
      assert.equal(await page.getByText("Loading the trace").count(), 0);
      await page.goto(`/?q=${trace}`);
      assert.equal(await page.locator("tr[data-trace] .service-names").innerText(), "web");
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    },
    { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  );
});

test("rows with one name have labels that distinguish them", async () => {
  const trace = newTrace();
  const redis = { "db.system.name": "redis", "server.address": "cache", "server.port": { intValue: "6379" } };
  await store.send(
    "traces",
    tracesOf(
      "edge",
      { trace, name: "GET /*", kind: 2, attributes: { "url.path": "/assets/app.js" } },
      { trace, id: 2, parent: 1, name: "GET", kind: 3, attributes: { "url.full": "http://a.example:81/x?y=1" } },
      { trace, id: 3, parent: 1, name: "GET", kind: 3, attributes: { ...redis, "db.query.text": "GET price:1" } },
      { trace, id: 4, parent: 1, name: "SELECT", kind: 3, attributes: { "db.system.name": "sqlite", "db.query.text": "SELECT a\n  FROM b" } },
    ),
  );
  await onPage(async (page) => {
    await page.goto(`/?q=${trace}`);
    assert.equal(await page.locator("tr[data-trace] .root-detail").innerText(), "/assets/app.js");
    await page.locator("tr[data-trace] a").click();
    await page.locator(".row").first().waitFor();
    await becomes(() => page.locator(".row .span-detail").allInnerTexts().then((all) => all.sort()), [
      "/assets/app.js",
      "SELECT a FROM b",
      "a.example:81/x",
      "price:1 cache:6379",
    ]);
  });
});

/**
 * Whether an ellipsis stands for a part of the text.
 * @param {Element} element
 */
function isCut(element) {
  return element.scrollWidth > element.clientWidth;
}

/** The addresses of the views that need no id. */
const ADDRESSES = ["/", "/errors", "/vitals", "/logs", "/outcomes", "/routes", "/sessions", "/map", "/metrics", "/add"];
const CONTENT = ".traces tbody tr, .row, .error-group, .vital, .log, .outcomes > *, .routes tbody tr, .choices > li, .empty, .highest > li, main table, main svg, .add-choices, main fieldset, main form, main search";

/** The words of links and buttons that are beyond the edges of the page, in a header or a bar of tools. */
function outOfSight() {
  return [...document.querySelectorAll("#header a, #header button, .trace-tools a, .trace-tools button, .search-bar :is(a, button, select, input)")]
    .filter((control) => {
      const { left, right, width } = control.getBoundingClientRect();
      return width > 1 && (left < 0 || right > innerWidth + 0.5);
    })
    .map((control) => control.textContent || control.getAttribute("aria-label"));
}
