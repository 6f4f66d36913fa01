// Measures what the plugin adds to a build of the example shop with Vite: prints milliseconds, and those of the processor.
//
// node build-cost.mjs, after the packages are built. Each build has a process of its own, as those of users.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROUNDS = 9;
const ROOT = fileURLToPath(new URL("../../demo-react-app", import.meta.url));
const ROWS = ["without maps", "with maps", "with maps and the plugin", "with the plugin and its upload", "with the plugin, all uploaded already"];

/** Builds the shop as a row says, and prints how long it took since the process began. */
async function build(row, url) {
  const { build } = await import("vite");
  const at = ROWS.indexOf(row);
  const outDir = mkdtempSync(join(tmpdir(), "throughline-build-"));
  const plugins = [];
  if (at >= 2) {
    const { throughline } = await import("./dist/index.js");
    plugins.push(throughline(at >= 3 ? { sourcemaps: { upload: { url, key: "uk_shop", failBuild: true } } } : {}));
  }
  await build({ root: ROOT, logLevel: "silent", plugins, build: { outDir, emptyOutDir: true, sourcemap: at == 1 || at == 2 ? "hidden" : false } });
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  process.stdout.write(JSON.stringify([performance.now(), (userCPUTime + systemCPUTime) / 1000]));
  rmSync(outDir, { recursive: true });
}

/** Measures all rows, with an edge that takes everything. */
async function measure() {
  const stored = new Set();
  const edge = createServer((request, response) => {
    const { method, url } = request.resume();
    if (method == "PUT") stored.add(url);
    response.writeHead(method == "PUT" ? 204 : stored.has(url) ? 200 : 404).end();
  });
  edge.listen(0, "127.0.0.1");
  await once(edge, "listening");
  const url = `http://127.0.0.1:${edge.address().port}`;
  const times = Object.fromEntries(ROWS.map((row) => [row, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const row of ROWS) {
      if (row == ROWS[3]) stored.clear();
      const child = spawn(process.execPath, [fileURLToPath(import.meta.url), row, url], { stdio: ["ignore", "pipe", "ignore"] });
      const [printed] = await Promise.all([child.stdout.toArray(), once(child, "exit")]);
      times[row].push(JSON.parse(Buffer.concat(printed).toString()));
    }
  edge.close();
  const median = (all) => all.sort((a, b) => a - b)[all.length >> 1].toFixed(0);
  for (const [row, all] of Object.entries(times)) console.log(`${row}: ${median(all.map(([wall]) => wall))} ms, ${median(all.map(([, cpu]) => cpu))} ms of the processor`);
}

await (process.argv[2] ? build(process.argv[2], process.argv[3]) : measure());
