// @ts-check
// The edge's native host before and behind a backend, and its account of what it was sent.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { until } from "../browser/until.mjs";
import { ROOT, folderFor, freePorts, removed, responds, run } from "./programs/program.mjs";

/**
 * @typedef {"traces" | "logs" | "metrics"} Signal
 * @typedef {Record<string, number>} Account records by how they ended: `exported`, `rejected.backend_refused`, …
 * @typedef {Awaited<ReturnType<typeof startEdge>>} Edge
 */

/**
 * Starts it with backends, each a table of the configuration.
 * @param {Record<string, string | number | boolean | string[]>[]} backends
 * @param {{ path?: string, measures?: boolean, sections?: string, env?: Record<string, string> }} [options] `path`: in front of its own addresses.
 * `measures`: whether it exports metrics of requests and its counts, too. `sections`: further tables. `env`: of its process.
 */
export async function startEdge(backends, { path = "", measures = false, sections = "", env = {} } = {}) {
  const folder = await folderFor("edge");
  const [port, rpc] = await freePorts(2);
  const tables = backends.map((backend) => {
    const keys = Object.entries({ join_ms: 0, ...backend }).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
    return ["[[backends]]", ...keys].join("\n");
  });
  const file = join(folder, "throughline.toml");
  const lines = [
    "open = true",
    `metrics = { requests = ${measures}, web_vitals = false }`,
    `outcomes = { interval_ms = ${measures ? 300 : 0}, stats_key = "${KEY}" }`,
    `ingest = { path = "${path}" }`,
    `native = { listen = "127.0.0.1:${port}", threads = 1, grpc = { listen = "127.0.0.1:${rpc}" } }`,
    sections,
  ];
  await writeFile(file, [...lines, ...tables].join("\n"));
  const url = `http://127.0.0.1:${port}${path}`;
  const program = await run(await throughline(), ["--config", file], { folder, env, ready: () => responds(`${url}/readyz`) });
  const stats = async () => {
    const response = await fetch(`${url}/stats`, { headers: { authorization: `Bearer ${KEY}` } });
    return /** @type {Promise<any>} */ (response.json());
  };
  return {
    ...program,
    origin: `http://127.0.0.1:${port}`,
    url,
    grpc: `127.0.0.1:${rpc}`,
    stats,
    /** Sends an export request, which it takes. @param {Signal} signal @param {object} request */
    async send(signal, request) {
      const response = await post(`${url}/v1/${signal}`, request);
      assert.equal(response.status, 200, await response.clone().text());
      assert.deepEqual(await response.json(), {}, "it takes all of it");
    },
    /**
     * How the records of a signal ended, once none waits. It fails where one is missing, or counted twice.
     * @param {Signal} signal @param {number} accepted how many were sent @returns {Promise<Account>}
     */
    async account(signal, accepted) {
      const found = await until(
        async () => {
          const now = await stats();
          return (now.queued[signal] ?? 0) === 0 && (now.received[signal] ?? 0) >= accepted && now;
        },
        `an end of all ${accepted} ${signal}`,
        () => "records that wait",
      );
      assert.equal(found.received[signal], accepted, "it counts what was sent");
      /** @type {Account} */
      const ended = {};
      for (const { signal: of, outcome, reason, records } of found.ended) {
        if (of !== signal) continue;
        const name = reason ? `${outcome}.${reason}` : outcome;
        ended[name] = (ended[name] ?? 0) + records;
      }
      const total = Object.values(ended).reduce((sum, records) => sum + records, 0);
      assert.equal(total, accepted + (found.copied[signal] ?? 0), `accepted = ended: ${JSON.stringify(ended)}`);
      return ended;
    },
    async remove() {
      await program.stop();
      await removed(folder);
    },
  };
}

/** @param {string} url @param {object} request */
export const post = (url, request) =>
  fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(request) });

/** Reads JSON. @param {string} url @returns {Promise<any>} */
export async function read(url) {
  const response = await fetch(url);
  const text = await response.text();
  assert.ok(response.ok, `${url}: ${response.status} ${text}`);
  return JSON.parse(text);
}

/** The program: the one that the test command has built, or built now. */
async function throughline() {
  if (process.env.THROUGHLINE_PROGRAM) return process.env.THROUGHLINE_PROGRAM;
  await promisify(execFile)("cargo", ["build", "--quiet", "--package", "throughline"], { cwd: ROOT });
  return join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug/throughline");
}

const KEY = "sk_0123456789abcdef";
