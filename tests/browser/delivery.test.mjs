// @ts-check
// Tests that records reach the receiver when the page, the network or the receiver fails, and
// that the page is not affected.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, hide, putPage, useChromium } from "./chromium.mjs";
import { listen } from "./site.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./chromium.mjs").Page} Page */

const visit = useChromium();

test("a body is a compressed Bundle, with the key in the address and needs no preflight", () =>
  visit({ options: (site) => ({ endpoint: `${site.allowed}/_t/`, key: "pk_a b&c" }) }, async (page, site) => {
    await report(page, "first");
    await flush(page);
    const [request] = await site.receiver.count(1);
    assert.equal(request?.method, "POST", "no preflight");
    assert.equal(request?.path, "/_t/v1/bundle");
    assert.equal(request?.query.get("key"), "pk_a b&c");
    assert.match(request?.headers["content-type"] ?? "", /^text\/plain\b/);
    assert.equal(request?.headers["cookie"], undefined);
    assert.equal(request?.body[0], 0x78, "zlib");
    const [bundle] = site.receiver.bundles();
    assert.match(bundle?.batchId ?? "", /^[0-9a-f]{32}$/);
    assert.ok(Math.abs(Date.now() - Number((bundle?.sentAt ?? 0n) / 1_000_000n)) < 60_000);
  }));

test("many records go out in few requests, each record once", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await page.evaluate(async () => {
      for (let count = 0; count < 20; count++) {
        await fetch(`/api/echo?${count}`);
        window.throughline.captureException(new Error(`one ${count}`));
      }
    });
    const records = () =>
      site.receiver.spans().filter(({ kind }) => kind === 3).length +
      site.receiver.logs().filter(({ name }) => name === "exception").length;
    // No flush: batches are sent on time.
    await until(() => records() === 40, "40 records", records);
    assert.ok(site.receiver.requests.length <= 3, `${site.receiver.requests.length} requests`);
    await page.goto("about:blank");
    await site.receiver.span(({ name }) => name === "documentLoad", "the load of the document");
    assert.equal(records(), 40, "none twice");
  }));

test("waiting records are sent when the page navigates away", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await report(page, "last words");
    await page.goto("about:blank");
    await site.receiver.exception("last words");
  }));

test("a request in flight outlives the page", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    site.receiver.answer(() => "hang");
    await report(page, "last words");
    await page.goto("about:blank");
    await site.receiver.count(1);
    // By now the browser has ended the page's other requests.
    putPage(site, "/next", { start: () => "" });
    for (const origin of [site.origin, site.foreign]) await page.goto(`${origin}/next`);
    assert.equal(site.receiver.requests[0]?.cut, false);
  }));

test("waiting records are sent when the tab is closed", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await report(page, "last words");
    await page.close({ runBeforeUnload: true });
    await site.receiver.exception("last words");
  }));

test("waiting records are sent when the page is hidden, and the page continues", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await report(page, "hidden");
    await page.evaluate(() => {
      Object.defineProperty(Document.prototype, "visibilityState", { get: () => "hidden", configurable: true });
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    });
    await site.receiver.exception("hidden");
    await report(page, "shown again");
    await flush(page);
    await site.receiver.exception("shown again");
  }));

test("a page that is left before the engine is loaded sends its errors", () =>
  visit(
    {
      // The engine is never loaded.
      prepare: (page) => page.route("**/dist/engine*.js", () => {}),
    },
    async (page, site) => {
      await report(page, "too early");
      await page.goto("about:blank");
      await until(() => site.receiver.errors().includes("too early"), "the error", site.receiver.errors);
    },
  ));

test("the same batch is sent again after the time in Retry-After", () =>
  visit({ expected: /503/ }, async (page, site) => {
    site.receiver.answer((_, count) => (count ? { status: 200 } : { status: 503, headers: { "retry-after": "2" } }));
    await report(page, "patience");
    await flush(page);
    const [first, second] = await site.receiver.count(2);
    assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= 1950, `${(second?.at ?? 0) - (first?.at ?? 0)} ms later`);
    assert.deepEqual(second?.body, first?.body, "the same bytes: the same batch id");
    assert.deepEqual(site.receiver.bundles()[0]?.dropped, {});
    await page.goto("about:blank");
    await site.receiver.span(({ name }) => name === "documentLoad", "the load of the document");
    assert.equal(site.receiver.logs().filter(({ name }) => name === "exception").length, 1);
  }));

