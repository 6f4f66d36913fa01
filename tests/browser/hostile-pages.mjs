// @ts-check
// Pages whose objects behave unlike the browser's own, and what Throughline does in each: the
// page sees nothing of it, and an uncaught error and the span of a request arrive.
//
// A page acts by itself and tells the server what it saw: scripts of a driver would run in it
// among the same objects, and cannot reach into every frame.

import assert from "node:assert/strict";
import { asModule, asScript } from "./chromium.mjs";
import { everyEntry, putOtel } from "./every-entry.mjs";
import { serve } from "./site.mjs";
import { until } from "./until.mjs";

/**
 * @typedef {{
 *   before?: string, body?: string, after?: string,
 *   headers?: Record<string, string>,
 *   options?: Record<string, unknown>,
 *   call?: string, status?: string,
 *   frame?: string, workers?: false,
 *   span?: boolean, expected?: RegExp,
 * }} HostilePage
 * `before` and `after` are scripts around the start of Throughline. `call` is the page's own
 * request and `status` what comes of it. `frame` are the attributes of a frame that the page is
 * in. `workers: false` where a policy forbids them. `span: false` where nothing of the request can be seen.
 */

/** @type {Record<string, HostilePage>} */
export const HOSTILE_PAGES = {
  "is quite ordinary": {},
  "has a Request of another realm": {
    before: `window.Request = class Request extends kept.Request {};`,
    call: `fetch(new kept.Request("/api/echo?own"))`,
  },
  "has fetch as an accessor": {
    before: `let inner = fetch; Object.defineProperty(window, "fetch", { configurable: true, get: () => inner, set(now) { inner = now } });`,
  },
  "has fetch as a getter alone": {
    before: `Object.defineProperty(window, "fetch", { configurable: true, get: () => kept.fetch });`,
    span: false,
  },
  "has a read-only fetch": {
    before: `Object.defineProperty(window, "fetch", { value: fetch, writable: false, configurable: false });`,
    span: false,
  },
  "has no fetch": {
    before: `window.fetch = undefined;`,
    call: `kept.fetch.call(window, "/api/echo?own")`,
    span: false,
  },
  "answers its requests with undefined": {
    before: `window.fetch = (...call) => (/own/.test(call[0]) ? undefined : kept.fetch(...call));`,
    status: "",
    span: false,
  },
  "answers its requests with a plain value": {
    before: `window.fetch = (...call) => (/own/.test(call[0]) ? { status: 299 } : kept.fetch(...call));`,
    status: "299",
    span: false,
  },
  "wraps fetch before": { before: `window.fetch = (...call) => kept.fetch(...call);` },
  "wraps fetch after": { after: `const ours = fetch; window.fetch = (...call) => ours(...call);` },
  "has an old library's Array.from": {
    before: `Array.from = function (list) { const all = []; for (let at = 0; at < list.length; at++) all[at] = list[at]; return all; };`,
  },
  "has toJSON on every prototype": {
    before: `for (const one of [Array, Object, String, Number, Date, Error]) one.prototype.toJSON = () => "not JSON";`,
  },
  "has added functions to Object.prototype": {
    before: `for (const name of ["each", "extend", "clone", "keys"]) Object.prototype[name] = function () { return this; };`,
  },
  "has options of fetch on Object.prototype": {
    before: `Object.prototype.mode = "odd"; Object.prototype.cache = "odd"; Object.prototype.durationThreshold = "odd";`,
  },
  "has named elements over every member of document and window": {
    body: `<script>{
      const names = ["Throughline", "throughline", "requestIdleCallback", "PerformanceObserver", "event", "q", "version"];
      for (const name in document) if (!/^(location|body|head|documentElement)$/.test(name)) names.push(name);
      for (const name of ["addEventListener", "removeEventListener", "dispatchEvent"]) names.push(name);
      const parent = document.body;
      const create = document.createElement.bind(document);
      for (const name of names) {
        const element = create("img");
        element.id = name;
        element.setAttribute("name", name);
        parent.append(element);
      }
    }</script><form id="Throughline"><input name="q"><input name="l"><input name="version"></form>`,
  },
  "has no performance.getEntriesByType": {
    before: `Object.defineProperty(performance, "getEntriesByType", { value: undefined });`,
  },
  "has no PerformanceObserver": { before: `delete window.PerformanceObserver;` },
  "has a PerformanceObserver that throws": {
    before: `window.PerformanceObserver = class { static supportedEntryTypes = kept.PerformanceObserver.supportedEntryTypes; constructor() { throw new Error("stubbed") } };`,
  },
  "has frozen built-ins": {
    before: `for (const one of [Object, Array, Function, Promise, Error, TypeError, RegExp, Map, Set, WeakMap, WeakSet, Date, String, Number, Symbol, JSON, Math, Reflect, Uint8Array])
      Object.freeze(one), one.prototype && Object.freeze(one.prototype);`,
  },
  "is a srcdoc frame": { frame: "" },
  "is a sandboxed frame": { frame: 'sandbox="allow-scripts"', call: `fetch(new URL("/api/echo?own", document.baseURI))` },
  "enforces Trusted Types": {
    workers: false,
    headers: { "content-security-policy": "require-trusted-types-for 'script'; trusted-types 'none'" },
  },
  "has a strict content security policy": {
    headers: {
      "content-security-policy":
        "script-src 'nonce-n' 'strict-dynamic' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'none'; connect-src 'self'",
    },
  },
  "forbids WebAssembly and says so": {
    options: { webAssembly: false },
    before: `addEventListener("securitypolicyviolation", (event) => seen.push("violation of " + event.violatedDirective));`,
    headers: { "content-security-policy": "script-src 'self' 'unsafe-inline'; connect-src 'self'" },
  },
  "writes itself anew": {
    after: `addEventListener("load", () => { const { throughline } = window; document.open(); document.write("<!doctype html><link rel=icon href=data:,><title>Again</title>"); document.close();
      addEventListener("error", ({ error }) => seen.push("error: " + error.message));
      Object.assign(window, { throughline, ready: true }); });`,
  },
  "has mocked its clocks and timers before": { before: `(${mockClocks})();` },
  "has mocked its clocks and timers after": { after: `(${mockClocks})();` },
  "has storage that throws": {
    before: `Object.defineProperty(window, "sessionStorage", { get() { throw new DOMException("denied", "SecurityError") } });`,
  },
  "has storage that is full": {
    before: `Object.defineProperty(window, "sessionStorage", { value: new Proxy({}, { set() { throw new DOMException("full", "QuotaExceededError") } }) });`,
  },
  "has storage that is damaged": { before: `sessionStorage.throughline = '["","x",{}';` },
  "has storage, locks and workers that throw": {
    before: `const deny = () => { throw new DOMException("denied", "SecurityError"); };
      for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"]) Object.defineProperty(window, name, { get: deny });
      Object.defineProperty(navigator, "locks", { get: deny });
      for (const name of ["Worker", "SharedWorker", "BroadcastChannel"]) window[name] = class { constructor() { deny(); } };`,
  },
  "has frozen what is wrapped": {
    before: `for (const one of [XMLHttpRequest, WebSocket, EventSource, History, Response, window.Navigation ?? class {}]) Object.freeze(one.prototype);
      for (const one of [console, history, performance, navigator]) Object.freeze(one);`,
  },
  "has an Event, an Element and a Promise of its own": {
    before: `const Native = Promise;
      window.Promise = class Promise {
        constructor(work) { this.own = new Native(work); }
        then(...given) { return new this.constructor((done) => done(this.own.then(...given))); }
        catch(failed) { return this.then(undefined, failed); }
        static resolve(value) { return new this((done) => done(value)); }
        static race(all) { return new this((done) => done(Native.race(all))); }
      };
      window.Event = class Event {}; window.Element = class Element {}; window.Headers = class Headers {};`,
  },
  "has observers that throw": {
    before: `for (const name of ["MutationObserver", "ReportingObserver", "IntersectionObserver", "ResizeObserver"])
      window[name] = class { constructor() { throw new Error("stubbed"); } };`,
  },
  "has a console without functions": { before: `for (const name of Object.keys(console)) console[name] = undefined;` },
  "has little of a browser": {
    before: `for (const name of ["Blob", "EventSource", "Headers", "History", "ReportingObserver", "WebSocket", "WeakRef", "FinalizationRegistry", "CSS", "structuredClone", "navigation", "scheduler", "indexedDB", "SharedWorker", "Worker", "fetchLater", "PerformanceEventTiming", "requestIdleCallback", "MutationObserver"])
      Object.defineProperty(window, name, { value: undefined, configurable: true, writable: true });
      for (const name of ["locks", "storage", "connection", "userAgentData", "sendBeacon", "userActivation"]) Object.defineProperty(navigator, name, { value: undefined });
      Object.defineProperty(window, "crypto", { value: undefined });`,
  },
  "has no WebAssembly": { before: `delete window.WebAssembly;` },
  "wraps addEventListener": {
    before: `const add = EventTarget.prototype.addEventListener;
      EventTarget.prototype.addEventListener = function (type, listener, options) { return add.call(this, type, listener, options); };`,
  },
};

