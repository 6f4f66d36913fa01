// @ts-check
// Tests in every browser the essentials of the entries that the other files test in Chromium alone: consent, shutdown,
// sessions, keys and forms, redaction, OpenTelemetry's API, Sentry's names, spans, attributes, the script of errors alone, React.
//
// In one file, so that each browser starts once, and what is built is built once.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after } from "node:test";
import { bundled } from "./bundled.mjs";
import { everywhere } from "./engines.mjs";
import { project } from "./react-app.mjs";
import { DIST } from "./site.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./smoke.mjs").Driver} Driver */
/** @typedef {import("./site.mjs").Site} Site */

/**
 * Markup of a module that has the exports of entries as globals, and then runs.
 * @param {string[]} entries @param {string} source @param {string} [init] the entry of `init`
 */
const asModuleOf = (entries, source, init = "index") => (/** @type {string} */ options) =>
  `<script type="module">import { init } from "/dist/${init}.js"; ${entries.map((name, at) => `import * as entry${at} from "/dist/${name}.js";`).join("")}
   const given = ${options}; Object.assign(window, { init }, ${entries.map((_, at) => `entry${at}`).join()}); ${source} window.ready = true;</script>`;

/** Runs statements in the page, and returns what they return. @param {Driver} driver @param {string} source @returns {Promise<any>} */
const run = (driver, source) => driver.evaluate(`(async () => { ${source} })()`);

/** @param {Driver} driver */
const ready = (driver) => until(() => driver.evaluate("!!window.ready && document.readyState == 'complete'"), "the page");

/** The value of `traceparent` of the requests for a path. @param {Site} site @param {string} path */
const headersOf = (site, path) => site.apiRequests.filter((one) => one.path === path).map(({ headers }) => headers["traceparent"]);

const START = "window.throughline = init(given);";

everywhere(
  "until a person agrees nothing is sent, stored or traced; what was reported before is recorded then; shutdown ends it",
  { start: asModuleOf(["control", "errors"], "window.consent = initWithConsent((options) => (window.throughline = init(options)), given);") },
  async (driver, site) => {
    await ready(driver);
    await run(driver, `setTimeout(() => { throw new TypeError("thrown before") }); setUser({ id: "u-1" }); captureException(new RangeError("reported before")); await fetch("/api/before");`);
    await until(() => driver.evaluate("wrong.length > 0"), "the error");
    assert.deepEqual([await driver.evaluate("[Object.keys(sessionStorage), document.cookie]"), site.receiver.requests], [[[], ""], []]);
    await run(driver, `consent.set("granted"); await fetch("/api/after"); await throughline.flush();`);
    assert.equal((await site.receiver.exception("thrown before")).attributes["throughline.exception.mechanism"], "onerror");
    assert.equal((await site.receiver.exception("reported before")).attributes["user.id"], "u-1");
    await site.receiver.requestSpan("/api/after");
    assert.deepEqual([headersOf(site, "/api/before"), headersOf(site, "/api/after").map((value) => typeof value)], [[undefined], ["string"]]);

    await run(driver, `throughline.captureException(new Error("last")); await shutdown();`);
    await site.receiver.exception("last");
    const sent = site.receiver.requests.length;
    await run(driver, `throughline.captureException(new Error("too late")); await fetch("/api/late");
      await new Promise((done) => { const xhr = new XMLHttpRequest(); xhr.open("GET", "/api/xhr"); xhr.onloadend = done; xhr.send(); }); await throughline.flush();`);
    assert.deepEqual([headersOf(site, "/api/late"), headersOf(site, "/api/xhr"), await driver.evaluate("sessionStorage.length")], [[undefined], [undefined], 0]);
    await driver.goto("about:blank");
    assert.equal(site.receiver.requests.length, sent, "no request more");
  },
);

