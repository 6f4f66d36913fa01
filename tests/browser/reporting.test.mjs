// @ts-check
// Tests what a page says of its errors by `@throughline/browser/errors`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, useChromium } from "./chromium.mjs";
import { lost } from "./lost.mjs";

const visit = useChromium();

/** Markup that also makes the functions of the entry `errors` a global. @param {string} options */
const asModules = (options) =>
  `<script type="module">import { init } from "/dist/index.js"; import * as errors from "/dist/errors.js";
   window.errors = errors; window.throughline = init(${options});</script>`;

/**
 * Opens a page, runs source there, and returns the log records that it sent.
 * @param {string} source @param {Partial<import("./chromium.mjs").Visit>} [more]
 */
async function logsOf(source, more) {
  /** @type {any[]} */
  let logs = [];
  /** @type {Record<string, number>} */
  const dropped = {};
  /** @type {any[]} */
  let spans = [];
  await visit({ start: asModules, ...more }, async (page, site) => {
    await page.waitForFunction("window.throughline && window.engineRuns");
    await page.evaluate(`(async () => { const { captureException, captureMessage, filterErrors, log, setContext, setTag, setTags, setUser } = errors; ${source} })()`);
    await flush(page);
    logs = site.receiver.logs().filter(({ name }) => !name || name === "exception");
    spans = site.receiver.spans();
    for (const bundle of site.receiver.bundles())
      for (const [reason, count] of Object.entries(bundle.dropped)) dropped[reason] = (dropped[reason] ?? 0) + Number(count);
  });
  return { logs, dropped, spans };
}

test("user, tags and contexts are attributes of all that follows, until they are removed", async () => {
  const { logs, spans } = await logsOf(`
    setUser({ id: 7, email: "ada@example.com", name: "ada" });
    setTags({ plan: "pro", beta: true });
    setContext("cart", { items: 3, currency: "EUR" });
    captureException(new Error("first"));
    await fetch("/api/first");
    setUser(null);
    setTag("beta", null);
    setContext("cart", { items: 0 });
    captureException(new Error("second"));
    setContext("cart", null);
    log("info", "third");
    await fetch("/api/last");`);
  const [first, second, third] = logs.map(({ attributes }) => own(attributes));
  const user = { "user.id": "7", "user.email": "ada@example.com", "user.name": "ada" };
  assert.deepEqual(first, { ...user, "app.plan": "pro", "app.beta": "true", "app.cart.items": "3", "app.cart.currency": "EUR" });
  assert.deepEqual(second, { "app.plan": "pro", "app.cart.items": "0" });
  assert.deepEqual(third, { "app.plan": "pro" });
  const ofRequest = (/** @type {string} */ path) =>
    own(spans.find(({ attributes }) => attributes["url.full"]?.endsWith(path)).attributes);
  assert.deepEqual(ofRequest("/api/first"), first);
  assert.deepEqual(ofRequest("/api/last"), third);
});

test("an error has the tags and the component stack that it is reported with, and no other record has them", async () => {
  const { logs } = await logsOf(`
    const stack = "\\n    at Basket\\n    at App";
    captureException(new TypeError("no price"), { handled: false, tags: { sku: "lamp" }, componentStack: stack });
    captureException(new Error("next"));`);
  assert.deepEqual(
    logs.map(({ severity, attributes }) => [severity, attributes["throughline.exception.handled"], attributes["throughline.exception.mechanism"], own(attributes)]),
    [
      [17, false, "uncaught", { "app.sku": "lamp", "throughline.exception.component_stack": "\n    at Basket\n    at App" }],
      [13, true, "captureException", {}],
    ],
  );
});

test("messages and log records have severity, attributes and the span of the click", () =>
  visit(
    { start: asModules, body: `<button id="save" onclick="errors.log('warn', 'slow', { 'shop.step': 2 })">Save</button>` },
    async (page, site) => {
      await page.waitForFunction("window.throughline && window.engineRuns");
      await page.click("#save");
      await page.evaluate(`errors.captureMessage("saved", { tags: { step: 3 } }); errors.captureMessage("failed", { severity: "fatal" });`);
      await page.goto("about:blank");
      const span = await site.receiver.span(({ name }) => name === "click button#save", "the click");
      const logs = site.receiver.logs().filter(({ body }) => body !== undefined);
      assert.deepEqual(
        logs.map(({ severity, body, name, attributes }) => [severity, /** @type {any} */ (body).text, name, own(attributes)]),
        [
          [13, "slow", undefined, { "shop.step": 2 }],
          [9, "saved", undefined, { "app.step": "3" }],
          [21, "failed", undefined, {}],
        ],
      );
      assert.equal(logs[0]?.spanId, span.spanId);
      assert.match(logs[0]?.attributes["session.id"], /^[0-9a-f]{32}$/);
    },
  ));