test("a batch is sent again after a short outage", () =>
  visit({ expected: /ERR_EMPTY_RESPONSE|502/ }, async (page, site) => {
    site.receiver.answer((_, count) => (count === 0 ? "close" : { status: count === 1 ? 502 : 200 }));
    await report(page, "again and again");
    await flush(page);
    await site.receiver.exception("again and again");
    const bodies = site.receiver.requests.slice(0, 3).map(({ body }) => body.toString("hex"));
    assert.equal(new Set(bodies).size, 1);
  }));

test("a rejected batch is not sent again, and its records are counted in the next", () =>
  visit({ expected: /400/ }, async (page, site) => {
    site.receiver.answer((_, count) => ({ status: count ? 200 : 400 }));
    await page.waitForFunction("window.engineRuns");
    await report(page, "refused");
    await flush(page);
    await site.receiver.count(1);
    await report(page, "taken");
    await flush(page);
    await site.receiver.exception("taken");
    const dropped = site.receiver.bundles().map(({ dropped }) => dropped["rejected"] ?? 0);
    assert.ok(dropped.reduce((sum, one) => sum + one) >= 1, JSON.stringify(dropped));
    assert.ok(!site.receiver.logs().some(({ attributes }) => attributes["exception.message"] === "refused"));
  }));

test("a flood of errors is sent up to the limit of the queue, and the rest is counted", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await flush(page);
    await page.evaluate(() => {
      for (let count = 0; count < 2000; count++) window.throughline.captureException(new Error(`one of ${count}`));
    });
    await flush(page);
    await flush(page);
    const sent = site.receiver.logs().filter(({ name }) => name === "exception").length;
    const lost = site.receiver.bundles().reduce((sum, { dropped }) => sum + (dropped["queue_full"] ?? 0), 0);
    assert.ok(sent >= 400, `${sent} sent`);
    assert.equal(sent + lost, 2000);
  }));

const FATES = { hang: "never responds", close: "closes the connection", away: "is not reachable" };
for (const fate of /** @type {(keyof typeof FATES)[]} */ (Object.keys(FATES))) {
  test(`the page is not affected by a receiver that ${FATES[fate]}`, async () => {
    const unused = await listen(() => {});
    await unused.stop();
    await visit(
      {
        options: () => (fate === "away" ? { endpoint: unused.origin } : {}),
        // The browser prints this in its console for every failed request.
        expected: /^console: Failed to load resource: net::ERR_(CONNECTION_REFUSED|EMPTY_RESPONSE)$/,
      },
      async (page, site) => {
        if (fate !== "away") site.receiver.answer(() => fate);
        await page.waitForFunction("window.engineRuns");
        const failures = await page.evaluate(async () => {
          /** @type {string[]} */
          const failures = [];
          for (const type of ["error", "unhandledrejection"]) addEventListener(type, () => failures.push(type));
          window.throughline.captureException(new Error("lost"));
          void window.throughline.flush().catch(() => failures.push("flush rejects"));
          const answer = await fetch("/api/echo");
          if (!answer.ok) failures.push("the page's request failed");
          dispatchEvent(new Event("pagehide"));
          await new Promise((resolve) => setTimeout(resolve, 200));
          return failures;
        });
        assert.deepEqual(failures, []);
        assert.equal(site.apiRequests.length, 1);
      },
    );
  });
}

test("many long errors of a page that is left before the engine is loaded are all sent", () =>
  visit({ prepare: (page) => page.route("**/dist/engine*.js", () => {}) }, async (page, site) => {
    await page.waitForFunction("window.throughline");
    const count = 12;
    await page.evaluate((count) => {
      for (let one = 0; one < count; one++) {
        const error = new Error(`long ${one}`);
        error.stack = `Error: long ${one}\n${"    at somewhere (https://shop.example/assets/index.js:1:2)\n".repeat(40)}`;
        window.throughline.captureException(error);
      }
    }, count);
    await page.goto("about:blank");
    const sent = () => site.receiver.errors().filter((message) => message?.startsWith("long ")).length;
    await until(() => sent() === count, `${count} errors`, sent);
  }));

