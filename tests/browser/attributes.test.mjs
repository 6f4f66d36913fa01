// @ts-check
// Tests attributes of all that follows, with their types: `setAttributes` of `@throughline/browser/errors`.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { flush, useChromium } from "./chromium.mjs";
import { readLogs, writeFacts } from "./otlp.mjs";
import { until } from "./until.mjs";

const visit = useChromium();
const ROOT = join(import.meta.dirname, "../..");

/**
 * Markup that starts a page, with the functions of entries as globals.
 * @param {{ entry?: string, more?: string, folder?: string, entries?: string[] }} [how]
 */
const asPage = ({ entry = "index", more = "", folder = "", entries = ["errors"] } = {}) => (/** @type {string} */ options) =>
  `<script type="module">import { init } from "/dist/${folder}${entry}.js"; ${entries.map((name, at) => `import * as entry${at} from "/dist/${folder}${name}.js";`).join("")}
   Object.assign(window, ${entries.map((_, at) => `entry${at}`).join()}); window.throughline = init(${options}); ${more} window.ready = true;</script>`;

const GIVEN = `{ "shop.plan": "pro", "cart.items": 3, "cart.change": -5, "cart.total": 1.5, "cart.big": 2n ** 62n, beta: true, dark: false,
  "shop.note": "", flags: ["a", "b"], sizes: [1, 2.5], counts: [1, 2], states: [true, false], none: [] }`;
const ARRIVES = {
  "shop.plan": "pro", "cart.items": 3, "cart.change": -5, "cart.total": 1.5, "cart.big": 2 ** 62, beta: true, dark: false,
  "shop.note": "", flags: ["a", "b"], sizes: [1, 2.5], counts: [1, 2], states: [true, false], none: [],
};

/** The page's own attributes among those of a record. @param {{ attributes: Record<string, any> }} record */
const own = ({ attributes }) => Object.fromEntries(Object.entries(attributes).filter(([name]) => name in ARRIVES || name.startsWith("app.") || name.startsWith("user.")));

/** @param {unknown} body */
const bodyOf = (body) => /** @type {{ text?: string } | undefined} */ (body)?.text;

test("values of each type are attributes of all that follows, until they are removed", () =>
  visit({ start: asPage(), body: '<button id="buy">Buy</button>' }, async (page, site) => {
    await page.waitForFunction("window.ready");
    await page.evaluate(`setAttributes(${GIVEN}); setTags({ step: 1 });`);
    await page.click("#buy");
    await page.evaluate(`(async () => { await fetch("/api/first"); throughline.captureException(new Error("first")); log("info", "logged"); })()`);
    await page.evaluate(`(async () => { setAttributes({ "cart.items": "3", flags: null, sizes: undefined, "shop.plan": 1 }); await fetch("/api/second"); })()`);
    await flush(page);
    await page.goto("about:blank");
    const all = { ...ARRIVES, "app.step": "1" };
    const click = await site.receiver.span(({ name }) => name === "click button#buy", "the click");
    assert.deepEqual(own(click), all);
    assert.deepEqual(own(await site.receiver.requestSpan("/api/first")), all);
    assert.deepEqual(own(await site.receiver.exception("first")), all);
    assert.deepEqual(own(await site.receiver.log(({ body }) => bodyOf(body) === "logged")), all);
    assert.deepEqual(own(await site.receiver.log(({ name, attributes }) => name === "browser.web_vital" && attributes["browser.web_vital.name"] === "cls")).beta, true);
    const { flags, sizes, ...others } = all;
    assert.deepEqual(own(await site.receiver.requestSpan("/api/second")), { ...others, "cart.items": "3", "shop.plan": 1 });
  }));

const SECRET = "https://shop.example/?token=s3cret";

/**
 * Reports an error of a page with attributes of each type.
 * @param {import("playwright-core").Page} page
 */
async function reportOf(page) {
  await page.waitForFunction("window.ready");
  await page.evaluate(`setAttributes(${GIVEN}); setAttributes({ "url.full": 1, back: "${SECRET}", backs: ["${SECRET}"] }); throughline.captureException(new Error("the error")); throughline.flush()`);
}

