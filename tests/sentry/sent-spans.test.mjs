// @ts-check
// Tests the options by which a page changes and refuses its spans, for each kind of span that a page sends.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchChromium } from "../launch-chromium.mjs";
import { ROOT } from "./programs.mjs";
import { DEVELOPMENT, sentBy } from "./sent.mjs";

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser?.close());

/** The entry that tells what waits. */
const CONTROL = join(ROOT, "npm/browser/dist/control.js");
/** @param {string} source @param {import("./sent.mjs").Given} [given] */
const sent = (source, given) => sentBy(browser, source, given);

/** A load that is over, a click with what it causes, a change of the route, two requests and a span of the page's own. A click and a route are open for half a second after their last effect. */
const ALL = `
  await new Promise((resolve) => (document.readyState == "complete" ? resolve() : addEventListener("load", resolve)));
  await new Promise((resolve) => setTimeout(resolve, 300));
  document.body.innerHTML = '<button id="buy">Buy</button>';
  document.querySelector("#buy").addEventListener("click", () => void fetch("/api/buy?card=4111"));
  await clicked("#buy");
  await new Promise((resolve) => setTimeout(resolve, 700));
  history.pushState({}, "", "/cart/17?token=t0k");
  await fetch("/api/cart");
  await new Promise((resolve) => setTimeout(resolve, 700));
  await Sentry.startSpan({ name: "own", parentSpan: null, attributes: { total: 12.5, whole: 3, texts: ["a", "b"] } }, () => Sentry.startNewTrace(() => fetch("/api/alone")));
  await new Promise((resolve) => setTimeout(resolve, 400));`;
const INIT = `dsn: DSN, tracesSampleRate: 1, integrations: [Sentry.browserTracingIntegration()]`;

/** @param {import("../browser/otlp.mjs").Span[]} spans */
const names = (spans) => spans.map(({ name }) => name).sort();

test("`beforeSendSpan` sees every kind of span in the form of Sentry's, and what it changes is what leaves", async () => {
  const { spans, noted } = await sent(`
    Sentry.init({ ${INIT}, beforeSendSpan(span) {
      note(span.op, span.name, span.description.replace(location.origin, ""), span.is_segment, span.status, span.attributes["sentry.origin"]);
      span.attributes.seen = span.op ?? "none";
      if (span.op == "pageload") span.name = "the load";
      else if (span.op == "ui.action.click") span.description = "a click";
      else if (span.op == "navigation") span.name = "a route";
      else if (span.name == "own") { span.attributes.whole = 4; span.attributes.texts.push("c"); }
      else if (span.attributes["url.full"].includes("card")) { span.name = "buy a thing"; span.attributes["url.full"] = location.origin + "/api/buy"; }
      else if (span.attributes["url.full"].includes("alone")) { span.description = "GET /api/{which}"; span.data["url.full"] += "?hidden"; }
      return span;
    } });
    Sentry.setUser({ id: "42" });
    ${ALL}`);
  assert.deepEqual(
    noted.filter((one) => one).sort(),
    [
      ["http.client", "GET 127.0.0.1", "GET /api/alone", true, "ok", "auto.http.browser"],
      ["http.client", "GET 127.0.0.1", "GET /api/buy", false, "ok", "auto.http.browser"],
      ["http.client", "GET 127.0.0.1", "GET /api/cart", false, "ok", "auto.http.browser"],
      ["navigation", "/cart/{id}", "/cart/{id}", true, "ok", "auto.navigation.browser"],
      ["pageload", "/", "/", true, "ok", "auto.pageload.browser"],
      ["ui.action.click", "click button#buy", "click button#buy", true, "ok", "auto.ui.browser"],
      [null, "own", "own", true, "ok", "manual"],
    ].sort(),
  );
  assert.deepEqual(names(spans), ["GET", "GET /api/{which}", "a click", "a route", "buy a thing", "own", "the load"]);
  const of = (/** @type {string} */ name) => spans.find((span) => span.name === name) ?? assert.fail(name);
  assert.deepEqual(spans.filter(({ attributes }) => attributes["user.id"] !== "42" || !attributes["seen"]), []);
  // What the function does not change is as it was: no name of Sentry's is added.
  assert.deepEqual(spans.filter(({ attributes }) => attributes["sentry.op"] || attributes["sentry.origin"]), []);
  const own = of("own").attributes;
  assert.deepEqual([own["total"], own["whole"], own["texts"]], [12.5, 4, ["a", "b", "c"]]);
  const { attributes: click } = of("a click");
  assert.deepEqual([click["browser.css_selector"], click["seen"]], ["html > body > button#buy", "ui.action.click"]);
  const buy = of("buy a thing");
  assert.equal(new URL(buy.attributes["url.full"]).search, "");
  assert.deepEqual([buy.parentSpanId, buy.kind, buy.attributes["http.response.status_code"], buy.attributes["server.port"]], [of("a click").spanId, 3, 200, Number(new URL(buy.attributes["url.full"]).port)]);
  // The browser's timing is found by the address that was changed.
  const timing = (/** @type {{ attributes: Record<string, unknown> }} */ { attributes }) => Object.keys(attributes).filter((name) => /response_start|fetch_start/.test(name)).length;
  assert.ok(timing(of("GET /api/{which}")) > 0 && timing(of("GET /api/{which}")) === timing(of("GET")), JSON.stringify(of("GET /api/{which}").attributes));
  assert.ok(timing(of("the load")) > 0);
});

