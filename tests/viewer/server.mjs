// @ts-check
// Serves the viewer to these tests: runs the crate's own example on a free port.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/**
 * Builds and starts the example; `address` is where it listens.
 * @param {...string} options of the example
 */
export async function serve(...options) {
  const program = spawn(await build(), options, { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: program.stdout });
  const { value: address } = await lines[Symbol.asyncIterator]().next();
  if (!address) throw new Error("the example ended before it listened");
  return {
    address: /** @type {string} */ (address),
    /**
     * Adds one of the example's fixtures.
     * @param {string} name
     */
    async add(name) {
      const response = await fetch(`${address}/fixtures/${name}`, { method: "POST" });
      if (!response.ok) throw new Error(`no fixture ${name}: ${response.status}`);
    },
    /**
     * Sends an export request in OTLP/JSON.
     * @param {"traces" | "logs"} signal
     * @param {object} request
     */
    async send(signal, request) {
      const response = await fetch(`${address}/v1/${signal}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(request),
      });
      if (!response.ok) throw new Error(`refused: ${response.status}`);
    },
    /**
     * The id of the newest trace that a search finds.
     * @param {string} query
     */
    async newest(query) {
      const { traces } = await (await fetch(`${address}/api/traces?${query}`)).json();
      return /** @type {string} */ (traces[0].trace_id);
    },
    /** Ends it; its port is free then. */
    async stop() {
      program.kill();
      if (program.exitCode === null && program.signalCode === null) await once(program, "exit");
    },
  };
}

async function build() {
  const { stdout } = await promisify(execFile)(
    "cargo",
    ["build", "--quiet", "--package", "throughline-viewer", "--example", "serve", "--message-format", "json"],
    { cwd: fileURLToPath(new URL("../..", import.meta.url)), maxBuffer: 64 << 20 },
  );
  const built = stdout
    .split("\n")
    .filter((line) => line.includes('"executable":"'))
    .map((line) => JSON.parse(line));
  return /** @type {string} */ (built.find(({ target }) => target.name === "serve").executable);
}
