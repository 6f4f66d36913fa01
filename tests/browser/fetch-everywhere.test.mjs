// @ts-check
// Tests what requests by `fetch` must be in every browser, in pages that are not as one expects.

import assert from "node:assert/strict";
import { putPage } from "./chromium.mjs";
import { everywhere } from "./engines.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./smoke.mjs").Driver} Driver */
/** @typedef {import("./site.mjs").Site} Site */

const IDS = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-03$/;

everywhere("a Request of another window is sent as it is", { body: "<iframe></iframe>" }, async (driver, site) => {
  await driver.evaluate(`(async () => {
    const { Request } = document.querySelector("iframe").contentWindow;
    const init = { method: "PUT", body: "kept", headers: { authorization: "Bearer x" } };
    await fetch(new Request("${site.origin}/api/echo?own", init));
    await fetch(new Request("${site.foreign}/api/echo?foreign", { headers: { accept: "text/plain" } }));
  })()`);
  const [own, foreign, ...more] = site.apiRequests;
  assert.deepEqual([own?.method, own?.body, own?.headers.authorization], ["PUT", "kept", "Bearer x"]);
  assert.match(String(own?.headers["traceparent"]), IDS);
  assert.deepEqual([foreign?.method, foreign?.headers.accept, foreign?.headers["traceparent"]], ["GET", "text/plain", undefined]);
  assert.deepEqual(more, []);
  await flush(driver);
  assert.equal((await site.receiver.requestSpan("?own")).attributes["http.request.method"], "PUT");
  await site.receiver.requestSpan("?foreign");
});

everywhere("a Request made before a library has replaced the class is sent as it is", {}, async (driver, site) => {
  await driver.evaluate(`(async () => {
    const request = new Request("/api/echo", { method: "PUT", body: "kept", headers: { "x-a": "1" }, referrer: "/from-here" });
    window.Request = function () {};
    window.Headers = function () {};
    await fetch(request);
  })()`);
  const [request] = site.apiRequests;
  assert.deepEqual([request?.method, request?.body, request?.headers["x-a"]], ["PUT", "kept", "1"]);
  assert.equal(request?.headers.referer, `${site.origin}/from-here`);
  assert.match(String(request?.headers["traceparent"]), IDS);
});

everywhere(
  "what a stub of the page gives is what the page gets",
  {
    before: `<script>
      made = { "/nothing": undefined, "/value": { ok: true, status: 204 }, "/thenable": { then() { window.asked = true } },
        "/cancel": Object.assign(Promise.resolve(new Response("x")), { cancel() {} }),
        "/subclass": new (class extends Promise {})((resolve) => resolve(new Response("x"))) };
      fetch = (address) => { if (address == "/throws") throw new RangeError("no"); return made[address]; };</script>`,
  },
  async (driver, site) => {
    const same = await driver.evaluate(`(() => {
      const same = Object.keys(made).map((address) => fetch(address) === made[address]);
      try { fetch("/throws") } catch (error) { same.push(error.message) }
      return same;
    })()`);
    assert.deepEqual(same, [true, true, true, true, true, "no"]);
    assert.equal(await driver.evaluate("!!window.asked"), false, "the page's own `then` is not called");
    assert.deepEqual(await driver.evaluate("wrong"), []);
    assert.equal(site.apiRequests.length, 0);
  },
);

everywhere(
  "an unhandled rejection is still reported, also when a library has wrapped fetch",
  { before: "<script>{ const native = fetch; fetch = (...call) => native(...call); }</script>" },
  async (driver, site) => {
    await driver.evaluate(`(fetch("/api/close"), fetch("/api/close?handled").catch(() => {}), 1)`);
    await until(() => driver.evaluate("wrong.length"), "the rejection");
    await driver.evaluate("fetch('/api/echo').then(() => 1)");
    assert.equal((await driver.evaluate("wrong")).length, 1);
    assert.ok(site.apiRequests.length);
  },
);

everywhere(
  "a page without fetch stays without",
  { before: "<script>delete window.fetch; delete Window.prototype.fetch;</script>" },
  async (driver) => {
    assert.deepEqual(await driver.evaluate(`["fetch" in window, wrong]`), [false, []]);
  },
);

for (const [how, script] of Object.entries({
  "read-only": `Object.defineProperty(window, "fetch", { value: window.fetch, writable: false, configurable: true })`,
  "behind a getter": `{ const own = fetch; Object.defineProperty(window, "fetch", { get: () => own, configurable: true }) }`,
  // The function that the getter returns calls the one that was set.
  "wrapped behind a setter": `{ let inner = fetch; const outer = (...call) => inner(...call);
    Object.defineProperty(window, "fetch", { get: () => outer, set: (value) => { inner = value }, configurable: true }) }`,
  "beside additions to Object.prototype": `for (const name of ["get", "set", "value", "url", "method", "headers", "signal"])
    Object.prototype[name] = undefined;
    Object.prototype.added = () => {};`,
}))
  everywhere(`requests have spans with fetch ${how}`, { before: `<script>${script}</script>` }, async (driver, site) => {
    assert.equal(await driver.evaluate(`fetch('/api/echo').then(({ status }) => {
      // The driver's own script in the page is not made for them.
      for (const name in {}) delete Object.prototype[name];
      return status;
    })`), 200);
    assert.match(String(site.apiRequests[0]?.headers["traceparent"]), IDS);
    await flush(driver);
    await site.receiver.requestSpan("/api/echo");
    assert.deepEqual(await driver.evaluate("wrong"), []);
  });

