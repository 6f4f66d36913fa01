// @ts-check
// Tests in every engine what is recorded of thrown values, and of the element that was clicked.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { asScript, putPage } from "./chromium.mjs";
import { ENGINES } from "./engines.mjs";
import { serve } from "./site.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./site.mjs").Site} Site */
/** @typedef {[thrown: string, type: string, message: string | RegExp]} Recorded */

/** Properties that cannot be read, or are of another type than they should be. @type {Recorded[]} */
const UNREADABLE = [
  ["property(new TypeError('stack throws'), 'stack', { get() { throw 1 } })", "TypeError", "stack throws"],
  ["property(new TypeError('list'), 'stack', { value: [{ getFileName: () => 'a.js' }] })", "TypeError", "list"],
  ["property(new TypeError('bare list'), 'stack', { value: [Object.create(null)] })", "TypeError", "bare list"],
  ["property(new TypeError('name throws'), 'name', { get() { throw 1 } })", "TypeError", "name throws"],
  ["property(new TypeError('cause throws'), 'cause', { get() { throw 1 } })", "TypeError", "cause throws"],
  ["property(new TypeError('gone'), 'message', { get() { throw 1 } })", "TypeError", "{name: TypeError}"],
  ["Object.assign(new Error('bare name'), { name: Object.create(null) })", "Error", "bare name"],
  ["new ApiError({ code: 402, text: 'card refused' })", "ApiError", "{code: 402, text: card refused}"],
  ["new ApiError(['a', 'b'])", "ApiError", "{length: 2, 0: a, 1: b}"],
  ["new ApiError(null)", "ApiError", "{name: ApiError}"],
  ["new ApiError(7)", "ApiError", "7"],
  ["new ApiError(new Error('inner'))", "ApiError", "{name: Error, message: inner}"],
];