const EVERY = "module with every entry";
/**
 * The ways to load the package. Those that are `errorsOnly` trace no requests; those that are not `embeddable` need what a frame has not.
 * @type {Record<string, { markup: (options: string, page: HostilePage) => string, errorsOnly?: boolean, embeddable?: boolean }>}
 */
export const STARTS = {
  script: { markup: asScript },
  module: { markup: asModule },
  tag: {
    markup: () => '<script src="/dist/t.iife.js" data-endpoint="/_t" data-key="pk_test" data-service="shop-web"></script>',
    errorsOnly: true,
    embeddable: false,
  },
  [EVERY]: { markup: (options, { workers = true }) => everyEntry(options, { streamed: "/api/stream", workers }).replace("</script>", "start();</script>"), embeddable: false },
};

/** Each page with each way to load the package that it can have. @type {[name: string, page: HostilePage, kind: string, start: Start][]} */
export const HOSTILE_STARTS = Object.entries(HOSTILE_PAGES).flatMap(([name, page]) =>
  Object.entries(STARTS)
    .filter(([, { embeddable = true }]) => embeddable || page.frame == null)
    .map(([kind, start]) => /** @type {[string, HostilePage, string, Start]} */ ([name, page, kind, start])),
);

/** @typedef {(typeof STARTS)[string]} Start */

