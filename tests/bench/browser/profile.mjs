// @ts-check
// Says where the main thread's time of Throughline goes: its lines by their own time, by Chromium's profiler.

import { join, relative, resolve } from "node:path";
import { SourceMap } from "node:module";
import { readFile } from "node:fs/promises";
import { build } from "esbuild";
import { launchChromium } from "../../launch-chromium.mjs";
import { engineAsText, SHIPPED } from "./bytes.mjs";
import { TARGET } from "./programs.mjs";
import { markdown } from "./results.mjs";
import { inTab, pause } from "./tab.mjs";

/** @typedef {import("./tab.mjs").Tab} Tab */
/** @typedef {{ id: number, callFrame: { functionName: string, url: string, lineNumber: number, columnNumber: number }, children?: number[], positionTicks?: { line: number, ticks: number }[] }} Node */

const ROOT = join(import.meta.dirname, "../../..");
const PACKAGE = join(ROOT, "npm/browser");
const FOLDER = join(TARGET, "browser/profile");

/** The scenes of a page that is loaded: the work, and by how many calls its time is divided. @type {Record<string, { calls: number, work: (tab: Tab) => Promise<void> }>} */
const SCENES = {
  fetch: { calls: 400, work: (tab) => repeat(tab, "ask(20), asked()", 20) },
  error: { calls: 200, work: (tab) => repeat(tab, "fail(10)", 20) },
};

/** Prints the largest costs of the first second and of each scene. @param {string | undefined} named the engine with names */
export async function printProfile(named) {
  if (!named) throw new Error("--module is missing: cargo xtask bench browser --only profile gives it");
  const browser = await launchChromium();
  try {
    // With names the engine's text would be longer, and take longer to decode.
    await unminified(SHIPPED);
    const first = [];
    for (let visit = 0; visit < VISITS; visit++)
      first.push(
        await inTab(browser, PROGRAM, (tab) =>
          profile(tab, 1, async () => {
            await tab.load();
            await pause(900);
          }),
        ),
      );
    printCosts("first second", first);
    await unminified(named);
    for (const [name, { calls, work }] of Object.entries(SCENES)) {
      const visits = [];
      for (let visit = 0; visit < VISITS; visit++)
        visits.push(
          await inTab(browser, PROGRAM, async (tab) => {
            await tab.load();
            await pause(2000);
            return profile(tab, calls, () => work(tab));
          }),
        );
      printCosts(name, visits);
    }
  } finally {
    await browser.close();
  }
}

/** Profiles work; the µs of each place for one call. @param {Tab} tab @param {number} calls @param {() => Promise<void>} work */
async function profile({ session, site }, calls, work) {
  await session.send("Profiler.enable");
  await session.send("Profiler.setSamplingInterval", { interval: 100 });
  await session.send("Profiler.start");
  await work();
  const { profile } = await session.send("Profiler.stop");
  return new Map([...(await ownTimes(/** @type {any} */ (profile), site.origin))].map(([place, us]) => [place, us / calls]));
}

/** Prints the medians of visits. @param {string} name @param {Map<string, number>[]} visits */
function printCosts(name, visits) {
  const median = (/** @type {number[]} */ values) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  const places = [...new Set(visits.flatMap((costs) => [...costs.keys()]))];
  const costs = places.map((place) => /** @type {const} */ ([place, median(visits.map((costs) => costs.get(place) ?? 0))]));
  const all = median(visits.map((costs) => [...costs.values()].reduce((sum, us) => sum + us, 0)));
  const rows = costs.toSorted(([, a], [, b]) => b - a).slice(0, 15).map(([place, us]) => [place, us.toFixed(1), `${((100 * us) / all).toFixed(0)} %`]);
  console.log(`${markdown([`${name}: ${all.toFixed(0)} µs in all`, "own µs", "share"], rows)}\n`);
}

/** @param {Tab} tab @param {string} expression @param {number} times */
async function repeat(tab, expression, times) {
  for (let one = 0; one < times; one++) await tab.call(expression);
  await pause(6500);
}

/**
 * The time that each function of Throughline took itself, with what it calls of the browser's, µs by place.
 * @param {{ nodes: Node[], samples: number[], timeDeltas: number[] }} profile @param {string} origin
 */
async function ownTimes({ nodes, samples, timeDeltas }, origin) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => /** @type {const} */ ([child, id]))));
  /** @type {Map<number, number>} */
  const times = new Map();
  samples.forEach((id, at) => times.set(id, (times.get(id) ?? 0) + (timeDeltas[at + 1] ?? 0)));
  /** @type {Map<string, number>} */
  const places = new Map();
  for (const [id, us] of times) {
    let node = byId.get(id);
    /** @type {string[]} What the browser does for the function. */
    const native = [];
    for (; node && !isOurs(node, origin); node = byId.get(parents.get(node.id) ?? -1)) {
      const { functionName, url } = node.callFrame;
      if (url && !url.startsWith("wasm:")) break; // The page's own.
      if (functionName) native.push(functionName);
    }
    if (!node || !isOurs(node, origin)) continue;
    const place = `${await placeOf(node)}${native.length ? ` → ${native.reverse().join(" → ")}` : ""}`;
    places.set(place, (places.get(place) ?? 0) + us);
  }
  return places;
}

/** @param {Node} node @param {string} origin */
const isOurs = ({ callFrame: { url } }, origin) => url.startsWith(origin) && /\.js$/.test(url);

/** Function, file and line. @param {Node} node */
async function placeOf({ callFrame: { functionName, url, lineNumber, columnNumber } }) {
  const file = join(FOLDER, new URL(url).pathname);
  const map = maps.get(file) ?? new SourceMap(JSON.parse(await readFile(`${file}.map`, "utf8")));
  maps.set(file, map);
  const entry = /** @type {any} */ (map.findEntry(lineNumber, columnNumber));
  if (!entry.originalSource) return `${functionName || "module"} in ${relative(FOLDER, file)}:${lineNumber + 1}`;
  return `\`${functionName || "(anonymous)"}\` ${relative(ROOT, resolve(FOLDER, entry.originalSource))}:${entry.originalLine + 1}`;
}
/** @type {Map<string, SourceMap>} */
const maps = new Map();

/** Bundles the sources with their names. @param {string} engine */
async function unminified(engine) {
  maps.clear();
  await build({
    stdin: { contents: PAGE, resolveDir: PACKAGE, sourcefile: "page.js" },
    entryNames: "entry",
    outdir: FOLDER,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    sourcemap: true,
    define: { VERSION: '"0.0.0"', DEVELOPMENT: "false" },
    plugins: [engineAsText(engine)],
    logLevel: "error",
  });
}

const NONE = { raw: 0, gzip: 0, brotli: 0 };
/** @type {import("./programs.mjs").Program} */
const PROGRAM = { name: "throughline", title: "Throughline", folder: FOLDER, size: NONE, first: NONE, waited: ["entry.js"] };
const PAGE = `import { init } from "./src/index.ts"; init({ endpoint: COLLECTOR, key: "pk_bench", serviceName: "shop-web" });`;
const VISITS = 5;
