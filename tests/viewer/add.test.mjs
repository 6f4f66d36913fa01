// @ts-check
// Tests of the view that says what a page or a service needs, with `throughline dev` and pages that have what it says.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { becomes, launch } from "./browser.mjs";
import { startDev } from "./dev.mjs";
import { newTrace, now, tracesOf, logsOf } from "./telemetry.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @type {Awaited<ReturnType<typeof startDev>>} */
let dev;
/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  [dev, browser] = await Promise.all([startDev(), launch()]);
});
after(async () => {
  await browser?.close();
  await dev?.stop();
});

/**
 * Runs `work` on the view, and closes what it has opened.
 * @param {(page: Page, context: import("playwright-core").BrowserContext) => Promise<void>} work
 * @param {import("playwright-core").BrowserContextOptions} [options]
 */
async function onView(work, options) {
  const context = await browser.newContext({ baseURL: dev.address, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  /** @type {string[]} */
  const wrong = [];
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(error.message));
  try {
    await work(page, context);
    assert.deepEqual(wrong, []);
  } finally {
    await context.close();
  }
}

/**
 * Serves a page of another port.
 * @param {import("node:test").TestContext} t
 * @param {string} html
 */
async function serve(t, html) {
  const server = createServer((request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.writeHead(request.url == "/" ? 200 : 404).end(request.url == "/" ? html : "");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}/`;
}

const waiting = (/** @type {Page} */ page) => page.getByRole("status").filter({ hasText: "first event" });
const come = (/** @type {Page} */ page) => page.getByText("First event came from");

test("the snippet that is shown makes a page send its first event, and the view leads to it", async (t) =>
  onView(async (page, context) => {
    await page.goto("/");
    await page.locator(".empty").getByRole("link", { name: "Add a page" }).click();
    await waiting(page).waitFor();
    const snippet = await page.locator(".steps code").innerText();
    assert.match(snippet.split("\n").at(-1) ?? "", new RegExp(`^<script src="${dev.address}/t\\.js" data-key="\\w+" data-service="my-page" async></script>$`));
    const address = await serve(t, `<!doctype html><head><link rel="icon" href="data:,">${snippet}</head><body><script>setTimeout(() => { throw new TypeError("no basket") }, 50)</script></body>`);
    assert.equal(await come(page).count(), 0);
    const shop = await context.newPage();
    await shop.goto(address);
    await come(page).waitFor();
    assert.match(await page.locator(".first-event").innerText(), /First event came from\s+my-page/);
    await becomes(async () => (await (await fetch(`${dev.address}/api/errors?service=my-page`)).json()).errors.map((/** @type {any} */ error) => error.message), ["no basket"]);
    await page.locator(".first-event a").click();
    await page.getByText("no basket").first().waitFor();
  }));

test("an error of a page with the script alone leads to its visit, which has every error of it", async (t) =>
  onView(async (page, context) => {
    await page.goto("/add?service=visited");
    await waiting(page).waitFor();
    const snippet = await page.locator(".steps code").innerText();
    const address = await serve(t, `<!doctype html><head><link rel="icon" href="data:,">${snippet}</head><body><script>setTimeout(() => { throw new TypeError("no basket") }, 50); setTimeout(() => { throw new RangeError("no price") }, 90)</script></body>`);
    const shop = await context.newPage();
    await shop.goto(address);
    await becomes(async () => (await (await fetch(`${dev.address}/api/errors?service=visited`)).json()).errors.length, 2);
    await page.goto("/errors?service=visited");
    await page.locator("summary").first().click();
    await page.getByRole("link", { name: "the newest" }).click();
    await page.waitForURL("**/sessions?session=*");
    await becomes(() => page.locator(".visit .event.failed .visit-detail").allInnerTexts(), ["TypeError: no basket", "RangeError: no price"]);
    const id = new URL(page.url()).searchParams.get("session") ?? "";
    await page.keyboard.press("u");
    const visit = page.getByRole("link", { name: new RegExp(id.slice(0, 30)) });
    await visit.getByText("1 trace with errors").waitFor();
    // Its errors have a trace, of which no span comes.
    await page.goto("/?service=visited");
    await page.locator("tr[data-trace]").getByText("no spans").waitFor();
    assert.match(await page.locator("tr[data-trace]").innerText(), /TypeError: no basket/);
  }));

test("the snippet that is shown keeps the errors before its script is loaded, and what the page reports until then", async (t) =>
  onView(async (page, context) => {
    await page.goto("/add?service=early");
    await waiting(page).waitFor();
    const snippet = await page.locator(".steps code").innerText();
    const readme = await readFile(new URL("../../npm/browser/README.md", import.meta.url), "utf8");
    assert.ok(readme.includes(`\n${snippet.split("\n")[0]}\n`), snippet);
    const early = `<script>throughline.captureException(new RangeError("reported early"));</script><script>throw new TypeError("thrown early");</script>`;
    const address = await serve(t, `<!doctype html><head><link rel="icon" href="data:,">${snippet}${early}</head>`);
    const shop = await context.newPage();
    /** @type {() => void} */
    let load = () => {};
    const isLoaded = new Promise((resolve) => (load = () => resolve(undefined)));
    await shop.route("**/t.js", (route) => isLoaded.then(() => route.continue()));
    const thrown = shop.waitForEvent("pageerror");
    await shop.goto(address, { waitUntil: "commit" });
    await thrown;
    assert.equal(await shop.evaluate("throughline.version"), undefined);
    load();
    await come(page).waitFor();
    const recorded = async () => (await (await fetch(`${dev.address}/api/errors?service=early`)).json()).errors.map((/** @type {any} */ error) => error.message).sort();
    await becomes(recorded, ["reported early", "thrown early"]);
  }));

test("the error to try that is shown arrives", async (t) =>
  onView(async (page, context) => {
    await page.goto("/add?service=tried");
    await waiting(page).waitFor();
    const snippet = await page.locator(".steps code").innerText();
    const text = await page.locator(".steps li").last().innerText();
    const button = text.slice(text.indexOf("<button"));
    const tried = await context.newPage();
    await tried.goto(await serve(t, `<!doctype html><head><link rel="icon" href="data:,">${snippet}</head><body>${button}</body>`));
    await tried.getByRole("button", { name: "Try it" }).click();
    await come(page).waitFor();
    await page.goto("/errors?service=tried");
    await page.getByText("hello").first().waitFor();
  }));

test("a page of another origin runs the script with the hash that is printed, and no other bytes", async (t) => {
  const script = await fetch(`${dev.address}/t.js`);
  const digest = await crypto.subtle.digest("SHA-384", await script.arrayBuffer());
  const hash = Buffer.from(digest).toString("hex").slice(0, 16);
  const element = (/** @type {string} */ integrity) =>
    `<script src="${dev.address}/t.${hash}.js" integrity="sha384-${integrity}" crossorigin="anonymous" data-key="pk_dev" data-service="checked"></script>`;
  const right = Buffer.from(digest).toString("base64");
  for (const [integrity, runs] of /** @type {const} */ ([
    [right, true],
    [right.replace(/^./, (letter) => (letter === "A" ? "B" : "A")), false],
  ])) {
    const address = await serve(t, `<!doctype html><head><link rel="icon" href="data:,">${element(integrity)}</head>`);
    const page = await browser.newPage();
    await page.goto(address);
    assert.equal(await page.evaluate(() => typeof (/** @type {any} */ (globalThis).throughline)), runs ? "object" : "undefined");
    await page.close();
  }
});

test("one origin is all that a page with the script needs", async (t) => {
  const origin = new URL(dev.address).origin;
  const element = `<script src="${dev.address}/t.js" data-key="pk_dev" data-service="strict"></script>`;
  const policy = `<meta http-equiv="content-security-policy" content="default-src 'none'; script-src ${origin} 'nonce-a'; connect-src ${origin}; img-src data:">`;
  const address = await serve(t, `<!doctype html><head>${policy}<link rel="icon" href="data:,">${element}</head><script nonce="a">setTimeout(() => { throw new Error("strict") })</script>`);
  const page = await browser.newPage();
  /** @type {string[]} */
  const origins = [];
  page.on("request", (request) => void origins.push(new URL(request.url()).origin));
  await page.goto(address);
  await becomes(async () => (await (await fetch(`${dev.address}/api/errors?service=strict`)).json()).errors.length, 1);
  assert.deepEqual([...new Set(origins)].sort(), [new URL(address).origin, origin].sort());
  await page.close();
});

test("a service that sends OTLP is found by its name, and a later event of a known service too", () =>
  onView(async (page) => {
    await page.goto("/add?with=python&service=pricing-api");
    assert.match(await page.locator(".steps code").last().innerText(), new RegExp(`OTEL_SERVICE_NAME=pricing-api OTEL_EXPORTER_OTLP_ENDPOINT=${dev.address} `));
    await waiting(page).getByText("Waits for the first event of pricing-api").waitFor();
    const trace = newTrace();
    await dev.send("traces", tracesOf("pricing-api", { trace, name: "GET /price" }));
    await come(page).waitFor();
    assert.equal(await page.locator(".first-event a").getAttribute("href"), `/trace/${trace}`);
    assert.equal(await page.locator(".first-event a").innerText(), "GET /price");
    await page.reload();
    await waiting(page).getByText("Waits for").waitFor();
    await dev.send("logs", logsOf("pricing-api", { timeUnixNano: String(now()), body: { stringValue: "again" } }));
    await come(page).waitFor();
    assert.equal(await page.locator(".first-event a").getAttribute("href"), "/logs?service=pricing-api");
  }));

test("every kind is chosen with the keyboard, and its code copied by a key", () =>
  onView(
    async (page) => {
      await page.goto("/errors");
      await page.getByRole("heading", { name: "Errors" }).waitFor();
      await page.keyboard.press("a");
      await page.getByRole("radio", { name: "Script tag" }).waitFor();
      const seen = new Set();
      for (const kind of ["Script tag", "React with Vite", "Next.js", "Node.js", "Go", "Python"]) {
        assert.ok(await page.getByRole("radio", { name: kind, exact: true }).isChecked(), kind);
        const all = (await page.locator(".steps code").allInnerTexts()).join("\n");
        assert.ok(all.includes(dev.address), `${kind}: ${all}`);
        seen.add(all);
        await page.keyboard.press("y");
        const last = await page.locator(".steps code").last().innerText();
        await becomes(() => page.evaluate(() => navigator.clipboard.readText()), last);
        await page.keyboard.press("ArrowRight");
      }
      assert.equal(seen.size, 6);
      // Playwright learns of the address a moment after the page.
      await becomes(async () => new URL(page.url()).searchParams.get("with"), "script");
    },
    { permissions: ["clipboard-read", "clipboard-write"] },
  ));

test("a name is quoted as its language wants it", () =>
  onView(async (page) => {
    await page.goto("/add");
    await page.getByLabel("Its name").fill(`a "b" 'c' & <d>`);
    assert.match(await page.locator(".steps code").last().innerText(), /data-service="a &quot;b&quot; 'c' &amp; <d>" async>/);
    await page.getByRole("radio", { name: "React with Vite" }).check();
    assert.match(await page.locator(".steps code").nth(1).innerText(), /serviceName: "a \\"b\\" 'c' & <d>" }/);
    await page.getByRole("radio", { name: "Go" }).check();
    assert.match(await page.locator(".steps code").last().innerText(), /OTEL_SERVICE_NAME='a "b" '\\''c'\\'' & <d>' /);
  }));

for (const colorScheme of /** @type {const} */ (["light", "dark"]))
  test(`the view fits the width of a phone and can be read, ${colorScheme}`, () =>
    onView(
      async (page) => {
        for (const kind of ["script", "vite", "next", "node", "go", "python"]) {
          await page.goto(`/add?with=${kind}`);
          await page.locator(".steps code").first().waitFor();
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390, kind);
          const view = page.locator(".add-view");
          assert.ok(await view.evaluate((element) => element.scrollWidth <= element.clientWidth), kind);
        }
        const contrast = await page.evaluate(() => {
          const canvas = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true }));
          const light = (/** @type {string} */ colour) => {
            canvas.fillStyle = colour;
            canvas.fillRect(0, 0, 1, 1);
            const [r = 0, g = 0, b = 0] = [...canvas.getImageData(0, 0, 1, 1).data].map((part) => ((part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          return [".steps p", ".steps code", ".first-event p", ".kind", ".add-service span"].map((selector) => {
            const element = /** @type {Element} */ (document.querySelector(selector));
            let ground = element;
            while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)" && ground.parentElement) ground = ground.parentElement;
            const [one = 0, other = 0] = [light(getComputedStyle(element).color), light(getComputedStyle(ground).backgroundColor)].sort((a, b) => b - a);
            return { selector, ratio: (one + 0.05) / (other + 0.05) };
          });
        });
        for (const { selector, ratio } of contrast) assert.ok(ratio >= 4.5, `${selector}: ${ratio}`);
      },
      { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme },
    ));