everywhere(
  "a fetch that cannot be replaced is left alone, and the rest works",
  { before: `<script>Object.defineProperty(window, "fetch", { value: fetch, writable: false, configurable: false })</script>` },
  async (driver, site) => {
    assert.equal(await driver.evaluate("fetch('/api/echo').then((response) => response.status)"), 200);
    await driver.evaluate(`new Promise((done) => {
      const xhr = new XMLHttpRequest(); xhr.open("GET", "/api/echo?xhr"); xhr.onload = done; xhr.send();
      throughline.captureException(new Error("reported"));
    }).then(() => 1)`);
    await flush(driver);
    await site.receiver.exception("reported");
    await site.receiver.requestSpan("?xhr");
    assert.deepEqual(await driver.evaluate("wrong"), []);
  },
);

const PRELOAD = {
  head: '<link rel="preload" as="fetch" href="/api/once" crossorigin="anonymous">',
  body: `<script>used = (async () => {
    await new Promise((resolve) => addEventListener("load", () => setTimeout(resolve, 100)));
    return [await (await fetch("/api/once")).text(), await (await fetch("/api/echo?next")).text()].length;
  })()</script>`,
};

everywhere("what the page has preloaded is asked for as often as without the package", PRELOAD, async (driver, site) => {
  const asked = async () => {
    assert.equal(await driver.evaluate("used"), 2);
    return site.apiRequests.splice(0).map(({ path }) => path);
  };
  const withUs = await asked();
  putPage(site, "/without", { ...PRELOAD, start: () => "" });
  await driver.goto(`${site.origin}/without`);
  assert.deepEqual(withUs, await asked());
});

everywhere("a frame without an address of its own has the origin of its page, a sandboxed one has none", {}, async (driver, site) => {
  await driver.evaluate(`(() => {
    const inner = '<script src="/dist/throughline.iife.js"><\\/script><script>Throughline.init({ endpoint: "/_t", serviceName: "inside", embedded: true });' +
      'fetch("/api/echo?NAME").catch(() => {}).then(() => parent.postMessage(1, "*"))<\\/script>';
    const frames = [["srcdoc"], ["sandboxed", "allow-scripts"]].map(([name, sandbox]) => new Promise((done) => {
      const frame = document.createElement("iframe");
      addEventListener("message", ({ source }) => source == frame.contentWindow && done());
      if (sandbox) frame.sandbox = sandbox;
      frame.srcdoc = inner.replace("NAME", name).replaceAll('"/', '"${site.origin}/');
      document.body.append(frame);
    }));
    return Promise.all(frames).then(() => 1);
  })()`);
  const headers = Object.fromEntries(site.apiRequests.map(({ path, headers }) => [path, headers["traceparent"]]));
  assert.match(String(headers["/api/echo?srcdoc"]), IDS);
  assert.equal(headers["/api/echo?sandboxed"], undefined);
  assert.ok(site.apiRequests.every(({ method }) => method !== "OPTIONS"), "no preflight");
});

everywhere("requests to one address at a time have their own ends", {}, async (driver, site) => {
  // The slower its body, the sooner a response begins; its address shows neither.
  const took = await driver.evaluate(`(async () => {
    const send = async (head, body) => {
      const start = performance.now();
      const response = await fetch("/api/slow", { method: "POST", headers: { head, body } });
      const answered = performance.now() - start;
      await response.text();
      return [answered, performance.now() - start];
    };
    return Promise.all([send(50, 1500), send(450, 800), send(850, 100)]);
  })()`);
  await flush(driver);
  const spans = await until(() => {
    const all = site.receiver.spans().filter(({ attributes }) => /slow$/.test(attributes["url.full"] ?? ""));
    return all.length === 3 && all;
  }, "three spans");
  for (const [index, head] of ["50", "450", "850"].entries()) {
    const request = site.apiRequests.find(({ headers }) => headers["head"] === head);
    const span = spans.find(({ spanId }) => request?.headers["traceparent"]?.includes(spanId));
    assert.ok(span);
    const { start, end, attributes } = span;
    const lasted = Number(end - start) / 1e6;
    const began = attributes["browser.resource_timing.response_start"] - attributes["browser.resource_timing.fetch_start"];
    /** Which of the requests took about that time, until the response or until its end. */
    const nearest = (/** @type {number} */ ms, /** @type {0 | 1} */ which) => {
      const away = took.map((/** @type {number[]} */ one) => Math.abs((one[which] ?? 0) - ms));
      return away.indexOf(Math.min(...away));
    };
    // Where it has no timing it ends with the headers, as the page saw them.
    assert.equal(nearest(lasted, Number.isNaN(began) ? 0 : 1), index, `it lasted ${lasted} ms: ${took}`);
    if (!Number.isNaN(began)) assert.equal(nearest(began, 0), index, `it began after ${began} ms: ${took}`);
  }
});

