// @ts-check
// The features that not every browser has, as data, and the record of where the tests have found them.
//
// A test says what it `needs`, and is left out where that is not there, or asks within. What a test
// that has passed has found becomes a line of its own in a file; run.mjs makes docs/browsers.md of all.

import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/** @typedef {import("./smoke.mjs").Driver} Driver */
/** @typedef {keyof typeof FEATURES} Feature */
/** @typedef {{ feature: Feature, engine: string, has: boolean, test: string }} Finding */

const observes = (/** @type {string} */ type) => `self.PerformanceObserver?.supportedEntryTypes?.includes("${type}") ?? false`;

/**
 * By name: what is recorded where a browser has it, what is instead where it has not, and an
 * expression of the page that says whether it is there.
 */
export const FEATURES = /** @type {const} */ ({
  "largest-contentful-paint": {
    records: "LCP",
    instead: "no LCP",
    link: "https://w3c.github.io/largest-contentful-paint/",
    detect: observes("largest-contentful-paint"),
  },
  "layout-shift": {
    records: "CLS",
    instead: "no CLS",
    link: "https://wicg.github.io/layout-instability/",
    detect: observes("layout-shift"),
  },
  interactionId: {
    records: "INP, its element and its parts",
    instead: "no INP",
    link: "https://w3c.github.io/event-timing/#dom-performanceeventtiming-interactionid",
    detect: `self.PerformanceEventTiming?.prototype.hasOwnProperty("interactionId") ?? false`,
  },
  "long-animation-frame": {
    records: "the script that delayed an interaction; frames that take long; hangs, once they are over, with their script",
    instead: "INP without it; long tasks where there are those; a hang while it goes on (`watchHangs`)",
    link: "https://w3c.github.io/long-animation-frames/",
    detect: observes("long-animation-frame"),
  },
  crashReport: {
    records: "the session and the span of a page that crashes (`joinCrashReports`)",
    instead: "no report of a crash, or one without them",
    link: "https://wicg.github.io/crash-reporting/#crashreportcontext",
    detect: "!!self.crashReport",
  },
  measureUserAgentSpecificMemory: {
    records: "the memory of a page that is isolated (`traceMemory`)",
    instead: "none",
    link: "https://wicg.github.io/performance-measure-memory/",
    // A page that is not isolated does not have it.
    detect: `typeof performance.measureUserAgentSpecificMemory == "function"`,
  },
  longtask: {
    records: "long tasks, where there are no long frames",
    instead: "neither",
    link: "https://w3c.github.io/longtasks/",
    detect: observes("longtask"),
  },
  "soft-navigation": {
    records: "web vitals of soft navigations",
    instead: "web vitals of documents",
    link: "https://wicg.github.io/soft-navigations/",
    detect: observes("soft-navigation"),
  },
  navigation: {
    records: "how a change of the route that the page intercepts has ended",
    instead: "changes of the route by `pushState`, `replaceState` and `popstate`",
    link: "https://html.spec.whatwg.org/multipage/nav-history-apis.html#navigation-api",
    detect: "!!self.navigation",
  },
  serverTiming: {
    records: "which of two equal requests has which phases; the server's trace of the document",
    instead: "phases where no other request is possible; the trace that `<meta>` names",
    link: "https://w3c.github.io/server-timing/",
    detect: `"serverTiming" in PerformanceResourceTiming.prototype`,
  },
  renderBlockingStatus: {
    records: "`throughline.document_load.resources.blocking`",
    instead: "it is absent",
    link: "https://www.w3.org/TR/resource-timing/#dom-performanceresourcetiming-renderblockingstatus",
    detect: `"renderBlockingStatus" in PerformanceResourceTiming.prototype`,
  },
  userAgentData: {
    records: "`browser.brands`, `browser.mobile`, `browser.platform`",
    instead: "`user_agent.original` alone",
    link: "https://wicg.github.io/ua-client-hints/#navigatoruadata",
    detect: "!!navigator.userAgentData",
  },
  AsyncContext: {
    records: "the open span after an `await`",
    instead: "with `@throughline/vite-plugin`; else what follows has no parent, or an inferred one",
    link: "https://github.com/tc39/proposal-async-context",
    detect: "!!self.AsyncContext?.Variable",
  },
  requestIdleCallback: {
    records: "the engine, loaded when the page is idle",
    instead: "loaded 50 ms after the first record",
    link: "https://w3c.github.io/requestidlecallback/",
    detect: "!!self.requestIdleCallback",
  },
  fetchLater: {
    records: "the open batch of a page whose process ends (`sendWhenKilled`)",
    instead: "what has not been sent is lost",
    link: "https://whatpr.org/fetch/1647.html",
    detect: "!!self.fetchLater",
  },
  extendedLifetime: {
    records: "what a browser does not carry out of a page (`handToWorker`)",
    instead: "stored for the next visit with `keepOffline`, else counted",
    link: "https://github.com/whatwg/html/pull/10997",
    // Only such a browser reads the option.
    detect: `(() => { let isRead = false; try { new SharedWorker("http://:", { get extendedLifetime() { isRead = true; throw isRead; } }); } catch {} return isRead; })()`,
  },
  globalPrivacyControl: {
    records: "whether a visitor asks not to be followed, and is not",
    instead: "the page asks: `initWithConsent`",
    link: "https://www.w3.org/TR/gpc/",
    detect: `"globalPrivacyControl" in navigator`,
  },
  "repeated import": {
    records: "what has waited, once an engine that could not be loaded can be",
    instead: "errors and the session's start; the rest is counted",
    link: "https://github.com/whatwg/html/issues/6768",
    // The address of a file that comes with the second request.
    detect: `import("/late.js").catch(() => import("/late.js")).then(() => true, () => false)`,
  },
});

/** Whether the page has a feature. @param {Driver} driver @param {Feature} feature @returns {Promise<boolean>} */
export const detect = (driver, feature) => driver.evaluate(FEATURES[feature].detect);

/** Records what a test that has passed has found. @param {Finding} finding */
export function record(finding) {
  const folder = process.env.THROUGHLINE_FINDINGS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, `${process.pid}.jsonl`), `${JSON.stringify(finding)}\n`);
}
