// @ts-check
// Tests pages that Chromium renders ahead, and shows or does not show then.
//
// https://developer.mozilla.org/docs/Web/API/Speculation_Rules_API

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { putPage } from "./chromium.mjs";
import { serve } from "./site.mjs";
import { launchTabs } from "./tab.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./site.mjs").Site} Site */
/** @typedef {import("puppeteer-core").Page} Page */

/** @type {import("puppeteer-core").Browser} */
let browser;
before(async () => {
  browser = await launchTabs();
});
after(() => browser?.close());

/** Entries that record by themselves, or when they are called. */
const ENTRIES = ["errors", "breadcrumbs", "spans", "keep", "routes", "requests", "interactions", "attribution", "document-load", "session"];

/** A page without telemetry, which has the next one rendered ahead. */
const FIRST = `<!doctype html><title>Shop</title><link rel="icon" href="data:,"><script type="speculationrules">{"prerender":[{"source":"list","urls":["/next"],"eagerness":"immediate"}]}</script><body><a id="go" href="/next">Next</a>`;

/** The work of a page while it is rendered ahead: errors, requests, a flush; and paints, as the library `web-vitals` tells of them. */
const WORK = `<script type="module">
  import { onFCP, onLCP, onTTFB } from "/web-vitals.js";
  window.theirs = {};
  for (const on of [onFCP, onLCP, onTTFB]) on(({ name, value, navigationType }) => (theirs[name] = [value, navigationType]));
  window.began = document.prerendering;
  setTimeout(() => { throw new Error("thrown ahead"); });
  throughline.captureException(new Error("reported ahead"));
  try { await fetch("/api/early?card=1"); } catch {}
  const request = new XMLHttpRequest();
  request.open("GET", "/api/early-xhr");
  request.onloadend = () => setTimeout(() => { void throughline.flush(); setTimeout(() => fetch("/api/waited?session=" + ("throughline" in sessionStorage)), 6000); });
  request.send();
</script>`;

/** Renders a page ahead, waits until it has done its work and longer than anything waits in it, and calls `work` before it is shown. @param {Partial<import("./chromium.mjs").Visit>} next @param {(page: Page, site: Site) => Promise<void>} work */
async function ahead(next, work) {
  const site = await serve();
  const context = await browser.createBrowserContext();
  try {
    site.put("/", { body: FIRST });
    site.put("/web-vitals.js", { body: await readFile(join(import.meta.dirname, "../../node_modules/web-vitals/dist/web-vitals.js")) });
    putPage(site, "/next", { body: `<h1>Next</h1><button id="buy">Buy</button>${WORK}`, ...next });
    const page = await context.newPage();
    /** @type {string[]} */
    const posted = [];
    page.on("request", (request) => void (request.url().includes("/_t/") && posted.push(request.url())));
    await page.goto(`${site.origin}/`);
    // Its timers are those of a page that is not shown.
    const { headers, path } = await site.whenRequested("/api/waited");
    assert.deepEqual([headers["sec-purpose"], path], ["prefetch;prerender", "/api/waited?session=false"]);
    assert.deepEqual([posted, site.receiver.requests], [[], []], "nothing is sent before the page is shown");
    await work(page, site);
  } finally {
    await context.close();
    await site.stop();
  }
}

/** Shows the page, and leaves it again once it has told of its paints. @param {Page} page */
async function show(page) {
  await page.click("#go");
  // Its frames take the place of those that the page had, and until then neither can be asked.
  await until(() => page.evaluate("!!window.theirs && document.prerendering === false && !!theirs.FCP && !!theirs.TTFB && !!document.querySelector('h1')").catch(() => false), "the page that is shown");
  await page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))");
  await page.click("#buy");
  await page.waitForFunction("theirs.LCP");
  const told = /** @type {any} */ (await page.evaluate("({ theirs, began, activation: performance.getEntriesByType('navigation')[0].activationStart, load: performance.getEntriesByType('navigation')[0].loadEventEnd, session: { ...sessionStorage } })"));
  await page.evaluate("throughline.flush()");
  await page.goto("about:blank");
  return told;
}

