// @ts-check
// Tests which spans leave a page that samples them by `@throughline/browser/keep`.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { flush, hide, useChromium } from "./chromium.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./site.mjs").Site} Site */
/** @typedef {import("./chromium.mjs").Page} Page */

const visit = useChromium();
const ROOT = join(import.meta.dirname, "../..");

/** Whether the span of the load is held, a second after it. */
const LOADED = "window.throughline && window.engineRuns && control.diagnostics().held === 1";

/**
 * Returns markup that starts the client and samples its spans, with other entries as globals. On a machine under load
 * anything may be slow, which matters only where a test says so.
 * @param {string} options
 * @param {string} [more] what runs after that
 */
const keeping = (options, more = "") => (/** @type {string} */ given) =>
  `<script type="module">import { init } from "/dist/index.js"; import * as keep from "/dist/keep.js"; import * as control from "/dist/control.js";
   import * as spans from "/dist/spans.js"; import * as errors from "/dist/errors.js"; import { describeRequests } from "/dist/requests.js";
   Object.assign(window, { keep, control, spans, errors, describeRequests, throughline: init(${given}) }); keep.keep({ slowMs: Infinity, vitals: false, ...${options} });${more}</script>`;

test("thresholds are those of the edge, and so is what they keep", async () => {
  const { thresholdOf, shortened, isKept } = await threshold();
  let checked = 0;
  for (const name of ["table-of-the-specification", "exact-thresholds", "never-is-not-a-probability", "decisions-at-the-border"]) {
    const [inputs, expected] = await Promise.all(["input", "expected"].map(async (file) => JSON.parse(await readFile(join(ROOT, "tests/cases/sampling", name, `${file}.json`), "utf8"))));
    for (const [at, { op, p, precision, trace_id, ot, th }] of inputs.entries()) {
      if (op === "prob_to_th") {
        if (p >= 0 && p <= 1) {
          const found = thresholdOf(p, precision ?? 14);
          assert.equal(found == null ? null : shortened(found), expected[at].th, `${p} with ${precision} digits`);
        } else assert.throws(() => thresholdOf(p, precision), RangeError);
      } else {
        // A page has no `ot` of another sampler.
        if (ot || th == null) continue;
        assert.equal(isKept(trace_id, th.padEnd(14, "0")), expected[at].sampled, `${trace_id} by ${th}`);
      }
      checked++;
    }
  }
  assert.ok(checked > 50, `${checked} cases`);
});

test("of a share of the traces the spans are sent, with their threshold, and the others are counted", () =>
  visit({ start: keeping("{ ratio: 0.25 }"), body: `<button>Buy</button>` }, async (page, site) => {
    await page.waitForFunction("window.throughline && window.engineRuns");
    const [first] = await Promise.all([page.waitForRequest(/\/api\/trace/), page.evaluate("fetch('/api/trace')")]);
    // The document's load is the parent of those before the first interaction: these are roots.
    await page.evaluate(`(async () => { for (let n = 0; n < 60; n++) await spans.startSpan("root " + n, { parent: null }).run(() => fetch("/api/" + n)); })()`);
    await page.click("button");
    await page.evaluate("throughline.flush()");
    assert.deepEqual(site.receiver.spans(), [], "nothing is decided yet");
    const held = /** @type {any} */ (await page.evaluate("control.diagnostics()"));
    await hide(page);
    // The click ends half a second later.
    await page.waitForTimeout(600);
    await hide(page);
    await flush(page);

    const spans = site.receiver.spans();
    for (const { traceId, traceState, attributes, flags } of spans) {
      assert.equal(traceState, "ot=th:c");
      assert.ok(traceId.slice(18, 19) >= "c", traceId);
      assert.equal(flags, 3);
      assert.equal(attributes["throughline.keep.reason"], undefined);
    }
    const recorded = held.held + 1; // and the click
    assert.equal(held.held, 62, "61 requests and the document's load");
    assert.ok(spans.length > 0 && spans.length < 40, `${spans.length} of ${recorded}`);
    const { lost, sent, waiting, held: left } = /** @type {any} */ (await page.evaluate("control.diagnostics()"));
    assert.deepEqual([lost, waiting, left], [{ sampled_out: recorded - spans.length }, 0, 0]);
    assert.equal(sent, spans.length + site.receiver.logs().length);
    const { traceparent, tracestate } = first.headers();
    assert.match(traceparent ?? "", /-03$/);
    assert.equal(tracestate, undefined);
  }));

