// @ts-check
// Measures what Throughline costs a page, beside other SDKs and a page without: `cargo xtask bench browser`.
//
// node measure.mjs [--only PART] [--rounds N] [--times N] [--engine FUNCTIONS.tsv] [--module ENGINE.wasm]: prints
// tables of Markdown, and writes browser.json beside the bundles. README.md says how each number is made.

import { cpus, loadavg } from "node:os";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { launchChromium } from "../../launch-chromium.mjs";
import { ENGINES } from "../../browser/drivers.mjs";
import { printBytes } from "./bytes.mjs";
import { killAll, killedTable, killEverywhere } from "./killed.mjs";
import { measureInteractions, measureLoad, measureSession, measureSlow, measureWork } from "./parts.mjs";
import { printProfile } from "./profile.mjs";
import { replayTable } from "./replay.mjs";
import { bundle, bundleAll, sizeOfDist, TARGET } from "./programs.mjs";
import { markdown, Results } from "./results.mjs";

/** Parts that measure each program in turns, in each round. */
const PARTS = { load: measureLoad, slow: measureSlow, session: measureSession, work: measureWork, interactions: measureInteractions };
/** Parts that a whole run has not. */
const ALONE = ["bytes", "profile", "replay"];

const { values } = parseArgs({
  options: { only: { type: "string" }, rounds: { type: "string", default: "5" }, times: { type: "string" }, engine: { type: "string" }, module: { type: "string" } },
});
const { only } = values;
const names = ["sizes", ...Object.keys(PARTS), "killed", ...ALONE];
if (only && !names.includes(only)) throw new Error(`--only ${only}: give ${names.join(", ")}`);
const rounds = Number(values.rounds);

if (only === "bytes") await printBytes(values.engine);
else if (only === "profile") await printProfile(values.module);
else if (only === "replay") console.log(await replayTable(rounds));
else if (only === "killed") await printKilledEverywhere(Number(values.times ?? 100));
else await measure();

async function measure() {
  const programs = await bundleAll();
  const results = new Results();
  /** @type {string[]} */
  const tables = [];
  const begun = Date.now();
  const isWanted = (/** @type {string} */ part) => !only || only === part;
  if (isWanted("sizes")) {
    for (const program of programs) {
      results.add("brotli", program, program.size.brotli / 1024);
      results.add("brotliFirst", program, program.first.brotli / 1024);
    }
  }
  const browser = await launchChromium();
  const version = browser.version();
  try {
    for (let round = 0; round < rounds; round++)
      for (const [name, part] of Object.entries(PARTS))
        if (isWanted(name)) {
          console.error(`round ${round + 1} of ${rounds}: ${name}`);
          // Another one is the first of each round.
          const turned = [...programs.slice(round % programs.length), ...programs.slice(0, round % programs.length)];
          await part({ browser, programs: turned, results });
        }
  } finally {
    await browser.close();
  }
  tables.push(results.table(programs));
  if (isWanted("sizes")) tables.push(await sizesTable());
  /** @type {unknown} */
  let killed;
  if (!only) {
    console.error("killed");
    const all = await killAll(programs.filter(({ name }) => name !== "none"), Number(values.times ?? 1));
    killed = all;
    tables.push(killedTable(all, Object.keys(Object.values(all)[0] ?? {})));
  }
  const [load = 0] = loadavg();
  const seconds = Math.round((Date.now() - begun) / 1000);
  console.log(
    `Chromium ${version}, ${cpus().length} processors, load ${load.toFixed(1)}, ${rounds} rounds in ${seconds} s; median (lowest–highest)\n\n${tables.join("\n\n")}`,
  );
  const report = { chromium: version, processors: cpus().length, load, rounds, seconds, measures: results.toJson(programs), killed };
  const file = join(TARGET, "browser.json");
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
  console.error(`\nwrote ${file}`);
}

/** The sizes of the built package: what a page waits for, all of it, and errors alone. */
async function sizesTable() {
  return markdown(
    ["files of the built package, brotli", "B", "budget"],
    [
      ["capture: index.js", await sizeOfDist(["index.js"]), "4,096"],
      ["default: index.js, engine.js", await sizeOfDist(["index.js", "engine.js"]), "17,408"],
      ["errors only: errors-only.js and what it loads", await sizeOfErrorsOnly(), "9,216"],
    ],
  );
}

/** @param {number} times */
async function printKilledEverywhere(times) {
  const program = await bundle("throughline");
  console.log(`${killedTable(await killEverywhere(program, times), ENGINES.map(([engine]) => engine))}`);
}

async function sizeOfErrorsOnly() {
  const dist = join(import.meta.dirname, "../../../npm/browser/dist");
  return sizeOfDist((await readdir(dist)).filter((name) => name.startsWith("errors-only") && name.endsWith(".js")));
}
