// @ts-check
// Tests @throughline/react in real apps: each error of React is recorded once, with its component stack.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { flush, useChromium } from "./chromium.mjs";
import { filesOfDemo, project } from "./react-app.mjs";
import { play } from "../e2e/page.mjs";

const visit = useChromium();
/** @type {Record<number, import("./react-app.mjs").Project>} */
const projects = {};
before(async () => {
  for (const version of /** @type {const} */ ([18, 19])) projects[version] = await project(version);
});
after(() => Promise.all(Object.values(projects).map((one) => one.remove())));

/**
 * Builds the app, opens it, and returns its exceptions after `work`.
 * @param {18 | 19} version @param {string} app source that defines `App` and may define `root`, the options of the root
 * @param {RegExp} expected errors of the page @param {(page: import("./chromium.mjs").Page) => Promise<unknown>} [work]
 */
async function exceptionsOf(version, app, expected, work) {
  const files = (await projects[version]?.build(MAIN.replace("APP", app))) ?? [];
  /** @type {import("./otlp.mjs").LogRecord[]} */
  let records = [];
  await visit({ expected, prepare: async (_, site) => files.forEach(([path, body]) => site.put(path, { body })) }, async (page, site) => {
    await page.goto(`${site.origin}/index.html`);
    await page.waitForFunction("window.throughline && window.engineRuns && window.rendered");
    await work?.(page);
    await flush(page);
    records = site.receiver.logs().filter(({ name }) => name === "exception");
  });
  // The engine makes one record of equal errors, and counts them.
  for (const { attributes } of records) assert.equal(attributes["throughline.exception.count"], undefined, attributes["exception.message"]);
  return records.map(({ severity, attributes }) => ({
    severity,
    message: attributes["exception.message"],
    handled: attributes["throughline.exception.handled"],
    mechanism: attributes["throughline.exception.mechanism"],
    components: components(attributes["throughline.exception.component_stack"]),
    step: attributes["app.step"],
  }));
}

for (const version of /** @type {const} */ ([18, 19])) {
  test(`React ${version}: an error in a boundary is recorded once, and the boundary shows its fallback until it is reset`, async () => {
    const app = `
      let broken = true;
      function Price() { if (broken) throw new TypeError("no price"); return <b id="price">7</b>; }
      function Basket() { return <section><Price /></section>; }
      const Again = ({ reset }) => <button id="again" onClick={() => { broken = false; reset(); }}>Again</button>;
      const App = () => <ErrorBoundary tags={{ step: "basket" }} fallback={Again} onError={(error, stack) => (window.seen = [error.message, stack.includes("Basket")])}>
        <Basket /></ErrorBoundary>;
      const root = rootHooks();`;
    const records = await exceptionsOf(version, app, /no price/, async (page) => {
      assert.deepEqual(await page.evaluate("window.seen"), ["no price", true]);
      await page.click("#again");
      await page.waitForSelector("#price");
    });
    assert.deepEqual(records, [
      { severity: 13, message: "no price", handled: true, mechanism: "captureException", components: ["Price", "section", "Basket"], step: "basket" },
    ]);
  });

  test(`React ${version}: an error that nothing catches is recorded once, as not handled`, async () => {
    const app = `function Price() { throw new RangeError("no stock"); } const App = () => <main><Price /></main>; const root = rootHooks();`;
    const records = await exceptionsOf(version, app, /no stock/);
    const { components, ...record } = records[0] ?? {};
    assert.equal(records.length, 1);
    const mechanism = version == 19 ? "uncaught" : "onerror";
    assert.deepEqual(record, { severity: 17, message: "no stock", handled: false, mechanism, step: undefined });
    assert.deepEqual(components, version == 19 ? ["Price", "main"] : []);
  });
}

test("a thrown text is recorded once, in a boundary and without one", async () => {
  for (const [app, handled] of /** @type {const} */ ([
    [`const Fail = () => { throw "a text"; }; const App = () => <ErrorBoundary fallback="sorry"><Fail /></ErrorBoundary>; const root = rootHooks();`, true],
    [`const Fail = () => { throw "a text"; }; const App = () => <Fail />; const root = rootHooks();`, false],
  ])) {
    const records = await exceptionsOf(19, app, /a text/);
    assert.deepEqual(records.map(({ message, handled }) => [message, handled]), [["a text", handled]]);
  }
});