everywhere(
  "what a click causes is its child for sure, in whichever event",
  {
    head: "<script>var event = 'of the page';</script>",
    body: `<button id="buy">Buy</button><form id="form"><button id="send">Send</button></form><div id="host" style="display: inline-block"></div><script>
      addEventListener("buy", () => fetch("/api/echo?dispatched"));
      buy.onclick = () => { buy.dispatchEvent(new CustomEvent("buy", { bubbles: true })); fetch("/api/echo?direct"); };
      form.onsubmit = (submit) => { submit.preventDefault(); fetch("/api/echo?submit"); };
      const shadow = host.attachShadow({ mode: "open" });
      shadow.innerHTML = "<button>Shadow</button>";
      shadow.firstChild.onclick = () => fetch("/api/echo?shadow");</script>`,
  },
  async (driver, site) => {
    for (const selector of ["#buy", "#send", "#host"]) await driver.click(selector);
    await until(() => site.apiRequests.length >= 4, "four requests", () => site.apiRequests.map(({ path }) => path));
    await flush(driver);
    await driver.goto("about:blank");
    for (const which of ["dispatched", "direct", "submit", "shadow"]) {
      const span = await site.receiver.requestSpan(`?${which}`);
      const click = await site.receiver.span(({ spanId }) => spanId === span.parentSpanId, `the click of ${which}`);
      assert.match(click.name, /^click /, which);
      assert.equal(span.attributes["throughline.parent.inferred"], undefined, which);
    }
  },
);

everywhere(
  "a request and a click have the address where they began",
  {
    body: `<button id="go">Go</button><script>
      history.replaceState(0, "", "/sign-in");
      go.onclick = async () => {
        history.pushState(0, "", "/opening");
        await (await fetch("/api/echo?sign-in")).json();
        history.pushState(0, "", "/home");
        done = true;
      };</script>`,
  },
  async (driver, site) => {
    await driver.click("#go");
    await until(() => driver.evaluate("!!window.done"), "the click's work");
    await flush(driver);
    await driver.goto("about:blank");
    const address = (/** @type {import("./otlp.mjs").Span} */ { attributes }) => new URL(attributes["browser.document.url.full"]).pathname;
    assert.equal(address(await site.receiver.requestSpan("?sign-in")), "/opening");
    assert.equal(address(await site.receiver.span(({ name }) => name === "click button#go", "the click")), "/sign-in");
  },
);

everywhere(
  "ids are valid whatever the page has made of built-ins",
  {
    before: `<script>
      Array.from = (list) => { const all = []; for (let at = 0; at < list.length; at++) all[at] = list[at]; return all; };
      String.prototype.padStart = function () { return "" };
      crypto.getRandomValues = () => {};</script>`,
  },
  async (driver, site) => {
    await driver.evaluate("fetch('/api/echo?1').then(() => fetch('/api/echo?2')).then(() => 1)");
    const [one, two] = site.apiRequests.map(({ headers }) => String(headers["traceparent"]));
    assert.match(String(one), IDS);
    assert.match(String(two), IDS);
    assert.notEqual(one, two);
  },
);

everywhere(
  "elements of the page named like members of the document change nothing",
  { body: '<img name="baseURI" src="data:,"><img name="getElementsByTagName" src="data:,"><form id="Request"></form>' },
  async (driver, site) => {
    await driver.evaluate("fetch('/api/echo').then(() => 1)");
    assert.match(String(site.apiRequests[0]?.headers["traceparent"]), IDS);
  },
);

everywhere("options that are used again are read for each request", {}, async (driver, site) => {
  await driver.evaluate(`(async () => {
    const options = { method: "DELETE" };
    const first = fetch("/api/slow?deleted", { __proto__: options, headers: { head: "80" } });
    const reused = { method: "PUT", headers: { head: "80" } };
    const second = fetch("/api/slow?put", reused);
    reused.method = "GET";
    const aborted = new AbortController();
    reused.signal = aborted.signal;
    const third = fetch("/api/slow?aborted", reused).catch(() => {});
    reused.signal = undefined;
    setTimeout(() => aborted.abort(), 20);
    await Promise.all([first, second, third]);
  })()`);
  await flush(driver);
  const method = async (/** @type {string} */ which) => (await site.receiver.requestSpan(which)).attributes["http.request.method"];
  assert.deepEqual([await method("?deleted"), await method("?put"), await method("?aborted")], ["DELETE", "PUT", "GET"]);
  assert.equal((await site.receiver.requestSpan("?aborted")).attributes["error.type"], undefined);
});

/** @param {Driver} driver */
const flush = (driver) => driver.evaluate("new Promise((done) => setTimeout(done, 300)).then(() => throughline.flush()).then(() => 1)");
