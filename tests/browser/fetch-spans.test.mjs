// @ts-check
// Tests the attributes of a request's span, and its place in the trace.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, hide, useChromium } from "./chromium.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./chromium.mjs").Page} Page */
/** @typedef {import("./site.mjs").Site} Site */

const visit = useChromium();

test("a request is a client span with the attributes of the conventions", () =>
  visit({}, async (page, site) => {
    await ready(page);
    await page.evaluate(() => fetch("/api/echo?q=1", { method: "post", body: "b" }).then((answer) => answer.text()));
    await flush(page);
    const span = await site.receiver.requestSpan("/api/echo");
    const { attributes } = span;
    assert.equal(span.kind, CLIENT);
    assert.equal(span.name, "POST");
    assert.equal(attributes["http.request.method"], "POST");
    assert.equal(attributes["url.full"], `${site.origin}/api/echo?q=1`);
    assert.equal(attributes["server.address"], "127.0.0.1");
    assert.equal(attributes["server.port"], Number(new URL(site.origin).port));
    assert.equal(attributes["http.response.status_code"], 200);
    assert.equal(attributes["error.type"], undefined);
    assert.match(attributes["session.id"], /^[0-9a-f]{32}$/);
    assert.equal(span.status?.code ?? UNSET, UNSET);
    assert.equal(span.flags & 1, 1, "sampled");
    assert.ok(span.end > span.start);
    const [request] = site.apiRequests;
    assert.equal(request?.headers["traceparent"], `00-${span.traceId}-${span.spanId}-03`);
  }));

test("the browser's timing of a request is added to its span", () =>
  visit({}, async (page, site) => {
    await ready(page);
    await page.evaluate(async () => {
      await (await fetch("/api/in-trace")).text();
      // The entry is added when the body has ended.
      await new Promise((resolve) => {
        const observer = new PerformanceObserver((list) => {
          if (list.getEntriesByName(`${location.origin}/api/in-trace`).length) resolve(undefined);
        });
        observer.observe({ type: "resource", buffered: true });
      });
    });
    await flush(page);
    const { attributes, end, start } = await site.receiver.requestSpan("/api/in-trace");
    const entry = await page.evaluate(() => {
      const [entry] = performance.getEntriesByName(`${location.origin}/api/in-trace`);
      return /** @type {any} */ (entry).toJSON();
    });
    assert.equal(attributes["network.protocol.version"], "1.1");
    assert.ok(
      Math.abs(attributes["browser.resource_timing.response_start"] - entry.responseStart) < 1,
      JSON.stringify({ attributes, entry }),
    );
    assert.ok(Number(end - start) / 1e6 >= entry.responseEnd - entry.startTime - 1);
  }));

test("an unknown method is recorded as _OTHER", () =>
  visit({}, async (page, site) => {
    await ready(page);
    await page.evaluate(() => fetch("/api/echo", { method: "PURGE" }));
    await flush(page);
    const span = await site.receiver.requestSpan("/api/echo");
    assert.equal(span.name, "HTTP");
    assert.equal(span.attributes["http.request.method"], "_OTHER");
    assert.equal(span.attributes["http.request.method_original"], "PURGE");
  }));

for (const code of [404, 503]) {
  test(`a response with status ${code} is an error`, () =>
    visit({ expected: /Failed to load resource/ }, async (page, site) => {
      await ready(page);
      await page.evaluate((code) => fetch(`/api/status?code=${code}`), code);
      await flush(page);
      const span = await site.receiver.requestSpan("/api/status");
      assert.equal(span.attributes["http.response.status_code"], code);
      assert.equal(span.attributes["error.type"], String(code));
      assert.equal(span.status?.code, ERROR);
    }));
}

test("a request without a response has the name of its error", () =>
  visit({ expected: /ERR_EMPTY_RESPONSE/ }, async (page, site) => {
    await ready(page);
    await page.evaluate(() => fetch("/api/close").catch(() => {}));
    await flush(page);
    const span = await site.receiver.requestSpan("/api/close");
    assert.equal(span.attributes["error.type"], "TypeError");
    assert.equal(span.attributes["http.response.status_code"], undefined);
    assert.equal(span.status?.code, ERROR);
  }));

