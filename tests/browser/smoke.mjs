// @ts-check
// Tests a visit in any browser: its errors, requests, and the vitals that the browser measures.

import assert from "node:assert/strict";
import { putPage } from "./chromium.mjs";
import { detect, record } from "./features.mjs";
import { serve } from "./site.mjs";
import { until } from "./until.mjs";

/**
 * A browser with one page. `evaluate` awaits promises and returns what JSON can hold.
 * @typedef {{
 *   press(key: Key): Promise<void>,
 *   goto(url: string): Promise<void>,
 *   evaluate(expression: string): Promise<any>,
 *   click(selector: string): Promise<void>,
 *   close(): Promise<void>,
 *   kill(): Promise<void>,
 *   stop(): Promise<void>,
 *   pid: number,
 * }} Driver
 * `press` presses a key of the element that has the focus; `close` closes the page as a person does, `kill` ends all processes of the browser in an instant;
 * `pid` is the process that all of them descend from.
 */

/** A letter, or a key by its name: https://www.w3.org/TR/uievents-key/ @typedef {"a" | "b" | "c" | "Enter" | "Escape"} Key */

/** The code by which WebDriver names a key: https://www.w3.org/TR/webdriver2/#keyboard-actions @param {Key} key */
export const codeOf = (key) => ({ Enter: "\ue007", Escape: "\ue00c" })[/** @type {string} */ (key)] ?? key;

/** Makes one visit: a click, requests with `traceparent` and without, an error. @param {Driver} driver @param {string} engine */
export async function smoke(driver, engine) {
  const site = await serve();
  try {
    site.put("/shop.js", { body: SHOP });
    putPage(site, "/", {
      options: ({ allowed }) => ({ tracePropagationTargets: [allowed] }),
      head: '<script src="/shop.js" defer></script>',
      body: `<h1>Shop</h1><button id="buy">Buy</button>`,
    });
    await driver.goto(`${site.origin}/`);
    await until(() => driver.evaluate("!!window.throughline && !!window.ready"), "the page");
    await driver.evaluate(`window.go(${JSON.stringify([site.allowed, site.foreign])})`);
    await driver.click("#buy");
    await until(() => driver.evaluate("!!window.done"), "the click's work");
    await driver.evaluate("throughline.flush()");
    // A page that is left before it is painted has no first paint, which a busy machine makes likely.
    await until(() => driver.evaluate("performance.getEntriesByName('first-contentful-paint').length"), "the first paint");
    const measurable = ["fcp", "ttfb"];
    /** @type {[import("./features.mjs").Feature, boolean][]} */
    const found = [];
    for (const [vital, feature] of VITALS) {
      const has = await detect(driver, feature);
      if (has) measurable.push(vital);
      found.push([feature, has]);
    }
    measurable.sort();
    await driver.goto("about:blank");

    const exception = await site.receiver.exception("nothing in stock");
    const { attributes } = exception;
    assert.equal(attributes["exception.type"], "RangeError");
    const stack = attributes["exception.stacktrace"];
    assert.match(stack, /stock.*\/shop\.js:2:/);
    assert.match(stack, /price.*\/shop\.js:4:/);

    const click = await site.receiver.span(({ name }) => name === "click button#buy", "the click");
    assert.equal(exception.spanId, click.spanId);
    for (const [origin, propagated] of /** @type {const} */ ([
      [site.origin, true],
      [site.allowed, true],
      [site.foreign, false],
    ])) {
      const span = await site.receiver.requestSpan(`${origin}/api/echo`);
      assert.equal(span.parentSpanId, click.spanId, origin);
      assert.equal(span.attributes["http.response.status_code"], 200);
      assert.equal(span.attributes["error.type"], undefined);
      const request = site.apiRequests.find((one) => one.origin === origin && one.method === "GET");
      assert.equal(request?.headers["traceparent"], propagated ? `00-${span.traceId}-${span.spanId}-03` : undefined);
    }
    await site.receiver.span(({ name }) => name === "documentLoad", "the load of the document");

    const vitals = () =>
      site.receiver
        .logs()
        .filter(({ name }) => name === "browser.web_vital")
        .map(({ attributes }) => attributes["browser.web_vital.name"]);
    await until(() => measurable.every((name) => vitals().includes(name)), `${measurable}`, vitals);
    // All is sent when the page is left, so what is missing now is never sent.
    assert.deepEqual(vitals().sort(), measurable);
    assert.ok(
      site.receiver.logs().every(({ attributes }) => (attributes["browser.web_vital.value"] ?? 0) >= 0),
      "no duration is negative",
    );
    for (const [feature, has] of found) record({ feature, engine, has, test: `a visit in ${engine}` });
  } finally {
    await site.stop();
  }
}

/** Web vitals that not every browser measures, each with the feature that it needs. */
const VITALS = /** @type {const} */ ([
  ["lcp", "largest-contentful-paint"],
  ["cls", "layout-shift"],
  ["inp", "interactionId"],
]);

const SHOP = `function stock() {
  throw new RangeError("nothing in stock");
}
function price() { stock(); }
window.go = ([allowed, foreign]) => {
  buy.onclick = () => {
    const slow = performance.now() + 120;
    while (performance.now() < slow);
    Promise.all(["", allowed, foreign].map((origin) => fetch(origin + "/api/echo")))
      .then((answers) => Promise.all(answers.map((answer) => answer.text())))
      .then(() => (window.done = true));
    price();
  };
};
window.ready = true;
`;
