// @ts-check
// Tests that a page with `@throughline/browser/scrub` lets no secrets and no personal data out.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { inflateSync } from "node:zlib";
import { asModule, flush, useChromium } from "./chromium.mjs";
import { startEdge } from "./edge.mjs";
import { away, granted, keeping, OPEN, stored } from "./offline.mjs";
import { dictionary } from "./otlp.mjs";
import { serve } from "./site.mjs";
import { until } from "./until.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./site.mjs").Site} Site */

const visit = useChromium();
const PII = new URL("../fixtures/pii/", import.meta.url);
/** The labelled lines: `⟦KIND|text⟧` is what has to be found. */
const CORPUS = readdirSync(PII)
  .filter((name) => name.endsWith(".txt"))
  .sort()
  .flatMap((name) => readFileSync(new URL(name, PII), "utf8").split("\n").filter(Boolean));
const LINES = CORPUS.map((line) => line.replaceAll(/⟦\w+\|([^⟧]*)⟧/g, "$1"));
const SECRETS = [...CORPUS.join("\n").matchAll(/⟦\w+\|([^⟧]*)⟧/g)].map(([, secret = ""]) => secret);

/** Markup that starts the page with redaction. @param {string} options */
const asScrub = (options, more = "") =>
  `<script type="module">import { init } from "/dist/scrub.js";${more} window.throughline = init(${options});</script>`;

/** The same with plain OTLP. @param {string} options */
const asScrubbedOtlp = (options) => asScrub(`{ ...${options}, protocol: otlp }`, `import { otlp } from "/dist/otlp.js";`);

/** Reports each line as the message of an error, a cause and an attribute, in batches. @param {Page} page */
async function reportAll(page) {
  await page.waitForFunction("window.throughline && window.engineRuns");
  for (let at = 0; at < LINES.length; at += 60) {
    await page.evaluate(
      async ([lines, at]) => {
        const { captureMessage, setTags } = await import(/** @type {string} */ ("/dist/errors.js"));
        /** @type {string[]} */ (lines).forEach((line, index) => {
          const error = new Error(line, { cause: new TypeError(`why ${line}`) });
          error.name = `Error${Number(at) + index}`;
          error.stack = `Error: ${line}\n    at pay (https://shop.example/pay.js?user=${encodeURIComponent(line)}:3:9)`;
          window.throughline.captureException(error);
          setTags({ line, version: `v${index}` });
          captureMessage(line);
        });
        setTags({ line: null, version: null });
        await window.throughline.flush();
      },
      [LINES.slice(at, at + 60), at],
    );
  }
  await flush(page);
}

/** The records of all lines: the exception's attributes, and the message with its tags. @param {Site} site */
async function received(site) {
  const own = () => site.receiver.logs().filter(({ attributes, body }) => attributes["exception.type"]?.startsWith("Error") || body);
  await until(() => own().length >= 2 * LINES.length, "all records", () => own().length);
  return own().map(({ severity, body, attributes }) => {
    // They differ from page to page.
    const { "session.id": session, "browser.document.url.full": url, ...rest } = attributes;
    assert.ok(session && url);
    // Frames and fingerprint are the edge's own.
    const sent = Object.entries(rest).filter(([key]) => !/^code\.|frames$|fingerprint$|stack/.test(key) || key === "exception.stacktrace");
    return { severity, body, attributes: Object.fromEntries(sent) };
  });
}

/** The bytes of all bodies, decompressed. @param {Site} site */
const bytesOf = (site) =>
  site.receiver.requests.map(({ body }) => (body[0] === 0x78 ? inflateSync(body, { dictionary }) : body).toString("utf8")).join("\n");

/** Secrets that are in a text. @param {string} text */
const left = (text) => SECRETS.filter((secret) => text.includes(secret) || text.includes(encodeURIComponent(secret)));

