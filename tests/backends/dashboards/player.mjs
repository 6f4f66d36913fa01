// @ts-check
// Plays the recorded requests of tests/cases/dashboards: what the shop's pages and services send, again and again, with
// new ids, times of now, and durations and values that vary.

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../programs/program.mjs";

const CASES = join(ROOT, "tests/cases/dashboards");

/**
 * A request of a play. Those of pages have an origin and the page's key.
 * @typedef {{ file: string, path: string, page?: boolean, key?: string }} Recorded
 * @typedef {{ perSecond: number, spread: number, quiet?: boolean, requests: Recorded[] }} Play `spread`: the standard
 * deviation of the logarithm of its durations and values. `quiet`: nothing goes wrong in it
 * @typedef {"busy" | "quiet"} Day all plays, or those in which nothing goes wrong
 */

/** Reads the plays. @param {Day} day @returns {Promise<{ play: Play, bodies: string[] }[]>} */
async function plays(day) {
  /** @type {Play[]} */
  const all = JSON.parse(await readFile(join(CASES, "plays.json"), "utf8"));
  const ofDay = all.filter(({ quiet }) => quiet || day === "busy");
  return Promise.all(
    ofDay.map(async (play) => ({
      play,
      bodies: await Promise.all(play.requests.map(({ file }) => readFile(join(CASES, file), "utf8"))),
    })),
  );
}

/**
 * Plays until it is told to stop. @param {string} edge its address
 * @param {{ page: string, service: string, origin: string }} senders their keys, and the origin of pages
 * @param {number} seed by which the variation is drawn
 * @param {Day} day
 */
export async function start(edge, senders, seed, day) {
  const random = randomOf(seed);
  const recorded = await plays(day);
  const due = recorded.map(() => random());
  let played = 0;
  const tick = async () => {
    const sent = recorded.map(async ({ play, bodies }, index) => {
      due[index] = (due[index] ?? 0) + (play.perSecond * TICK_MS) / 1000;
      while ((due[index] ?? 0) >= 1) {
        due[index] = (due[index] ?? 0) - 1;
        played += 1;
        const vary = variation(Math.exp(play.spread * normal(random)), played);
        for (const [at, body] of bodies.entries()) {
          const request = play.requests[at];
          if (request) await send(edge, request, senders, vary(request.file, body));
        }
      }
    });
    await Promise.all(sent);
  };
  /** @type {unknown} */
  let failure;
  let running = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(tick).catch((error) => void (failure ??= error));
  }, TICK_MS);
  return async () => {
    clearInterval(timer);
    await running;
    if (failure) throw failure;
  };
}

/** @param {string} edge @param {Recorded} request @param {Parameters<typeof start>[1]} senders @param {string} body */
async function send(edge, { file, path, page, key }, senders, body) {
  const response = await fetch(`${edge}${path}`, {
    method: "POST",
    headers: {
      "content-type": file.endsWith(".json") ? "application/json" : "text/plain",
      "x-throughline-key": key ?? (page ? senders.page : senders.service),
      ...(page ? { origin: senders.origin } : {}),
    },
    body,
  });
  const text = await response.text();
  if (response.status !== (key ? 401 : 200)) throw new Error(`${file}: ${response.status} ${text}`);
}

/** A function that writes the requests of one play: its ids stay the same in all of them. @param {number} factor @param {number} number */
function variation(factor, number) {
  const now = BigInt(Date.now()) * 1_000_000n;
  /** @type {Map<string, string>} */
  const ids = new Map();
  const id = (/** @type {string} */ name, /** @type {number} */ bytes) => {
    if (!ids.has(name)) ids.set(name, name && randomBytes(bytes).toString("hex"));
    return ids.get(name);
  };
  /** @param {string} key @param {any} value @returns {any} */
  const written = (key, value) => {
    if (key === "traceId") return id(value, 16);
    if (key === "spanId" || key === "parentSpanId") return id(value, 8);
    if (key.endsWith("UnixNano")) return `${now - BEFORE + BigInt(Math.round(Number(value) * factor))}`;
    if (key === "doubleValue") return value * factor;
    if (typeof value === "string") return value.replace("{n}", `${number}`);
    if (Array.isArray(value)) return value.map((item) => written("", item));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, written(name, item)]));
  };
  return (/** @type {string} */ file, /** @type {string} */ body) =>
    file.endsWith(".json") ? JSON.stringify(written("", JSON.parse(body))) : body;
}

/** Numbers from 0 to 1 by a seed: mulberry32. @param {number} seed */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A draw of the normal distribution, by Box and Muller. @param {() => number} random */
const normal = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const TICK_MS = 500;
/** A play is over when it is sent. */
const BEFORE = 2_000_000_000n;