test("an abort by the page is no error, a timeout is", () =>
  visit({}, async (page, site) => {
    await ready(page);
    await page.evaluate(async () => {
      const controller = new AbortController();
      const during = fetch("/api/hold?during", { signal: controller.signal }).catch(() => {});
      setTimeout(() => controller.abort(), 30);
      await Promise.all([
        during,
        fetch("/api/hold?before", { signal: AbortSignal.abort() }).catch(() => {}),
        fetch("/api/hold?late", { signal: AbortSignal.timeout(30) }).catch(() => {}),
      ]);
    });
    await flush(page);
    for (const when of ["during", "before"]) {
      const span = await site.receiver.requestSpan(`hold?${when}`);
      assert.equal(span.status?.code ?? UNSET, UNSET, when);
      assert.equal(span.attributes["error.type"], undefined, when);
    }
    const late = await site.receiver.requestSpan("hold?late");
    assert.equal(late.status?.code, ERROR);
    assert.equal(late.attributes["error.type"], "TimeoutError");
  }));

test("secrets in an address are not sent", () =>
  visit({}, async (page, site) => {
    await ready(page);
    await page.evaluate(async () => {
      const signed = ["X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "AWSAccessKeyId", "sig"];
      const query = ["order=7", ...signed.map((name) => `${name}=hush`)].join("&");
      await fetch(`/api/echo?${query}`);
      await fetch(`${location.protocol}//me:hush@${location.host}/api/echo`).catch(() => {});
    });
    await flush(page);
    const span = await site.receiver.requestSpan("order=7");
    assert.match(span.attributes["url.full"], /X-Amz-Signature=REDACTED/);
    for (const { attributes } of [...site.receiver.spans(), ...site.receiver.logs()]) {
      assert.doesNotMatch(JSON.stringify(attributes), /hush/);
    }
  }));

test("requests of a click are its children, also after each await", () =>
  visit(
    {
      body: `<button id="buy">Buy</button><script>
        buy.onclick = async () => {
          await fetch("/api/echo?first");
          await new Promise((resolve) => setTimeout(resolve, 60));
          await fetch("/api/echo?second");
          await (await fetch("/api/echo?third")).json();
          window.done = true;
        };</script>`,
    },
    async (page, site) => {
      await ready(page);
      await page.click("#buy");
      await page.waitForFunction("window.done");
      const timeOrigin = await page.evaluate(() => performance.timeOrigin);
      await page.goto("about:blank");
      const click = await site.receiver.span(({ name }) => name === "click button#buy", "the click");
      const origin = BigInt(Math.round(timeOrigin * 1000)) * 1000n;
      for (const [which, inferred] of Object.entries({ first: undefined, second: true, third: true })) {
        const span = await site.receiver.requestSpan(`echo?${which}`);
        assert.equal(span.traceId, click.traceId, which);
        assert.equal(span.parentSpanId, click.spanId, which);
        assert.equal(span.attributes["throughline.parent.inferred"], inferred, which);
        assert.ok(span.start >= click.start, which);
        // The request ends with its body; the click ends with the response's headers.
        const answered = span.attributes["browser.resource_timing.response_start"];
        assert.ok(Number(click.end - origin) / 1e6 >= answered - 1, `the click waits for the ${which}`);
      }
      const request = site.apiRequests.find(({ path }) => path.endsWith("?second"));
      assert.ok(request?.headers["traceparent"]?.includes(click.traceId));
    },
  ));

test("a click lasts until its request has a response, also when the page is hidden meanwhile", () =>
  visit({ body: `<button id="buy" onclick="fetch('/api/hold')">Buy</button>` }, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await page.click("#buy");
    await site.whenRequested("/api/hold");
    await page.waitForTimeout(700);
    await hide(page);
    const click = await site.receiver.span(({ name }) => name === "click button#buy", "the click");
    assert.ok(click.end - click.start >= 700_000_000n, `${click.end - click.start} ns`);
    site.release();
  }));

