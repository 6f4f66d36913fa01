// @ts-check
// Runs the native edge for tests whose telemetry no page sends itself.

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { start } from "./process.mjs";

/**
 * Builds and starts the edge; `origin` is where it listens.
 * @param {string} config its throughline.toml, without `[native]`
 */
export async function startEdge(config) {
  const program = await build();
  const folder = await mkdtemp(join(tmpdir(), "throughline-edge-"));
  const file = join(folder, "throughline.toml");
  await writeFile(file, `${config}\n[native]\nlisten = "127.0.0.1:0"\nthreads = 1\n`);
  const { line, stop } = await start(program, ["--config", file], /listening on (http:\S+)/);
  return {
    origin: /** @type {string} */ (line[1]),
    stop: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function build() {
  const { stdout } = await promisify(execFile)(
    "cargo",
    ["build", "--quiet", "--package", "throughline", "--bin", "throughline", "--message-format", "json"],
    { cwd: fileURLToPath(new URL("../..", import.meta.url)), maxBuffer: 64 << 20 },
  );
  const built = stdout
    .split("\n")
    .filter((line) => line.includes('"executable":"'))
    .map((line) => JSON.parse(line));
  return /** @type {string} */ (built.find(({ target }) => target.name === "throughline").executable);
}