test("errors are refused by message and by the address of their script, and counted", async () => {
  const { logs, dropped } = await logsOf(`
    filterErrors({ ignoreErrors: ["ResizeObserver loop", /^AbortError: /g], denyUrls: [/\\/vendor\\//] });
    filterErrors({ allowUrls: [location.origin] });
    const thrown = (message, name, stack) => Object.assign(new Error(message), { name, ...(stack && { stack }) });
    const of = (script) => "Error\\n    at f (" + script + ":1:2)\\n    at " + location.origin + "/app.js:3:4";
    for (const error of [
      thrown("ResizeObserver loop completed", "Error"),
      thrown("gone", "AbortError"), thrown("gone", "AbortError"),
      thrown("vendor", "Error", of(location.origin + "/vendor/a.js?v=1")),
      thrown("cdn", "Error", of("https://cdn.example/a.js")),
      thrown("ours", "Error", of(location.origin + "/app.js")),
      thrown("no place", "Error", "Error: no place"),
      "a text",
    ]) captureException(error);`);
  assert.deepEqual(messages(logs), ["ours", "no place", "a text"]);
  assert.deepEqual(dropped, { filtered: 5 });
});

test("`beforeSend` changes an error and everything that is sent of it, or refuses it", async () => {
  const { logs, dropped } = await logsOf(`
    filterErrors({ beforeSend(error) {
      if (error.thrown instanceof RangeError) return null;
      error.message = error.message.replace(/\\d+/, "N");
      error.causes = error.causes.map((cause) => ({ ...cause, message: "hidden" }));
      error.tags = { seen: error.mechanism };
      return error;
    } });
    captureException(new RangeError("refused"));
    captureException(new Error("order 1234", { cause: new TypeError("card 4111") }));
    dispatchEvent(new ErrorEvent("error", { message: "Uncaught Error: order 99", error: new Error("order 99") }));`);
  assert.deepEqual(messages(logs), ["order N", "order N"]);
  assert.doesNotMatch(JSON.stringify(logs.map(({ attributes }) => attributes)), /order \d|card \d/);
  assert.deepEqual(logs.map(({ attributes }) => attributes["app.seen"]), ["captureException", "onerror"]);
  assert.deepEqual(dropped, { filtered: 1 });
});

test("`beforeSend` gets the members of an error with their paths, and those that it leaves keep them", async () => {
  const { logs } = await logsOf(`
    filterErrors({});
    filterErrors({ beforeSend(error) {
      error.tags = { paths: error.causes.map(({ path }) => path).join(" ") };
      error.causes = error.causes.filter(({ message }) => message != "a");
      return error;
    } });
    captureException(new AggregateError([new Error("a"), new Error("b", { cause: "c" })], "group"));
    captureException(new Error("chain", { cause: new Error("d") }));`);
  assert.deepEqual(
    logs.map(({ attributes }) => [attributes["app.paths"], ...attributes["throughline.exception.causes"].map((/** @type {any} */ { path, message }) => `${path} ${message}`)]),
    [
      ["errors[0] errors[1] errors[1].cause", "errors[1] b", "errors[1].cause c"],
      ["cause", "undefined d"],
    ],
  );
});

test("a `beforeSend` that throws or reports errors itself never loops, and what it drops is counted", async () => {
  const { logs, dropped } = await logsOf(`
    let calls = 0;
    filterErrors({ beforeSend(error) {
      calls++;
      captureException(new Error("from beforeSend"));
      if (error.message == "bad") throw new Error("in beforeSend");
      return error;
    } });
    captureException(new Error("bad"));
    captureException(new Error("good"));
    log("info", "calls " + calls);`);
  assert.deepEqual(messages(logs.filter(({ name }) => name)), ["good"]);
  assert.deepEqual(logs.filter(({ name }) => !name).map(({ body }) => body.text), ["calls 2"]);
  assert.deepEqual(dropped, { filtered: 3 });
});

