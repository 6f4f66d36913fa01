// @ts-check
// Runs one backend: free loopback ports, a folder of its own, ready when it says so, ended by its process id.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { access, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The repository. */
export const ROOT = join(import.meta.dirname, "../../..");

/**
 * A running backend.
 * @typedef {{
 *   pid: number,
 *   log: () => Promise<string>,
 *   stop: () => Promise<void>,
 *   kill: () => Promise<void>,
 * }} Running `stop` lets it write what it holds, `kill` does not.
 * @typedef {{ folder: string, ports: number[] }} Place where a backend is, or was.
 */

/** The path of a program that `cargo xtask backends` has built. @param {string} name */
export async function built(name) {
  const path = join(ROOT, "target/backends/bin", name);
  await access(path).catch(() => {
    throw new Error(`${path} is not there: run \`cargo xtask backends\``);
  });
  return path;
}

/** An empty folder; `removed` deletes it. @param {string} name */
export const folderFor = (name) => mkdtemp(join(tmpdir(), `throughline-${name}-`));

/** @param {string} folder */
export const removed = (folder) => rm(folder, { recursive: true, force: true });

/** Ports of 127.0.0.1 that nothing listens on, no two the same. @param {number} count */
export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => once(server.listen(0, "127.0.0.1"), "listening")));
  const ports = servers.map((server) => /** @type {import("node:net").AddressInfo} */ (server.address()).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/**
 * Starts a program and waits until `ready` says so. Its output is in `<folder>/log`.
 * @param {string} program @param {string[]} args
 * @param {{ folder: string, ready: () => Promise<boolean>, env?: Record<string, string> }} options
 * @returns {Promise<Running>}
 */
export async function run(program, args, { folder, ready, env = {} }) {
  const file = join(folder, "log");
  const output = createWriteStream(file, { flags: "a" });
  await once(output, "open");
  const child = spawn(program, args, { cwd: folder, stdio: ["ignore", output, output], env: { ...process.env, ...env } });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let failure = "";
  child.once("error", (error) => (failure = String(error)));
  const log = () => readFile(file, "utf8");
  const end = async (/** @type {NodeJS.Signals} */ signal) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    const impatient = setTimeout(() => child.kill("SIGKILL"), END_WITHIN_MS);
    await ended;
    clearTimeout(impatient);
  };
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await ready().catch(() => false))) {
    const why = failure || (child.exitCode !== null ? `it ended with ${child.exitCode}` : "");
    if (why || Date.now() > deadline) {
      await end("SIGKILL");
      const last = (await log()).slice(-LAST_OF_LOG);
      throw new Error(`${program} is not ready: ${why || `not within ${READY_WITHIN_MS} ms`}\n${last}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  output.close();
  return { pid: child.pid ?? 0, log, stop: () => end("SIGTERM"), kill: () => end("SIGKILL") };
}

/** Whether an address responds with a success. @param {string} url */
export const responds = async (url) => (await fetch(url)).ok;

/** A two-core machine that builds beside it starts Loki in seconds. */
const READY_WITHIN_MS = 90_000;
const END_WITHIN_MS = 20_000;
/** As much of a log as tells why a program did not start. */
const LAST_OF_LOG = 4_000;
