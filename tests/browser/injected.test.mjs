// @ts-check
// Tests pages into which the edge has inserted the script: what happens in them from their
// first line on arrives at the backend, under a strict policy and through compression.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { useBrowser } from "./chromium.mjs";
import { startEdge } from "./edge.mjs";
import { serve } from "./site.mjs";

const browser = useBrowser();
/** @type {import("./site.mjs").Site} */
let site;
/** @type {Awaited<ReturnType<typeof startEdge>>} */
let edge;

before(async () => {
  site = await serve();
  edge = await startEdge(`
    [ingest]
    path = "/_t"
    [[projects]]
    name = "shop"
    keys = ["pk_shop"]
    allowed_origins = ["*"]
    [backend]
    url = "${site.allowed}"
    compression = "none"
    [[proxy.routes]]
    path = "/*"
    upstream = "${site.origin}"
    [proxy.routes.inject]
    script = "/dist/throughline.iife.js"
    endpoint = "/_t"
    key = "pk_shop"
    service_name = "shop-web"
  `);
});
after(async () => {
  await edge?.stop();
  await site?.stop();
});

test("the first request and the first error of a page with a strict policy arrive, in its trace", async () => {
  const policy = `default-src 'none'; img-src data:; connect-src 'self';
    script-src 'nonce-R4nd+om/==' 'strict-dynamic' 'wasm-unsafe-eval'`;
  put("/strict", policy.replaceAll("\n", ""), "strict");
  const wrong = await visit("/strict", async () => {
    const { attributes, resource } = await site.receiver.exception("of strict");
    assert.equal(attributes["exception.type"], "RangeError");
    assert.equal(resource.attributes["service.name"], "shop-web");
    // The edge has a span of the same address, towards the site.
    const span = await site.receiver.span(
      ({ attributes, resource }) =>
        attributes["url.full"] === `${edge.origin}/api/strict` && resource.attributes["service.name"] === "shop-web",
      "the page's span of its first request",
    );
    const request = await site.whenRequested("/api/strict");
    assert.equal(String(request.headers.traceparent).slice(3, 35), span.traceId);
  });
  assert.deepEqual(wrong, ["of strict"]);
});

test("a page whose policy forbids the script runs as without it, and has no violation", async () => {
  put("/forbidding", "script-src 'nonce-R4nd+om/=='; sandbox allow-scripts, script-src 'unsafe-inline'", "forbidding");
  const wrong = await visit("/forbidding", async (page) => {
    await site.whenRequested("/api/forbidding");
    assert.equal(await page.evaluate("typeof Throughline"), "undefined");
    assert.equal(await page.evaluate("document.scripts.length"), 1);
  });
  assert.deepEqual(wrong, ["of forbidding"]);
});

/**
 * Puts a compressed page on the site; its first line sends a request and fails.
 * @param {string} path @param {string} policy @param {string} name
 */
function put(path, policy, name) {
  const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>
    <script nonce="R4nd+om/==">fetch("/api/${name}").catch(() => {}); throw new RangeError("of ${name}")</script>
    <link rel="icon" href="data:,"></head><body>${"<p>Shop</p>".repeat(5000)}</body></html>`;
  site.put(path, {
    body: gzipSync(page),
    headers: { "content-encoding": "gzip", "content-security-policy": policy },
  });
}

/**
 * Opens a page through the edge, and returns the messages of what went wrong in it.
 * @param {string} path @param {(page: import("playwright-core").Page) => Promise<void>} work
 */
async function visit(path, work) {
  const page = await browser().newPage();
  /** @type {string[]} */
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  try {
    await page.goto(`${edge.origin}${path}`);
    assert.equal(await page.locator("p").count(), 5000);
    await work(page);
    return wrong;
  } finally {
    await page.close();
  }
}
