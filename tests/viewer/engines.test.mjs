// @ts-check
// Tests the viewer page in Firefox and WebKitGTK: one stream for several tabs, lists that grow,
// values that are cut.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { FIREFOX, launchFirefox } from "../browser/firefox.mjs";
import { isInstalled } from "../browser/process.mjs";
import { launchWebkit, WEBKIT } from "../browser/webkit.mjs";
import { becomes } from "./browser.mjs";
import { serve } from "./server.mjs";
import { attributesOf, logsOf, newTrace, now, spanId, tracesOf } from "./telemetry.mjs";

/** @type {Awaited<ReturnType<typeof serve>>} */
let store;
before(async () => {
  store = await serve("--port", "0", "--empty");
});
after(() => store?.stop());

const firefox = !isInstalled(FIREFOX) && `${FIREFOX} is not installed`;
test("Firefox", { skip: firefox }, async () => visit(await launchFirefox()));

const missing = Object.values(WEBKIT).filter((program) => !isInstalled(program));
test("WebKitGTK", { skip: missing.length > 0 && `${missing.join(", ")} not installed` }, async () =>
  visit(await launchWebkit()),
);

/** @param {import("../browser/smoke.mjs").Driver} driver */
async function visit(driver) {
  try {
    const trace = newTrace();
    const start = now();
    const attributes = { text: "lorem ipsum ".repeat(100_000), quoted: 'a "b" \\ *' };
    await store.send("traces", tracesOf("shop", { trace, name: "GET /basket", start, end: 0n, attributes }));
    const logs = Array.from({ length: 1_000 }, (_, index) => ({
      traceId: trace,
      spanId: spanId(1),
      timeUnixNano: String(start + BigInt(index)),
      body: { stringValue: `line ${index}` },
    }));
    await store.send("logs", logsOf("shop", ...logs));

    await driver.goto(`${store.address}/?q=${trace}`);
    await becomes(() => driver.evaluate(`document.querySelectorAll("tr[data-trace] .icon-clock").length`), 1);
    await becomes(() => driver.evaluate(`document.querySelector(".live.connected") !== null`), true);
    // A second subscriber is what another tab is.
    await driver.evaluate(`(async () => {
      window.EventSource = class { constructor() { throw new Error("a second stream"); } };
      const { listen } = await import("/viewer/stream.js");
      window.received = [];
      listen({ changed: (change) => received.push(...change.traces), connected: (connected) => received.push(connected) });
    })()`);
    await becomes(() => driver.evaluate("received[0]"), true);
    const second = newTrace();
    await store.send("traces", tracesOf("shop", { trace: second }));
    await becomes(() => driver.evaluate(`received.includes("${second}")`), true);

    await driver.goto(`${store.address}/trace/${trace}?span=${spanId(1)}`);
    await becomes(() => driver.evaluate(`document.querySelector(".panel .show-all")?.textContent`), "Show all (1.14 MiB)");
    const find = await driver.evaluate(
      `[...document.querySelectorAll(".panel a.find")].map((link) => link.getAttribute("href")).find((href) => href.includes("quoted"))`,
    );
    const { traces } = await (await fetch(`${store.address}/api/traces${find.slice(1)}`)).json();
    assert.equal(traces[0].trace_id, trace);
    await driver.evaluate(`document.querySelector(".panel-head button").click()`);
    await driver.evaluate(`document.querySelectorAll("[role=tab]")[1].click()`);
    const lines = () => driver.evaluate(`document.querySelectorAll(".trace-logs .log").length`);
    await becomes(lines, 100);
    await driver.evaluate(`document.querySelector(".trace-logs > :last-child").scrollIntoView()`);
    await becomes(async () => (await lines()) > 100, true);

    const looped = newTrace();
    const attributesOfPage = { "session.id": "visit-1", "http.request.method": "GET", "http.route": "/loop" };
    const queries = Array.from({ length: 6 }, (_, index) => ({ trace: looped, id: 2 + index, parent: 1, name: "SELECT orders", kind: 3, attributes: { "db.system.name": "sqlite" } }));
    await store.send("traces", tracesOf("shop", { trace: looped, name: "GET /loop", kind: 2, attributes: attributesOfPage }, ...queries));
    const exception = attributesOf({ "exception.type": "Error", "exception.message": "offline" });
    await store.send("logs", logsOf("shop", { traceId: looped, spanId: spanId(1), timeUnixNano: String(start), eventName: "exception", attributes: exception }));
    const exemplar = { asDouble: 2, timeUnixNano: String(start), traceId: looped, spanId: spanId(1) };
    const metric = { name: "duration", sum: { dataPoints: [{ asInt: "1", exemplars: [exemplar] }] } };
    await store.send("metrics", { resourceMetrics: [{ resource: { attributes: attributesOf({ "service.name": "shop" }) }, scopeMetrics: [{ metrics: [metric] }] }] });

    const count = (/** @type {string} */ selector) => driver.evaluate(`document.querySelectorAll(${JSON.stringify(selector)}).length`);
    await driver.goto(`${store.address}/trace/${looped}`);
    await becomes(() => driver.evaluate(`document.querySelector(".row.siblings .times")?.textContent`), "6 ×");
    // All of them are collapsed, then expanded.
    for (let times = 0; times < 2; times++) await driver.evaluate(`document.dispatchEvent(new KeyboardEvent("keydown", { key: "x" }))`);
    await becomes(() => count(".row"), 8);
    await driver.goto(`${store.address}/?since=15m`);
    await becomes(async () => (await count("tr[data-trace]")) >= 3, true);
    await driver.evaluate(`(() => {
      const field = document.querySelector("input[role=combobox]");
      field.focus();
      field.value = "http.route=";
      field.setSelectionRange(11, 11);
      field.dispatchEvent(new Event("input"));
    })()`);
    await becomes(() => driver.evaluate(`document.querySelector(".completions .completion")?.textContent`), "/loop");
    for (const [path, parts] of /** @type {const} */ ([
      [`/compare?first=${looped}&second=${second}`, ".comparison tbody tr"],
      ["/errors?since=15m", ".error-group .trend rect"],
      ["/logs?q=exception.type%3DError", ".log"],
      ["/routes", ".heat-cells a"],
      ["/sessions?session=visit-1", ".visit .bar"],
      ["/map", ".map-line"],
      ["/metrics?metric=duration", ".points a"],
    ])) {
      await driver.goto(`${store.address}${path}`);
      await becomes(async () => ((await count(parts)) > 0 ? "shown" : path), "shown");
    }
  } finally {
    await driver.stop();
  }
}