/** Values that are no errors. @type {Recorded[]} */
const ODD = [
  ["Object.assign(new Event('error'), {})", "Event", /^{type: error\b/],
  ["new Response('no', { status: 503 })", "Response", /\bstatus: 503\b/],
  ["Object.assign(document.createElement('video'), { id: 'film', className: 'wide' })", "HTMLVideoElement", /localName: video, id: film, className: wide/],
  ["ring", "object", "{code: E_RING, detail: kept, self: object}"],
  ["{ code: 'E_BIG', size: 12n }", "object", "{code: E_BIG, size: 12}"],
  ["{ error: 'invalid_grant', error_description: 'expired', 'a.b': 1 }", "object", "{error: invalid_grant, error_description: expired, a.b: 1}"],
  ["Object.assign(new (class Refused {})(), { status: 402 })", "Refused", "{status: 402}"],
  ["Object.assign(Object.create(null), { bare: true })", "object", "{bare: true}"],
  ["new Proxy({}, { get() { throw 1 }, ownKeys() { throw 1 }, has() { throw 1 } })", "object", "{}"],
  ["new Uint8Array(1e7)", "Uint8Array", /^{length: 10000000, 0: 0, 1: 0, /],
  ["Symbol('s')", "symbol", "Symbol(s)"],
  ["12n", "bigint", "12"],
  ["0", "number", "0"],
  ["'out of paper'", "string", "out of paper"],
];

/** Errors with others behind them, and those with their paths. @type {[thrown: string, causes: string[]][]} */
const GROUPS = [
  ["new AggregateError([new TypeError('a'), new Error('b', { cause: 'c' })], 'two')", ["errors[0] TypeError a", "errors[1] Error b", "errors[1].cause string c"]],
  ["new Error('outer', { cause: new AggregateError([new Error('inner')], 'group') })", ["cause AggregateError group", "cause.errors[0] Error inner"]],
  ["new AggregateError([new AggregateError([new Error('deep')], 'inner')], 'nested')", ["errors[0] AggregateError inner", "errors[0].errors[0] Error deep"]],
  ["new Error('chain', { cause: new Error('its cause') })", ["Error its cause"]],
  ["new AggregateError([null, undefined, 0, 'text'], 'no errors')", ["errors[2] number 0", "errors[3] string text"]],
  ["new AggregateError([], 'empty')", []],
  ["Object.assign(new Error('fields'), { errors: { name: 'missing' } })", []],
  ["Object.assign(new Error('text'), { errors: 'text' })", []],
  ["property(new Error('throws'), 'errors', { get() { throw 1 } })", []],
  ["Object.assign(new Error('revoked'), { errors: revoked })", []],
  ["Object.assign(new Error('some throw'), { errors: [property({}, 'message', { get() { throw 1 } }), property(['x', 'kept'], 0, { get() { throw 1 } })[1]] })", ["errors[0] object {}", "errors[1] string kept"]],
  ["around", Array.from({ length: 9 }, (_, at) => `${Array(at + 1).fill("errors[0]").join(".")} Error around`)],
];

const SETUP = `
  var property = Object.defineProperty;
  var ApiError = class ApiError extends Error { constructor(m) { super(); this.name = "ApiError"; this.message = m; } };
  var ring = { code: "E_RING", detail: "kept" }; ring.self = ring;
  var around = new Error("around"); around.errors = [around];
  var { proxy: revoked, revoke } = Proxy.revocable([], {}); revoke();`;

for (const [name, { launch, missing }] of ENGINES)
  describe(name, { skip: missing.length > 0 && `not installed: ${missing.join(", ")}` }, () => {
    /** @type {import("./smoke.mjs").Driver} */
    let driver;
    before(async () => {
      driver = await launch();
    });
    after(() => driver?.stop());

    /**
     * Opens a page with Throughline.
     * @param {{ body?: string, path?: string }} page @param {(site: Site) => Promise<void>} work
     */
    const visit = async ({ body = "", path = "/" }, work) => {
      const site = await serve();
      try {
        putPage(site, "/", { start: asScript, body: `<script>${SETUP}</script>${body}` });
        await driver.goto(site.origin + path);
        await work(site);
      } finally {
        await site.stop();
      }
    };

    /** Runs source in the page as a function that may await. @param {string} source */
    const run = (source) => driver.evaluate(`(async () => { ${source} })()`);

    /**
     * The exceptions that the page has recorded, once there are `count`.
     * @param {Site} site @param {number} count
     */
    const exceptions = async (site, count) => {
      await driver.evaluate("throughline.flush()");
      const found = () => site.receiver.logs().filter(({ name }) => name === "exception");
      await until(() => found().length >= count, `${count} exceptions`, () => found().map(({ attributes }) => attributes));
      return found();
    };

    /** @param {import("./otlp.mjs").LogRecord} record @param {Recorded} recorded */
    const is = ({ attributes }, [thrown, type, message]) => {
      assert.equal(attributes["exception.type"], type, thrown);
      if (typeof message === "string") assert.equal(attributes["exception.message"], message, thrown);
      else assert.match(attributes["exception.message"] ?? "", message, thrown);
    };

    test("each property of a reported value is read by itself", () =>
      visit({}, async (site) => {
        const values = [...UNREADABLE, ...ODD];
        await run(values.map(([thrown]) => `throughline.captureException(${thrown});`).join("\n"));
        const records = await exceptions(site, values.length);
        values.forEach((value, at) => is(/** @type {any} */ (records[at]), value));
      }));

    test("a rejection with any value is recorded with what identifies it", () =>
      visit({}, async (site) => {
        await run(`
          const rejected = [];
          addEventListener("unhandledrejection", (event) => rejected.push(event));
          const script = document.createElement("script");
          script.src = "/missing.js";
          new Promise((_, reject) => { script.onerror = reject; document.head.append(script); });
          ${ODD.map(([thrown]) => `Promise.reject(${thrown});`).join("\n")}
          Promise.reject(null);
          Promise.reject(undefined);
          Promise.reject(new ErrorEvent("error", { message: "worker failed", error: new TypeError("in the worker") }));
          while (rejected.length < ${ODD.length + 4}) await new Promise((resolve) => setTimeout(resolve, 5));`);
        const records = await exceptions(site, ODD.length + 4);
        for (const value of ODD) {
          const [thrown, type, message] = value;
          const fits = (/** @type {string} */ text) => (typeof message === "string" ? text === message : message.test(text));
          const found = records.find(({ attributes }) => attributes["exception.type"] === type && fits(attributes["exception.message"]));
          assert.ok(found, `${thrown}: ${JSON.stringify(records.map(({ attributes }) => attributes["exception.message"]))}`);
        }
        const messages = records.map(({ attributes }) => attributes["exception.message"]);
        assert.ok(messages.includes("null") && messages.includes("undefined"));
        const script = messages.find((message) => message.includes("missing.js"));
        assert.match(script, /^{type: error, target\.localName: script, target\.src: http:.*\/missing\.js, /);
        const worker = records.find(({ attributes }) => attributes["exception.message"] === "worker failed");
        assert.equal(worker?.attributes["throughline.exception.causes"][0].message, "in the worker");
      }));

    test("an object is described without reading all of it", () =>
      visit({}, async (site) => {
        const reads = await run(`
          let reads = 0;
          const rows = new Proxy(Array.from({ length: 1000 }, () => ({})), { get(rows, key) { reads++; return rows[key]; } });
          throughline.captureException({ rows, more: rows });
          throughline.captureException(rows);
          return reads;`);
        assert.ok(reads < 100, `${reads} reads`);
        const [inside, itself] = await exceptions(site, 2);
        assert.equal(inside?.attributes["exception.message"], "{rows: Array, more: Array}");
        assert.match(itself?.attributes["exception.message"], /^{length: 1000, 0: object, /);
      }));

    test("the members of an error are recorded with where they are", () =>
      visit({}, async (site) => {
        await run(`${GROUPS.map(([thrown]) => `throughline.captureException(${thrown});`).join("\n")}`);
        const records = await exceptions(site, GROUPS.length);
        GROUPS.forEach(([thrown, expected], at) => {
          const causes = records[at]?.attributes["throughline.exception.causes"] ?? [];
          assert.deepEqual(causes.map((/** @type {any} */ { path, type, message }) => [path, type, message].filter(Boolean).join(" ")), expected, thrown);
        });
      }));

    test("the failure of Promise.any has what is behind it, with its stacks", () =>
      visit({}, async (site) => {
        await run(`
          const rejected = new Promise((resolve) => addEventListener("unhandledrejection", resolve, { once: true }));
          function load() { return new TypeError("first mirror", { cause: new RangeError("too slow") }); }
          Promise.any([Promise.reject(load()), Promise.reject("offline")]);
          await rejected;`);
        const [record] = await exceptions(site, 1);
        const causes = record?.attributes["throughline.exception.causes"];
        assert.deepEqual(
          causes.map((/** @type {any} */ { path, type, message }) => [path, type, message]),
          [
            ["errors[0]", "TypeError", "first mirror"],
            ["errors[0].cause", "RangeError", "too slow"],
            ["errors[1]", "string", "offline"],
          ],
        );
        assert.match(causes[0].stacktrace, /load/);
      }));

    test("many members with long stacks leave room in what may outlive the page", () =>
      visit({}, async (site) => {
        await run(`
          const deep = () => Object.assign(new Error("deep"), { stack: "Error: deep\\n" + "    at f (https://shop.example/a.js:1:2)\\n".repeat(1000) });
          throughline.captureException(Object.assign(deep(), { errors: Array.from({ length: 1000 }, deep) }));`);
        const [record] = await exceptions(site, 1);
        assert.equal(record?.attributes["throughline.exception.causes"].length, 8);
        assert.ok(JSON.stringify(record?.attributes).length < 47_104);
      }));

    test("a long message leaves the frames in place", () =>
      visit({ body: LONG }, async (site) => {
        const [long, outer] = await exceptions(site, 2);
        assert.equal(long?.attributes["exception.message"].length, 8192);
        assert.match(long?.attributes["exception.stacktrace"], /place[^]*order/);
        assert.match(outer?.attributes["throughline.exception.causes"][0].stacktrace, /\w.*:\d+:\d+/);
      }));

    test("a value is recorded as it was at the call", () =>
      visit({}, async (site) => {
        await run(`
          const error = new Error("payment 17 failed");
          throughline.captureException(error);
          Object.assign(error, { message: "shown", name: "Shown", stack: "" });
          const object = { step: 1 };
          throughline.captureException(object);
          object.step = 2;`);
        const [error, object] = await exceptions(site, 2);
        is(/** @type {any} */ (error), ["error", "Error", "payment 17 failed"]);
        assert.ok(error?.attributes["exception.stacktrace"]);
        is(/** @type {any} */ (object), ["object", "object", "{step: 1}"]);
      }));

    test("an error that nobody handles and that the page reports too is one exception", () =>
      visit({}, async (site) => {
        await run(`
          window.onerror = (message, file, line, column, error) => { throughline.captureException(error); return true; };
          let rejections = 0;
          addEventListener("unhandledrejection", (event) => { event.preventDefault(); rejections++; throughline.captureException(event.reason); });
          const later = () => new Promise((resolve) => setTimeout(resolve, 20));
          setTimeout(() => { throw new Error("thrown"); });
          setTimeout(() => { throw "thrown text"; });
          Promise.reject(new Error("rejected"));
          Promise.reject("rejected text");
          const boundary = new Error("in a boundary");
          reportError(boundary); throughline.captureException(boundary);
          const again = new Error("thrown again");
          setTimeout(() => { throw again; });
          await later();
          setTimeout(() => { throw again; });
          throughline.captureException(again);
          const first = new Error("reported first");
          throughline.captureException(first);
          setTimeout(() => { throw first; });
          const [other] = [document.body.appendChild(document.createElement("iframe")).contentWindow];
          const foreign = new other.Error("of another realm");
          reportError(foreign); throughline.captureException(foreign);
          while (rejections < 2) await later();
          await later();
          throughline.captureException("thrown text");`);
        const records = await exceptions(site, 9);
        assert.deepEqual(
          records.map(({ attributes }) => attributes["exception.message"]).sort(),
          [
            "in a boundary",
            "of another realm",
            "rejected",
            "rejected text",
            "reported first",
            "thrown",
            "thrown again",
            "thrown text",
            // Later, and by itself.
            "thrown text",
          ],
        );
        assert.ok(records.every(({ attributes }) => !attributes["throughline.exception.count"]));
      }));

    test("a rejection of a library's promise is recorded", () =>
      visit({}, async (site) => {
        await run(`
          const detail = { reason: new RangeError("by the library"), promise: {} };
          dispatchEvent(new CustomEvent("unhandledrejection", { detail, cancelable: true }));`);
        const [record] = await exceptions(site, 1);
        is(/** @type {any} */ (record), ["the reason", "RangeError", "by the library"]);
        assert.equal(record?.attributes["throughline.exception.mechanism"], "onunhandledrejection");
      }));

    test("a secret in the page's address leaves in no stack, file or message", () =>
      visit(
        {
          path: "/?sku=7&sig=SECRET#access_token=SECRET",
          body: `<script>
            setTimeout(() => { throw new Error("uncaught at " + location); });
            throughline.captureException(new Error("reported", { cause: new Error("its cause at " + location) }));</script>`,
        },
        async (site) => {
          const records = await exceptions(site, 2);
          const text = JSON.stringify(records.map(({ attributes }) => attributes));
          assert.doesNotMatch(text, /SECRET/);
          assert.match(text, /sig=REDACTED/);
          for (const { attributes } of records) assert.match(attributes["exception.stacktrace"], /:\d+:\d+/);
        },
      ));

    test("a click on a label is one interaction, and what follows is in its trace", () =>
      visit(
        {
          body: `<label id="gift" for="wrap">Wrap it</label><input id="wrap" type="checkbox"><script>
            gift.addEventListener("click", () => fetch("/api/label"));
            wrap.addEventListener("change", () => fetch("/api/field"));</script>`,
        },
        async (site) => {
          await driver.evaluate("throughline.flush()");
          await driver.click("#gift");
          await site.whenRequested("/api/label");
          await site.whenRequested("/api/field");
          await driver.goto("about:blank");
          const click = await site.receiver.span(({ name }) => name.startsWith("click "), "the click");
          const requests = [await site.receiver.requestSpan("/api/label"), await site.receiver.requestSpan("/api/field")];
          assert.deepEqual(
            requests.map(({ traceId, parentSpanId }) => [traceId, parentSpanId]),
            requests.map(() => [click.traceId, click.spanId]),
          );
          assert.deepEqual(
            site.receiver.spans().map(({ name }) => name).filter((name) => name.startsWith("click ")),
            ["click label#gift"],
          );
        },
      ));

    test("the selector of a click finds the element as it was clicked", () =>
      visit(
        {
          body: `<div class="md:w-1/2 bg-[#fff]"><button id="1st.buy" class="hover:bg-blue-500 active">Buy</button></div><script>
            const button = document.querySelector("button");
            button.onclick = () => { button.className = "done"; button.id = "bought"; button.parentElement.className = ""; };</script>`,
        },
        async (site) => {
          await driver.evaluate("throughline.flush()");
          await driver.click("button");
          const before = await run(`
            const copy = document.body.cloneNode(true);
            const button = copy.querySelector("button");
            button.id = "1st.buy";
            button.parentElement.className = "md:w-1/2 bg-[#fff]";
            document.documentElement.append(copy);
            const found = [];
            for (const selector of [${JSON.stringify(SELECTOR)}]) found.push(document.querySelector(selector) === button);
            return found;`);
          assert.deepEqual(before, [true], "the expected selector is a right one");
          await driver.goto("about:blank");
          const click = await site.receiver.span(({ name }) => name.startsWith("click "), "the click");
          assert.equal(click.attributes["browser.css_selector"], SELECTOR);
          assert.equal(click.name, "click button#1st.buy");
        },
      ));

    test("the selector of a click in a shadow tree is that of the tree", () =>
      visit(
        {
          body: `<shop-item class="out"><b id="deep">slotted</b></shop-item><script>
            const root = document.querySelector("shop-item").attachShadow({ mode: "open" });
            root.innerHTML = '<p class="in"><button class="pay"><slot></slot></button></p>';</script>`,
        },
        async (site) => {
          await driver.evaluate("throughline.flush()");
          await driver.click("#deep");
          await driver.goto("about:blank");
          const click = await site.receiver.span(({ name }) => name.startsWith("click "), "the click");
          assert.equal(click.attributes["browser.css_selector"], "p.in > button.pay");
        },
      ));
  });

const LONG = `<script>
  function place() { throw new Error("the server said " + "x".repeat(9000)); }
  function order() { place(); }
  try { order(); } catch (error) { throughline.captureException(error); }
  const cause = new RangeError("y".repeat(20000));
  throughline.captureException(new Error("outer", { cause }));
</script>`;
const SELECTOR = "html > body > div.md\\:w-1\\/2.bg-\\[\\#fff\\] > button#\\31 st\\.buy";