for (const [name, entry, options] of /** @type {const} */ ([
  ["facts without an engine", "index", { webAssembly: false }],
  ["errors alone", "errors-only", {}],
]))
  test(`types arrive by ${name}`, () =>
    visit({ start: asPage({ entry }), options: () => options }, async (page, site) => {
      await reportOf(page);
      await site.receiver.exception("the error");
      // The edge reduces facts before it writes them, and redacts them then.
      const bodies = site.receiver.requests.filter(({ path }) => path.endsWith("/v1/facts")).map(({ body }) => body.toString());
      const record = bodies.flatMap((body) => readLogs(writeFacts(body).logs ?? Buffer.of())).find(({ name }) => name === "exception");
      assert.ok(record);
      assert.deepEqual([own(record), record.droppedAttributes], [ARRIVES, 1]);
      assert.deepEqual([record.attributes["back"], record.attributes["backs"]], [SECRET, [SECRET]]);
    }));

for (const [name, options] of /** @type {const} */ ([
  ["", {}],
  [" without an engine", { webAssembly: false }],
]))
  test(`types arrive by plain OTLP${name}`, () =>
    visit(
      {
        start: (given) => `<script type="module">import { otlp } from "/dist/otlp.js"; window.otlp = otlp;</script>${asPage()(`{ ...${given}, protocol: window.otlp }`)}`,
        options: () => options,
      },
      async (page, site) => {
        await reportOf(page);
        const record = await site.receiver.exception("the error");
        const redacted = SECRET.replace("s3cret", "REDACTED");
        assert.deepEqual(own(record), ARRIVES);
        assert.deepEqual([record.attributes["back"], record.attributes["backs"], record.droppedAttributes], [redacted, [redacted], 1]);
      },
    ));

test("a page that redacts leaves the types alone, and redacts texts in them", () =>
  visit({ start: asPage({ entry: "scrub" }) }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    await page.evaluate(`setAttributes({ ...${GIVEN}, mail: "ada@example.com", mails: ["ada@example.com", "a"], password: 12345678, note: "", "shop.total": 4111111111111111 });
      throughline.captureException(new Error("the error")); throughline.flush()`);
    const { attributes } = await site.receiver.exception("the error");
    assert.deepEqual(own({ attributes }), ARRIVES);
    assert.doesNotMatch(JSON.stringify([attributes.mail, attributes.mails]), /ada/);
    assert.deepEqual([attributes.mails.length, attributes.mails[1], attributes.password, attributes.note], [2, "a", "REDACTED", ""]);
    assert.equal(attributes["shop.total"], 4111111111111111, "a number is left to the edge's rules, which leave it too");
  }));

test("what is set while a person is asked holds for what was reported since, and lasts", () =>
  visit(
    {
      start: (options) =>
        `<script type="module">import { init } from "/dist/index.js"; import { initWithConsent } from "/dist/control.js"; import * as errors from "/dist/errors.js";
         Object.assign(window, errors); window.consent = initWithConsent((given) => (window.throughline = init(given)), ${options}); window.ready = true;</script>`,
    },
    async (page, site) => {
      await page.waitForFunction("window.ready");
      await page.evaluate(`captureException(new Error("before")); setAttributes(${GIVEN}); captureException(new Error("between")); setAttributes({ beta: 7 }); consent.set("granted"); captureException(new Error("after"));`);
      await flush(page);
      assert.deepEqual(own(await site.receiver.exception("before")), {});
      assert.deepEqual(own(await site.receiver.exception("between")), ARRIVES);
      assert.deepEqual(own(await site.receiver.exception("after")), { ...ARRIVES, beta: 7 });
    },
  ));

test("spans that were held back have them, and so have spans with attributes of the same names", () =>
  visit({ start: asPage({ entries: ["errors", "keep", "spans"], more: "keep({ ratio: 0, slowMs: Infinity, vitals: false });" }) }, async (page, site) => {
    await page.waitForFunction("window.ready");
    await page.evaluate(`(async () => {
      setAttributes(${GIVEN});
      await fetch("/api/held");
      startSpan("own", { attributes: { beta: "mine" } }).end();
      setAttributes({ beta: null });
      throughline.captureException(new Error("it matters"));
    })()`);
    await flush(page);
    assert.deepEqual(own(await site.receiver.requestSpan("/api/held")), ARRIVES);
    assert.deepEqual(own(await site.receiver.span(({ name }) => name === "own", "the page's span")), { ...ARRIVES, beta: "mine" });
  }));