test("a page's Bundles and its plain OTLP have what an edge leaves of its errors, messages, tags and causes", async () => {
  const ofEdge = await atEdge();
  // The matchers find all but a few: crates/throughline-scrub/tests/corpus.rs.
  const allowed = left(JSON.stringify(ofEdge));
  assert.ok(allowed.length * 20 < SECRETS.length, `${allowed}`);
  for (const start of [asScrub, asScrubbedOtlp])
    await visit({ start }, async (page, site) => {
      await reportAll(page);
      const ofPage = await received(site);
      assert.equal(ofPage.length, ofEdge.length);
      ofPage.forEach((record, at) => assert.deepEqual(record, ofEdge[at]));
      assert.deepEqual(left(bytesOf(site)).filter((secret) => !allowed.includes(secret)), []);
    });
});

/** The records that an edge exports of a page that leaves redaction to it. */
async function atEdge() {
  const backend = await serve();
  const edge = await startEdge(`
    [[projects]]
    name = "shop"
    keys = ["pk_test"]
    allowed_origins = ["*"]
    [backend]
    url = "${backend.origin}"
    compression = "none"
  `);
  try {
    /** @type {Awaited<ReturnType<typeof received>>} */
    let records = [];
    await visit({ start: asModule, options: () => ({ endpoint: edge.origin }) }, async (page) => {
      await reportAll(page);
      records = await received(backend);
    });
    return records;
  } finally {
    await edge.stop();
    await backend.stop();
  }
}

test("addresses, spans, clicks, logs with structure and what is kept of a session have none either", () =>
  visit({ start: asScrub, body: `<button id="ada@shop.example">Pay</button>` }, async (page, site) => {
    await page.waitForFunction("window.throughline && window.engineRuns");
    await page.evaluate(async () => {
      const { startSpan } = await import(/** @type {string} */ ("/dist/spans.js"));
      history.pushState(null, "", "/users/ada@shop.example?q=4111+1111+1111+1111#frag=private");
      await fetch("/api/echo?q=private&mail=ada@shop.example");
      const attributes = { note: ["call +1 212 555 0123", "x"], password: 7, "user.id": "078-05-1120", list: { deep: "Bearer abcdefghijklmnop" } };
      startSpan("pay ada@shop.example", { attributes }).end();
    });
    await page.click("button");
    await flush(page);
    const span = await site.receiver.requestSpan("/api/echo");
    assert.match(span.attributes["url.full"], /\/api\/echo\?q=REDACTED&mail=REDACTED$/);
    assert.match(span.attributes["browser.document.url.full"], /\/users\/REDACTED\?q=REDACTED#frag=REDACTED$/);
    const own = await site.receiver.span(({ name }) => name.startsWith("pay "), "the page's span");
    assert.equal(own.name, "pay REDACTED");
    assert.deepEqual(own.attributes.note, ["call REDACTED", "x"]);
    assert.equal(own.attributes.password, "REDACTED");
    assert.equal(own.attributes["user.id"], "REDACTED");
    await site.receiver.span(({ name }) => name.startsWith("click"), "the click");
    assert.doesNotMatch(bytesOf(site), /ada@shop|private|4111.1111|555 0123|078-05-|abcdefgh/);
  }));

test("a batch that is kept offline is redacted", () =>
  visit({ start: (options) => keeping()(options).replace("index.js", "scrub.js"), options: granted, expected: /503|Failed to load/ }, async (page, site) => {
    await page.evaluate(OPEN);
    await flush(page);
    site.receiver.answer(away);
    await page.evaluate(`throughline.captureException(new Error("no account for ada@shop.example"))`);
    await flush(page);
    const [kept] = /** @type {{ body: number[] }[]} */ (await page.evaluate(stored()));
    const bytes = inflateSync(Buffer.from(kept?.body ?? []), { dictionary }).toString("latin1");
    assert.match(bytes, /no account for REDACTED/);
    assert.doesNotMatch(bytes, /ada@shop/);
  }));

for (const [form, start] of /** @type {const} */ ([
  ["facts", asScrub],
  ["OTLP", asScrubbedOtlp],
]))
  for (const [reason, prepare] of /** @type {const} */ ([
    ["is left before the engine is loaded", (/** @type {Page} */ page) => page.route("**/dist/scrub-engine*.js", () => {})],
    ["may not run WebAssembly", (/** @type {Page} */ page) => page.addInitScript(() => Reflect.deleteProperty(globalThis, "WebAssembly"))],
    ["cannot load the engine", (/** @type {Page} */ page) => page.route("**/dist/scrub-engine*.js", (route) => route.fulfill({ status: 404 }))],
  ]))
    test(`a page that ${reason} sends errors without texts, as ${form}, and counts the rest`, () =>
      visit({ start, prepare, expected: /404|Failed to load/ }, async (page, site) => {
        await page.waitForFunction("window.throughline");
        await page.evaluate(async () => {
          const { setTags, captureMessage } = await import(/** @type {string} */ ("/dist/errors.js"));
          setTags({ mail: "ada@shop.example" });
          history.pushState(null, "", "/users/ada@shop.example?q=private");
          await fetch("/api/echo?q=private");
          captureMessage("call +1 212 555 0123");
          window.throughline.captureException(new TypeError("no account for ada@shop.example", { cause: new Error("4111 1111 1111 1111") }));
          throw Object.assign(new Error("private"), { name: "ada@shop.example" });
        }).catch(() => {});
        await page.goto("about:blank");
        const errors = await until(() => {
          const all = site.receiver.logs().filter(({ name }) => name === "exception");
          return all.length > 0 && all;
        }, "the errors", () => site.receiver.requests.map(({ path, body }) => `${path} ${body}`));
        assert.equal(errors[0]?.attributes["exception.message"], "REDACTED");
        assert.equal(errors[0]?.attributes["exception.type"], "TypeError");
        assert.ok(!errors[0]?.attributes["exception.stacktrace"]);
        assert.match(errors[0]?.attributes["session.id"], /^[0-9a-f]{32}$/);
        assert.doesNotMatch(bytesOf(site), /ada@shop|private|4111 1111|555 0123/);
        // The request, and the message.
        await until(() => lostOf(site) >= 2, "the counts", () => site.receiver.requests.map(({ path, body }) => `${path} ${body}`));
      }));

test("the development build says why texts are missing", () => {
  /** @type {string[]} */
  const said = [];
  const prepare = async (/** @type {Page} */ page) => void page.on("console", (message) => said.push(message.text()));
  const start = (/** @type {string} */ options) => asScrub(`{ ...${options}, webAssembly: false }`).replace("/dist/", "/dist/development/");
  return visit({ start, prepare, expected: /leaves without/ }, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await page.evaluate(`throughline.captureException(new Error("private")); throughline.captureException(new Error("private too")); throughline.flush()`);
    await site.receiver.exception("REDACTED");
    assert.equal(said.filter((text) => text.includes("webAssembly: false")).length, 1, `${said}`);
  });
});