/**
 * Puts a hostile page on a new site, lets `open` show it, and checks what came of it.
 *
 * @param {HostilePage} page @param {Start} start
 * @param {(address: string) => Promise<unknown>} open
 */
export async function playHostilePage({ span = true, status = "200", ...page }, { markup: start, errorsOnly = false }, open) {
  const site = await serve();
  try {
    await putOtel(site);
    site.put("/prices.js", { body: "onmessage = () => {};" });
    const markup = html(page, (options) => start(options, page), site.origin);
    const frame = `<!doctype html><link rel="icon" href="data:,"><title>Outside</title><iframe ${page.frame} srcdoc="${markup.replace(/&/g, "&amp;").replace(/"/g, "&quot;")}"></iframe>`;
    site.put("/", { body: page.frame == null ? markup : frame, ...(page.headers && { headers: page.headers }) });
    await open(`${site.origin}/`);
    const { path } = await site.whenRequested("/api/outcome");
    assert.equal(decodeURIComponent(path.slice(path.indexOf("?") + 1)), `${status} | error: uncaught`);
    const { receiver } = site;
    const all = () => ({ errors: receiver.errors(), requests: receiver.requests.map(({ path, status }) => `${path} ${status}`) });
    await until(() => receiver.errors().some((message) => message === "uncaught"), "the error", all);
    if (!span || errorsOnly) return;
    const spans = () => [
      ...receiver.spans().map(({ attributes }) => attributes["url.full"]),
      ...receiver.facts().flatMap(([kind, ...fields]) => (kind === "F" ? fields : [])),
    ];
    await until(() => spans().some((address) => address?.includes("/api/echo?own")), "the span", spans);
    // Facts without an engine are none of these.
    const own = receiver.spans().find(({ attributes }) => attributes["url.full"]?.toString().includes("/api/echo?own"));
    if (own) assert.equal(own.attributes["http.response.status_code"], Number(status), "the span has what came of it");
    const ids = [...receiver.spans(), ...receiver.logs()].map(({ traceId }) => traceId).filter(Boolean);
    assert.ok(ids.every((id) => /^[0-9a-f]{32}$/.test(id ?? "") && !/^0+$/.test(id ?? "")), JSON.stringify(ids));
  } finally {
    await site.stop();
  }
}

