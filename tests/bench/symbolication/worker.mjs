// Measures look-ups of the Worker in workerd, with a bucket of miniflare: `node worker.mjs FOLDER BUILT WRANGLER`, the folder of
// the scripts, with the index and the positions that the program beside this has written, that of the built Worker, and
// its wrangler.jsonc.
//
// CPU time is that of the process of workerd, in which the bucket is simulated too: what the reads alone cost there is a
// row of its own. Memory is what V8 says of the isolate by the protocol of its inspector, WebAssembly among it.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";

const [folder, built, wrangler] = process.argv.slice(2);
const local = createRequire(new URL("../../../edge-worker/cloudflare/local/serve.mjs", import.meta.url));
const { Log, LogLevel, Miniflare } = local("miniflare");
const { unstable_getMiniflareWorkerOptions: workerOptionsOf } = local("wrangler");
const { WebSocket } = local("ws");

/** Scripts whose parts together are more than the cache of an isolate has room for. */
const SCRIPTS = 40;
const FRAMES = 10;
const ROUNDS = 5;
const EXCEPTIONS = 100;
const KEY = "uk_shop_0123456789abcdef";
const ADDRESS = "https://shop.example/large.min.js";

const index = readFileSync(join(folder, "large.min.ours"));
const positions = readFileSync(join(folder, "large.min.positions"), "utf8").trim().split("\n");
const storage = mkdtempSync(join(tmpdir(), "throughline-bench-"));
const { workerOptions } = workerOptionsOf(wrangler);
const contents = (name) => readFileSync(join(built, name));
const entry = readFileSync(new URL("worker-entry.js", import.meta.url));
const configuration = {
  backend: { kind: "null" },
  outcomes: { interval_ms: 0 },
  // A slow machine is no slow bucket.
  sourcemaps: { wait_ms: 10_000 },
  projects: [{ name: "shop", keys: ["pk_shop"], upload_keys: [KEY] }],
};
const miniflare = new Miniflare({
  ...workerOptions,
  rootPath: built,
  modules: [
    { type: "ESModule", path: "worker-entry.js", contents: entry },
    { type: "ESModule", path: "index.js", contents: contents("index.js") },
    { type: "CompiledWasm", path: "index_bg.wasm", contents: contents("index_bg.wasm") },
  ],
  bindings: { ...workerOptions.bindings, THROUGHLINE: configuration },
  r2Buckets: { THROUGHLINE_SOURCEMAPS: "sourcemaps" },
  r2Persist: storage,
  host: "127.0.0.1",
  port: 0,
  inspectorPort: 0,
  cf: {},
  log: new Log(LogLevel.ERROR),
});

try {
  await measure(await miniflare.ready);
} finally {
  await miniflare.dispose();
  rmSync(storage, { recursive: true });
}

async function measure(base) {
  const workerd = processOf("workerd");
  const heap = await inspector();
  console.log(`index: ${kilobytes(index.length)} KB`);
  await ask(base, "/healthz");
  const before = await heap();
  const ids = Array.from({ length: SCRIPTS }, (_, at) => `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`);
  for (const id of ids) {
    await ask(base, `/v1/sourcemaps/${id}`, { method: "PUT", headers: { authorization: `Bearer ${KEY}` }, body: named(id) });
  }
  const stacks = Array.from({ length: positions.length / FRAMES }, (_, at) => positions.slice(at * FRAMES, (at + 1) * FRAMES));
  await ask(base, "/reads");
  const uploaded = await heap();
  let number = 0;
  // The same script and stack again; another script each time, of which nothing is in memory any more; and no script.
  const kinds = {
    "without debug ids": () => exception(stacks[0], null),
    "warm: script and stack of before": () => exception(stacks[0], ids[0]),
    "cold: a script of which nothing was read": () => exception(stacks[number % stacks.length], ids[number++ % ids.length]),
  };
  const row = (...cells) => console.log(`| ${cells.join(" | ")} |`);
  row("exception of ten frames", "µs", "reads", "KB read", "MB of the isolate");
  row("---", "---", "---", "---", "---");
  let again = [];
  for (const [kind, body] of Object.entries(kinds)) {
    const send = () => ask(base, "/v1/logs?key=pk_shop", { method: "POST", headers: { "content-type": "application/json" }, body: body() });
    for (let at = 0; at < EXCEPTIONS / 2; at += 1) await send();
    await ask(base, "/reads");
    const times = [];
    const read = { count: 0, bytes: 0 };
    again = [];
    let largest = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const start = processorTime(workerd);
      for (let at = 0; at < EXCEPTIONS; at += 1) await send();
      times.push(((processorTime(workerd) - start) * 1e6) / EXCEPTIONS);
      largest = Math.max(largest, await heap());
      for (const { key, range } of JSON.parse(await ask(base, "/reads"))) {
        read.count += 1;
        read.bytes += range.length;
        again.push({ key, range });
      }
    }
    const all = ROUNDS * EXCEPTIONS;
    row(kind, spread(times), (read.count / all).toFixed(1), kilobytes(read.bytes / all), megabytes(largest));
  }
  const each = Math.round(again.length / (ROUNDS * EXCEPTIONS));
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = processorTime(workerd);
    for (let at = 0; at < EXCEPTIONS; at += 1) {
      const from = (round * EXCEPTIONS + at) * each;
      const ranges = again.slice(from, from + each);
      await ask(base, "/read-again", { method: "POST", body: JSON.stringify([ranges]) });
    }
    times.push(((processorTime(workerd) - start) * 1e6) / EXCEPTIONS);
  }
  row("its reads alone, of the simulated bucket", spread(times), each, "", "");
  console.log(`\nisolate before: ${megabytes(before)} MB, after ${SCRIPTS} uploads: ${megabytes(uploaded)} MB`);
}

