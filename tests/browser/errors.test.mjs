// @ts-check
// Tests what is recorded of uncaught errors and of errors that the page reports.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { asPlainOtlp, asScript, flush, useChromium } from "./chromium.mjs";

const visit = useChromium();
const readme = await readFile(join(import.meta.dirname, "../../npm/browser/README.md"), "utf8");
/** The line of README.md that comes before a late script. */
const STUB = /^<script>!function.*<\/script>$/m.exec(readme)?.[0] ?? "";

test("an uncaught error is a log record with its stack, in the span of its click", () =>
  visit(
    {
      expected: /no tax for XX/,
      head: '<script src="/shop.js"></script>',
      body: '<button id="buy" onclick="buy()">Buy</button>',
      prepare: async (_, site) => site.put("/shop.js", { body: SHOP }),
    },
    async (page, site) => {
      await page.waitForFunction("window.throughline");
      await page.click("#buy");
      await flush(page);

      const record = await site.receiver.exception("no tax for XX");
      const { attributes } = record;
      assert.equal(record.severity, 17);
      assert.equal(attributes["exception.type"], "TaxError");
      assert.match(attributes["exception.stacktrace"], /TaxError: no tax for XX\n\s+at rate/);
      assert.match(attributes["session.id"], /^[0-9a-f]{32}$/);
      assert.equal(attributes["browser.document.url.full"], `${site.origin}/`);
      assert.equal(attributes["throughline.exception.handled"], false);
      assert.equal(attributes["throughline.exception.mechanism"], "onerror");
      assert.equal(record.resource.attributes["service.name"], "shop-web");
      const age = Date.now() - Number(record.at / 1_000_000n);
      assert.ok(age >= -100 && age < 60_000, `${age} ms old`);

      // The edge parses the frames; a Bundle carries the stack as the browser prints it.
      const [, rate, price, buy] = attributes["exception.stacktrace"].split("\n");
      assert.match(rate, /rate .*\/shop\.js:4:/);
      assert.match(price, /price .*\/shop\.js:6:/);
      assert.match(buy, /buy .*\/shop\.js:7:/);

      const click = await clickSpan(page, site);
      assert.equal(record.traceId, click.traceId);
      assert.equal(record.spanId, click.spanId);
      assert.equal(click.name, "click button#buy");
      assert.equal(click.parentSpanId, undefined);
      assert.equal(click.attributes["session.id"], attributes["session.id"]);
    },
  ));

test("an error from before the engine is loaded is recorded in full", () =>
  visit(
    {
      start: asScript,
      expected: /early/,
      head: "<script>function first() { throw new RangeError('early'); } first();</script>",
    },
    async (_, site) => {
      const record = await site.receiver.exception("early");
      assert.equal(record.attributes["exception.type"], "RangeError");
      assert.match(record.attributes["exception.stacktrace"], /at first /);
      assert.match(record.traceId ?? "", /^[0-9a-f]{32}$/);
    },
  ));

test("a syntax error, which has no stack, is recorded with its place", () =>
  visit(
    {
      start: asScript,
      expected: /lexically bound/,
      head: '<script src="/broken.js"></script>',
      prepare: async (_, site) => site.put("/broken.js", { body: "\n  let let = ;" }),
    },
    async (page, site) => {
      await flush(page);
      const { attributes } = await site.receiver.log(({ name }) => name === "exception");
      assert.equal(attributes["exception.type"], "SyntaxError");
      assert.equal(attributes["code.file.path"], `${site.origin}/broken.js`);
      assert.equal(attributes["code.line.number"], 2);
    },
  ));

test("the causes of an error are recorded", () =>
  visit({ expected: /order failed/ }, async (page, site) => {
    await throwLater(
      page,
      `const timeout = new RangeError("time is up");
       const failed = new TypeError("no answer", { cause: timeout });
       throw new Error("order failed", { cause: failed });`,
    );
    await flush(page);
    const { attributes } = await site.receiver.exception("order failed");
    assert.deepEqual(
      attributes["throughline.exception.causes"].map((/** @type {any} */ { type, message }) => [type, message]),
      [
        ["TypeError", "no answer"],
        ["RangeError", "time is up"],
      ],
    );
    assert.match(attributes["throughline.exception.causes"][1].stacktrace, /RangeError: time is up\n\s+at /);
  }));

