// @ts-check
// Runs `throughline dev` for these tests: the edge with its store and the viewer.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { build, send, stop } from "./program.mjs";

/** Builds and starts the program, with an empty store in memory; `address` is where it listens. */
export async function startDev() {
  const program = spawn(await build("throughline", "--package", "throughline"), ["dev", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "inherit", "pipe"] });
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
     * @param {"traces" | "logs" | "metrics"} signal
     * @param {object} request
     */
    async send(signal, request) {
      return (await send(address, signal, request)).json();
    },
    /** Ends it. */
    stop: () => stop(program),
  };
}