/**
 * Tests all pages in a browser with one page, by what has the most in it: the one-file script, and every entry.
 * @param {import("./smoke.mjs").Driver} driver
 * @param {(name: string, work: () => Promise<void>) => Promise<void>} subtest
 */
export async function playHostilePages(driver, subtest) {
  for (const [name, hostile, kind, start] of HOSTILE_STARTS.filter(([, , kind]) => ["script", EVERY].includes(kind)))
    await subtest(`as ${kind}, in a page that ${name}`, () => playHostilePage(hostile, start, driver.goto));
}

/** @param {HostilePage} page @param {(options: string) => string} start @param {string} origin */
function html({ before = "", body = "", after = "window.ready = true", call = 'fetch("/api/echo?own")', frame, options }, start, origin) {
  const markup = start(JSON.stringify({ endpoint: "/_t", key: "pk_test", serviceName: "shop-web", ...(frame != null && { embedded: true }), ...options }));
  // WebKit tells a frame nothing of what its inline scripts throw.
  const own = `(${play})(() => ${call}, "${origin}/api/outcome?")`;
  // A module runs when the document is parsed, and so do its followers.
  const type = markup.includes("module") ? ' type="module"' : "";
  return `<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,"></head><body>
    <script>
      window.kept = { fetch: window.fetch.bind(window), setTimeout: window.setTimeout.bind(window), Request, PerformanceObserver };
      window.seen = [];
      for (const type of ["error", "unhandledrejection"])
        addEventListener(type, (event) => seen.push(type + ": " + (event.reason ?? event.error)?.message));
    </script>
    <script>${before}</script>${body}
    ${markup.replaceAll("/dist/", `${origin}/dist/`)}
    <script${type}>${after}; ${after.includes("ready") ? "" : "window.ready = true"}</script>
    ${frame == null ? `<script${type}>${own}</script>` : `<script${type} src="data:text/javascript,${encodeURIComponent(own)}"></script>`}</body></html>`.replaceAll(
    "<script",
    '<script nonce="n"',
  );
}

/**
 * The page's own work once it is ready: a request, and an error that it does not catch. What it
 * has seen goes to the address `outcome`.
 * @param {() => any} call @param {string} outcome
 */
async function play(call, outcome) {
  const { kept, seen } = /** @type {any} */ (window);
  const pause = () => new Promise((resolve) => kept.setTimeout(resolve));
  while (!(/** @type {any} */ (window).ready)) await pause();
  let status;
  try {
    status = (await call())?.status;
  } catch (error) {
    status = String(error);
  }
  queueMicrotask(() => {
    throw new Error("uncaught");
  });
  await pause();
  await window.throughline.flush();
  await kept.fetch(outcome + encodeURIComponent([status, ...seen].join(" | ")));
}

/** Clocks that stand still and timers that never fire. */
function mockClocks() {
  const never = () => 0;
  Object.assign(window, { setTimeout: never, setInterval: never, requestIdleCallback: never, requestAnimationFrame: never });
  Date.now = () => 0;
  performance.now = () => 0;
}