test("an error sends what was held back, with the timings of its requests, and what follows", () =>
  visit({ start: keeping("{ ratio: 0, afterMs: 60000 }", SUMMARY), body: `<button>Buy</button>`, expected: /broken/ }, async (page, site) => {
    await page.waitForFunction("window.throughline && window.engineRuns");
    await site.receiver.log(({ name }) => name === "throughline.document_load.resources", "what another part records of the load");
    await page.evaluate(`describeRequests({ templates: ["/api/{name}"], responseHeaders: ["content-type"] });`);
    await page.evaluate(`fetch("/api/before").then((response) => response.text())`);
    await page.click("button");
    await page.waitForTimeout(600);
    await flush(page);
    assert.deepEqual(site.receiver.spans(), []);
    await page.evaluate(`setTimeout(() => { throw new Error("broken"); })`);
    await page.waitForTimeout(50);
    await page.evaluate(`fetch("/api/after").then((response) => response.text())`);
    await page.evaluate("new Promise((resolve) => setTimeout(resolve, 100))");
    await flush(page);
    const spans = site.receiver.spans();
    assert.deepEqual(spans.map(({ name }) => name).sort(), ["GET /api/{name}", "GET /api/{name}", "click button", "documentLoad"]);
    for (const { name, traceState, attributes } of spans) {
      assert.deepEqual([traceState, attributes["throughline.keep.reason"]], ["ot=th:0", "error"], name);
      if (name.startsWith("GET")) {
        assert.ok(attributes["browser.resource_timing.response_end"] > 0, `${name} has its timing`);
        assert.ok(attributes["http.response.header.content-type"], `${name} has what other parts say of it`);
      }
    }
    assert.equal(attributesOf(spans, "documentLoad")["network.protocol.version"], "1.1");
    assert.equal(attributesOf(spans, "click button")["browser.mouse_event.button"], 0);
    await site.receiver.exception("broken");
  }));

test("what was held back is sent by an error that the page has caught, a slow span, the page's wish and a poor web vital", () =>
  visit(
    {
      start: keeping("{ ratio: 0, slowMs: 100_000, vitals: true, afterMs: 0 }"),
      body: `<p style="height: 600px">Shop</p><script>shift = () => new Promise((resolve) => { const late = document.createElement("div"); late.style.height = "600px"; document.body.prepend(late);
        new PerformanceObserver(() => setTimeout(resolve, 50)).observe({ type: "layout-shift", buffered: true }); })</script>`,
    },
    async (page, site) => {
      await page.waitForFunction("window.throughline && window.engineRuns");
      // A page without a paint has no shifts.
      await page.waitForFunction("performance.getEntriesByName('first-contentful-paint').length");
      for (const [reason, cause] of [
        ["error", `throughline.captureException(new Error("caught"))`],
        ["slow", `spans.startSpan("slow", { startTime: 0 }).end(performance.now() + 100_001)`],
        ["requested", `keep.keepNow()`],
        ["web_vital", `shift()`],
      ]) {
        await page.evaluate(`fetch("/api/before-${reason}")`);
        await flush(page);
        assert.ok(!site.receiver.spans().some(({ attributes }) => attributes["url.full"]?.endsWith(`${reason}`)), "it is held back");
        await page.evaluate(cause ?? "");
        await flush(page);
        const { traceState, attributes } = await site.receiver.requestSpan(`/api/before-${reason}`);
        assert.deepEqual([traceState, attributes["throughline.keep.reason"]], ["ot=th:0", reason]);
      }
    },
  ));