test("an outage in which the page is hidden loses no batch", () =>
  visit({ expected: /ERR_EMPTY_RESPONSE/ }, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await flush(page);
    const before = site.receiver.requests.length;
    site.receiver.answer(() => "close");
    const count = 8;
    for (let one = 0; one < count; one++) {
      await report(page, `outage ${one}`);
      await page.evaluate(() => void window.throughline.flush());
    }
    await site.receiver.count(before + 1);
    await hide(page);
    await site.receiver.count(before + count);
    site.receiver.answer(() => ({ status: 200 }));
    for (let one = 0; one < count; one++) await site.receiver.exception(`outage ${one}`);
    assert.ok(site.receiver.bundles().every(({ dropped }) => !Object.keys(dropped).length));
  }));

test("facts leave the queue while a batch waits to be sent", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await flush(page);
    await page.evaluate(async () => {
      window.throughline.captureException(new Error("starts the batch"));
      // A thousand of them, more than fit into the queue, over less time than a batch takes.
      for (let burst = 0; burst < 3; burst++) {
        await new Promise((resolve) => setTimeout(resolve, 1600));
        for (let one = 0; one < 330; one++) window.throughline.captureException(`${one} of burst ${burst}`);
      }
    });
    await flush(page);
    await flush(page);
    const sent = site.receiver.logs().filter(({ name }) => name === "exception").length;
    assert.equal(sent, 991);
    assert.ok(site.receiver.bundles().every(({ dropped }) => !dropped["queue_full"]));
  }));

test("an error after a flood has the address of its own page", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await flush(page);
    await page.evaluate(() => {
      for (let one = 0; one < 600; one++) window.throughline.captureException(`${one}`);
      history.pushState({}, "", "/basket");
      window.throughline.captureException(new Error("one too many"));
    });
    await flush(page);
    await report(page, "after the flood");
    await flush(page);
    const { attributes } = await site.receiver.exception("after the flood");
    assert.equal(attributes["browser.document.url.full"], `${site.origin}/basket`);
    // The facts of the page load took part of the queue.
    const sent = site.receiver.logs().filter(({ name }) => name === "exception").length;
    const lost = site.receiver.bundles().reduce((sum, { dropped }) => sum + (dropped["queue_full"] ?? 0), 0);
    assert.equal(sent + lost, 602, "each is sent or counted");
  }));

/**
 * Reports an error as the page's own code would.
 * @param {Page} page @param {string} message
 */
async function report(page, message) {
  await page.waitForFunction("window.throughline");
  await page.evaluate((message) => window.throughline.captureException(new Error(message)), message);
}

test("a receiver that leaves one request without a response is sent the next, and a flush ends", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    site.receiver.answer((_, count) => (count ? { status: 200 } : "hang"));
    await report(page, "unanswered");
    await page.evaluate(() => void window.throughline.flush());
    await site.receiver.count(1);
    await report(page, "after it");
    await page.evaluate(() => window.throughline.flush());
    // The first is sent again, with the same id.
    for (const message of ["unanswered", "after it"]) await site.receiver.exception(message);
    assert.deepEqual(site.receiver.bundles().map(({ dropped }) => dropped).filter((one) => Object.keys(one).length), []);
  }));

test("a flush ends when no request ever has a response", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    site.receiver.answer(() => "hang");
    await report(page, "unanswered");
    const took = await page.evaluate(async () => {
      const start = performance.now();
      await window.throughline.flush();
      return performance.now() - start;
    });
    assert.ok(took > 14_000 && took < 20_000, `${took} ms`);
    // The first request would outlive the page; those after it do not keep their connections.
    await until(() => site.receiver.requests[1]?.cut, "the end of the second request", () => site.receiver.requests);
  }));