test("`beforeSendSpan` takes away what all records have: the user, attributes that last, the query of the page's address", async () => {
  const { spans, events } = await sent(`
    Sentry.init({ ${INIT}, beforeSendSpan(span) {
      note(span.data["plan.size"], span.data["plan.flags"]);
      delete span.data["user.email"];
      span.data["plan.size"] = "none of yours";
      span.data["browser.document.url.full"] = span.data["browser.document.url.full"].split("?")[0];
      return span;
    } });
    Sentry.setUser({ id: "42", email: "ada@example.com" });
    Sentry.setAttributes({ "plan.size": 12, "plan.flags": [true, false] });
    ${ALL}
    Sentry.captureException(new Error("last"));`);
  assert.ok(spans.length >= 7);
  for (const { attributes, name } of spans) {
    assert.deepEqual([attributes["user.id"], attributes["user.email"], attributes["plan.size"], attributes["plan.flags"]], ["42", undefined, "none of yours", [true, false]], name);
    assert.ok(!attributes["browser.document.url.full"].includes("?"), name);
  }
  const { attributes } = events[0] ?? assert.fail("no error");
  assert.deepEqual([attributes["user.email"], attributes["plan.size"]], ["ada@example.com", 12]);
});

test("a load has the name of its own address, where the page is at another one by now", async () => {
  const { noted } = await sent(`
    Sentry.init({ dsn: DSN, tracesSampleRate: 1, integrations: [Sentry.browserTracingIntegration({ instrumentNavigation: false })], beforeSendSpan(span) {
      if (span.op == "pageload") note(span.name);
      return span;
    } });
    history.pushState({}, "", "/cart/17");
    await new Promise((resolve) => setTimeout(resolve, 1500));`);
  assert.deepEqual(noted, [["/"]]);
});