/** How many records the page says that it lost. @param {Site} site */
function lostOf(site) {
  const events = site.receiver.logs().filter(({ name }) => name === "throughline.sdk.dropped");
  const ofEvents = events.reduce((sum, { attributes }) => sum + Number(attributes["throughline.sdk.dropped.count"]), 0);
  return site.receiver.facts().reduce((sum, fact) => sum + (fact[0] === "X" ? Number(fact[2]) : 0), ofEvents);
}

test("texts at which a matcher might look back and ahead without end take no long task", () =>
  visit({ start: asScrub }, async (page, site) => {
    await page.waitForFunction("window.throughline && window.engineRuns");
    const longest = await page.evaluate(async () => {
      /** @type {number[]} */
      const tasks = [];
      new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
      for (const part of ["@", "a@", "1 ", "=", "://", "token=", '{"token":', "-----BEGIN ", "::", "%3D", "+1", "DE89 ", "a.b@a.", "eyJ", "Bearer "]) {
        const error = new Error(part.repeat(8192 / part.length));
        error.stack = `Error\n${part.repeat(8192 / part.length)}`;
        window.throughline.captureException(error);
        await new Promise((settle) => setTimeout(settle, 50));
      }
      await window.throughline.flush();
      return Math.max(0, ...tasks);
    });
    await until(() => site.receiver.logs().filter(({ name }) => name === "exception").length === 15, "all errors");
    assert.ok(longest < 100, `${longest} ms`);
  }));
