// @ts-check
// Tests that `traceparent` goes to the page's own origin and to listed origins, and nowhere else.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, useChromium } from "./chromium.mjs";

/** @typedef {import("./site.mjs").Site} Site */

const visit = useChromium();

test("the page's own origin gets traceparent by default", () =>
  propagates([], (site) => [`${site.origin}/api/echo`, "/api/echo?relative"], "all"));

test("a listed origin gets traceparent", () =>
  propagates((site) => [site.allowed], (site) => [`${site.allowed}/api/echo`], "all"));

test("a listed expression is tried on origin and path", () =>
  propagates(
    (site) => [new RegExp(`^${site.allowed}/api/`), /g-flag-has-a-memory/g],
    (site) => [`${site.allowed}/api/echo?1`, `${site.allowed}/api/echo?2`],
    "all",
  ));

test("an excluded address gets no traceparent, of whichever origin", () =>
  propagates(
    (site) => [site.allowed],
    (site) => ["/api/echo?own", `${site.allowed}/api/echo`],
    "none",
    (site) => [/^https?:\/\/[^/]+\/api\/echo$/, site.allowed],
  ));

test("an address of the page's own that redirects to a foreign origin can be excluded", () =>
  visit({ options: () => ({ tracePropagationExclusions: [/\/api\/redirect$/] }) }, async (page, site) => {
    await page.waitForFunction("window.throughline");
    const finalUrl = await page.evaluate(
      async (to) => (await fetch(`/api/redirect?to=${encodeURIComponent(to)}`)).url,
      `${site.foreign}/api/echo`,
    );
    assert.equal(finalUrl, `${site.foreign}/api/echo`);
    assert.ok(site.apiRequests.every(({ headers, method }) => !headers["traceparent"] && method !== "OPTIONS"));
    await flush(page);
    await site.receiver.requestSpan("/api/redirect");
  }));

test("a request to the page's own API below the receiver's address is traced", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await page.evaluate(() => fetch("/_t/v1/orders"));
    await flush(page);
    await site.receiver.requestSpan("/_t/v1/orders");
    const [orders] = site.receiver.requests.filter(({ path }) => path === "/_t/v1/orders");
    assert.ok(orders?.headers["traceparent"]);
  }));

test("a foreign origin gets no traceparent and no preflight", () =>
  propagates((site) => [site.allowed], (site) => [`${site.foreign}/api/echo`], "none"));

test("a foreign origin with a listed origin in its query or path gets no traceparent", () =>
  propagates(
    (site) => [site.allowed, new RegExp(site.allowed.replaceAll(".", "\\."))],
    (site) => [
      `${site.foreign}/api/echo?next=${site.allowed}`,
      `${site.foreign}/api/echo?next=${encodeURIComponent(`${site.allowed}/`)}`,
      `${site.foreign}/api/echo#${site.allowed}/`,
    ],
    "none",
  ));

test("a host that starts with a listed one gets no traceparent", () =>
  propagates(
    (site) => [site.foreign.slice(0, -1), site.foreign.slice(0, -2), "http://127.0.0.1", `http://api.test:${port(site)}`],
    (site) => [
      `${site.foreign}/api/echo`,
      `http://api.test.evil.test:${port(site)}/api/echo`,
      `http://notapi.test:${port(site)}/api/echo`,
    ],
    "none",
  ));

test("the same host under another scheme or port is another origin", () =>
  propagates(
    (site) => [site.allowed.replace("http:", "https:"), `http://api.test:${port(site)}0`],
    (site) => [`${site.allowed}/api/echo`, `http://api.test:${port(site)}/api/echo`],
    "none",
  ));

test("a listed host gets traceparent by its name", () =>
  propagates((site) => [`http://api.test:${port(site)}/`], (site) => [`http://api.test:${port(site)}/api/echo`], "all"));

test("a Request to a foreign origin gets no traceparent", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await page.evaluate(async (foreign) => {
      await fetch(new Request(`${foreign}/api/echo`, { headers: { accept: "text/plain" } }));
      await fetch(new URL("/api/echo", foreign), { method: "POST", body: "b" });
    }, site.foreign);
    assert.equal(site.apiRequests.length, 2);
    assert.ok(site.apiRequests.every(({ headers, method }) => !headers["traceparent"] && method !== "OPTIONS"));
  }));

test("requests to the receiver get no traceparent and no spans", () =>
  visit({ options: (site) => ({ endpoint: `${site.allowed}/_t`, tracePropagationTargets: [site.allowed] }) }, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await page.evaluate(() => fetch("/api/echo"));
    await flush(page);
    // As a second copy of the package in the same page would.
    await page.evaluate((origin) => fetch(`${origin}/_t/v1/facts`, { method: "POST", body: "" }), site.allowed);
    await page.evaluate(() => fetch("/api/echo?again"));
    await page.goto("about:blank");
    await site.receiver.requestSpan("echo?again");
    for (const { headers } of site.receiver.requests) assert.equal(headers["traceparent"], undefined);
    const ours = site.receiver.spans().filter(({ attributes }) => /\/_t\//.test(attributes["url.full"]));
    assert.deepEqual(ours, []);
  }));

/**
 * Tests requests of a page with such a list: all or none of them carry `traceparent`, and each
 * has a span of its own.
 * @param {((site: Site) => unknown[]) | []} targets
 * @param {(site: Site) => string[]} addresses
 * @param {"all" | "none"} expected
 * @param {(site: Site) => unknown[]} [exclusions]
 */
function propagates(targets, addresses, expected, exclusions) {
  const options = (/** @type {Site} */ site) => ({
    tracePropagationTargets: typeof targets === "function" ? targets(site) : targets,
    ...(exclusions && { tracePropagationExclusions: exclusions(site) }),
  });
  return visit({ options }, async (page, site) => {
    const all = addresses(site);
    await page.waitForFunction("window.throughline");
    await page.evaluate(async (all) => {
      for (const address of all) await (await fetch(address)).text();
    }, all);
    const requests = site.apiRequests.filter(({ method }) => method !== "OPTIONS");
    assert.equal(requests.length, all.length);
    await flush(page);
    const spans = site.receiver.spans().filter(({ kind }) => kind === 3);
    assert.equal(spans.length, all.length, "each has a span");
    assert.deepEqual(
      requests.map(({ headers }) => headers["traceparent"]),
      expected === "all" ? spans.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-03`) : all.map(() => undefined),
    );
    if (expected === "none") assert.equal(site.apiRequests.length, all.length, "and there was no preflight");
  });
}

/** @param {Site} site */
const port = (site) => new URL(site.foreign).port;