test("a `beforeSendSpan` that throws, makes spans and requests itself, or breaks what it gets never loops, and spans leave all the same", async () => {
  const { spans, counts, events } = await sent(`
    let calls = 0;
    Sentry.init({ ${INIT}, beforeSendSpan(span) {
      calls++;
      void fetch("/api/of-the-function");
      Sentry.startSpan({ name: "of the function" }, () => {});
      Sentry.startSpan({ name: "alone of the function", parentSpan: null }, () => {});
      Sentry.captureException(new Error("of the function " + calls));
      if (calls == 1) throw new Error("in beforeSendSpan");
      if (calls == 2) return { attributes: 7, name: Symbol("no text"), data: null };
      if (calls == 3) return Promise.resolve(span);
      if (calls == 4) { span.attributes.itself = span; span.attributes.name = { get name() { throw 1; } }; Object.freeze(span); }
      if (calls == 5) return "text";
      return span;
    } });
    for (let at = 1; at <= 5; at++) Sentry.startSpan({ name: "own " + at, parentSpan: null }, () => {});
    // The load is the sixth.
    while (calls < 6) await new Promise((resolve) => setTimeout(resolve, 50));
    document.title = String(calls);
    Sentry.startSpan({ name: "calls " + calls, parentSpan: null }, () => {});
    await new Promise((resolve) => setTimeout(resolve, 300));`);
  assert.deepEqual(names(spans).filter((name) => /own|calls/.test(name)), ["calls 6", "own 1", "own 2", "own 3", "own 4", "own 5"]);
  assert.deepEqual(names(spans).filter((name) => /function|GET/.test(name)), []);
  // Seven spans were shown, and each call made three.
  assert.equal(counts["filtered"], 21);
  assert.equal(events.length, 7);
});

test("`ignoreSpans` refuses every kind of span, and the page's load and a route take along what is below them", async () => {
  for (const [patterns, left, filtered] of /** @type {[string, string[], number][]} */ ([
    [`["GET"]`, ["click button#buy", "documentLoad", "navigation /cart/{id}", "own"], 4],
    [`[{ op: "http.client", name: /buy/ }]`, ["GET /api/alone", "GET /api/cart", "GET /api/early", "click button#buy", "documentLoad", "navigation /cart/{id}", "own"], 1],
    [`[{ op: "pageload" }]`, ["GET /api/alone", "GET /api/buy", "GET /api/cart", "click button#buy", "navigation /cart/{id}", "own"], 2],
    [`[{ op: "navigation", name: /^.cart/ }]`, ["GET /api/alone", "GET /api/buy", "GET /api/early", "click button#buy", "documentLoad", "own"], 2],
    [`["click button"]`, ["GET /api/alone", "GET /api/buy", "GET /api/cart", "GET /api/early", "documentLoad", "navigation /cart/{id}", "own"], 1],
    [`["own", /Load$/]`, ["GET /api/alone", "GET /api/buy", "GET /api/cart", "click button#buy", "navigation /cart/{id}"], 3],
    [`[{}, "", { name: "" }, null, { attributes: {} }]`, ["GET /api/alone", "GET /api/buy", "GET /api/cart", "GET /api/early", "click button#buy", "documentLoad", "navigation /cart/{id}", "own"], 0],
  ])) {
    const { spans, counts } = await sent(`Sentry.init({ ${INIT}, ignoreSpans: ${patterns} }); await fetch("/api/early"); ${ALL}`);
    const found = spans.map(({ name, attributes }) => (attributes["url.full"] && name === "GET" ? `GET ${new URL(attributes["url.full"]).pathname}` : name)).sort();
    assert.deepEqual([found, counts["filtered"] ?? 0], [left, filtered], patterns);
  }
});

test("`beforeSendTransaction` drops and changes a load, a click, a route and another root with all that is below them, and may return a promise", async () => {
  const { spans, counts, noted } = await sent(`
    Sentry.init({ ${INIT}, async beforeSendTransaction(event, hint) {
      const { trace } = event.contexts;
      note(event.transaction.replace(location.origin, ""), trace.op, event.spans.map(({ description }) => description.replace(location.origin, "")), hint.event_id.length, event.user.id);
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (trace.op == "pageload") return null;
      if (trace.op == "navigation") throw new Error("no route");
      event.tags = { shop: "one" };
      delete event.user;
      event.request.url = "https://shop.example/hidden";
      return event;
    } });
    Sentry.setUser({ id: "42" });
    Sentry.startSpan({ name: "early" }, () => {});
    ${ALL}`);
  assert.deepEqual(noted.sort(), [
    ["/", "pageload", ["early"], 32, "42"],
    ["/cart/{id}", "navigation", ["GET /api/cart"], 32, "42"],
    ["GET /api/alone", "http.client", [], 32, "42"],
    ["click button#buy", "ui.action.click", ["GET /api/buy"], 32, "42"],
    ["own", null, [], 32, "42"],
  ]);
  assert.deepEqual(names(spans), ["GET", "GET", "click button#buy", "own"]);
  assert.deepEqual(counts["filtered"], 4);
  for (const { attributes } of spans) assert.deepEqual([attributes["app.shop"], attributes["user.id"], attributes["browser.document.url.full"]], ["one", undefined, "https://shop.example/hidden"]);
  const click = spans.find(({ name }) => name.startsWith("click"));
  const request = spans.find(({ attributes }) => attributes["url.full"]?.includes("buy"));
  assert.equal(request?.parentSpanId, click?.spanId);
  assert.ok(Object.keys(request?.attributes ?? {}).some((name) => name.includes("response_start")), "the timing of a request that has waited");
});