everywhere(
  "a key continues a session, one that nobody has used for half an hour has ended, and the next page continues it",
  {
    before: `<script>const { now } = Date; Date.now = () => now() + Number(localStorage.getItem("later") ?? 0);</script>`,
    start: asModuleOf(["session", "control"], `${START} trackSession();`),
    body: "<h1>Shop</h1>",
  },
  async (driver, site) => {
    const later = (/** @type {number} */ minutes) => driver.evaluate(`localStorage.setItem("later", Number(localStorage.getItem("later") ?? 0) + ${minutes * 60_000})`);
    const stored = () => driver.evaluate("sessionStorage.throughline ?? ''");
    const id = async () => String(await stored()).split(",")[0];
    // What notices keys comes with the engine.
    const delivers = () => until(() => driver.evaluate("!!window.ready && diagnostics().isDelivering"), "the engine");
    await delivers();
    await until(stored, "a session");
    const first = await id();
    await later(20);
    const before = await stored();
    await driver.press("a");
    await until(async () => (await stored()) !== before, "the key");
    await later(20);
    await driver.press("b");
    assert.equal(await id(), first, "twice twenty minutes");
    await driver.goto(`${site.origin}/`);
    await delivers();
    await driver.press("c");
    assert.equal(await id(), first, "the next page");
    await later(31);
    await driver.press("a");
    await until(async () => (await id()) !== first, "the next session");
    await driver.evaluate("throughline.flush()");
    const end = await site.receiver.log(({ name }) => name === "session.end", "the end of the session");
    assert.deepEqual([end.attributes["session.id"], end.attributes["throughline.session.end_reason"]], [first, "inactivity"]);
    const next = await site.receiver.log(({ name, attributes }) => name === "session.start" && attributes["session.previous_id"] !== undefined, "the next session");
    assert.deepEqual([next.attributes["session.previous_id"], next.attributes["session.id"]], [first, await id()]);
  },
);

everywhere(
  "keys and forms that do something are parents of that, by role and name, and not by what a person writes",
  {
    start: asModuleOf(["interactions"], `${START} traceInteractions();`),
    body: `<div id="tile" role="button" tabindex="0">Ada Lovelace</div>
      <form data-throughline-name="sign in"><input id="name" name="name"></form>
      <script>
        let got = 0;
        const get = (path) => fetch(path).then((response) => response.text()).then(() => got++);
        tile.onkeydown = ({ key }) => { if (key == "Enter") get("/api/tile"); };
        document.forms[0].onsubmit = (event) => { event.preventDefault(); get("/api/login"); };
      </script>`,
  },
  async (driver, site) => {
    await ready(driver);
    await driver.evaluate("tile.focus()");
    await driver.press("Escape");
    await driver.press("Enter");
    await driver.evaluate(`document.getElementById("name").focus()`);
    await driver.press("a");
    await driver.press("Enter");
    await until(() => driver.evaluate("got == 2"), "the responses");
    await driver.goto("about:blank");
    const login = await site.receiver.requestSpan("/api/login");
    const submit = await site.receiver.span(({ spanId }) => spanId === login.parentSpanId, "the form");
    const key = await site.receiver.span(({ spanId }) => spanId === submit.parentSpanId, "its key");
    const request = await site.receiver.requestSpan("/api/tile");
    const tile = await site.receiver.span(({ spanId }) => spanId === request.parentSpanId, "the key");
    assert.deepEqual([tile.name, key.name, submit.name], ["key Enter button#tile", 'key Enter textbox "sign in"', 'submit form "sign in"']);
    assert.equal(tile.attributes["throughline.interaction.key"], "Enter");
    const names = site.receiver.spans().map(({ name }) => name).filter((name) => /^(key|submit)/.test(name));
    assert.equal(names.length, 3, `${names}: a key that does nothing is none`);
  },
);

everywhere("a page that redacts lets no secrets and no personal data out, and leaves types alone", { start: asModuleOf(["errors"], START, "scrub") }, async (driver, site) => {
  await ready(driver);
  await run(driver, `setAttributes({ mail: "ada@example.com", password: 1234, items: 3, beta: true, flags: ["a", "4111 1111 1111 1111"] });
    await fetch("/api/echo?token=s3cret"); log("info", "for ada@example.com");`);
  // Until the engine is there errors leave without their texts.
  await until(async () => {
    await run(driver, `captureException(new Error("no mail for ada@example.com")); await throughline.flush();`);
    return site.receiver.errors().some((message) => /^no mail for /.test(message));
  }, "an error with its text", () => site.receiver.errors());
  const record = await site.receiver.log(({ attributes }) => /^no mail/.test(attributes["exception.message"]));
  const { password, items, beta, flags } = record.attributes;
  assert.deepEqual([password, items, beta, flags.length, flags[0]], ["REDACTED", 3, true, 2, "a"]);
  await site.receiver.requestSpan("token=REDACTED");
  const all = JSON.stringify([site.receiver.logs(), site.receiver.spans()], (_, value) => (typeof value == "bigint" ? String(value) : value));
  assert.doesNotMatch(all, /ada@example|s3cret|4111 1111/);
});

