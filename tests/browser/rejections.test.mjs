// @ts-check
// Tests that unhandled rejections are recorded, and that all others are not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, useChromium } from "./chromium.mjs";

const visit = useChromium();

/** @type {[source: string, type: string | undefined, message: RegExp | undefined][]} */
const REASONS = [
  ["new TypeError('no stock')", "TypeError", /^no stock$/],
  ["'out of paper'", "string", /^out of paper$/],
  ["undefined", undefined, /^undefined$/],
  ["new DOMException('too much', 'QuotaExceededError')", "QuotaExceededError", /^too much$/],
  ["{ code: 42 }", "object", /42/],
  ["new AggregateError([new Error('one')], 'all failed')", "AggregateError", /^all failed$/],
];

for (const [reason, type, message] of REASONS) {
  test(`a rejection with ${reason} is an exception`, () =>
    visit({ expected: /./ }, async (page, site) => {
      await page.waitForFunction("window.throughline");
      await page.evaluate((source) => {
        const rejected = new Promise((resolve) => addEventListener("unhandledrejection", resolve, { once: true }));
        setTimeout(new Function(`Promise.reject(${source})`));
        return rejected.then(() => {});
      }, reason);
      await flush(page);
      const { attributes, severity } = await site.receiver.log(({ name }) => name === "exception", reason);
      if (type) assert.equal(attributes["exception.type"], type);
      if (message) assert.match(attributes["exception.message"], message);
      assert.equal(attributes["throughline.exception.mechanism"], "onunhandledrejection");
      assert.equal(severity, 17);
    }));
}

test("an unhandled failed request is an unhandled rejection, in the request's span", () =>
  visit({ expected: /Failed to fetch|ERR_EMPTY_RESPONSE/ }, async (page, site) => {
    await page.waitForFunction("window.throughline");
    const events = await page.evaluate(async () => {
      /** @type {string[]} */
      const events = [];
      addEventListener("unhandledrejection", (event) => events.push(`${event.reason} ${event.defaultPrevented}`));
      void fetch("/api/close");
      await new Promise((resolve) => addEventListener("unhandledrejection", resolve, { once: true }));
      await new Promise((resolve) => setTimeout(resolve, 50));
      return events;
    });
    assert.deepEqual(events, ["TypeError: Failed to fetch false"]);
    await flush(page);
    const record = await site.receiver.exception("Failed to fetch");
    const span = await site.receiver.requestSpan("/api/close");
    assert.equal(record.traceId, span.traceId);
    assert.equal(record.spanId, span.spanId);
  }));

test("a failed request that the page handles, at once or later, is not recorded", () =>
  visit({ expected: /ERR_EMPTY_RESPONSE/ }, async (page, site) => {
    await page.waitForFunction("window.throughline");
    const seen = await page.evaluate(async () => {
      /** @type {string[]} */
      const seen = [];
      addEventListener("unhandledrejection", (event) => seen.push(`unhandled ${event.reason}`));
      await fetch("/api/close").catch((error) => seen.push(`caught ${error}`));
      try {
        await fetch("/api/close");
      } catch (error) {
        seen.push(`caught ${error}`);
      }
      await fetch("/api/close").then(
        () => {},
        (error) => seen.push(`second argument ${error}`),
      );
      await fetch("/api/close")
        .finally(() => seen.push("finally"))
        .catch(() => {});
      await Promise.allSettled([fetch("/api/close"), fetch("/api/close")]);
      await new Promise((resolve) => setTimeout(resolve, 50));
      return seen;
    });
    assert.deepEqual(seen, [
      "caught TypeError: Failed to fetch",
      "caught TypeError: Failed to fetch",
      "second argument TypeError: Failed to fetch",
      "finally",
    ]);
    await flush(page);
    assert.deepEqual(
      site.receiver.logs().filter(({ name }) => name === "exception"),
      [],
    );
  }));

test("a rejection whose report the page prevents stays prevented", () =>
  visit({}, async (page) => {
    await page.waitForFunction("window.throughline");
    // `visit` checks that the console has no error.
    const prevented = await page.evaluate(
      () =>
        new Promise((resolve) => {
          addEventListener("unhandledrejection", (event) => {
            event.preventDefault();
            setTimeout(() => resolve(event.defaultPrevented), 20);
          });
          void Promise.reject(new Error("known"));
        }),
    );
    assert.equal(prevented, true);
  }));
