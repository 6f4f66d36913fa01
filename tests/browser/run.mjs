// @ts-check
// Runs all files of tests, two at a time: those of three browsers beside those of one, then those that measure time alone.
// Then docs/browsers.md has to be what they have found.
//
// A file starts browsers and waits for them, so that one after the other leaves half of two cores
// idle. Two at a time is the most, and no two of three browsers: `xvfb-run` and WebKit's driver find a
// free display and port by looking.

import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { ENGINES } from "./drivers.mjs";
import { compare, readFindings, write } from "./features-table.mjs";

/** Files that compare times of the page's main thread, or of its requests with the browser's own. */
const ALONE = ["fetch-everywhere.test.mjs", "main-thread.test.mjs"];
/** Files that take more than a minute, for most of which they wait: nothing else would run beside them at the end. */
const FIRST = ["web-vitals.test.mjs", "no-engine.test.mjs", "delivery.test.mjs"];
/** Files that `cargo xtask test --all` runs: they build apps for a minute, or use a page for a day. */
const LONG = ["next.test.mjs", "day.test.mjs"];
/** Imports of files that start more than Chromium. */
const THREE = /from "\.\/(engines|firefox|webkit)\.mjs"/;

const folder = import.meta.dirname;
/** The folder of what the tests find of the browsers: features.mjs. */
const findings = await mkdtemp(join(tmpdir(), "throughline-findings-"));
const files = readdirSync(folder).filter((name) => name.endsWith(".test.mjs"));
const missing = [...ALONE, ...FIRST, ...LONG].filter((name) => !files.includes(name));
if (missing.length > 0) throw new Error(`there is no ${missing}`);
const others = [...FIRST, ...files.filter((name) => ![...ALONE, ...FIRST, ...LONG].includes(name))];
const isOfThree = (/** @type {string} */ name) => THREE.test(readFileSync(join(folder, name), "utf8"));

const ofOne = others.filter((name) => !isOfThree(name));
// The second row takes what is left of the first once it has ended.
const passed = (await Promise.all([runAll(ofOne), runAll(others.filter(isOfThree)).then(async (all) => [...all, ...(await runAll(ofOne))])])).flat();
passed.push(...(await runAll(ALONE)));
// A test that has failed has found nothing.
if (passed.every(Boolean) && ENGINES.every(([, { missing }]) => missing.length === 0)) {
  const all = readFindings(findings);
  if (process.env.THROUGHLINE_UPDATE === "1") write(all);
  const fault = compare(all);
  if (fault) console.error(fault);
  passed.push(!fault);
}
await rm(findings, { recursive: true });
process.exitCode = passed.every(Boolean) ? 0 : 1;

/** Runs files one after the other, and takes each from the list; whether all tests of each passed. @param {string[]} names */
async function runAll(names) {
  const passed = [];
  for (let name = names.shift(); name; name = names.shift()) passed.push(await run(name));
  return passed;
}

/** Runs a file; whether all its tests passed. Its output is printed at the end, so that it is not mixed with another's. @param {string} name */
async function run(name) {
  const args = ["--test", "--test-reporter=spec", name];
  const env = { ...process.env, THROUGHLINE_FINDINGS: findings };
  const tests = spawn(process.execPath, args, { cwd: folder, env, stdio: ["ignore", "pipe", "inherit"] });
  const printed = text(tests.stdout);
  const code = await new Promise((resolve) => tests.once("exit", resolve));
  process.stdout.write(`\n${name}\n${await printed}`);
  return code === 0;
}
