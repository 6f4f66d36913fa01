// @ts-check
// Serves the viewer to these tests: runs the crate's own example on a free port.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { build, send, stop } from "./program.mjs";

/**
 * Builds and starts the example; `address` is where it listens.
 * @param {...string} options of the example
 */
export async function serve(...options) {
  const program = spawn(await build("serve", ...EXAMPLE), options, { stdio: ["ignore", "pipe", "inherit"] });
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
     * @param {"traces" | "logs" | "metrics"} signal
     * @param {object} request
     */
    async send(signal, request) {
      await send(address, signal, request);
    },
    /**
     * The id of the newest trace that a search finds.
     * @param {string} query
     */
    async newest(query) {
      const { traces } = await (await fetch(`${address}/api/traces?${query}`)).json();
      return /** @type {string} */ (traces[0].trace_id);
    },
    /** Ends it. */
    stop: () => stop(program),
  };
}

/**
 * The example in the selection of `cargo xtask test`, which has compiled it: alone, its crates have
 * other features and are compiled again, SQLite too.
 */
const EXAMPLE = [
  "--workspace",
  ...["throughline-kafka", "xtask-wasm-bindgen"].flatMap((name) => ["--exclude", name]),
  ...["--example", "serve"],
];