test("an error in a boundary of another library is recorded once by the root's hook, and the page's own hook is called", async () => {
  const app = `
    class Other extends React.Component {
      state = {};
      static getDerivedStateFromError = () => ({ failed: true });
      render() { return this.state.failed ? <i id="failed">failed</i> : this.props.children; }
    }
    function Price() { throw new TypeError("no price"); }
    const App = () => <Other><Price /></Other>;
    const root = rootHooks({ onCaughtError: (error, info) => (window.caught = [error.message, info.componentStack.includes("Price")]) });`;
  const records = await exceptionsOf(19, app, /^$/, async (page) => {
    assert.deepEqual(await page.evaluate("window.caught"), ["no price", true]);
  });
  assert.deepEqual(records.map(({ message, handled, components }) => [message, handled, components[0]]), [["no price", true, "Price"]]);
});

test("what React recovers from is a warning, once", async () => {
  const app = `const App = () => <b id="price">of the browser</b>; const root = rootHooks();
    document.getElementById("root").innerHTML = "<i>of the server</i>"; const hydrate = true;`;
  const records = await exceptionsOf(19, app, /./);
  assert.deepEqual(records.map(({ severity, handled }) => [severity, handled]), [[13, true]]);
});

test("a boundary renders again when one of its keys changes", async () => {
  const app = `
    function Item({ id }) { if (id == 1) throw new TypeError("no item 1"); return <b id="item">{id}</b>; }
    function App() {
      const [id, setId] = React.useState(1);
      return <><button id="next" onClick={() => setId(id + 1)}>Next</button>
        <ErrorBoundary fallback={<i id="sorry">sorry</i>} resetKeys={[id]}><Item id={id} /></ErrorBoundary></>;
    }
    const root = rootHooks();`;
  const records = await exceptionsOf(19, app, /no item/, async (page) => {
    await page.waitForSelector("#sorry");
    await page.click("#next");
    assert.equal(await page.textContent("#item"), "2");
  });
  assert.equal(records.length, 1);
});

test("the demo shop shows a broken basket, reports its error in the trace of the click, and repairs it", async () => {
  const files = await filesOfDemo();
  await visit({ expected: /no products to look up|404|Failed to load/, prepare: async (_, site) => files.forEach(([path, body]) => site.put(path, { body })) }, async (page, site) => {
    await page.goto(`${site.origin}/index.html`);
    await page.click("#fail-in-react");
    await page.click("#repair-basket");
    await page.waitForSelector("#buy");
    await page.goto("about:blank");
    const click = await site.receiver.span(({ name }) => name === "click button#fail-in-react", "the click");
    const records = site.receiver.logs().filter(({ name }) => name === "exception");
    const basket = records.filter(({ attributes }) => attributes["exception.message"] === "the basket has no products to look up");
    assert.equal(basket.length, 1);
    assert.equal(basket[0]?.spanId, click.spanId);
    assert.equal(basket[0]?.attributes["app.items"], "0");
    assert.match(basket[0]?.attributes["throughline.exception.component_stack"], /at aside/);
  });
});

test("the demo shop shows routes, breadcrumbs, a worker's error, a slow interaction, and asks for consent", async () => {
  const files = await filesOfDemo();
  const products = [{ sku: "lamp", name: "Lamp", description: "Warm light", priceCents: 4900 }];
  const expected = /no products to look up|404|Failed to load|discount|percent/;
  await visit({ start: () => "", expected, prepare: async (_, site) => files.forEach(([path, body]) => site.put(path === "/index.html" ? "/shop" : path, { body })) }, async (page, site) => {
    await page.route("**/api/products", (route) => route.fulfill({ json: { products } }));
    await page.goto(`${site.origin}/shop`);
    const { refused } = await play(page, `${site.origin}/shop`);
    assert.equal(refused, undefined);
    await page.goto("about:blank");
    const route = await site.receiver.span(({ name }) => name === "navigation /products/{sku}", "the route");
    assert.match((await site.receiver.span(({ spanId }) => spanId === route.parentSpanId, "the click")).name, /^click a/);
    const { attributes } = await site.receiver.exception("the basket has no products to look up");
    for (const category of ["navigation", "click", "request"]) assert.ok(attributes["throughline.exception.breadcrumbs"]?.includes(`"${category}"`), category);
    assert.equal(attributes["throughline.document.url.template"], "/products/{sku}");
    await site.receiver.log(({ attributes }) => /receipt\.worker/.test(attributes["app.worker"] ?? ""), "the error of the worker");
    const inp = await site.receiver.log(({ attributes }) => /be-slow/.test(attributes["browser.css_selector"] ?? "") && attributes["browser.web_vital.name"] === "inp", "the slow interaction");
    assert.ok(inp.attributes["browser.web_vital.value"] >= 800 && inp.attributes["throughline.web_vital.script.duration"] >= 700);
  });
});