test("an error that is its own cause is recorded", () =>
  visit({ expected: /loop/ }, async (page, site) => {
    await throwLater(page, `const error = new Error("loop"); error.cause = error; throw error;`);
    await flush(page);
    await site.receiver.exception("loop");
  }));

test("the same error many times is one record with a count", () =>
  visit({ expected: /again/ }, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await flush(page);
    await page.evaluate(() => {
      const fail = () => {
        throw new Error("again");
      };
      for (let count = 0; count < 100; count++) setTimeout(fail);
      return new Promise((resolve) => setTimeout(resolve, 50));
    });
    await flush(page);
    await site.receiver.exception("again");
    const records = site.receiver.logs().filter(({ attributes }) => attributes["exception.message"] === "again");
    const counts = records.map(({ attributes }) => attributes["throughline.exception.count"] ?? 1);
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      100,
    );
    assert.ok(records.length <= 3, `${records.length} records`);
  }));

test("a muted error of another origin is recorded as `Script error.`", () =>
  visit(
    {
      start: asScript,
      expected: /secret of theirs/,
      prepare: async (_, site) => site.put("/their.js", { body: "throw new Error('secret of theirs')" }),
    },
    async (page, site) => {
      await page.evaluate((origin) => {
        // Without `crossorigin` the browser mutes it.
        const script = document.body.appendChild(document.createElement("script"));
        script.src = `${origin}/their.js`;
        return new Promise((resolve) => addEventListener("error", resolve, { once: true }));
      }, site.foreign);
      await flush(page);
      const { attributes } = await site.receiver.exception("Script error.");
      assert.equal(attributes["exception.stacktrace"], undefined);
    },
  ));

test("thrown values that are no errors are recorded", () =>
  visit({ expected: /./ }, async (page, site) => {
    for (const thrown of ['"a string"', "{ code: 7 }", "undefined", "null", "Symbol('s')", "7"]) {
      await throwLater(page, `throw ${thrown};`);
    }
    await throwLater(page, `throw { get message() { throw new Error("hostile"); }, toString() { throw 1; } };`);
    await flush(page);
    const records = site.receiver.logs().filter(({ name }) => name === "exception");
    assert.ok(records.some(({ attributes }) => attributes["exception.message"] === "a string"));
    assert.ok(records.some(({ attributes }) => /7/.test(attributes["exception.message"] ?? "")));
    for (const { attributes } of records) {
      assert.ok(attributes["exception.type"] || attributes["exception.message"], "one of the two is required");
    }
    assert.equal(records.length, 7);
  }));

test("an error that the page catches and reports is a warning, recorded once", () =>
  visit({ expected: /declined/ }, async (page, site) => {
    await throwLater(
      page,
      `const error = new TypeError("declined"); throughline.captureException(error); throw error;`,
    );
    await flush(page);
    const record = await site.receiver.exception("declined");
    assert.equal(record.severity, 13);
    assert.equal(record.attributes["throughline.exception.handled"], true);
    assert.equal(site.receiver.logs().filter(({ name }) => name === "exception").length, 1);
  }));