test("what is beyond the limits is left out and counted, until there is room", () =>
  visit({ start: asPage() }, async (page, site) => {
    await page.waitForFunction("window.ready");
    await page.evaluate(`(async () => {
      setAttributes(Object.fromEntries(Array.from({ length: 130 }, (_, at) => ["n" + at, at])));
      captureException(new Error("many"));
      setAttributes(Object.fromEntries(Array.from({ length: 128 }, (_, at) => ["n" + at, null])));
      captureException(new Error("room"));
      setAttributes({ n128: 1, n129: null, long: "x".repeat(4090), longer: "x".repeat(4097), after: 1 });
      captureException(new Error("long"));
      startSpan("of both", { attributes: { bad: { get a() { throw 1; } } } }).end();
      setAttributes({ long: null, longer: null });
      captureException(new Error("none"));
    })()`.replace("startSpan", '(await import("/dist/spans.js")).startSpan'));
    await flush(page);
    const of = async (/** @type {string} */ message) => {
      const { attributes, droppedAttributes } = await site.receiver.exception(message);
      return /** @type {const} */ ([Object.keys(attributes).filter((name) => /^n\d|^long|^after/.test(name)).sort(), droppedAttributes]);
    };
    const [names, dropped] = await of("many");
    assert.deepEqual([names.length, dropped], [128, 2]);
    assert.deepEqual(await of("room"), [[], 2], "what was left out is not there until it is set again");
    assert.deepEqual(await of("long"), [["after", "n128"], 2]);
    assert.equal((await site.receiver.span(({ name }) => name === "of both", "the span")).droppedAttributes, 3);
    assert.deepEqual(await of("none"), [["after", "n128"], undefined]);
  }));

test("names of the package's own and values that are none are refused, with advice in the development build", () =>
  visit({ start: asPage({ folder: "development/" }), expected: /is not set/ }, async (page, site) => {
    /** @type {string[]} */
    const told = [];
    page.on("console", (message) => void (message.type() === "warning" && told.push(message.text())));
    await page.waitForFunction("window.ready");
    await page.evaluate(`setAttributes({ "session.id": "mine", "service.version": "2", "exception.type": 1, "": 1, cart: { items: 3 }, mixed: [1, "a"], "session.length": null, get bad() { throw 1; }, fine: 1 });
      setAttributes({ cart: { items: 3 } }); captureException(new Error("the error"));`);
    await flush(page);
    const { attributes, droppedAttributes } = await site.receiver.exception("the error");
    assert.match(attributes["session.id"], /^[0-9a-f]{32}$/);
    assert.deepEqual([attributes.fine, attributes["exception.type"], attributes.cart, attributes.mixed, droppedAttributes], [1, "Error", undefined, undefined, 7]);
    for (const part of [/`session.id` is not set: the package sets it/, /`service.version` is not set.*`serviceVersion` of `init`/, /`exception.type` is not set/, /`` is not set: it has no name/, /`cart` is not set: a value is a text/, /`mixed` is not set/, /`bad` is not set/])
      assert.equal(told.filter((text) => part.test(text)).length, 1, `${part} in ${told.join("\n")}`);
  }));