test("a resource that is missing, a violated policy and what the page calls less than an error are sent, and hold nothing less back", () =>
  visit({ start: keeping("{ ratio: 0, slowMs: 100_000, vitals: false }"), expected: /status of 404/ }, async (page, site) => {
    await page.waitForFunction("window.throughline && window.engineRuns");
    await page.evaluate(`import("/dist/sources.js").then(({ captureResourceErrors, captureViolations }) => (captureResourceErrors(), captureViolations()))`);
    await page.evaluate(`fetch("/api/before").then((response) => response.text())`);
    await page.evaluate(`new Promise((resolve) => { const image = new Image(); image.onerror = resolve; image.src = "/missing.png"; document.body.append(image); })`);
    await page.evaluate(`document.dispatchEvent(new SecurityPolicyViolationEvent("securitypolicyviolation", { bubbles: true, blockedURI: "https://evil.example/a.js", effectiveDirective: "script-src", sourceFile: location.origin + "/a.js", lineNumber: 3, columnNumber: 4 }))`);
    // As the alias of Sentry's package records a warning.
    await page.evaluate(`{ const { shared } = throughline; const record = shared[1]; shared[1] = (fact, thrown) => record(Object.assign([...fact], { 15: 13 }), thrown); throughline.captureException(new Error("a warning")); shared[1] = record; }`);
    await flush(page);
    await site.receiver.exception("a warning");
    const recorded = site.receiver.logs().filter(({ name }) => name == "exception");
    assert.deepEqual(recorded.map(({ attributes }) => attributes["exception.type"]).sort(), ["ContentSecurityPolicyViolation", "Error", "ResourceError"]);
    assert.deepEqual(site.receiver.spans(), []);
    // A class of the page's own with that name is an error of code.
    await page.evaluate(`throughline.captureException(new (class ResourceError extends Error { name = "ResourceError"; })("of code"))`);
    await flush(page);
    assert.equal((await site.receiver.requestSpan("/api/before")).attributes["throughline.keep.reason"], "error");
  }));

test("after a while without anything that matters spans are held back again", () =>
  visit({ start: keeping("{ ratio: 0, afterMs: 300 }") }, async (page, site) => {
    await page.waitForFunction(LOADED);
    await page.evaluate(`keep.keepNow(), fetch("/api/soon")`);
    await page.waitForTimeout(400);
    await page.evaluate(`fetch("/api/late")`);
    await page.goto("about:blank");
    await site.receiver.requestSpan("/api/soon");
    await until(() => lostOf(site)["sampled_out"] === 1, "the count", () => lostOf(site));
    assert.ok(!site.receiver.spans().some(({ attributes }) => attributes["url.full"]?.includes("/api/late")));
  }));

test("what is older than the ring holds, or more, is decided by ratio", () =>
  visit({ start: keeping("{ ratio: 0, ringBytes: 10000, ringMs: 1000 }") }, async (page, site) => {
    await page.waitForFunction(LOADED);
    await page.evaluate(`(async () => { for (let n = 0; n < 40; n++) await fetch("/api/" + n); })()`);
    const { held, lost } = /** @type {any} */ (await page.evaluate("control.diagnostics()"));
    assert.ok(held > 4 && held < 20, `${held} are held`);
    assert.equal(held + lost.sampled_out, 41);
    await page.waitForTimeout(1200);
    const later = /** @type {any} */ (await page.evaluate("control.diagnostics()"));
    assert.deepEqual([later.held, later.lost], [0, { sampled_out: 41 }]);
    await page.evaluate("keep.keepNow()");
    await flush(page);
    assert.deepEqual(site.receiver.spans(), []);
    assert.deepEqual(lostOf(site), { sampled_out: 41 });
  }));

test("log records of a trace are sent, unless the page samples them too; errors always are", async () => {
  for (const logs of [false, true])
    await visit({ start: keeping(`{ ratio: 0, logs: ${logs} }`) }, async (page, site) => {
      await page.waitForFunction("window.throughline && window.engineRuns");
      await page.evaluate(`errors.log("info", "asked")`);
      await flush(page);
      assert.equal(logsOf(site).length, logs ? 0 : 1);
      await page.evaluate(`throughline.captureException(new Error("caught"))`);
      await flush(page);
      await site.receiver.exception("caught");
      const asked = logsOf(site);
      assert.equal(asked.length, 1);
      assert.equal(asked[0]?.attributes["sampling.threshold"], logs ? "0" : undefined);
    });
});

test("with a ratio of 1 nothing is held back, and with a wrong one neither", async () => {
  for (const [ratio, traceState] of [["1", "ot=th:0"], ["2", undefined]])
    await visit({ start: keeping(`{ ratio: ${ratio} }`) }, async (page, site) => {
      await page.waitForFunction("window.throughline && window.engineRuns");
      await page.evaluate(`fetch("/api/now")`);
      await flush(page);
      assert.equal((await site.receiver.requestSpan("/api/now")).traceState, traceState);
    });
});