/** Source that reports an error of a browser extension, one whose place Safari masks, and one of both. */
const EXTENSION = `
  for (const [message, ...places] of [
    ["theirs", "chrome-extension://abc/inpage.js"], ["masked", "webkit-masked-url://hidden/"],
    ["both", "chrome-extension://abc/inpage.js", location.origin + "/app.js"],
  ]) captureException(Object.assign(new Error(message), { stack: "Error: " + message + places.map((place) => "\\n    at f (" + place + ":1:2)").join("") }));`;

test("an error of an extension is dropped and counted; what may be the page's is kept", async () => {
  const { logs, dropped } = await logsOf(EXTENSION);
  assert.deepEqual(messages(logs), ["masked", "both"]);
  assert.deepEqual(dropped, { injected: 1 });
});

test("an error of an extension is marked, where the page wants to have it", async () => {
  const { logs, dropped } = await logsOf(`filterErrors({ injected: "mark" }); ${EXTENSION}`);
  const marks = logs.map(({ attributes }) => [attributes["exception.message"], attributes["throughline.exception.injected"]]);
  assert.deepEqual(marks, [["theirs", true], ["masked", undefined], ["both", undefined]]);
  assert.deepEqual(dropped, {});
});

/** Source that dispatches uncaught errors with a stack: those of scripts that something has put into the page, and those that may be the page's. */
const INLINE = `
  const fail = (name, message, file, stack) => {
    const error = Object.assign(new (globalThis[name] ?? Error)(message), { stack });
    dispatchEvent(new ErrorEvent("error", { message: "Uncaught " + name + ": " + message, error, filename: file }));
  };
  const own = location.href;
  // Evaluated by an app: Android's WebView, and user scripts of WebKit.
  fail("TypeError", "by a web view", "", "TypeError: by a web view\\n    at f (<anonymous>:1:40)\\n    at <anonymous>:1:90");
  fail("TypeError", "by a user script", "user-script:3", "f@user-script:3:5:7\\nglobal code@user-script:3:9:2");
  // Chromium gives a script without a name the document's address.
  fail("TypeError", "by a web view in a document", own + "#items", "TypeError: by a web view in a document\\n    at <anonymous>:1:7");
  // Put into the document by in-app browsers.
  fail("ReferenceError", "Can't find variable: _AutofillCallbackHandler", own, "global code@" + own + ":1:20");
  fail("ReferenceError", "__gCrWeb is not defined", own, "ReferenceError: __gCrWeb is not defined\\n    at " + own + ":1:1");
  fail("Error", "Error invoking postMessage: Java object is gone", "", "");
  // The page's own, or perhaps.
  fail("TypeError", "masked", "webkit-masked-url://hidden/", "f@webkit-masked-url://hidden/:1:2");
  fail("TypeError", "of a file", own, "TypeError: of a file\\n    at f (" + location.origin + "/app.js:1:2)\\n    at <anonymous>:1:90");
  fail("TypeError", "evaluated", "", "TypeError: evaluated\\n    at eval (eval at f (" + location.origin + "/app.js:1:2), <anonymous>:1:9)");
  fail("TypeError", "reading '__gCrWeb' in a file", own, "TypeError: reading '__gCrWeb' in a file\\n    at f (" + location.origin + "/app.js:1:2)");
  fail("TypeError", "inline", own, "TypeError: inline\\n    at f (" + own + ":1:2)");
  fail("TypeError", "without a stack", "", "");
  captureException(Object.assign(new Error("caught"), { stack: "Error: caught\\n    at <anonymous>:1:90" }));`;
const KEPT = ["masked", "of a file", "evaluated", "reading '__gCrWeb' in a file", "inline", "without a stack", "caught"];

test("an error of a script that an app or an extension has put into the page is dropped and counted", async () => {
  const { logs, dropped } = await logsOf(INLINE);
  assert.deepEqual(messages(logs), KEPT);
  assert.deepEqual(dropped, { injected: 6 });
});

/** Markup with the functions of `errors` and `diagnostics`, by one of the protocols. @param {string} protocol */
const withProtocol = (protocol) => (/** @type {string} */ options) =>
  `<script type="module">import { init } from "/dist/index.js"; import { otlp } from "/dist/otlp.js"; import { diagnostics } from "/dist/control.js"; import * as errors from "/dist/errors.js";
   window.throughline = init({ ...${options}, protocol: ${protocol} }); Object.assign(window, { diagnostics, ...errors }); window.ready = true;</script>`;

