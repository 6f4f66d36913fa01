// @ts-check
// Tests further sources of errors in every browser: resources, violations of the policy, the console, workers.

import assert from "node:assert/strict";
import { asModule } from "./chromium.mjs";
import { everywhere } from "./engines.mjs";
import { until } from "./until.mjs";

/** Markup that starts the client, and makes the functions of the entry `sources` a global. @param {string} options */
const start = (options) => `${asModule(options)}<script type="module">import * as sources from "/dist/sources.js"; window.sources = sources;</script>`;

/** @param {import("./smoke.mjs").Driver} driver */
const ready = (driver) => until(() => driver.evaluate("!!(window.throughline && window.sources)"), "the page");

/** @param {import("./site.mjs").Site} site @param {string} type */
const messages = (site, type) =>
  site.receiver.logs().filter(({ attributes }) => attributes["exception.type"] === type).map(({ attributes }) => attributes["exception.message"]);

everywhere("elements that cannot be loaded are recorded, each address once, until it is ended", { start, files: { "/gone.png": { body: "", status: 404 }, "/gone.js": { body: "", status: 404 } } }, async (driver, site) => {
  await ready(driver);
  await driver.evaluate(`void (window.end = sources.captureResourceErrors(), window.put = (tag, address) => new Promise((settle) => {
    const element = document.createElement(tag); element.onerror = settle; element.src = address; document.body.append(element); }))`);
  await driver.evaluate(`put("img", "/gone.png").then(() => put("img", "/gone.png")).then(() => put("script", "/gone.js")).then(() => { end(); return put("script", "/gone.js?again"); }).then(() => throughline.flush())`);
  assert.deepEqual(messages(site, "ResourceError"), [
    `<img> could not be loaded: ${site.origin}/gone.png`,
    `<script> could not be loaded: ${site.origin}/gone.js`,
  ]);
});

everywhere("violations of the policy are recorded with directive and address, each once", { start, headers: { "content-security-policy": "img-src 'self'" } }, async (driver, site) => {
  await ready(driver);
  await driver.evaluate(`void (sources.captureViolations(), window.seen = 0, addEventListener("securitypolicyviolation", () => seen++, true))`);
  await driver.evaluate(`void [1, 2].forEach(() => { new Image().src = "http://elsewhere.test/pixel.png"; })`);
  await until(() => driver.evaluate("seen > 0"), "the event");
  await driver.evaluate("throughline.flush()");
  const [message, ...more] = messages(site, "ContentSecurityPolicyViolation");
  assert.match(message ?? "", /^img-src blocks http:\/\/elsewhere\.test/);
  assert.deepEqual(more, []);
});

everywhere("calls of the console are recorded as log records or as their error, and printed all the same", { start }, async (driver, site) => {
  await ready(driver);
  await driver.evaluate(`(() => {
    window.printed = [];
    console.error = (...given) => printed.push(given.length);
    const end = sources.captureConsole();
    sources.captureConsole();
    console.error("no", { password: "hunter2" });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    console.error(proxy);
    console.error("failed:", new TypeError("no price"));
    end();
    console.error("after");
    return throughline.flush();
  })()`);
  assert.deepEqual(await driver.evaluate("printed"), [2, 1, 2, 1]);
  assert.deepEqual(messages(site, "TypeError"), ["no price"]);
  const logged = site.receiver.logs().filter(({ body }) => body !== undefined);
  assert.deepEqual(logged.map(({ severity, body }) => [severity, /** @type {any} */ (body).text]), [[17, "no [object Object]"]]);
});

everywhere(
  "errors of a worker are recorded in its page, each once, those from before it was asked too",
  {
    start,
    files: {
      "/worker.js": {
        body: `import "/dist/worker.js";
          class PriceError extends Error { name = "PriceError"; }
          globalThis._throughlineDebugIds = { [new Error().stack]: "5112d637-3674-5e14-9e82-488a7e7e60c2" };
          onmessage = ({ data }) => { postMessage(data); if (data == "reject") Promise.reject(new PriceError("rejected", { cause: new RangeError("too low") }));
            if (data == "several") {
              const around = new AggregateError([new PriceError("first"), null, "second"], "several");
              around.errors.push(around);
              Object.defineProperty(around.errors[0], "errors", { get() { throw 1; } });
              Promise.reject(around);
            } };
          setTimeout(() => { throw new PriceError("early"); });`,
      },
    },
  },
  async (driver, site) => {
    await ready(driver);
    await driver.evaluate(`void (window.answers = [], window.worker = new Worker("/worker.js", { type: "module" }), sources.captureWorker(worker, { role: "prices" }),
      worker.onmessage = ({ data }) => { answers.push(data); if (answers.length == 1) worker.postMessage("reject"); })`);
    await driver.evaluate(`worker.postMessage("started")`);
    const early = await site.receiver.exception("early");
    const rejected = await site.receiver.exception("rejected");
    for (const { severity, attributes } of [early, rejected])
      assert.deepEqual(
        [severity, attributes["exception.type"], attributes["app.worker"], attributes["app.role"]],
        [17, "PriceError", `${site.origin}/worker.js`, "prices"],
      );
    assert.equal(rejected.attributes["throughline.exception.causes"][0].type, "RangeError");
    assert.deepEqual(early.attributes["throughline.exception.images"], [{ type: "sourcemap", code_file: `${site.origin}/worker.js`, debug_id: "5112d637-3674-5e14-9e82-488a7e7e60c2" }]);
    await driver.evaluate(`worker.postMessage("several")`);
    const { attributes } = await site.receiver.exception("several");
    const behind = attributes["throughline.exception.causes"].map((/** @type {any} */ { path, type, message }) => `${path} ${type} ${message}`);
    assert.deepEqual(behind.slice(0, 4), ["errors[0] PriceError first", "errors[2] string second", "errors[3] AggregateError several", "errors[3].errors[0] PriceError first"]);
    assert.ok(behind.length < 10);
    assert.deepEqual(site.receiver.errors().filter((message) => /early|rejected/.test(message)).length, 2, "each once");
    // The worker's own listeners never see the message that asks.
    assert.deepEqual(await driver.evaluate("answers"), ["started", "reject", "several"]);
  },
);

everywhere(
  "an error of a worker without the package is recorded, also when the page is left at once or telemetry ends",
  { start, files: { "/plain.js": { body: `onmessage = ({ data }) => { if (typeof data == "string") throw new Error(data); };` } } },
  async (driver, site) => {
    // The window is told of an error after the worker is, and the page's own listener after the client's.
    const thrown = (/** @type {string} */ name) =>
      `new Promise((settle) => { const worker = new Worker("/plain.js"); sources.captureWorker(worker); worker.postMessage("${name}");
        addEventListener("error", ({ message }) => message.includes("${name}") && settle()); })`;
    await ready(driver);
    await driver.evaluate(`${thrown("left")}.then(() => {})`);
    await driver.goto("about:blank");
    await until(() => site.receiver.errors().some((message) => /left/.test(message ?? "")), "the error", () => site.receiver.errors());
    await driver.goto(`${site.origin}/`);
    await ready(driver);
    await driver.evaluate(`import("/dist/control.js").then(({ shutdown }) => ${thrown("ended")}.then(() => shutdown()))`);
    await until(() => site.receiver.errors().some((message) => /ended/.test(message ?? "")), "the error", () => site.receiver.errors());
    assert.equal(site.receiver.errors().filter((message) => /left|ended/.test(message ?? "")).length, 2, "each once");
  },
);
