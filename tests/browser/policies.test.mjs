// @ts-check
// Tests pages with strict policies: Trusted Types without any policy of ours, and integrity of our files, of which
// one with a changed byte is refused while the app goes on.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { asScript, flush, useChromium } from "./chromium.mjs";
import { DIST } from "./site.mjs";

const visit = useChromium();
/** @type {Record<string, string>} */
const INTEGRITY = JSON.parse(await readFile(join(DIST, "integrity.json"), "utf8"));
const { exports } = JSON.parse(await readFile(join(import.meta.dirname, "../../npm/browser/package.json"), "utf8"));
/** The modules that a page can import without another package. */
const MODULES = Object.entries(exports)
  .map(([key, conditions]) => [key.slice(2) || "index", conditions.import?.default])
  .filter(([name, target]) => target?.endsWith(".js") && !target.endsWith(".iife.js") && !["otel", "worker"].includes(name))
  .map(([name]) => name);

const POLICY = "default-src 'none'; img-src data:; script-src 'self' 'nonce-n' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'";
const headers = { "content-security-policy": POLICY };
/** Entries without a function that starts something in a page. */
const PASSIVE = ["otlp", "exit-worker", "hang-worker"];
/** Markup that notes violations, of which there may be none. */
const WATCH = `<script nonce="n">violations = []; addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective + " " + event.blockedURI));</script>`;

/** The name of a module in the page. @param {string} name */
const local = (name) => name.replace(/\W/g, "_");

/** All entries with everything that they start. @param {string} options */
const asAll = (options) => `<script type="module" nonce="n">
  ${MODULES.map((name) => `import * as ${local(name)} from "/dist/${name}.js";`).join("\n")}
  document_load.ignoreStaleTrace();
  control.initWithConsent((given) => { const client = index.init(given); keep.keep({ ratio: 1 }); return client; }, ${options}).set("granted");
  Object.assign(window, { control, throughline: errors_only.init(${options}) }); scrub.init(${options});
  document_load.describeDocumentLoad(); session.trackSession(); keep.keepNow();
  offline.keepOffline(); offline.sendWhenKilled();
  for (const end = performance.now() + 60; performance.now() < end;);
  long_frames.traceLongFrames(); user_timings.traceUserTimings(); performance.mark("shop.ready");
  hangs.traceHangs(); reports.joinCrashReports(); reports.traceReports(); memory.traceMemory(); wasm.identifyModules();
  websocket.traceWebSockets(); new WebSocket(location.origin.replace("http", "ws") + "/api/echo").onerror = () => {};
  streams.traceStreams({ responses: ["/api/echo"], eventSources: true }); fetch("/api/echo?stream").then(({ body }) => body.getReader().read());
  const events = new EventSource("/api/status?code=204"); events.onerror = () => events.close();
  sentry.init({ dsn: location.origin.replace("//", "//pk_test@") + "/_t/1", integrations: [sentry.browserTracingIntegration(), sentry.captureConsoleIntegration()] });
  sentry.startSpan({ name: "by Sentry's name" }, () => sentry.captureMessage("by Sentry's name"));
  { const kept = context.begin(); kept.p(); }
  breadcrumbs.collectBreadcrumbs({ console: ["error"] }); attribution.collectAttribution(); attribution.reportSoftNavigations();
  sources.captureResourceErrors(); sources.captureViolations(); sources.captureConsole();
  routes.traceRoutes(); requests.describeRequests({ templates: ["/api/{any}"] }); interactions.traceInteractions();
  propagation.propagate({ targets: [{ match: location.origin, formats: ["b3"] }] });
  apps.app({ name: "checkout", urls: ["/checkout/"] }).captureMessage("in an app");
  spans.withSpan("work", () => fetch("/api/echo"));
  errors.captureException(new Error("reported"));
</script>`;

test("the page of these tests calls every entry", () => {
  const source = asAll("{}");
  assert.deepEqual(MODULES.filter((name) => !PASSIVE.includes(name) && !new RegExp(`\\b${local(name)}\\.\\w+\\(`).test(source)), []);
});

for (const [name, start] of Object.entries({ "all entries": asAll, "the script": (/** @type {string} */ options) => asScript(options).replaceAll("<script", '<script nonce="n"') }))
  test(`under Trusted Types ${name} cause no violation, and need no policy`, () =>
    visit({ start: (options) => WATCH + start(options), headers, expected: /TrustedHTML|WebSocket/, body: `<button id="buy">Buy</button>` }, async (page, site) => {
      await page.waitForFunction("window.throughline");
      // The policy holds.
      assert.match(String(await page.evaluate("(() => { try { document.body.innerHTML = '<b>no</b>'; return 'taken'; } catch (error) { return error.name; } })()")), /TypeError/);
      await page.evaluate(`throughline.captureException(new Error("caught")); violations.length = 0; history.pushState(null, "", "/orders/7")`);
      await page.click("#buy");
      await page.evaluate(() => fetch("/api/echo?after").then((response) => response.text()));
      await flush(page);
      await site.receiver.exception("caught");
      await site.receiver.requestSpan("/api/echo?after");
      assert.deepEqual(await page.evaluate("violations"), []);
      await page.evaluate("window.control?.diagnostics(); window.control?.shutdown()");
      assert.deepEqual(await page.evaluate("violations"), []);
    }));

