// @ts-check
// Tests that our web vitals are those of the npm package web-vitals, on the same pages at the same time.
//
// tests/cases/web-vitals: a page (`body`, `head`, `delayMs`), what a person does there (`steps`),
// the options of web-vitals, and the reports that a reader of the case expects (`reports`: step
// and name). Of the vitals in `byAddress` ours reports at each address what was measured there:
// what it reports in all is the same. Both run in the page and note each report with the step in which it comes.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { useChromium } from "./chromium.mjs";
import { sameAttribution } from "./web-vitals/attribution.mjs";
import { perform } from "./web-vitals/steps.mjs";

/** @typedef {import("./web-vitals/steps.mjs").Step} Step */
/**
 * @typedef {{
 *   head?: string, body: string, delayMs?: number, image?: number, steps: Step[], options?: Record<string, boolean>,
 *   reports: [step: number, name: string][], pages?: Record<string, string>, byAddress?: string[],
 * }} Case
 * @typedef {{
 *   name: string, value: number, delta: number, rating: string, navigationType: string, navigationId: number,
 *   step: number, at: number, frame: number, instance: string, entries: string[], attribution: any, attributes: Record<string, any>,
 * }} Report
 */

const CASES = join(import.meta.dirname, "../cases/web-vitals");
const visit = useChromium({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });

for (const name of await readdir(CASES))
  test(name.replaceAll("-", " "), async () => {
    /** @type {Case} */
    const { head = "", body, delayMs = 0, image = 0, options = {}, steps, reports, pages = {}, byAddress = [] } = JSON.parse(
      await readFile(join(CASES, name, "case.json"), "utf8"),
    );
    const both = `<script>${HARNESS.replace("OPTIONS", JSON.stringify(options))}</script>`;
    await visit(
      {
        start: () => both + head,
        body,
        delayMs,
        prepare: async (_, site) => {
          for (const [path, package_] of Object.entries(FILES)) site.put(path, { body: await readFile(package_) });
          site.put("/image.bmp", { body: PICTURE, delayMs: image, headers: { "content-type": "image/bmp" } });
          for (const [path, body] of Object.entries(pages))
            site.put(path, { body: `<!doctype html><title>Shop</title><link rel="icon" href="data:,">${both}${body}` });
          site.put("/done", { body: '<!doctype html><title>Done</title><link rel="icon" href="data:,">' });
        },
      },
      async (page, site) => {
        await page.waitForFunction("window.registered");
        await perform(page, site, steps);
        await page.goto(`${site.origin}/done`);
        /** @type {Report[]} A page keeps them before it ends. */
        const all = await page.evaluate("JSON.parse(localStorage.getItem('reports') ?? '[]')");
        const of = (/** @type {string} */ which) => sorted(all.filter(({ instance }) => instance === which));
        const byValue = (/** @type {Report} */ { name }) => byAddress.includes(name);
        const [theirs, ours] = [of("theirs"), of("ours").filter((one) => !byValue(one))];
        assert.deepEqual(
          theirs.map(({ step, name }) => [step, name]),
          reports.toSorted(([a, one], [b, other]) => a - b || one.localeCompare(other)),
          "web-vitals reports what the case expects",
        );
        for (const their of theirs.filter(byValue)) {
          const parts = of("ours").filter(({ name }) => name === their.name);
          const sum = parts.reduce((sum, { delta }) => sum + delta, 0);
          assert.ok(Math.abs(sum - their.value) < 0.002 && Math.abs((parts.at(-1)?.value ?? -1) - their.value) < 0.002, JSON.stringify(parts));
        }
        const same = theirs.filter((one) => !byValue(one));
        assert.deepEqual(ours.map(({ step, name }) => [step, name]), same.map(({ step, name }) => [step, name]), JSON.stringify(ours));
        for (const [at, their] of same.entries()) {
          const our = /** @type {Report} */ (ours[at]);
          const said = `${JSON.stringify(our)}\n${JSON.stringify(their)}`;
          for (const key of /** @type {const} */ (["name", "step", "rating", "navigationType", "navigationId"]))
            assert.equal(our[key], their[key], `${key}: ${said}`);
          for (const key of /** @type {const} */ (["value", "delta"]))
            assert.ok(Math.abs(our[key] - their[key]) < (hasFrames(their) ? FRAMES_MS : 0.002), `${key}: ${said}`);
          assert.deepEqual(our.entries, their.entries, `entries: ${said}`);
          // Theirs does not take it for final when a test says that the page is hidden, but when it is.
          assert.ok(their.name === "LCP" || Math.abs(our.at - their.at) < LATER_MS, `time: ${said}`);
          await sameAttribution(our, their);
        }
      },
    );
  });