for (const [protocol, told] of /** @type {const} */ ([['"bundle"', 1], ["otlp", 7]]))
  test(`what is dropped as injected is counted at the receiver, and what the page drops of it is told by diagnostics: ${protocol}`, () =>
    visit({ start: withProtocol(protocol) }, async (page, site) => {
      await page.waitForFunction("window.ready && window.engineRuns");
      // One of an extension, and nothing else in the batch; then those of other scripts.
      await page.evaluate("throughline.flush()");
      await page.evaluate(`captureException(Object.assign(new Error("theirs"), { stack: "Error: theirs\\n    at f (chrome-extension://abc/a.js:1:2)" })); throughline.flush()`);
      assert.deepEqual(lost(site), { injected: 1 });
      assert.deepEqual(await page.evaluate("diagnostics().lost"), { injected: 1 });
      await page.evaluate(`{ ${INLINE} } throughline.flush()`);
      // An edge counts those of a Bundle itself.
      assert.deepEqual(lost(site), { injected: 7 });
      assert.deepEqual(await page.evaluate("diagnostics().lost"), { injected: told });
      assert.deepEqual(site.receiver.errors().filter(Boolean).sort(), [...KEPT].sort());
    }));

test("it is marked, where the page wants to have it", async () => {
  const { logs, dropped } = await logsOf(`filterErrors({}); filterErrors({ injected: "mark" }); filterErrors({}); ${INLINE}`);
  assert.equal(logs.length, KEPT.length + 6);
  const marked = logs.filter(({ attributes }) => attributes["throughline.exception.injected"]);
  assert.deepEqual(messages(marked).filter((message) => KEPT.includes(message)), []);
  assert.equal(marked.length, 6);
  assert.deepEqual(dropped, {});
});

test("what is refused before the engine is loaded is counted too", () =>
  visit(
    { start: asModules, prepare: (page) => page.route("**/dist/engine*.js", () => {}) },
    async (page, site) => {
      await page.waitForFunction("window.throughline");
      await page.evaluate(`errors.filterErrors({ ignoreErrors: ["noise"] }); errors.setUser({ id: "7" });
        errors.captureException(new Error("noise")); errors.captureException(new Error("kept"));`);
      await page.goto("about:blank");
      const { attributes } = await site.receiver.exception("kept");
      assert.equal(attributes["user.id"], "7");
      const counts = site.receiver.facts().filter(([kind]) => kind === "X");
      assert.deepEqual(counts, [["X", "filtered", "1"]]);
    },
  ));

test("the functions reach the client of another copy of the package, and do nothing without one", () =>
  visit({ start: (options) => `<script src="/dist/throughline.iife.js"></script><script type="module">import * as errors from "/dist/errors.js";
      errors.setTag("early", 1); errors.captureException(new Error("early")); errors.filterErrors(null); errors.log();
      window.errors = errors; window.throughline = Throughline.init(${options});</script>` }, async (page, site) => {
    await page.waitForFunction("window.throughline && window.engineRuns");
    await page.evaluate(`errors.setTag("copy", "script"); errors.captureException(new Error("of the script's client"))`);
    await flush(page);
    const { attributes } = await site.receiver.exception("of the script's client");
    assert.deepEqual(own(attributes), { "app.copy": "script" });
    assert.deepEqual(site.receiver.errors().filter(Boolean), ["of the script's client"]);
  }));

test("what a page has too much of is cut off, and hostile values change nothing else", async () => {
  const { logs } = await logsOf(`
    setTag("long", "x".repeat(9000));
    setTags({ get bad() { throw new Error("hostile"); } });
    setTag("object", { toString() { throw new Error("hostile"); } });
    setUser({ get id() { throw new Error("hostile"); } });
    for (let at = 0; at < 2000; at++) setTag("t" + at, "value");
    filterErrors(null);
    filterErrors({ ignoreErrors: "e", allowUrls: 7, denyUrls: [null, "", 7] });
    captureException(new Error("kept"), { tags: { get bad() { throw 1; } } });
    captureException(new Error("kept all the same"), null);`);
  assert.deepEqual(messages(logs), ["kept", "kept all the same"]);
  const last = logs.at(-1).attributes;
  assert.ok(JSON.stringify(own(last)).length < 8000);
});

/** @param {any[]} logs */
const messages = (logs) => logs.map(({ attributes }) => attributes["exception.message"]);

/** The attributes that the page has given. @param {Record<string, unknown>} attributes */
const own = (attributes) =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => /^(app|user|shop)\.|component_stack/.test(name)));