/** The index under another debug id: bytes 8 to 24 of its header, whose checksum is at 60. */
function named(id) {
  const bytes = Buffer.from(index);
  Buffer.from(id.replaceAll("-", ""), "hex").copy(bytes, 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
  return bytes;
}

function exception(stack, id) {
  const string = (key, value) => ({ key, value: { stringValue: value } });
  const frames = stack.map((position, at) => `    at f${at} (${ADDRESS}:${position})`);
  const attributes = [
    string("exception.type", "Error"),
    string("exception.message", "x"),
    string("exception.stacktrace", ["Error: x", ...frames].join("\n")),
  ];
  if (id) {
    const values = [string("type", "sourcemap"), string("code_file", ADDRESS), string("debug_id", id)];
    attributes.push({ key: "throughline.exception.images", value: { arrayValue: { values: [{ kvlistValue: { values } }] } } });
  }
  return JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ eventName: "exception", attributes }] }] }] });
}

async function ask(base, path, options) {
  const response = await fetch(new URL(path, base), options);
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return text;
}

/** Asks V8 how much memory the isolate of the Worker takes, in bytes, garbage that is not collected yet among it. */
async function inspector() {
  const base = await miniflare.getInspectorURL();
  const targets = await (await fetch(new URL("/json", base.href.replace("ws:", "http:")))).json();
  // The bucket is a Worker of its own.
  const target = targets.find(({ id }) => id.startsWith("core:user:"));
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => socket.on("open", resolve).on("error", reject));
  const waiting = new Map();
  socket.on("message", (message) => {
    const { id, result, error } = JSON.parse(message);
    waiting.get(id)?.(error ?? result);
    waiting.delete(id);
  });
  let last = 0;
  const call = (method) =>
    new Promise((resolve) => {
      last += 1;
      waiting.set(last, resolve);
      socket.send(JSON.stringify({ id: last, method }));
    });
  return async () => {
    const { usedSize, backingStorageSize, embedderHeapUsedSize } = await call("Runtime.getHeapUsage");
    return usedSize + (backingStorageSize ?? 0) + (embedderHeapUsedSize ?? 0);
  };
}

/** The child of this process with this name. */
function processOf(name) {
  const children = execFileSync("ps", ["-o", "pid=,comm=", "--ppid", String(process.pid)], { encoding: "utf8" });
  const child = children.split("\n").find((line) => line.trim().endsWith(name));
  return Number(child.trim().split(" ")[0]);
}

/** User and system time of all threads of a process, in seconds: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function processorTime(id) {
  const fields = readFileSync(`/proc/${id}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function spread(times) {
  const sorted = [...times].sort((a, b) => a - b).map((time) => Math.round(time));
  return `${sorted[sorted.length >> 1]} (${sorted[0]}–${sorted.at(-1)})`;
}

function kilobytes(bytes) {
  return (bytes / 1e3).toFixed(1);
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}
