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
    records: "the script that delayed an interaction",
    instead: "INP without it",
    link: "https://w3c.github.io/long-animation-frames/",
    detect: observes("long-animation-frame"),
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