test("what is held back when telemetry ends is decided, and the second call of keep changes nothing", () =>
  visit({ start: keeping("{ ratio: 1e-9 }") }, async (page, site) => {
    await page.waitForFunction("window.throughline && window.engineRuns");
    await page.evaluate(`keep.keep({ ratio: 1 }), fetch("/api/last")`);
    await page.evaluate("control.shutdown()");
    await until(() => lostOf(site)["sampled_out"] === 2, "the counts", () => lostOf(site));
    assert.deepEqual(site.receiver.spans(), []);
    await page.evaluate(`fetch("/api/after").then(() => keep.keepNow())`);
    await page.goto("about:blank");
    assert.deepEqual(lostOf(site), { sampled_out: 2 });
  }));

test("a page that is left tells all in one request", () =>
  visit({ start: keeping("{ ratio: 0.5 }"), body: "<h1>Shop</h1>" }, async (page, site) => {
    await page.waitForFunction("window.throughline && window.engineRuns && performance.getEntriesByName('first-contentful-paint').length");
    await flush(page);
    const before = site.receiver.requests.length;
    const recorded = 30 + 1;
    await page.evaluate(`(async () => { for (let n = 0; n < 30; n++) await spans.startSpan("root", { parent: null }).run(() => fetch("/api/" + n)); })()`);
    await page.goto("about:blank");
    await until(() => site.receiver.spans().length + (lostOf(site)["sampled_out"] ?? 0) === recorded, "all spans", () => [site.receiver.spans().length, lostOf(site)]);
    assert.ok(site.receiver.bundles().at(-1)?.logs.some(({ attributes }) => attributes["browser.web_vital.name"] === "cls"), "with the vitals");
    assert.equal(site.receiver.requests.length, before + 1);
  }));

test("in random pages what was sent and sampled out is what was recorded", async () => {
  for (let seed = 1; seed <= 3; seed++)
    await visit({ start: keeping(`{ ratio: 0.3, ringBytes: ${seed * 3000}, ringMs: ${seed * 200}, afterMs: ${seed * 20} }`), body: "<button>Buy</button>" }, async (page, site) => {
      await page.waitForFunction("window.throughline && window.engineRuns");
      const made = /** @type {number} */ (
        await page.evaluate(`(async () => {
          let [state, made] = [${seed}, 0];
          const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
          for (let step = 0; step < 60; step++) {
            const dice = random();
            if (dice < 0.75) { await spans.startSpan("root", { parent: null }).run(() => fetch("/api/" + step)); made++; }
            else if (dice < 0.78) { throughline.captureException(new Error("error " + step)); made++; }
            else if (dice < 0.81) keep.keepNow();
            else if (dice < 0.9) { spans.startSpan("own", { parent: null }).end(); made++; }
            else await new Promise((resolve) => setTimeout(resolve, random() * 100));
          }
          return made;
        })()`)
      );
      await page.goto("about:blank");
      // Besides the document's load, the session, and the vitals.
      const sent = () => site.receiver.spans().length + site.receiver.logs().filter(({ name }) => name === "exception").length;
      await until(() => sent() + (lostOf(site)["sampled_out"] ?? 0) === made + 1, `seed ${seed}`, () => [made, sent(), lostOf(site)]);
      assert.deepEqual(Object.keys(lostOf(site)), ["sampled_out"]);
    });
});

/** Code of a part that sees the fact of the document's load. */
const SUMMARY = `import { describeDocumentLoad } from "/dist/document-load.js"; describeDocumentLoad();`;

/** The module of thresholds, which the entry does not export. */
async function threshold() {
  const { outputFiles } = await build({ entryPoints: [join(ROOT, "npm/browser/src/keep/threshold.ts")], bundle: true, format: "esm", write: false, logLevel: "error" });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0]?.contents ?? []).toString("base64")}`);
}

/** @param {import("./otlp.mjs").Span[]} spans @param {string} name */
const attributesOf = (spans, name) => spans.find((span) => span.name === name)?.attributes ?? {};

/** The log records of the page's own. @param {Site} site */
const logsOf = ({ receiver }) => receiver.logs().filter(({ body }) => body !== undefined);

/** The counts that have arrived. @param {Site} site */
function lostOf({ receiver }) {
  /** @type {Record<string, number>} */
  const lost = {};
  for (const { dropped } of receiver.bundles()) for (const [reason, count] of Object.entries(dropped)) lost[reason] = (lost[reason] ?? 0) + Number(count);
  return lost;
}
