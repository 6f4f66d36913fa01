// @ts-check
// Tests what is of this package alone where Sentry's is replaced by it: refusals, notices, `beforeSend`, `await`.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchChromium } from "../launch-chromium.mjs";
import { project } from "../browser/react-app.mjs";
import { transform } from "../../npm/vite-plugin/dist/transform.js";
import { run } from "./programs.mjs";
import { DEVELOPMENT, sentBy } from "./sent.mjs";

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser?.close());

/** @param {string} source @param {import("./sent.mjs").Given} [given] */
const sent = (source, given) => sentBy(browser, source, given);

/** @param {import("../browser/otlp.mjs").LogRecord[]} events */
const messages = (events) => events.map(({ attributes, body }) => attributes["exception.message"] ?? Object.values(body ?? {})[0]).sort();

test("a DSN of sentry.io, or one that is none, is refused with what to put there, and the page works", async () => {
  for (const [dsn, said] of /** @type {[string, RegExp][]} */ ([
    ["https://0123456789abcdef0123456789abcdef@o1.ingest.us.sentry.io/4507", /is of o1\.ingest\.us\.sentry\.io.*put the address of your edge and its key there, "https:\/\/pk_…@edge\.example\/_t\/1"/],
    ["pk_test", /"pk_test" is none: put the address/],
  ])) {
    const { logs, spans, printed } = await sent(
      `Sentry.init({ dsn: DSN, integrations: [Sentry.browserTracingIntegration()] }); Sentry.setTag("a", 1); Sentry.captureException(new Error("lost"));
       Sentry.startSpan({ name: "lost" }, () => Sentry.logger.info("lost")); await fetch("/api/lost");`,
      { dsn: () => dsn },
    );
    assert.deepEqual([logs, spans], [[], []]);
    assert.equal(printed.length, 1);
    assert.match(printed[0] ?? "", /^error: /);
    assert.match(printed[0] ?? "", said);
  }
});

test("a tunnel, or an endpoint with a key, is where events go", async () => {
  for (const options of ['dsn: DSN.replace(location.origin.slice(7), "elsewhere.example"), tunnel: "/_t/api/1/envelope/"', 'endpoint: "/_t", key: "pk_test", serviceName: "shop"']) {
    const { events, keys } = await sent(`Sentry.init({ ${options}, release: "shop@1.2.3" }); Sentry.captureException(new Error("arrives"));`, { dsn: (origin) => `${origin.replace("//", "//pk_test@")}/1` });
    assert.deepEqual(messages(events), ["arrives"]);
    assert.deepEqual([events[0]?.resource.attributes["service.name"], events[0]?.resource.attributes["service.version"]], ["shop", "shop@1.2.3"]);
    assert.ok(keys.every((key) => key === "pk_test"));
  }
});

test("the development build says once what has no effect and what to do; the other one says nothing", async () => {
  const source = `
    Sentry.init({ dsn: DSN, tracesSampleRate: 20, sendDefaultPii: true, nonsense: 7, integrations: [Sentry.replayIntegration(), Sentry.feedbackIntegration(), Sentry.browserTracingIntegration({ traceFetch: false })],
      tracePropagationTargets: ["localhost", "https://api.example", "a b"], beforeSend(event) { event.release = "other"; event.message; return event; } });
    Sentry.showReportDialog(); Sentry.showReportDialog({ eventId: "1" });
    Sentry.captureException(new Error("one")); Sentry.captureException(new Error("two"));
    Sentry.init({ dsn: DSN });`;
  const { printed, events } = await sent(source, { alias: DEVELOPMENT });
  assert.deepEqual(messages(events), ["one", "two"]);
  for (const text of [
    "`tracesSampleRate` has no effect: it is a number from 0 to 1, not 20. Every span is sent",
    "`sendDefaultPii` has no effect: no address",
    "`nonsense` is not an option here",
    "there is no replay",
    "there is no form for feedback: `feedbackIntegration`",
    "there is no form for feedback: `showReportDialog`",
    "`traceFetch: false` has no effect",
    '`tracePropagationTargets`: "a b"',
    "`release` of an event stays as it is",
    "`init` was called before",
  ])
    assert.equal(printed.filter((line) => line.includes(text)).length, 1, `${text}: ${printed.join("\n")}`);
  assert.equal(printed.length, 10);
  assert.deepEqual((await sent(source)).printed, []);
});