test("a page that is rendered ahead sends nothing until it is shown, and then all once, with times from there", () =>
  ahead({}, async (page, site) => {
    const { theirs, began, activation } = await show(page);
    const { receiver } = site;
    assert.ok(began && activation > 6000);
    const click = await receiver.span(({ name }) => name === "click button#buy", "the click");
    await receiver.log(({ attributes }) => attributes["browser.web_vital.name"] === "lcp", "the largest paint");
    const spans = receiver.spans();
    const [load, ...others] = spans.filter(({ name }) => name === "documentLoad");
    assert.ok(load && others.length === 0);
    assert.ok(Math.abs(load.attributes["throughline.document_load.activation_start"] - activation) < 0.01);
    // What was requested is a child of the load, as its header has said.
    for (const path of ["/api/early", "/api/early-xhr", "/api/waited"]) {
      const [request, second] = spans.filter(({ attributes }) => attributes["url.full"] && new URL(attributes["url.full"]).pathname === path);
      assert.ok(request && !second, path);
      assert.equal(request.parentSpanId, load.spanId);
      const { headers } = site.apiRequests.find((one) => one.path.startsWith(path)) ?? assert.fail(path);
      assert.equal(headers["traceparent"], `00-${request.traceId}-${request.spanId}-03`);
    }
    assert.deepEqual(receiver.errors().filter(Boolean).sort(), ["reported ahead", "thrown ahead"]);
    for (const message of ["reported ahead", "thrown ahead"]) {
      const error = await receiver.exception(message);
      assert.deepEqual([error.traceId, error.spanId], [load.traceId, load.spanId]);
    }
    // One session, which begins once.
    const sessions = new Set([...spans, ...receiver.logs()].map(({ attributes }) => attributes["session.id"]));
    assert.equal(sessions.size, 1);
    assert.equal(receiver.logs().filter(({ name }) => name === "session.start").length, 1);
    assert.equal(click.attributes["session.id"], [...sessions][0]);
    /** @type {Record<string, [number, string]>} */
    const ours = {};
    for (const { name, attributes } of receiver.logs()) if (name === "browser.web_vital") ours[attributes["browser.web_vital.name"].toUpperCase()] = [attributes["browser.web_vital.value"], attributes["browser.web_vital.navigation_type"]];
    for (const name of ["FCP", "LCP", "TTFB"]) {
      const [value, type] = ours[name] ?? assert.fail(name);
      const [given, navigationType] = theirs[name];
      assert.ok(Math.abs(value - given) < 0.002, `${name}: ${value} ms, of web-vitals ${given} ms`);
      assert.deepEqual([type, navigationType], ["prerender", "prerender"], name);
    }
    assert.deepEqual(receiver.bundles().flatMap(({ dropped }) => Object.entries(dropped)), []);
  }));

test("a page that is rendered ahead and never shown sends nothing", () =>
  ahead({}, async (page, site) => {
    site.put("/elsewhere", { body: `<!doctype html><title>Elsewhere</title><script>fetch("/api/elsewhere")</script>` });
    await page.goto(`${site.origin}/elsewhere`);
    await site.whenRequested("/api/elsewhere");
    assert.deepEqual(site.receiver.requests, []);
  }));

test("a page that is rendered ahead and leaves by itself sends nothing", () =>
  ahead(
    { body: `${WORK}<script>setTimeout(() => { addEventListener("pagehide", () => navigator.sendBeacon("/api/left")); location.href = "/elsewhere?ahead"; }, 7000)</script>` },
    async (page, site) => {
      site.put("/elsewhere", { body: `<!doctype html><title>Elsewhere</title><script>fetch("/api/elsewhere")</script>` });
      const { headers } = await site.whenRequested("/api/elsewhere");
      assert.equal(headers["sec-purpose"], "prefetch;prerender");
      await page.goto(`${site.origin}/elsewhere`);
      assert.deepEqual(site.receiver.requests, []);
    },
  ));

test("a page of errors alone that is rendered ahead sends them once it is shown", () =>
  ahead({ start: (options) => `<script type="module">import { init } from "/dist/errors-only.js"; window.throughline = init(${options});</script>` }, async (page, site) => {
    await show(page);
    await site.receiver.exception("thrown ahead");
    assert.deepEqual(site.receiver.errors().filter(Boolean).sort(), ["reported ahead", "thrown ahead"]);
    assert.equal(site.receiver.logs().filter(({ name }) => name === "session.start").length, 1);
  }));

test("what optional entries record ahead is sent once the page is shown, in a session that lasts", () =>
  ahead(
    {
      start: (options) => `<script type="module">
        import { init } from "/dist/index.js";
        ${ENTRIES.map((name, at) => `import * as entry${at} from "/dist/${name}.js";`).join("\n")}
        const all = Object.assign({}, ${ENTRIES.map((_, at) => `entry${at}`).join()});
        Object.assign(window, all, { throughline: init(${options}) });
        keep({ ratio: 0, vitals: false, slowMs: Infinity });
        collectBreadcrumbs({ console: ["info"] }); traceRoutes(); describeRequests(); traceInteractions(); collectAttribution(); describeDocumentLoad(); trackSession();
        setUser({ id: "42" });
        startSpan("own ahead").end();
        log("info", "logged ahead", { count: 3 });
        history.replaceState({}, "", "/next?step=2");
      </script>`,
    },
    async (page, site) => {
      const { session } = await show(page);
      const { receiver } = site;
      const span = await receiver.span(({ name }) => name === "own ahead", "the span");
      const record = await receiver.log(({ body }) => Object.values(body ?? {})[0] === "logged ahead");
      assert.deepEqual([span.attributes["user.id"], record.attributes["count"]], ["42", 3]);
      await receiver.requestSpan("/api/early");
      const sessions = new Set([...receiver.spans(), ...receiver.logs()].map(({ attributes }) => attributes["session.id"]));
      assert.deepEqual([...sessions], [session["throughline"]?.split(",")[0]]);
      assert.deepEqual(receiver.bundles().flatMap(({ dropped }) => Object.entries(dropped)), [], "what was held back ahead is sent for the error");
    },
  ));