test("all names that the package sets on records are refused", async () => {
  const [facts = "", semconv = "", lasting = ""] = await Promise.all(
    ["crates/throughline-wire/facts.toml", "npm/browser/src/generated/semconv.ts", "npm/browser/src/reporting/lasting.ts"].map((path) => readFile(join(ROOT, path), "utf8")),
  );
  const [, source = ""] = /const OURS =\s+\/(.*)\/;/.exec(lasting) ?? [];
  const ours = new RegExp(source);
  const names = [...facts.matchAll(/attribute = "([^"]+)"/g)].map(([, name = ""]) => name);
  assert.ok(names.length > 40, `${names.length} names`);
  // Those of parts, which are families of their own names.
  names.push(...[...semconv.matchAll(/= '((?:throughline|browser|exception|http|network|server|url|code|session|graphql)\.[^']+)'/g)].map(([, name = ""]) => name));
  // The resource of a browser says these; a page that sets one says something else.
  assert.deepEqual(names.filter((name) => !ours.test(name)), []);
  for (const name of ["user.id", "app.plan", "shop.session.id", "browserless.x", "cart.items", "errors", "url"]) assert.ok(!ours.test(name), name);
});

test("members of baggage are texts, and so is what a list has", () =>
  visit({ start: asPage({ entries: ["errors", "propagation"] }), options: () => ({}) }, async (page, site) => {
    await page.waitForFunction("window.ready");
    await page.evaluate(`(async () => { setAttributes(${GIVEN}); propagate({ targets: [{ match: location.origin, baggage: ["cart.items", "flags", "beta", "shop.plan"] }] }); await fetch("/api/echo"); })()`);
    await until(() => site.apiRequests.some(({ headers }) => headers.baggage), "the request");
    const { baggage } = site.apiRequests.find(({ headers }) => headers.baggage)?.headers ?? {};
    assert.deepEqual(decodeURIComponent(String(baggage)).replace("a,b", "list").split(",").sort(), ["beta=true", "cart.items=3", "flags=list", "shop.plan=pro"]);
  }));

test("Sentry's names set them too, and scopes have theirs", () =>
  visit(
    {
      start: (options) =>
        `<script type="module">import * as Sentry from "/dist/sentry.js"; const { endpoint, key, serviceName } = ${options};
         Sentry.init({ dsn: location.origin.replace("//", "//" + key + "@") + "/1", tunnel: endpoint, throughline: { endpoint, key, serviceName } }); window.Sentry = Sentry; window.ready = true;</script>`,
    },
    async (page, site) => {
      await page.waitForFunction("window.ready");
      await page.evaluate(`(async () => {
        Sentry.setAttributes(${GIVEN}); Sentry.setAttribute("beta", { value: 7, unit: "ms" }); Sentry.setTag("step", 1);
        Sentry.withScope((scope) => { scope.setAttributes({ dark: true }); Sentry.captureException(new Error("in scope")); Sentry.captureMessage("said"); });
        Sentry.captureException(new Error("outside"));
        Sentry.logger.info("logged");
        await fetch("/api/sentry");
        Sentry.getIsolationScope().removeAttribute("flags");
        Sentry.captureException(new Error("without"));
        await Sentry.flush();
      })()`);
      const all = { ...ARRIVES, beta: 7, "app.step": "1" };
      assert.deepEqual(own(await site.receiver.exception("in scope")), { ...all, dark: true });
      assert.deepEqual(own(await site.receiver.log(({ body }) => bodyOf(body) === "said")), { ...all, dark: true });
      assert.deepEqual(own(await site.receiver.exception("outside")), all);
      assert.deepEqual(own(await site.receiver.log(({ body }) => bodyOf(body) === "logged")), all);
      assert.deepEqual(own(await site.receiver.requestSpan("/api/sentry")), all);
      const { flags, ...others } = all;
      assert.deepEqual(own(await site.receiver.exception("without")), others);
    },
  ));

/** Attributes of one record, with those of GIVEN whose value is there. @param {{ attributes: Record<string, any> }} record */
const given = ({ attributes }) => Object.fromEntries(Object.entries(attributes).filter(([name]) => name in ARRIVES));
const LOG = `log("info", "logged", { ...${GIVEN}, mixed: [1, "a", null], cart: { items: 3, "in": { deep: true } }, odd: Symbol("odd"), absent: null, back: "${SECRET}", backs: ["${SECRET}"] });`;

for (const [name, page] of /** @type {const} */ ([
  ["in a Bundle", { start: asPage() }],
  [
    "by plain OTLP",
    {
      start: (/** @type {string} */ options) => `<script type="module">import { otlp } from "/dist/otlp.js"; window.otlp = otlp;</script>${asPage()(`{ ...${options}, protocol: window.otlp }`)}`,
    },
  ],
]))
  test(`attributes of \`log\` keep their types ${name}, and hold for that record alone`, () =>
    visit(page, async (page, site) => {
      await page.waitForFunction("window.ready");
      await page.evaluate(`(() => { setAttributes({ beta: 7, absent: 1, lasting: [1, 2] }); setTags({ step: 1 }); ${LOG} log("warn", "after"); })()`);
      await flush(page);
      const record = await site.receiver.log(({ body }) => bodyOf(body) === "logged");
      const { attributes } = record;
      assert.deepEqual(given(record), ARRIVES);
      assert.deepEqual([attributes["mixed"], attributes["cart"], attributes["odd"]], [[1, "a", undefined], { items: 3, in: { deep: true } }, "Symbol(odd)"]);
      assert.deepEqual([attributes["lasting"], attributes["absent"], attributes["app.step"], record.droppedAttributes], [[1, 2], undefined, "1", undefined]);
      const redacted = SECRET.replace("s3cret", "REDACTED");
      assert.deepEqual([attributes["back"], attributes["backs"]], [redacted, [redacted]]);
      const after = await site.receiver.log(({ body }) => bodyOf(body) === "after");
      assert.deepEqual([given(after), after.attributes["absent"]], [{ beta: 7 }, 1]);
    }));

test("a page that redacts leaves the types of attributes of `log` alone, and redacts texts in them", () =>
  visit({ start: asPage({ entry: "scrub" }) }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    await page.evaluate(`log("info", "logged", { ...${GIVEN}, mail: "ada@example.com", mails: ["ada@example.com", "a"], password: 12345678, "shop.total": 4111111111111111 }); throughline.flush()`);
    const record = await site.receiver.log(({ body }) => bodyOf(body) === "logged");
    assert.deepEqual(given(record), ARRIVES);
    const { mail, mails, password } = record.attributes;
    assert.doesNotMatch(JSON.stringify([mail, mails]), /ada/);
    assert.deepEqual([mails.length, mails[1], password, record.attributes["shop.total"]], [2, "a", "REDACTED", 4111111111111111]);
  }));