test("`tracesSampleRate` is the share of the traces that are sent, all are around an error, and 1 or none sends all", async () => {
  const requests = `for (let n = 0; n < 40; n++) await Sentry.startNewTrace(() => fetch("/api/" + n));`;
  // A hidden page decides what it holds back.
  const HIDE = `Object.defineProperty(Document.prototype, "visibilityState", { get: () => "hidden" }); document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));`;
  for (const [rate, after, expected] of /** @type {const} */ ([
    [0, "", []],
    [0, `Sentry.captureException(new Error("now"));`, ["0"]],
    [1, "", [undefined]],
    [undefined, "", [undefined]],
    ["0.5", "", [undefined]],
  ])) {
    const { spans, counts } = await sent(`Sentry.init({ dsn: DSN, tracesSampleRate: ${JSON.stringify(rate)} }); ${requests} ${after} ${HIDE}`);
    const sentOnes = spans.filter(({ attributes }) => attributes["url.full"]?.includes("/api/"));
    assert.equal(sentOnes.length, expected.length * 40, `${rate} ${after}`);
    assert.deepEqual([...new Set(sentOnes.map(({ traceState }) => /ot=th:(\w+)/.exec(traceState ?? "")?.[1]))], expected);
    if (!expected.length) assert.ok((counts["sampled_out"] ?? 0) >= 40);
  }
  const { spans, counts } = await sent(`Sentry.init({ dsn: DSN, tracesSampleRate: 0.5 }); ${requests} ${HIDE}`);
  assert.ok(spans.length > 0 && (counts["sampled_out"] ?? 0) > 0, `${spans.length} sent, ${counts["sampled_out"]} left out`);
  assert.ok(spans.every(({ traceId, traceState }) => traceState === "ot=th:8" && traceId.slice(-14) >= "80000000000000"));
});

test("`tracesSampler` is asked once, for the page's load, and what it returns is the share of the traces", async () => {
  const requests = `for (let n = 0; n < 20; n++) await Sentry.startNewTrace(() => fetch("/api/" + n));`;
  const hide = `Object.defineProperty(Document.prototype, "visibilityState", { get: () => "hidden" }); document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));`;
  for (const [sampler, expected] of /** @type {const} */ ([
    ["({ name, attributes, inheritOrSampleWith }) => { if (window.asked) return 1; window.asked = true; return name === location.pathname && attributes['sentry.op'] === 'pageload' ? inheritOrSampleWith(0) : 1; }", 0],
    ["() => false", 0],
    ["() => true", 20],
    // What is no share, and what it throws, leaves `tracesSampleRate` or nothing.
    ["() => 'half'", 20],
    ["() => { throw new Error('no'); }", 0],
  ])) {
    const { spans } = await sent(`Sentry.init({ dsn: DSN, tracesSampleRate: 0, tracesSampler: ${sampler} }); ${requests} ${hide}`);
    assert.equal(spans.filter(({ attributes }) => attributes["url.full"]?.includes("/api/")).length, expected, sampler);
  }
});

test("a function that changes the scope and returns nothing is taken, and a navigation comes before the breadcrumb behind it", async () => {
  const { events } = await sent(`
    delete Navigation.prototype.addEventListener; Object.defineProperty(window, "navigation", { value: undefined });
    Sentry.init({ dsn: DSN, integrations: [Sentry.breadcrumbsIntegration()] });
    history.pushState({}, "", "/cart");
    Sentry.addBreadcrumb({ category: "cart", message: "opened" });
    Sentry.captureException(new Error("with a tag"), (scope) => { scope.setTag("step", "pay"); });`);
  assert.deepEqual(messages(events), ["with a tag"]);
  const { attributes } = events[0] ?? assert.fail();
  assert.equal(attributes["app.step"], "pay");
  const crumbs = JSON.parse(attributes["throughline.exception.breadcrumbs"]);
  assert.deepEqual(crumbs.map((/** @type {any} */ { category, message }) => [category, message.replace(/^https?:\/\/[^/]*/, "")]), [["navigation", "/cart"], ["cart", "opened"]]);
});