everywhere("attributes of all that follows keep their types", { start: asModuleOf(["errors"], START) }, async (driver, site) => {
  await ready(driver);
  await run(driver, `setAttributes({ plan: "pro", items: 3, total: 1.5, big: -(2n ** 62n), beta: false, flags: ["a"], sizes: [1, 2.5], none: [] }); await fetch("/api/echo");
    setAttributes({ items: null }); captureException(new Error("typed")); await throughline.flush();`);
  const expected = { plan: "pro", items: 3, total: 1.5, big: -(2 ** 62), beta: false, flags: ["a"], sizes: [1, 2.5], none: [] };
  const own = ({ attributes } = /** @type {{ attributes: Record<string, any> }} */ ({ attributes: {} })) => Object.fromEntries(Object.entries(attributes).filter(([name]) => name in expected));
  assert.deepEqual(own(await site.receiver.requestSpan("/api/echo")), expected);
  const { items, ...others } = expected;
  assert.deepEqual(own(await site.receiver.exception("typed")), others);
});

everywhere("a span is the parent of what is done in it: at once, in a kept function, until a promise settles", { start: asModuleOf(["spans"], START) }, async (driver, site) => {
  await ready(driver);
  const seen = await run(driver, `
    const order = startSpan("order", { attributes: { items: 3, flags: ["a"] } });
    order.run(() => fetch("/api/echo?run"));
    await order.bind(() => fetch("/api/echo?bound"))();
    const value = await withSpan("async", async () => { await fetch("/api/echo?async"); return 7; });
    let message; try { withSpan("thrown", () => { throw new RangeError("too far"); }); } catch (error) { message = error.message; }
    order.addEvent("paid"); order.end(); await throughline.flush(); return [value, message];`);
  assert.deepEqual(seen, [7, "too far"]);
  const named = (/** @type {string} */ name) => site.receiver.span((span) => span.name === name, name);
  const [order, async, thrown] = [await named("order"), await named("async"), await named("thrown")];
  for (const [parent, path] of /** @type {const} */ ([[order, "?run"], [order, "?bound"], [async, "?async"]])) {
    const child = await site.receiver.requestSpan(path);
    assert.deepEqual([child.traceId, child.parentSpanId], [parent.traceId, parent.spanId], path);
    assert.deepEqual(headersOf(site, `/api/echo${path}`), [`00-${child.traceId}-${child.spanId}-0${child.flags & 3}`]);
  }
  assert.deepEqual([order.attributes["items"], order.attributes["flags"], thrown.status, thrown.attributes["error.type"]], [3, ["a"], { code: 2, message: "too far" }, "RangeError"]);
  assert.equal((await site.receiver.log(({ name }) => name === "paid")).spanId, order.spanId);
});

