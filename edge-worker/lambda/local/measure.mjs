// Measures the function under AWS's runtime client, beside a handler that does next to nothing: cold
// start, and warm CPU time per request. `cargo xtask bench lambda` builds everything and runs it.
//
// node local/measure.mjs [--starts N] [--rounds N] [--requests N]
import { copyFileSync, mkdtempSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { Instance } from "./instance.mjs";

const number = (otherwise) => ({ type: "string", default: String(otherwise) });
const { values } = parseArgs({ options: { starts: number(9), rounds: number(5), requests: number(1000) } });
const [starts, rounds, requests] = [values.starts, values.rounds, values.requests].map(Number);
if (!(starts > 0 && rounds > 0 && requests > 0)) throw new Error("give numbers of starts, rounds and requests");

const here = (name) => new URL(name, import.meta.url).pathname;
const SECRET = "between-front-and-function";
const MINIMAL = `export const handler = async (event) => {
  const bytes = Buffer.from(event.body, "base64").length;
  return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ bytes }) };
};
`;
const folder = mkdtempSync(join(tmpdir(), "throughline-lambda-"));
const backend = createServer((request, response) => request.resume().on("end", () => response.end()));
backend.listen(0, "127.0.0.1");
await once(backend, "listening");
const built = (name) => here(`../build/${name}`);
const configured = (backend) => ({
  "throughline.toml": `open = true\n[backend]\n${backend}\n[outcomes]\ninterval_ms = 0\n[lambda]\norigin_secrets = ["${SECRET}"]\n`,
});
const exporting = program("exporting", configured(`url = "http://127.0.0.1:${backend.address().port}"`));
const receiving = program("receiving", configured('kind = "null"'));
const minimal = program("minimal", { "index.mjs": MINIMAL });

try {
  const event = telemetry();
  await printStarts(event);
  await printRequests(event);
  await printHandler(event);
  const bytes = ["throughline-lambda.zip", "index.mjs", "edge_bg.wasm"].map((name) => `${name} ${statSync(built(name)).size}`);
  console.log(`\nbytes: ${bytes.join(", ")}; the least handler ${Buffer.byteLength(MINIMAL)}`);
} finally {
  backend.close();
  rmSync(folder, { recursive: true });
}

/** The folder of a function: the build, where it has no script of its own. */
function program(name, files) {
  const path = join(folder, name);
  mkdirSync(path);
  if (!files["index.mjs"]) for (const file of ["index.mjs", "edge_bg.wasm"]) copyFileSync(built(file), join(path, file));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

/** From the start of the process to the first response: its time and its CPU time. */
async function printStarts(event) {
  const [times, cpu] = [columns(), columns()];
  await inTurns(starts, [exporting, minimal], async (path, at) => {
    const begun = performance.now();
    const instance = await start(path);
    await respond(instance, event);
    times[at].push(performance.now() - begun);
    cpu[at].push(cpuMs(instance.id));
    instance.stop();
  });
  console.log(`${starts} cold starts in turns, each to its first response: median (lowest to highest)\n`);
  row("", "function", "least handler", "ratio");
  row("ms, with the export", ...compared(times, 0));
  row("CPU ms, with the export", ...compared(cpu, 0));
}

/** The CPU time of a warm process per request, the runtime client's among it. */
async function printRequests(event) {
  console.log(`\n${rounds} rounds of ${requests} requests to warm processes, CPU µs per request\n`);
  row("", "function", "least handler", "ratio");
  for (const [name, path] of [["20 spans received", receiving], ["20 spans exported", exporting]]) {
    const instances = await Promise.all([path, minimal].map(start));
    for (const instance of instances) for (let at = 0; at < requests / 3; at += 1) await respond(instance, event);
    const cpu = columns();
    await inTurns(rounds, instances, async (instance, at) => {
      const before = cpuMs(instance.id);
      for (let sent = 0; sent < requests; sent += 1) await respond(instance, event);
      cpu[at].push(((cpuMs(instance.id) - before) * 1000) / requests);
    });
    row(name, ...compared(cpu, 0));
    if (path === exporting) row("MB of the process", ...instances.map(({ id }) => memoryMb(id).toFixed(0)));
    for (const instance of instances) instance.stop();
  }
}

/** The function's handler in this process, without the runtime client. */
async function printHandler(event) {
  process.env.THROUGHLINE_CONFIG = readFileSync(join(receiving, "throughline.toml"), "utf8");
  const context = { getRemainingTimeInMillis: () => 30_000 };
  const begun = performance.now();
  const { handler } = await import(join(receiving, "index.mjs"));
  const loaded = performance.now();
  await handler(event, context);
  const called = performance.now();
  for (let at = 0; at < requests / 3; at += 1) await handler(event, context);
  const cpu = [];
  for (let round = 0; round < rounds; round += 1) {
    const used = process.cpuUsage();
    for (let sent = 0; sent < requests; sent += 1) await handler(event, context);
    const { user, system } = process.cpuUsage(used);
    cpu.push((user + system) / requests);
  }
  row("20 spans received, no client", spread(cpu, 0));
  console.log(`\nmodule loaded in ${(loaded - begun).toFixed(0)} ms, first call ${(called - loaded).toFixed(0)} ms`);
}

/** Gives each of `subjects` to `measure`, in so many rounds, each round with another first. */
async function inTurns(count, subjects, measure) {
  for (let round = 0; round < count; round += 1) {
    for (let turn = 0; turn < subjects.length; turn += 1) {
      const at = (round + turn) % subjects.length;
      await measure(subjects[at], at);
    }
  }
}

function start(path) {
  const client = here("node_modules/aws-lambda-ric/bin/index.mjs");
  return Instance.start({ folder: path, client, handler: "index.handler", timeoutMs: 30_000 });
}

async function respond(instance, event) {
  const { statusCode } = await instance.invoke(event);
  if (statusCode !== 200) throw new Error(`status ${statusCode}`);
}

function columns() {
  return [[], []];
}

/** The spread of both columns, and the ratio of the first to the second, round by round. */
function compared([own, other], digits) {
  const ratios = own.map((value, at) => value / other[at]).toSorted((a, b) => a - b);
  return [spread(own, digits), spread(other, digits), ratios[ratios.length >> 1].toFixed(1)];
}

/** Median, lowest and highest. */
function spread(numbers, digits) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [median, ...ends] = [sorted[sorted.length >> 1], sorted[0], sorted.at(-1)].map((value) => value.toFixed(digits));
  return `${median} (${ends.join("–")})`;
}

function row(name, ...cells) {
  console.log(`  ${name.padEnd(30)}${cells.map((cell) => cell.padStart(22)).join("")}`);
}

/** A batch of 20 spans in OTLP/JSON, some 10 KB, compressed. */
function telemetry() {
  const hex = (value, length) => value.toString(16).padStart(length, "0");
  const nano = (offset) => String(BigInt(Date.now() + offset) * 1_000_000n);
  const spans = Array.from({ length: 20 }, (_, at) => ({
    traceId: hex(at + 1, 32),
    spanId: hex(at + 1, 16),
    name: "GET",
    kind: 3,
    startTimeUnixNano: nano(-50),
    endTimeUnixNano: nano(0),
    attributes: Array.from({ length: 6 }, (_, key) => ({ key: `attribute.${key}`, value: { stringValue: `value ${key} of span ${at}` } })),
  }));
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop-web" } }] };
  const request = { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "measure" }, spans }] }] };
  const event = JSON.parse(readFileSync(here("../tests/events/url-post-base64.json"), "utf8"));
  event.rawPath = "/v1/traces";
  event.rawQueryString = "";
  Object.assign(event.headers, {
    "x-throughline-origin-secret": SECRET,
    "x-throughline-content-type": "application/json",
    "content-encoding": "gzip",
  });
  delete event.headers["content-length"];
  event.body = gzipSync(JSON.stringify(request)).toString("base64");
  return event;
}

/** Processor time of a process, in ms: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function cpuMs(id) {
  const fields = readFileSync(`/proc/${id}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function memoryMb(id) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))[1]) / 1024;
}