/** After a return from the cache each of the two counts its own frames. @param {Report} report */
const hasFrames = ({ name, navigationType }) =>
  navigationType === "back-forward-cache" && ["FCP", "LCP"].includes(name);

/** @param {Report[]} reports */
const sorted = (reports) =>
  reports.toSorted((a, b) => a.step - b.step || a.name.localeCompare(b.name) || a.frame - b.frame || a.at - b.at);

const FILES = {
  "/web-vitals.js": join(import.meta.dirname, "../../node_modules/web-vitals/dist/web-vitals.attribution.js"),
  "/adapter.js": join(import.meta.dirname, "dist/web-vitals-adapter.js"),
};

/** Both wait for the browser to be idle, which may take a second each. */
const LATER_MS = 1200;

/** The callbacks of one frame come one after the other, and keep what they report. */
const FRAMES_MS = 100;

/** Registers both, and keeps their reports for the page that reads them. */
const HARNESS = `
  addEventListener("pageshow", ({ persisted }) => persisted && (window.restored = true));
  const scriptOf = ({ subpart, intersectingDuration, entry: { invokerType, sourceURL, sourceFunctionName } }) =>
    ({ subpart, intersectingDuration, entry: { invokerType, sourceURL, sourceFunctionName } });
  const plain = ({ longestScript, ...attribution }) => ({
    ...Object.fromEntries(Object.entries(attribution).filter(([, value]) => typeof value != "object")),
    ...(longestScript && { longestScript: scriptOf(longestScript) }),
  });
  const keep = (instance) => ({ name, value, delta, rating, navigationType, navigationId, entries, attribution, attributes }) => {
    const all = JSON.parse(localStorage.getItem("reports") ?? "[]");
    all.push({
      instance, name, value, delta, rating, navigationType, navigationId, step: Number(localStorage.getItem('step')), at: performance.now(), frame: +(top != window), attributes,
      entries: entries.map(({ entryType, startTime, duration, name }) => [entryType, startTime, duration, name].join()).sort(),
      attribution: attribution && plain(attribution),
    });
    localStorage.setItem("reports", JSON.stringify(all));
  };
  Promise.all([import("/web-vitals.js"), import("/adapter.js")]).then(([theirs, ours]) => {
    for (const [instance, functions] of Object.entries({ ours, theirs }))
      for (const on of ["onCLS", "onFCP", "onINP", "onLCP", "onTTFB"]) functions[on](keep(instance), OPTIONS);
    window.registered = true;
  });`;

/** A picture of noise, 100 × 80 (BMP, 24 bits): one of a single colour is no content. */
const PICTURE = Buffer.alloc(54 + 100 * 80 * 3);
PICTURE.write("BM");
for (const [at, number] of [[2, PICTURE.length], [10, 54], [14, 40], [18, 100], [22, 80], [26, 1 | (24 << 16)]])
  PICTURE.writeUInt32LE(/** @type {number} */ (number), at);
for (let at = 54, noise = 1; at < PICTURE.length; at++) PICTURE[at] = (noise = (noise * 48271) % 2147483647);