test("spans that wait for their root are sent when the page is hidden or closed, and those of a root that has ended follow it", async () => {
  const { spans, counts } = await sent(`
    Sentry.init({ ${INIT}, beforeSendTransaction: (event) => (event.transaction == "gone" ? null : event) });
    await Sentry.flush(5000);
    let late;
    Sentry.startSpan({ name: "gone", parentSpan: null }, (span) => { late = Sentry.startInactiveSpan({ name: "late of gone" }); Sentry.startSpan({ name: "below gone" }, () => {}); });
    Sentry.withActiveSpan(late, () => Sentry.startSpan({ name: "deep in gone" }, () => {}));
    late.end();
    Sentry.startSpan({ name: "kept", parentSpan: null }, () => { late = Sentry.startInactiveSpan({ name: "late of kept" }); });
    late.end();
    const open = Sentry.startInactiveSpan({ name: "open", parentSpan: null });
    Sentry.withActiveSpan(open, () => Sentry.startSpan({ name: "below open" }, () => {}));
    Object.defineProperty(Document.prototype, "visibilityState", { get: () => "hidden" });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));`);
  assert.deepEqual(names(spans).filter((name) => name !== "documentLoad"), ["below open", "kept", "late of kept"]);
  assert.equal(counts["filtered"], 4);
});

test("nothing is sent of a root whose promise is settled after telemetry has ended, and what waits is told", async () => {
  const { spans, noted } = await sent(`
    import { diagnostics } from "CONTROL";
    let settle;
    Sentry.init({ ${INIT}, beforeSendTransaction: (event) => (event.transaction == "waits" ? new Promise((resolve) => { settle = () => resolve(event); }) : event) });
    const root = Sentry.startInactiveSpan({ name: "root", parentSpan: null });
    Sentry.withActiveSpan(root, () => Sentry.startSpan({ name: "below" }, () => {}));
    note(diagnostics().held);
    root.end();
    note(diagnostics().held);
    Sentry.startSpan({ name: "waits", parentSpan: null }, () => {});
    await Sentry.close();
    settle();
    await new Promise((resolve) => setTimeout(resolve));
    await Sentry.flush();`, { change: (module) => module.replace("CONTROL", CONTROL) });
  assert.deepEqual(noted, [[1], [0]]);
  assert.deepEqual(names(spans).filter((name) => name !== "documentLoad"), ["below", "root"]);
});

test("the development build does not say any more that these options do nothing, and tells of what has no effect", async () => {
  const { printed } = await sent(
    `Sentry.init({ dsn: DSN, ignoreSpans: ["x"], ignoreTransactions: ["x"], beforeSendTransaction: (event) => event, beforeSendSpan(span) { span.trace_id = "1"; if (span.name == "two") return null; return span; } });
     for (const name of ["one", "two", "three"]) Sentry.startSpan({ name, parentSpan: null }, () => {});`,
    { alias: DEVELOPMENT },
  );
  assert.deepEqual(printed.filter((line) => /no effect|not an option/.test(line)), []);
  for (const text of ["`trace_id` of a span stays as it is", "`beforeSendSpan` has to return a span"]) assert.equal(printed.filter((line) => line.includes(text)).length, 1, `${text}: ${printed}`);
});
