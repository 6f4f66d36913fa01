// @ts-check
// Ends a page at once after an error and three requests, and counts what arrives.

import { readdirSync, readFileSync } from "node:fs";
import { ENGINES } from "../../browser/drivers.mjs";
import { markdown } from "./results.mjs";
import { serve } from "./site.mjs";
import { pause } from "./tab.mjs";

/** The only way after which a page can still send: on a slow machine that takes a while. */
const CLOSED = "tab closed";

/** @typedef {import("../../browser/smoke.mjs").Driver} Driver */
/** @typedef {import("./programs.mjs").Program} Program */
/** @typedef {{ errors: number, requests: number, times: number }} Arrived of `times` errors, and of three times as many requests */

/** How a page ends. @type {Record<string, (driver: Driver) => Promise<void>>} */
const WAYS = {
  [CLOSED]: (driver) => driver.close(),
  "page's process killed": async ({ pid }) => descendants(pid).filter(isOfPage).forEach(({ pid }) => process.kill(pid, "SIGKILL")),
  "browser killed": (driver) => driver.kill(),
};

/**
 * Ends pages with one program in each engine that is installed, all engines at the same time.
 * @param {Program} program @param {number} times
 */
export async function killEverywhere(program, times) {
  /** @type {Record<string, Record<string, Arrived>>} */
  const all = {};
  await Promise.all(
    ENGINES.map(async ([engine, { launch, missing }]) => {
      if (missing.length > 0) return;
      for (const way of Object.keys(WAYS)) (all[way] ??= {})[engine] = await kill(launch, program, way, times);
    }),
  );
  return all;
}

/** Ends pages with each program in Chromium. @param {Program[]} programs @param {number} times */
export async function killAll(programs, times) {
  const chromium = ENGINES.find(([engine]) => engine === "Chromium");
  if (!chromium) throw new Error("there is no Chromium");
  /** @type {Record<string, Record<string, Arrived>>} */
  const all = {};
  for (const way of Object.keys(WAYS))
    for (const program of programs) (all[way] ??= {})[program.title] = await kill(chromium[1].launch, program, way, times);
  return all;
}

/** A table of what has arrived. @param {Record<string, Record<string, Arrived>>} all @param {string[]} columns */
export function killedTable(all, columns) {
  const cell = (/** @type {Arrived | undefined} */ one) => (one ? `${one.errors}/${one.times} · ${one.requests}/${3 * one.times}` : "not installed");
  const rows = Object.entries(all).map(([way, arrived]) => [way, ...columns.map((column) => cell(arrived[column]))]);
  return markdown(["errors · requests that arrived", ...columns], rows);
}

/** @param {() => Promise<Driver>} launch @param {Program} program @param {string} way @param {number} times @returns {Promise<Arrived>} */
async function kill(launch, program, way, times) {
  const arrived = { errors: 0, requests: 0, times };
  for (let one = 0; one < times; one++) {
    const site = await serve(program);
    const driver = await launch();
    try {
      await driver.goto(`${site.origin}/`);
      // The engine is there, and the first batch has arrived, if the program sends one by then.
      await pause(LOADED_MS);
      for (let waited = LOADED_MS; waited < LOADED_AT_MOST_MS && site.traffic().requests === 0; waited += 50) await pause(50);
      await driver.evaluate("(fail(1), ask(3), asked())");
      await WAYS[way]?.(driver);
      const has = () => [site.has("order 1"), ...[1, 2, 3].map((page) => site.has(`/api/items?page=${page}`))];
      for (let waited = 0; waited < (way === CLOSED ? ARRIVED_MS : ARRIVED_AT_ONCE_MS) && !has().every(Boolean); waited += 50) await pause(50);
      const [error, ...requests] = has();
      arrived.errors += Number(error);
      arrived.requests += requests.filter(Boolean).length;
    } finally {
      await driver.stop().catch(() => {});
      await site.stop();
    }
  }
  return arrived;
}

/** @typedef {{ pid: number, parent: number, command: string }} Process */

/** The processes that descend from one, on Linux. @param {number} root @returns {Process[]} */
function descendants(root) {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      // After the name of the program, which may contain anything: the state and the parent.
      const [, parent] = readFileSync(`/proc/${name}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
      return [{ pid: Number(name), parent: Number(parent), command: readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim() }];
    } catch {
      return []; // It has ended meanwhile.
    }
  });
  /** @param {number} pid @returns {Process[]} */
  const below = (pid) => all.filter(({ parent }) => parent === pid).flatMap((one) => [one, ...below(one.pid)]);
  return below(root);
}

/** Whether a process runs pages: of Chromium, Firefox, WebKitGTK. @param {Process} process */
const isOfPage = ({ command }) => /--type=renderer| -contentproc .*\btab$|\/WebKitWebProcess /.test(command);

const LOADED_MS = 1500;
const LOADED_AT_MOST_MS = 10_000;
const ARRIVED_MS = 3000;
const ARRIVED_AT_ONCE_MS = 1000;
