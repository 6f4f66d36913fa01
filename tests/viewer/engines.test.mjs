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
import { logsOf, newTrace, now, spanId, tracesOf } from "./telemetry.mjs";

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
  } finally {
    await driver.stop();
  }
}