test("a `beforeSend` that throws or reports errors itself never loops, and what is dropped is counted", async () => {
  const { events, counts } = await sent(`
    let calls = 0;
    Sentry.init({ dsn: DSN, beforeSend(event) {
      calls++;
      Sentry.captureException(new Error("from beforeSend"));
      Sentry.captureMessage("from beforeSend");
      if (event.exception?.values?.[0]?.value == "bad") throw new Error("in beforeSend");
      return event.message == "refused" ? null : event;
    } });
    Sentry.captureException(new Error("bad"));
    Sentry.captureMessage("refused");
    Sentry.captureException(new Error("good"));
    Sentry.addEventProcessor(() => { throw 1; });
    Sentry.captureException(new Error("bad processor"));
    document.title = "calls " + calls;
    Sentry.logger.info(document.title);`);
  assert.deepEqual(messages(events), ["good"]);
  assert.deepEqual(counts, { filtered: 9 });
});

test("`beforeSend` learns which frames are of a library", async () => {
  const { events } = await sent(`
    Sentry.init({ dsn: DSN, beforeSend(event) {
      event.tags = { own: event.exception.values[0].stacktrace.frames.filter(({ in_app }) => in_app).map(({ function: name }) => name).join(" ") };
      return event;
    } });
    const places = { buy: location.origin + "/app.js", render: location.origin + "/node_modules/react/index.js", wrap: "chrome-extension://abc/a.js", each: "<anonymous>", start: "app:///main.js" };
    const stack = "Error: x" + Object.entries(places).map(([name, file]) => "\\n    at " + name + " (" + file + ":1:2)").join("");
    Sentry.captureException(Object.assign(new Error("x"), { stack }));`);
  assert.deepEqual(events.map(({ attributes }) => attributes["app.own"]), ["start buy"]);
});

test("`beforeSend` may return a promise, and may take the address and the stack away", async () => {
  const { events, counts } = await sent(`
    Sentry.init({ dsn: DSN, async beforeSend(event) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (event.exception?.values?.[0]?.value == "refused") return null;
      if (event.exception?.values?.[0]?.value == "rejected") throw new Error("later");
      event.request.url = "https://shop.example/hidden";
      event.exception.values[0].stacktrace.frames = event.exception.values[0].stacktrace.frames.slice(-1).map((frame) => ({ ...frame, filename: "app:///main.js" }));
      event.exception.values[0].type = "Renamed";
      return event;
    } });
    Sentry.setTag("before", "yes");
    for (const message of ["refused", "rejected", "kept"]) Sentry.captureException(new Error(message));
    Sentry.setTag("before", "no");
    await new Promise((resolve) => setTimeout(resolve, 100));`);
  assert.deepEqual(messages(events), ["kept"]);
  const { attributes } = /** @type {import("../browser/otlp.mjs").LogRecord} */ (events[0]);
  assert.equal(attributes["browser.document.url.full"], "https://shop.example/hidden");
  assert.match(attributes["exception.stacktrace"], /^Renamed: kept\n {4}at \S+ \(app:\/\/\/main\.js:\d+:\d+\)$/);
  assert.equal(attributes["exception.type"], "Renamed");
  assert.equal(attributes["app.before"], "yes");
  assert.deepEqual(counts, { filtered: 2 });
});

test("integrations of the page are set up and process events; a handler that is switched off records nothing", async () => {
  const { events } = await sent(`
    Sentry.init({ dsn: DSN, integrations: (defaults) => [
      ...defaults.filter(({ name }) => name != "GlobalHandlers"),
      Sentry.globalHandlersIntegration({ onerror: false }),
      Sentry.captureConsoleIntegration({ levels: ["error"] }),
      { name: "Own", setup(client) { window.release = client.getOptions().release; }, processEvent: (event) => ({ ...event, tags: { ...event.tags, own: window.release } }) },
      { name: "Broken", setup() { throw new Error("broken"); } },
    ], release: "shop@7" });
    const caught = new Promise((resolve) => addEventListener("error", (event) => { event.preventDefault(); setTimeout(resolve); }, { once: true }));
    setTimeout(() => { throw new Error("of a timer"); });
    await caught;
    console.error(new Error("of the console"));`);
  assert.deepEqual(messages(events), ["of the console"]);
  assert.equal(events[0]?.attributes["app.own"], "shop@7");
});

