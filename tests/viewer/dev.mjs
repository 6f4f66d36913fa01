// @ts-check
// Runs `throughline dev` for these tests: the edge with its store and the viewer.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Builds and starts the program, with an empty store in memory; `address` is where it listens. */
export async function startDev() {
  const program = spawn(await build(), ["dev", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "inherit", "pipe"] });
  let address = "";
  for await (const line of createInterface({ input: program.stderr })) {
    address = /viewer and OTLP on (http:\S+?),/.exec(line)?.[1] ?? "";
    if (address) break;
  }
  if (!address) throw new Error("the program ended before it listened");
  // Nobody reads its log from here on, and a full pipe would stop the program.
  program.stderr.resume();
  return {
    address,
    /**
     * Sends an export request in OTLP/JSON, and returns the response.
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
      return response.json();
    },
    /** Ends it. */
    async stop() {
      program.kill();
      if (program.exitCode === null && program.signalCode === null) await once(program, "exit");
    },
  };
}

async function build() {
  const { stdout } = await promisify(execFile)(
    "cargo",
    ["build", "--quiet", "--package", "throughline", "--message-format", "json"],
    { cwd: fileURLToPath(new URL("../..", import.meta.url)), maxBuffer: 64 << 20 },
  );
  const built = stdout
    .split("\n")
    .filter((line) => line.includes('"executable":"'))
    .map((line) => JSON.parse(line));
  return /** @type {string} */ (built.find(({ target }) => target.name === "throughline").executable);
}