/** The components of a stack, innermost first. @param {string} stack */
const components = (stack = "") => [...stack.matchAll(/^\s*(?:at )?([\w$]+)/gm)].map(([, name]) => name).slice(0, 3).filter((name) => name !== "App" && name !== "ErrorBoundary");

const MAIN = `
import { init } from "@throughline/browser";
import { ErrorBoundary, rootHooks } from "@throughline/react";
import * as React from "react";
import { createRoot, hydrateRoot } from "react-dom/client";

window.throughline = init({ endpoint: "/_t", key: "pk_test", serviceName: "shop-web" });
APP
const element = document.getElementById("root");
const Rendered = () => { React.useEffect(() => void (window.rendered = true)); return null; };
// A root of its own, so that it is there when the other one is empty.
addEventListener("load", () => createRoot(document.body.appendChild(document.createElement("div"))).render(<Rendered />));
if (typeof hydrate == "boolean") hydrateRoot(element, <App />, root);
else createRoot(element, root).render(<App />);
`;

test("what the development build of React 19 makes for the developer tools is not recorded, and the page's own marks are", async () => {
  const app = `
    import { createRoot } from "react-dom/client"; import { useState, useEffect } from "react";
    import { init } from "@throughline/browser"; import { traceUserTimings } from "@throughline/browser/user-timings";
    window.throughline = init({ endpoint: "/_t", key: "pk_test", serviceName: "shop-web" }); traceUserTimings();
    function Item({ at }) { const end = performance.now() + 8; while (performance.now() < end); return <li>{at}</li>; }
    function Cart() { const [count, set] = useState(1); useEffect(() => { if (count < 4) set(count + 1); else { performance.mark("shop.rendered"); window.rendered = true; } });
      return <ul>{Array.from({ length: count }, (_, at) => <Item key={at} at={at} />)}</ul>; }
    createRoot(document.querySelector("#root")).render(<Cart />);`;
  const development = { name: "development", config: () => ({ define: { "process.env.NODE_ENV": '"development"' } }) };
  const files = (await projects[19]?.build(app, [development])) ?? [];
  await visit({ prepare: async (_, site) => files.forEach(([path, body]) => site.put(path, { body })) }, async (page, site) => {
    // The browser drops entries of React's own again: they are counted as they are made.
    await page.addInitScript(() => {
      const own = performance.measure;
      Object.assign(window, { tracks: 0 });
      performance.measure = function (.../** @type {any} */ given) {
        if (/** @type {any} */ (given[1])?.detail?.devtools) /** @type {any} */ (window).tracks++;
        return own.apply(this, given);
      };
    });
    await page.goto(`${site.origin}/index.html`);
    await page.waitForFunction("window.throughline && window.engineRuns && window.rendered");
    assert.ok(Number(await page.evaluate("window.tracks")) > 0, "React makes measures for its tracks");
    await flush(page);
    await site.receiver.log(({ name, attributes }) => name === "throughline.user_timing.mark" && attributes["throughline.user_timing.name"] === "shop.rendered", "the page's own mark");
    assert.deepEqual(site.receiver.logs().filter(({ name }) => name === "throughline.user_timing.mark").length, 1);
    assert.deepEqual(site.receiver.spans().filter(({ name }) => name !== "documentLoad" && !/^GET/.test(name)).map(({ name }) => name), []);
  });
});