test("user, tags and contexts that last are those of spans and log records too, and of nothing once they are removed", async () => {
  const { spans, logs } = await sent(`
    Sentry.setTag("before", "init");
    Sentry.init({ dsn: DSN });
    Sentry.setUser({ id: 1, segment: "b2b" });
    Sentry.setContext("cart", { items: [1, 2] });
    Sentry.startSpan({ name: "first" }, () => {});
    Sentry.withScope((scope) => { scope.setTag("only", "events"); Sentry.startSpan({ name: "second" }, () => Sentry.logger.info("a log")); });
    Sentry.setUser(null); Sentry.setTag("before", undefined); Sentry.setContext("cart", null);
    Sentry.startSpan({ name: "last" }, () => {});`);
  const own = (/** @type {Record<string, unknown>} */ attributes) => Object.fromEntries(Object.entries(attributes).filter(([name]) => /^(app|user)\./.test(name)));
  const lasting = { "app.before": "init", "user.id": "1", "app.user.segment": "b2b", "app.cart.items": "[1,2]" };
  const of = (/** @type {string} */ name) => own(spans.find((span) => span.name === name)?.attributes ?? {});
  assert.deepEqual([of("first"), of("second"), of("last")], [lasting, lasting, {}]);
  assert.deepEqual(own(logs.find(({ body }) => Object.values(body ?? {})[0] === "a log")?.attributes ?? {}), lasting);
});

test("scope and span are those around the function again after `await`, and are kept by the plugin", async () => {
  const source = `
    Sentry.init({ dsn: DSN });
    const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
    async function work() {
      await Sentry.withScope(async (scope) => {
        scope.setTag("in", "scope");
        await Sentry.startSpan({ name: "work", parentSpan: null }, async () => {
          await pause();
          Sentry.captureException(new Error("after await"));
          Sentry.captureException(new Error("with the scope"), scope);
        });
      });
    }
    await Promise.all([work(), (async () => { await pause(); await pause(); Sentry.captureException(new Error("of another task")); })()]);`;
  const tags = (/** @type {import("../browser/otlp.mjs").LogRecord[]} */ events) => Object.fromEntries(events.map((event) => [event.attributes["exception.message"], event.attributes["app.in"]]));
  const plain = await sent(source);
  assert.deepEqual(tags(plain.events), { "after await": undefined, "with the scope": "scope", "of another task": undefined });
  const kept = await sent(source, { change: (module) => transform(module, "main.js")?.code ?? module });
  assert.deepEqual(tags(kept.events), { "after await": "scope", "with the scope": "scope", "of another task": undefined });
  const span = kept.spans.find(({ name }) => name === "work");
  assert.equal(kept.events.find(({ attributes }) => attributes["exception.message"] === "after await")?.spanId, span?.spanId);
});

test("a React app that Vite builds with the alias from the packed packages sends its error", async () => {
  const app = await project(19);
  try {
    const alias = { "@sentry/browser": "@throughline/browser/sentry", "@sentry/react": "@throughline/react/sentry" };
    const files = await app.build(APP, [{ name: "alias", config: () => ({ resolve: { alias } }) }]);
    assert.ok(!files.some(([, text]) => text.includes("sentry.javascript.react")));
    const { logs, printed } = await run(browser, files);
    const { attributes } = /** @type {import("../browser/otlp.mjs").LogRecord} */ (logs.find(({ name }) => name === "exception"));
    assert.deepEqual([attributes["exception.message"], attributes["app.part"], attributes["throughline.exception.handled"]], ["the basket is full", "basket", true]);
    assert.match(attributes["throughline.exception.component_stack"], /at Basket/);
    assert.deepEqual(printed.filter((line) => line.includes("throughline")), []);
  } finally {
    await app.remove();
  }
});

const APP = `
import * as Sentry from "@sentry/react";
import { createRoot } from "react-dom/client";

Sentry.init({ dsn: DSN });
const Basket = () => { throw new RangeError("the basket is full"); };
createRoot(document.getElementById("root")).render(
  <Sentry.ErrorBoundary fallback={<i id="gone">Gone</i>} beforeCapture={(scope) => scope.setTag("part", "basket")}>
    <Basket />
  </Sentry.ErrorBoundary>,
);
await shown("#gone");
Object.assign(window, { flush: Sentry.flush, ran: true });
`;