everywhere(
  "Sentry's names record errors with the data of scopes, spans and log records",
  {
    start: (options) =>
      `<script type="module">import * as Sentry from "/dist/sentry.js"; const { key } = ${options}; window.Sentry = Sentry;
       Sentry.init({ dsn: location.origin.replace("//", "//" + key + "@") + "/_t/1", release: "shop@1.2.3", integrations: [Sentry.browserTracingIntegration()], beforeSend: (event) => (event.message == "refused" ? null : event) }); window.ready = true;</script>`,
  },
  async (driver, site) => {
    await ready(driver);
    await run(driver, `
      Sentry.setUser({ id: "7" }); Sentry.setAttributes({ items: 3 });
      Sentry.withScope((scope) => { scope.setTag("step", "pay"); Sentry.captureException(new TypeError("no price", { cause: new Error("no stock") })); });
      Sentry.captureMessage("said", "warning"); Sentry.captureMessage("refused"); Sentry.logger.info("logged", { n: 1 });
      await Sentry.startSpan({ name: "checkout", op: "task" }, () => fetch("/api/echo?sentry"));
      setTimeout(() => { throw new RangeError("uncaught") });`);
    await until(() => driver.evaluate("wrong.length > 0"), "the error");
    await run(driver, "await Sentry.flush();");
    const { attributes } = await site.receiver.exception("no price");
    assert.deepEqual(["user.id", "app.step", "items", "exception.type"].map((name) => attributes[name]), ["7", "pay", 3, "TypeError"]);
    assert.match(JSON.stringify(attributes["throughline.exception.causes"]), /no stock/);
    const uncaught = await site.receiver.exception("uncaught");
    assert.deepEqual([uncaught.attributes["app.step"], uncaught.attributes["throughline.exception.handled"], uncaught.resource.attributes["service.version"]], [undefined, false, "shop@1.2.3"]);
    const texts = site.receiver.logs().map(({ body }) => /** @type {any} */ (body)?.text).filter(Boolean);
    assert.deepEqual(texts.sort(), ["logged", "said"]);
    const span = await site.receiver.span(({ name }) => name === "checkout", "the span");
    assert.equal((await site.receiver.requestSpan("?sentry")).parentSpanId, span.spanId);
  },
);

const readme = await readFile(join(import.meta.dirname, "../../npm/browser/README.md"), "utf8");
/** The line of README.md that comes before a late `t.js`. */
const STUB = /^<script>!function.*window\.throughline=.*<\/script>$/m.exec(readme)?.[0] ?? "";

everywhere(
  "the script of errors alone records those of before it, and its options are attributes of its element",
  {
    start: () => `${STUB}<script>throughline.captureException(new TypeError("before the script"))</script><script src="/_t/t.js" data-key="pk_test" data-service="shop-web" data-release="1.4.2" async></script>`,
    files: { "/_t/t.js": { body: await readFile(join(DIST, "t.iife.js"), "utf8") } },
    body: "<button id=buy onclick=\"throw new RangeError('in a click')\">Buy</button>",
  },
  async (driver, site) => {
    await until(() => driver.evaluate("!!window.throughline?.version"), "the script");
    await driver.click("#buy");
    await until(() => driver.evaluate("wrong.length > 0"), "the error");
    await driver.evaluate("throughline.flush()");
    const [before, click] = [await site.receiver.exception("before the script"), await site.receiver.exception("in a click")];
    assert.deepEqual([before.attributes["exception.type"], click.attributes["throughline.exception.mechanism"]], ["TypeError", "onerror"]);
    assert.deepEqual([click.resource.attributes["service.name"], click.resource.attributes["service.version"]], ["shop-web", "1.4.2"]);
    assert.equal(site.receiver.logs().filter(({ name }) => name === "exception").length, 2);
  },
);

const OTEL = `import { init } from "/dist/index.js"; import { context, metrics, trace } from "@opentelemetry/api"; import { logs } from "@opentelemetry/api-logs"; import { registerOtel } from "@throughline/browser/otel";
  import { diagnostics } from "/dist/control.js";
  Object.assign(window, { context, diagnostics, metrics, trace, logs }); window.throughline = init(window.given); registerOtel({ logs }); window.ready = true;`;

