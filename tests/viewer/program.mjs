// @ts-check
// Builds a program of this repository, sends telemetry to it, and ends it.

import { execFile } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/**
 * Builds a target of a package, and returns the path of its executable.
 * @param {string} name of the target
 * @param {...string} selection for `cargo build`
 */
export async function build(name, ...selection) {
  const { stdout } = await promisify(execFile)("cargo", ["build", "--quiet", ...selection, "--message-format", "json"], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    maxBuffer: 64 << 20,
  });
  const built = stdout
    .split("\n")
    .filter((line) => line.includes('"executable":"'))
    .map((line) => JSON.parse(line));
  return /** @type {string} */ (built.find(({ target }) => target.name === name).executable);
}

/**
 * Sends an export request in OTLP/JSON, and returns the response.
 * @param {string} address
 * @param {"traces" | "logs" | "metrics"} signal
 * @param {object} request
 */
export async function send(address, signal, request) {
  const response = await fetch(`${address}/v1/${signal}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  if (!response.ok) throw new Error(`refused: ${response.status}`);
  return response;
}

/**
 * Ends a program; its port is free then.
 * @param {import("node:child_process").ChildProcess} program
 */
export async function stop(program) {
  program.kill();
  if (program.exitCode === null && program.signalCode === null) await once(program, "exit");
}