test("attributes of `log` are those of the call, with their types, while a person is asked and while it is held back", () =>
  visit(
    {
      start: (options) =>
        `<script type="module">import { init } from "/dist/index.js"; import { initWithConsent } from "/dist/control.js"; import * as errors from "/dist/errors.js"; import { keep } from "/dist/keep.js";
         Object.assign(window, errors); window.consent = initWithConsent((given) => (window.throughline = init(given)), ${options}); keep({ ratio: 0, logs: true, vitals: false, slowMs: Infinity }); window.ready = true;</script>`,
    },
    async (page, site) => {
      await page.waitForFunction("window.ready");
      await page.evaluate(`(() => {
        const flags = ["a", "b"]; const all = { ...${GIVEN}, flags };
        log("info", "asked", all); flags.push("c"); all["cart.items"] = 4;
        consent.set("granted");
        all.flags = ["a", "b"]; all["cart.items"] = 3;
        log("info", "held", all); all["cart.items"] = 5;
        captureException(new Error("it matters"));
      })()`);
      await flush(page);
      for (const text of ["asked", "held"]) assert.deepEqual(given(await site.receiver.log(({ body }) => bodyOf(body) === text)), ARRIVES, text);
    },
  ));

test("attributes of `log` beyond the limits are left out and counted", () =>
  visit({ start: asPage() }, async (page, site) => {
    await page.waitForFunction("window.ready");
    await page.evaluate(`log("info", "many", Object.fromEntries(Array.from({ length: 130 }, (_, at) => ["n" + at, at]))); log("info", "long", { numbers: Array(5000).fill(0.5), fine: 1, get bad() { throw 1; } });`);
    await flush(page);
    const many = await site.receiver.log(({ body }) => bodyOf(body) === "many");
    assert.deepEqual([Object.keys(many.attributes).filter((name) => /^n\d/.test(name)).length, many.droppedAttributes], [128, 2]);
    const long = await site.receiver.log(({ body }) => bodyOf(body) === "long");
    assert.deepEqual([long.attributes["numbers"], long.attributes["fine"], long.droppedAttributes], [undefined, 1, 2]);
  }));