everywhere(
  "calls of OpenTelemetry's API make spans, events, log records and metrics, and requests are their children",
  {
    start: (options) => `<script>window.given = ${options}</script><script type="module" src="/main.js"></script>`,
    files: { "/main.js": { body: await bundled(OTEL), headers: { "content-type": "text/javascript" } } },
    body: "<button id=buy>Buy</button>",
  },
  async (driver, site) => {
    await ready(driver);
    await driver.evaluate(`void (buy.onclick = () => trace.getTracer("page", "1.2").startActiveSpan("order", { attributes: { items: 3 } }, (span) => {
      logs.getLogger("page").emit({ severityNumber: 13, body: "in the span" });
      metrics.getMeter("page").createHistogram("cart.value", { unit: "EUR" }).record(20, { plan: "pro", url: "https://a.example/?token=s3cret" });
      fetch("/api/echo?otel").then(() => { span.addEvent("paid").recordException(new TypeError("odd")); span.end(); window.done = true; });
    }))`);
    await driver.click("#buy");
    await until(() => driver.evaluate("!!window.done"), "the click's work");
    await driver.evaluate("throughline.flush()");
    await driver.goto("about:blank");
    const click = await site.receiver.span(({ name }) => name === "click button#buy", "the click");
    const order = await site.receiver.span(({ name }) => name === "order", "the span");
    assert.deepEqual([order.traceId, order.parentSpanId, order.attributes["items"], order.attributes["otel.scope.version"]], [click.traceId, click.spanId, 3, "1.2"]);
    assert.equal((await site.receiver.requestSpan("?otel")).parentSpanId, order.spanId);
    const [value] = site.receiver.metrics();
    const [point] = value?.points ?? [];
    assert.deepEqual([value?.name, value?.unit, value?.temporality, point?.sum, point?.attributes], ["cart.value", "EUR", 1, 20, { plan: "pro", url: "https://a.example/?token=REDACTED" }]);
    assert.deepEqual(point?.exemplars.map(({ traceId, spanId }) => [traceId, spanId]), [[order.traceId, order.spanId]]);
    // Measured while the page is left.
    await driver.goto(`${site.origin}/`);
    await ready(driver);
    await until(() => driver.evaluate("diagnostics().isDelivering"), "the engine");
    await run(driver, `window.cart = metrics.getMeter("page").createCounter("cart"); cart.add(1); addEventListener("pagehide", () => cart.add(10));`);
    await driver.goto("about:blank");
    const total = () => site.receiver.metrics().filter(({ name }) => name === "cart").flatMap(({ points }) => points).reduce((sum, { value = 0 }) => sum + value, 0);
    await until(() => total() === 11, "what was measured until the page was left", total);
    for (const record of [await site.receiver.log(({ severity, body }) => severity === 13 && !!body), await site.receiver.log(({ name }) => name === "paid"), await site.receiver.exception("odd")])
      assert.deepEqual([record.traceId, record.spanId], [order.traceId, order.spanId]);
  },
);

const react = await project(19);
after(() => react.remove());
const APP = `
  import { init } from "@throughline/browser"; import { ErrorBoundary, rootHooks } from "@throughline/react"; import * as React from "react"; import { createRoot } from "react-dom/client";
  window.throughline = init({ endpoint: "/_t", key: "pk_test", serviceName: "shop-web" });
  let broken = true;
  function Price() { if (broken) throw new TypeError("no price"); return <b id="price">7</b>; }
  function Basket() { return <section><Price /></section>; }
  const Again = ({ reset }) => <button id="again" onClick={() => { broken = false; reset(); }}>Again</button>;
  createRoot(document.getElementById("root"), rootHooks()).render(<ErrorBoundary tags={{ step: "basket" }} fallback={Again}><Basket /></ErrorBoundary>);
  function Stock() { throw new RangeError("no stock"); }
  createRoot(document.body.appendChild(document.createElement("div")), rootHooks()).render(<main><Stock /></main>);`;

everywhere(
  "errors of React are recorded once, with the components around them, and a boundary renders again",
  { files: Object.fromEntries((await react.build(APP)).map(([path, body]) => [path, { body }])) },
  async (driver, site) => {
    await driver.goto(`${site.origin}/index.html`);
    await until(() => driver.evaluate("!!document.getElementById('again')"), "the fallback");
    await driver.click("#again");
    await until(() => driver.evaluate("!!document.getElementById('price')"), "the price");
    await driver.evaluate("throughline.flush()");
    const [price, stock] = [await site.receiver.exception("no price"), await site.receiver.exception("no stock")];
    const components = (/** @type {typeof price} */ { attributes }) => [...attributes["throughline.exception.component_stack"].matchAll(/^\s*(?:at )?(\w+)/gm)].map(([, name]) => name).slice(0, 3);
    assert.deepEqual([components(price), price.attributes["app.step"], price.attributes["throughline.exception.handled"]], [["Price", "section", "Basket"], "basket", true]);
    assert.deepEqual([components(stock).slice(0, 2), stock.attributes["throughline.exception.handled"]], [["Stock", "main"], false]);
    assert.equal(site.receiver.logs().filter(({ name }) => name === "exception").length, 2);
  },
);
