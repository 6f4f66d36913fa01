// @ts-check
// The markup of a page that uses every entry which changes a page.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { bundled } from "./bundled.mjs";

const { exports } = JSON.parse(await readFile(join(import.meta.dirname, "../../npm/browser/package.json"), "utf8"));

/** The entries of modules. */
export const ENTRIES = Object.entries(exports)
  .filter(([, conditions]) => /(?<!\.iife)\.js$/.test(conditions.import?.default ?? ""))
  .map(([key]) => key.slice(2) || "index");

/** Those that such a page leaves out: they have nothing of their own to undo. By the reason why. */
export const OTHERS = {
  "errors-only": "its `init` starts a part of what the default one does",
  scrub: "its `init` starts what the default one does",
  otlp: "a value",
  worker: "it runs in a worker, which ends with its page or by `terminate`",
  "exit-worker": "it is the file of the worker that `handToWorker` starts",
};

/**
 * Everything that changes a page, once `start()` is called: a client with these options, and all other entries.
 * The page needs `/otel.js` (`putOtel`) and `/prices.js`, a worker. `streamed` are the requests whose chunks are traced; without
 * `workers` the page has none.
 * @param {string} options @param {{ streamed?: string, workers?: boolean }} [page]
 */
export const everyEntry = (options, { streamed = "/api/echo", workers = true } = {}) => `<script type="module">
  import { init } from "/dist/index.js"; import { app } from "/dist/apps.js"; import { collectAttribution, reportSoftNavigations } from "/dist/attribution.js";
  import { collectBreadcrumbs } from "/dist/breadcrumbs.js"; import { begin } from "/dist/context.js"; import { shutdown, initWithConsent } from "/dist/control.js";
  import { filterErrors, setTags } from "/dist/errors.js"; import { traceInteractions } from "/dist/interactions.js"; import { propagate } from "/dist/propagation.js";
  import { describeRequests } from "/dist/requests.js"; import { traceRoutes } from "/dist/routes.js"; import { startSpan, withSpan } from "/dist/spans.js";
  import { traceHangs, watchHangs } from "/dist/hangs.js"; import { traceMemory } from "/dist/memory.js"; import { joinCrashReports, traceReports } from "/dist/reports.js";
  import { captureConsole, captureResourceErrors, captureViolations, captureWorker } from "/dist/sources.js";
  import { traceWebSockets } from "/dist/websocket.js"; import { traceStreams } from "/dist/streams.js"; import { traceLongFrames } from "/dist/long-frames.js";
  import { traceUserTimings } from "/dist/user-timings.js"; import { trackSession } from "/dist/session.js"; import { keep } from "/dist/keep.js";
  import { describeDocumentLoad, ignoreStaleTrace } from "/dist/document-load.js"; import { handToWorker, keepOffline, sendWhenKilled } from "/dist/offline.js";
  import * as sentry from "/dist/sentry.js"; import { metrics, registerOtel, trace } from "/otel.js"; // of /dist/otel.js
  import { identifyModules } from "/dist/wasm.js";
  window.shutdown = shutdown;
  window.start = () => {
    ignoreStaleTrace();
    initWithConsent((given) => (window.throughline = init(given)), ${options}, "pending").set("granted");
    keep({ ratio: 1 }); describeDocumentLoad(); trackSession({ visibility: true }); keepOffline(); sendWhenKilled();
    traceWebSockets(); traceStreams({ responses: ["${streamed}"], eventSources: true }); traceLongFrames(); traceUserTimings();
    sentry.init({ dsn: location.origin.replace("//", "//pk_test@") + "/_t/1", integrations: [sentry.browserTracingIntegration(), sentry.captureConsoleIntegration()] });
    registerOtel(); window.api = { tracer: () => trace.getTracer("shop").startSpan("by the API").spanContext().traceId };
    window.cart = metrics.getMeter("shop").createCounter("cart.items"); cart.add(1, { url: "https://a.example/?token=SECRETmeasured" });
    metrics.getMeter("shop").createObservableGauge("observed").addCallback((result) => result.observe((window.observed = (window.observed ?? 0) + 1), { urls: ["https://a.example/?token=SECRETobserved"] }));
    collectBreadcrumbs({ console: ["warn"] }); collectAttribution(); reportSoftNavigations();
    filterErrors({ ignoreErrors: ["none"] }); setTags({ plan: "pro" });
    traceRoutes(); describeRequests({ templates: ["/api/{any}"], responseHeaders: ["content-type"] });
    propagate({ targets: [{ match: location.origin, formats: ["b3"] }] }); traceInteractions();
    captureConsole(["error", "warn"]); captureResourceErrors(); captureViolations();
    traceHangs(); traceMemory(); joinCrashReports(); traceReports(); identifyModules();
    if (${workers}) {
      handToWorker(() => new SharedWorker("/dist/exit-worker.js", { type: "module", extendedLifetime: true }));
      watchHangs(() => new Worker("/dist/hang-worker.js", { type: "module" }));
      // The page's own needs none.
      try { window.worker = new Worker("/prices.js"); } catch {}
      window.worker && captureWorker(worker);
    }
    app({ name: "checkout", urls: ["/checkout/"] }); begin(); window.open_ = startSpan("open"); withSpan("closed", () => {});
  };
</script>`;

/** Puts `/otel.js` on a site: the entry `otel` with the API that it imports, as a page's bundler makes it. @param {import("./site.mjs").Site} site */
export async function putOtel(site) {
  site.put("/otel.js", { body: await (otel ??= bundled(OTEL)), headers: { "content-type": "text/javascript" } });
}

/** @type {Promise<string> | undefined} */
let otel;
const OTEL = 'export { registerOtel } from "@throughline/browser/otel"; export { metrics, trace } from "@opentelemetry/api";';