test("a clicked element that the page removes is not kept in memory", () =>
  visit({ body: '<div id="dialog"><button id="close">Close</button></div>' }, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await page.evaluate(() => {
      const dialog = document.getElementById("dialog");
      Object.assign(window, { dialog: new WeakRef(/** @type {HTMLElement} */ (dialog)) });
      document.getElementById("close")?.addEventListener("click", () => dialog?.remove());
    });
    await page.click("#close");
    await site.receiver.span(({ name }) => name === "click button#close", "the click");
    // The browser keeps the element below the pointer until the pointer moves.
    await page.mouse.move(500, 500);
    const session = await page.context().newCDPSession(page);
    await until(async () => {
      await session.send("HeapProfiler.collectGarbage");
      return page.evaluate("!window.dialog.deref()");
    }, "the collection of the dialog");
  }));

test("two clicks are two traces", () =>
  visit(
    {
      body: `<button id="a" onclick="fetch('/api/echo?a')">A</button><button id="b" onclick="fetch('/api/echo?b')">B</button>`,
    },
    async (page, site) => {
      await ready(page);
      await page.click("#a");
      await page.click("#b");
      await site.whenRequested("/api/echo?b");
      await page.goto("about:blank");
      const [a, b] = [await site.receiver.requestSpan("echo?a"), await site.receiver.requestSpan("echo?b")];
      assert.notEqual(a.traceId, b.traceId);
      const clicks = site.receiver.spans().filter(({ name }) => name.startsWith("click "));
      assert.deepEqual(
        clicks.map(({ spanId }) => spanId).sort(),
        [a.parentSpanId, b.parentSpanId].sort(),
      );
    },
  ));

test("a click by a script is not recorded", () =>
  visit({ body: '<button id="buy">Buy</button>' }, async (page, site) => {
    await ready(page);
    await page.evaluate(() => document.querySelector("button")?.click());
    await page.goto("about:blank");
    await site.receiver.span(({ name }) => name === "documentLoad", "the load of the document");
    assert.deepEqual(
      site.receiver.spans().filter(({ name }) => name.startsWith("click ")),
      [],
    );
  }));

test("before the first click a request belongs to the load of the document", () =>
  visit({}, async (page, site) => {
    await ready(page);
    await page.evaluate(() => fetch("/api/echo"));
    await flush(page);
    const load = await site.receiver.span(({ name }) => name === "documentLoad", "the load of the document");
    const span = await site.receiver.requestSpan("/api/echo");
    assert.equal(span.traceId, load.traceId);
    assert.equal(span.parentSpanId, load.spanId);
    assert.equal(load.parentSpanId, undefined);
    assert.equal(load.attributes["browser.document.url.full"], `${site.origin}/`);
    assert.ok(load.end > load.start);
  }));

test("the load of the document continues the trace of the server that sent it", () =>
  visit(
    { headers: { "server-timing": "db;dur=3, trace;desc=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" } },
    async (page, site) => {
      await ready(page);
      await page.evaluate(() => fetch("/api/echo"));
      await page.goto("about:blank");
      const load = await site.receiver.span(({ name }) => name === "documentLoad", "the load of the document");
      assert.equal(load.traceId, "0af7651916cd43dd8448eb211c80319c");
      assert.equal(load.parentSpanId, "b7ad6b7169203331");
      assert.equal((await site.receiver.requestSpan("/api/echo")).traceId, load.traceId);
    },
  ));

test("a request without a response when the page is left is recorded", () =>
  visit({}, async (page, site) => {
    await ready(page);
    await page.evaluate(() => void fetch("/api/hold"));
    await site.whenRequested("/api/hold");
    await page.goto("about:blank");
    const span = await site.receiver.requestSpan("/api/hold");
    assert.equal(span.attributes["http.response.status_code"], undefined);
    assert.equal(span.status?.code ?? UNSET, UNSET);
  }));

/** @param {Page} page */
const ready = (page) => page.waitForFunction("window.throughline && window.engineRuns");

/** `SPAN_KIND_CLIENT`. */
const CLIENT = 3;
/** `STATUS_CODE_UNSET`, `STATUS_CODE_ERROR`. */
const [UNSET, ERROR] = [0, 2];