test("the page's own handlers see every error as without Throughline", () =>
  visit({ expected: /left to the browser/ }, async (page) => {
    await page.waitForFunction("window.throughline");
    const seen = await page.evaluate(async () => {
      /** @type {unknown[]} */
      const seen = [];
      const own = new Error("mine");
      window.onerror = (message, _file, _line, _column, error) => {
        seen.push(message, error === own);
        return error === own; // Handled: the console stays silent.
      };
      addEventListener("error", ({ error, defaultPrevented }) => seen.push(error === own, defaultPrevented));
      for (const error of [own, new Error("left to the browser")]) {
        setTimeout(() => {
          throw error;
        });
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
      return [...seen, Object.keys(own).length];
    });
    assert.deepEqual(seen, [
      ...["Uncaught Error: mine", true, true, true],
      ...["Uncaught Error: left to the browser", false, false, false],
      0,
    ]);
  }));

test("without the script the stub keeps a limited number of errors and no elements; the script counts the rest", () =>
  visit({ start: (options) => `${STUB}<script>Throughline.init(${options})</script>`, expected: /poll/ }, async (page, site) => {
    const kept = await page.evaluate(async () => {
      for (let count = 0; count < 100; count++) {
        const image = document.body.appendChild(new Image());
        await new Promise((resolve) => ((image.onerror = resolve), (image.src = `data:image/png;base64,x${count}`)));
        void Promise.reject(new Error(`poll ${count}`));
        window.Throughline.captureException(new Error(`poll, reported ${count}`));
        window.Throughline.init({ endpoint: "/other", serviceName: "other" });
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
      const { q } = /** @type {any} */ (window.Throughline);
      return { all: q.length, elements: q.filter((/** @type {any} */ one) => one.target instanceof Element).length };
    });
    assert.deepEqual(kept, { all: 51, elements: 0 });
    await page.addScriptTag({ url: "/dist/throughline.iife.js" });
    await page.evaluate("window.throughline = Throughline");
    await flush(page);
    const messages = () => site.receiver.errors().filter((message) => message?.startsWith("poll"));
    assert.equal(messages().length, 50);
    const dropped = site.receiver.bundles().map(({ dropped }) => dropped["queue_full"] ?? 0);
    assert.equal(
      dropped.reduce((sum, count) => sum + count, 0),
      150,
    );
  }));

/** Errors by message, as a page makes them. @type {Record<string, string>} */
const ERRORS = {
  uncaught: "setTimeout(() => { throw new TypeError('uncaught') })",
  "Uncaught Error": "setTimeout(() => { throw new Error('') })",
  rejected: "setTimeout(() => Promise.reject(new RangeError('rejected')))",
  reported: "throughline.captureException(new Error('reported'))",
  text: "throughline.captureException('text')",
};

for (const [message, source] of Object.entries(ERRORS))
  test(`the error "${message}" has the same severity and attributes with the engine and in OTLP without`, async () => {
    const [withEngine, without] = [await recordOf(message, source), await recordOf(message, source, IN_OTLP)];
    assert.deepEqual(without, withEngine);
    assert.ok(withEngine.severity && withEngine.mechanism);
  });

/**
 * Makes an error in a page and leaves; returns what its record says of the error.
 * @param {string} message @param {string} source
 * @param {typeof IN_OTLP} [written]
 */
async function recordOf(message, source, written) {
  /** @type {Record<string, unknown>} */
  const found = {};
  await visit({ ...written, expected: /./ }, async (page, site) => {
    await page.waitForFunction(written ? "window.throughline" : "window.throughline && window.engineRuns");
    await page.evaluate(`new Promise((resolve) => { ${source}; setTimeout(resolve, 20); })`);
    await page.goto("about:blank");
    const { severity, attributes } = await site.receiver.exception(message);
    found.severity = severity;
    for (const kind of ["mechanism", "handled"]) found[kind] = attributes[`throughline.exception.${kind}`];
    for (const kind of ["type", "message"]) found[kind] = attributes[`exception.${kind}`];
  });
  return found;
}

/** Never responds to the request for the engine. @param {import("./chromium.mjs").Page} page */
const blockEngine = (page) => page.route("**/dist/engine*.js", () => {});

/** @param {import("./chromium.mjs").Page} page @param {import("./site.mjs").Site} site */
async function clickSpan(page, site) {
  // Its span ends when it has no more effects; leaving the page ends it too.
  await page.goto("about:blank");
  return site.receiver.span(({ name }) => name.startsWith("click "), "the span of the click");
}

/**
 * Runs source that throws, in a task of its own.
 * @param {import("./chromium.mjs").Page} page @param {string} source
 */
async function throwLater(page, source) {
  await page.waitForFunction("window.throughline");
  await page.evaluate((source) => {
    const thrown = new Promise((resolve) => addEventListener("error", resolve, { once: true }));
    setTimeout(new Function(source));
    return thrown;
  }, source);
}

const SHOP = `class TaxError extends Error { name = "TaxError" }
function rate(country) {
  // Line 4 throws.
  throw new TaxError("no tax for " + country);
}
function price() { return rate("XX"); }
function buy() { price(); }
`;

/** A page without the engine whose receiver reads OTLP alone. */
const IN_OTLP = { prepare: blockEngine, start: asPlainOtlp };