test("under Trusted Types a worker with our entry starts and reports, and one that outlives the page is handed batches", () =>
  visit(
    {
      headers: { "content-security-policy": POLICY.replace("trusted-types 'none'", "trusted-types shop") },
      start: (options) => `${WATCH}<script type="module" nonce="n">
        import { init } from "/dist/index.js"; import { captureWorker } from "/dist/sources.js";
        import { diagnostics } from "/dist/control.js"; import { handToWorker } from "/dist/offline.js";
        Object.assign(window, { diagnostics, throughline: init(${options}) });
        const own = trustedTypes.createPolicy("shop", { createScriptURL: (address) => address });
        captureWorker(new Worker(own.createScriptURL("/prices.js"), { type: "module" }));
        handToWorker(() => new SharedWorker(own.createScriptURL("/dist/exit-worker.js"), { type: "module", extendedLifetime: true }));</script>`,
      prepare: async (_, site) => site.put("/prices.js", { body: 'import "/dist/worker.js"; setTimeout(() => { throw new Error("in the worker"); });', headers }),
      expected: /in the worker/,
    },
    async (page, site) => {
      await site.receiver.exception("in the worker");
      await flush(page);
      await page.waitForFunction(`diagnostics().worker.state == "ready"`);
      assert.deepEqual(await page.evaluate("violations"), []);
    },
  ));

test("the package names the hash of each file that a browser loads", async () => {
  const files = (await readdir(DIST, { recursive: true })).filter((name) => /\.(js|wasm)$/.test(name) && !/^(cjs|development)\b/.test(name));
  assert.deepEqual(Object.keys(INTEGRITY), files.sort());
});

/** The file with one byte more, which changes nothing that it does. @param {string} name */
const changed = async (name) => `${await readFile(join(DIST, name), "utf8")} `;

const SCRIPT = "throughline.iife.js";
/** As README.md has it. @param {string} options */
const withIntegrity = (options, path = `/dist/${SCRIPT}`) =>
  `<script src="${path}" integrity="${INTEGRITY[SCRIPT]}" crossorigin="anonymous"></script><script>window.throughline = window.Throughline?.init(${options}); window.app = fetch("/api/echo").then((response) => response.status);</script>`;

test("the script with its hash runs, and with a changed byte it does not, and the app goes on", async () => {
  await visit({ start: (options) => withIntegrity(options) }, async (page, site) => {
    await flush(page);
    await site.receiver.requestSpan("/api/echo");
  });
  await visit(
    {
      start: (options) => withIntegrity(options, "/changed.js"),
      prepare: async (_, site) => site.put("/changed.js", { body: await changed(SCRIPT) }),
      expected: /integrity/,
    },
    async (page, site) => {
      assert.equal(await page.evaluate("window.app"), 200);
      assert.equal(await page.evaluate("window.Throughline"), undefined);
      assert.deepEqual(site.receiver.requests, []);
    },
  );
});

/** Modules with the hashes in an import map, also of the chunk that is loaded later. @param {string} options */
const withMap = (options, folder = "/dist") => {
  const map = { imports: { "@throughline/browser": `${folder}/index.js` }, integrity: { [`${folder}/index.js`]: INTEGRITY["index.js"], [`${folder}/engine.js`]: INTEGRITY["engine.js"] } };
  return `<script type="importmap">${JSON.stringify(map)}</script><script type="module">import { init } from "@throughline/browser"; window.throughline = init(${options});
    throughline.captureException(new Error("caught")); window.app = fetch("/api/echo").then((response) => response.status);</script>`;
};

test("a chunk with a changed byte is refused, and the page sends its errors without it", async () => {
  await visit({ start: (options) => withMap(options) }, async (page, site) => {
    await flush(page);
    await site.receiver.requestSpan("/api/echo");
  });
  await visit(
    {
      start: (options) => withMap(options, "/changed"),
      prepare: async (_, site) => {
        site.put("/changed/index.js", { body: await readFile(join(DIST, "index.js")) });
        site.put("/changed/engine.js", { body: await changed("engine.js") });
      },
      expected: /integrity/,
    },
    async (page, site) => {
      await page.waitForFunction("window.app");
      assert.equal(await page.evaluate("window.app"), 200);
      await page.evaluate("throughline.flush()");
      await site.receiver.exception("caught");
      assert.equal(await page.evaluate("window.engineRuns"), undefined);
      assert.ok(site.receiver.facts().some(([kind, ...fields]) => kind === "D" && fields.includes("engine")), "the part that could not be loaded");
    },
  );
});