test("what an error has itself is read one by one, and as deep as asked; an integration that was added before `init` is set up by it", async () => {
  const source = `Sentry.addIntegration({ name: "Early", setup: () => (window.early = (window.early ?? 0) + 1), processEvent: (event) => ({ ...event, tags: { ...event.tags, early: "yes" } }) });
    Sentry.init({ dsn: DSN, integrations: [Sentry.extraErrorDataIntegration({ depth: 2 })] });
    const error = Object.assign(new TypeError("deep"), { code: 7, order: { id: "o1", lines: [1, 2], payer: { name: "Ada" } }, at: new Date(0), cause: { toString() { throw new Error("no text"); } } });
    error.order.itself = error.order;
    Object.defineProperty(error, "broken", { enumerable: true, get() { throw new Error("no value"); } });
    Object.defineProperty(error.order, "broken", { enumerable: true, get() { throw new Error("no value"); } });
    Sentry.captureException(error);
    if (window.early !== 1) throw new Error("set up " + window.early);`;
  const { events } = await sent(source);
  assert.deepEqual(messages(events), ["deep"]);
  const { attributes } = events[0] ?? assert.fail("no error");
  const own = Object.fromEntries(Object.entries(attributes).filter(([name]) => name.startsWith("app.TypeError.")));
  assert.deepEqual(own, {
    "app.TypeError.code": "7",
    "app.TypeError.order": JSON.stringify({ id: "o1", lines: "[Array]", payer: "[Object]", itself: "[Object]" }),
    "app.TypeError.at": "1970-01-01T00:00:00.000Z",
  });
  assert.equal(attributes["app.early"], "yes");
});

test("further names work where the client can do what they say, and the development build tells once where it cannot", async () => {
  const source = `Sentry.init({ dsn: DSN, integrations: [Sentry.extraErrorDataIntegration(), Sentry.httpClientIntegration()] });
    Sentry.addIntegration({ name: "Own", processEvent: (event) => ({ ...event, tags: { ...event.tags, own: "yes" } }) });
    Sentry.captureException(Object.assign(new TypeError("with data"), { code: "E_PRICE", attempt: 3 }));
    Sentry.captureFeedback({ message: "it was slow", email: "ada@example.com" });
    Sentry.startSpan({ name: "measured" }, (span) => { Sentry.setMeasurement("prices", 120, "none"); Sentry.setHttpStatus(span, 503);
      window.json = Sentry.spanToJSON(span).span_id == span.spanContext().spanId && Sentry.getRootSpan(span) == span; });
    if (!window.json) throw new Error("spanToJSON");
    const lazy = await Sentry.lazyLoadIntegration("replayIntegration"); Sentry.addIntegration(lazy());
    Sentry.metrics.count("orders", 1); Sentry.metrics.count("orders", 1); Sentry.reportPageLoaded(); Sentry.reportPageLoaded();
    Sentry.onLoad(() => Sentry.captureMessage("loaded"));`;
  const { events, spans, printed } = await sent(source, { alias: DEVELOPMENT });
  assert.deepEqual(messages(events), ["it was slow", "loaded", "with data"]);
  const { attributes } = events.find(({ attributes }) => attributes["exception.message"] === "with data") ?? assert.fail("no error");
  assert.deepEqual([attributes["app.TypeError.code"], attributes["app.TypeError.attempt"], attributes["app.own"]], ["E_PRICE", "3", "yes"]);
  assert.equal(events.find(({ body }) => Object.values(body ?? {})[0] === "it was slow")?.attributes["app.feedback.contact_email"], "ada@example.com");
  const measured = spans.find(({ name }) => name === "measured") ?? assert.fail("no span");
  assert.deepEqual([measured.attributes["app.prices"], measured.attributes["http.response.status_code"], measured.status?.code], [120, 503, 2]);
  for (const notice of [/`metrics` does nothing/, /`reportPageLoaded` does nothing/, /`httpClientIntegration` makes no events/, /`lazyLoadIntegration` loads nothing/])
    assert.equal(printed.filter((line) => notice.test(line)).length, 1, String(notice));
});