test("an error on an idle page is sent within a second", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await flush(page);
    const took = [];
    for (const message of ["first", "second", "third"]) {
      // Longer than the time between batches for errors.
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 2100)));
      const thrown = Date.now();
      await report(page, message);
      await site.receiver.exception(message);
      took.push(Date.now() - thrown);
    }
    assert.ok(Math.min(...took) < 1000, `${took} ms`);
  }));

test("the first batch of an idle page is sent within two seconds of its load", async () => {
  /** @type {number[]} */
  const took = [];
  for (let round = 0; round < 3; round++)
    await visit({}, async (page, site) => {
      const loaded = Date.now();
      await site.receiver.count(1);
      took.push(Date.now() - loaded);
    });
  assert.ok(Math.min(...took) < 2000, `${took} ms`);
});

test("what the page's own handlers do while it is left is sent", () =>
  visit({ expected: /while it (is|was)/ }, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await flush(page);
    await page.evaluate(() => {
      for (const type of ["visibilitychange", "pagehide"])
        addEventListener(type, () => {
          if (type === "pagehide") void fetch("/api/last-word", { method: "POST", body: "x", keepalive: true });
          throw new Error(`while it is left: ${type}`);
        });
    });
    await page.goto("about:blank");
    for (const type of ["visibilitychange", "pagehide"]) await site.receiver.exception(`while it is left: ${type}`);
    await site.receiver.requestSpan("/api/last-word");
  }));

test("what its handlers do while it is left before the engine is loaded is sent", () =>
  visit({ prepare: (page) => page.route("**/dist/engine*.js", () => {}), expected: /last words/ }, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await page.evaluate(() =>
      addEventListener("pagehide", () => {
        throw new Error("last words");
      }),
    );
    await page.goto("about:blank");
    await until(() => site.receiver.errors().includes("last words"), "the error", site.receiver.errors);
  }));

test("a page that is left with much to send sends its own beacon of 15 kB, and what is not sent is counted", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await flush(page);
    const count = 24;
    await page.evaluate((count) => {
      const noise = (/** @type {number} */ length) =>
        [...crypto.getRandomValues(new Uint8Array(length / 2))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      addEventListener("pagehide", () => {
        sessionStorage.setItem("sent", String(navigator.sendBeacon("/api/last-word", "x".repeat(15_000))));
      });
      for (let one = 0; one < count; one++)
        window.throughline.captureException(Object.assign(new Error(`${one} ${noise(8000)}`), { stack: noise(8000) }));
    }, count);
    putPage(site, "/next", { start: () => "" });
    await page.goto(`${site.origin}/next`);
    assert.equal(await page.evaluate("sessionStorage.sent"), "true");
    await site.whenRequested("/api/last-word");
    const sent = () => site.receiver.logs().filter(({ name }) => name === "exception").length;
    const lost = () => site.receiver.bundles().reduce((sum, { dropped }) => sum + (dropped["page_ended"] ?? 0), 0);
    // A page that ends cannot know of a batch that arrives without a response to it, and counts it.
    await until(() => sent() + lost() >= count, `${count} errors, sent or counted`, () => [sent(), lost()]);
    assert.ok(sent() > 0 && lost() > 0, `${sent()} sent, ${lost()} counted`);
  }));

test("an error after a thousand facts that wait is sent, and the lost records are counted", () =>
  visit({ expected: /the one that matters/ }, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await flush(page);
    const count = 1500;
    await page.evaluate((count) => {
      // Before the main thread is idle once.
      for (let one = 0; one < count; one++) {
        history.replaceState(0, "", `?view=${one}`);
        fetch(`/api/echo?i=${one}`, { signal: AbortSignal.abort() }).catch(() => {});
      }
    }, count);
    await page.evaluate(() => {
      throw new Error("the one that matters");
    }).catch(() => {});
    await page.evaluate(() => void window.throughline.captureException(new Error("the one that matters")));
    await flush(page);
    await flush(page);
    await site.receiver.exception("the one that matters");
    const sent = site.receiver.spans().filter(({ kind }) => kind === 3).length;
    const lost = site.receiver.bundles().reduce((sum, { dropped }) => sum + (dropped["queue_full"] ?? 0), 0);
    assert.equal(sent + lost, count);
  }));
