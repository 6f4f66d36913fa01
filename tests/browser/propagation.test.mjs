// @ts-check
// Who is told of the trace? The page's own origin, those on the list, and nobody else.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, useChromium } from "./chromium.mjs";

/** @typedef {import("./site.mjs").Site} Site */

const visit = useChromium();

test("the page's own origin is told without being asked for", () =>
  asks([], (site) => [`${site.origin}/api/echo`, "/api/echo?relative"], "all"));

test("an origin on the list is told", () =>
  asks((site) => [site.allowed], (site) => [`${site.allowed}/api/echo`], "all"));

test("an expression on the list is tried on origin and path", () =>
  asks(
    (site) => [new RegExp(`^${site.allowed}/api/`), /g-flag-has-a-memory/g],
    (site) => [`${site.allowed}/api/echo?1`, `${site.allowed}/api/echo?2`],
    "all",
  ));

test("what is excluded is not told, of whatever origin", () =>
  asks(
    (site) => [site.allowed],
    (site) => ["/api/echo?own", `${site.allowed}/api/echo`],
    "none",
    (site) => [/^https?:\/\/[^/]+\/api\/echo$/, site.allowed],
  ));

test("an address of the page's own that redirects to a stranger can be excluded", () =>
  visit({ options: () => ({ tracePropagationExclusions: [/\/api\/redirect$/] }) }, async (page, site) => {
    await page.waitForFunction("window.throughline");
    const answered = await page.evaluate(
      async (to) => (await fetch(`/api/redirect?to=${encodeURIComponent(to)}`)).url,
      `${site.stranger}/api/echo`,
    );
    assert.equal(answered, `${site.stranger}/api/echo`);
    assert.ok(site.asked.every(({ headers, method }) => !headers["traceparent"] && method !== "OPTIONS"));
    await flush(page);
    await site.receiver.requestSpan("/api/redirect");
  }));

test("the page's own API below the receiver's address is a request like any other", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await page.evaluate(() => fetch("/_t/v1/orders"));
    await flush(page);
    await site.receiver.requestSpan("/_t/v1/orders");
    const [orders] = site.receiver.requests.filter(({ path }) => path === "/_t/v1/orders");
    assert.ok(orders?.headers["traceparent"]);
  }));

test("a stranger is not told, nor asked for permission", () =>
  asks((site) => [site.allowed], (site) => [`${site.stranger}/api/echo`], "none"));

test("a stranger that has an allowed origin in its query or path is not told", () =>
  asks(
    (site) => [site.allowed, new RegExp(site.allowed.replaceAll(".", "\\."))],
    (site) => [
      `${site.stranger}/api/echo?next=${site.allowed}`,
      `${site.stranger}/api/echo?next=${encodeURIComponent(`${site.allowed}/`)}`,
      `${site.stranger}/api/echo#${site.allowed}/`,
    ],
    "none",
  ));

test("a host that begins with an allowed one is not told", () =>
  asks(
    (site) => [site.stranger.slice(0, -1), site.stranger.slice(0, -2), "http://127.0.0.1", `http://api.test:${port(site)}`],
    (site) => [
      `${site.stranger}/api/echo`,
      `http://api.test.evil.test:${port(site)}/api/echo`,
      `http://notapi.test:${port(site)}/api/echo`,
    ],
    "none",
  ));

test("the same host under another scheme or port is another origin", () =>
  asks(
    (site) => [site.allowed.replace("http:", "https:"), `http://api.test:${port(site)}0`],
    (site) => [`${site.allowed}/api/echo`, `http://api.test:${port(site)}/api/echo`],
    "none",
  ));

test("a host on the list is told by its name", () =>
  asks((site) => [`http://api.test:${port(site)}/`], (site) => [`http://api.test:${port(site)}/api/echo`], "all"));

test("a stranger is told by a Request no more than by an address", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await page.evaluate(async (stranger) => {
      await fetch(new Request(`${stranger}/api/echo`, { headers: { accept: "text/plain" } }));
      await fetch(new URL("/api/echo", stranger), { method: "POST", body: "b" });
    }, site.stranger);
    assert.equal(site.asked.length, 2);
    assert.ok(site.asked.every(({ headers, method }) => !headers["traceparent"] && method !== "OPTIONS"));
  }));

test("the receiver is not told, and its requests are no spans", () =>
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
 * Requests of a page with such a list; `expected` of them carry the trace, each a span of
 * its own.
 * @param {((site: Site) => unknown[]) | []} targets
 * @param {(site: Site) => string[]} addresses
 * @param {"all" | "none"} expected
 * @param {(site: Site) => unknown[]} [exclusions]
 */
function asks(targets, addresses, expected, exclusions) {
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
    const asked = site.asked.filter(({ method }) => method !== "OPTIONS");
    assert.equal(asked.length, all.length);
    await flush(page);
    const spans = site.receiver.spans().filter(({ kind }) => kind === 3);
    assert.equal(spans.length, all.length, "each is a span");
    assert.deepEqual(
      asked.map(({ headers }) => headers["traceparent"]),
      expected === "all" ? spans.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-03`) : all.map(() => undefined),
    );
    if (expected === "none") assert.equal(site.asked.length, all.length, "and there was no preflight");
  });
}

/** @param {Site} site */
const port = (site) => new URL(site.stranger).port;
