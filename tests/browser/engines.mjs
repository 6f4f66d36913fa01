// @ts-check
// Runs a test in each of the three browsers, on one page after the other.

import { after, test } from "node:test";
import { asScript, putPage } from "./chromium.mjs";
import { ENGINES } from "./drivers.mjs";
import { detect, record } from "./features.mjs";
import { serve } from "./site.mjs";

export { ENGINES };

/** @typedef {import("./smoke.mjs").Driver} Driver */
/** @typedef {import("./features.mjs").Feature} Feature */
/** @typedef {import("./site.mjs").Site} Site */
/** @typedef {import("./chromium.mjs").Visit} Visit */

/** @type {Map<string, Promise<Driver>>} One of each for the tests of a file. */
const drivers = new Map();
after(async () => {
  for (const driver of drivers.values()) await (await driver).stop();
});

/**
 * Tests a page of a site of its own in each engine. The page has the script in its head, after
 * what `before` says; errors of the page that nobody handles are in `window.wrong`. The site has
 * `files` in the place of its own. The test is left out where a browser lacks what it `needs`; what
 * else it asks for by `has` is a finding too.
 * @param {string} name
 * @param {Visit & { before?: string, files?: Record<string, import("./site.mjs").File>, needs?: Feature }} visit
 * @param {(driver: Driver, site: Site, engine: string, has: (feature: Feature) => Promise<boolean>) => Promise<void>} work
 */
export function everywhere(name, { before = "", files = {}, start = asScript, needs, ...visit }, work) {
  for (const [engine, { missing, launch }] of ENGINES)
    test(`${name}: ${engine}`, { skip: missing.length > 0 && `not installed: ${missing.join(", ")}` }, async (t) => {
      const driver = await (drivers.get(engine) ?? drivers.set(engine, launch()).get(engine));
      if (!driver) throw new Error(`${engine} did not start`);
      const site = await serve();
      /** @type {Map<Feature, boolean>} */
      const found = new Map();
      const has = async (/** @type {Feature} */ feature) => {
        const is = found.get(feature) ?? (await detect(driver, feature));
        found.set(feature, is);
        return is;
      };
      try {
        let isLeftOut = false;
        if (needs) {
          site.put("/late.js", { body: "", firstStatus: 404 });
          site.put("/features", { body: "<!doctype html><title>Features</title>" });
          await driver.goto(`${site.origin}/features`);
          isLeftOut = !(await has(needs));
        }
        if (isLeftOut) t.skip(`${engine} has no ${needs}`);
        else {
          for (const [path, file] of Object.entries(files)) site.put(path, file);
          putPage(site, "/", { start: (options) => `${WATCH}${before}${start(options)}`, ...visit });
          await driver.goto(`${site.origin}/`);
          await work(driver, site, engine, has);
        }
        for (const [feature, has] of found) record({ feature, engine, has, test: name });
      } finally {
        await driver.goto("about:blank");
        await site.stop();
      }
    });
}

const WATCH = `<script>wrong = [];
  for (const type of ["error", "unhandledrejection"])
    addEventListener(type, (event) => wrong.push(String(event.message ?? event.reason)));</script>`;
