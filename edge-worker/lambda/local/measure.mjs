// Measures the function under AWS's runtime client: cold start, and warm CPU time per request.
//
// node local/measure.mjs, after `cargo xtask serve lambda` has built everything
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Instance } from "./instance.mjs";

const here = (name) => new URL(name, import.meta.url).pathname;
const SECRET = "between-front-and-function";
const folder = mkdtempSync(join(tmpdir(), "throughline-lambda-"));
for (const file of ["index.mjs", "edge_bg.wasm"]) cpSync(here(`../build/${file}`), join(folder, file));

const backend = createServer((request, response) => request.resume().on("end", () => response.end()));
backend.listen(0, "127.0.0.1");
await once(backend, "listening");
writeFileSync(
  join(folder, "throughline.toml"),
  `open = true\n[backend]\nurl = "http://127.0.0.1:${backend.address().port}"\n[outcomes]\ninterval_ms = 0\n[lambda]\norigin_secrets = ["${SECRET}"]\n`,
);
const client = here("node_modules/aws-lambda-ric/bin/index.mjs");
const start = () => Instance.start({ folder, client, handler: "index.handler", timeoutMs: 30_000 });
const event = telemetry();
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const log = console.log;
const RUNS = 9;

const [cold, coldCpu] = [[], []];
for (let run = 0; run < RUNS; run += 1) {
  const begun = performance.now();
  const instance = await start();
  const { statusCode } = await instance.invoke(event);
  if (statusCode !== 200) throw new Error(`status ${statusCode}`);
  cold.push(performance.now() - begun);
  coldCpu.push(cpuMs(instance.id));
  instance.stop();
}
log(`cold start to the first response   ${median(cold).toFixed(0)} ms (median of ${cold.length}, process and export included)`);
log(`cold start, processor              ${median(coldCpu).toFixed(0)} ms`);

const instance = await start();
for (let at = 0; at < 300; at += 1) await instance.invoke(event);
const [before, begun] = [cpuMs(instance.id), performance.now()];
const requests = 1000;
for (let at = 0; at < requests; at += 1) await instance.invoke(event);
log(`warm, processor per request        ${(((cpuMs(instance.id) - before) * 1000) / requests).toFixed(0)} µs (runtime client and export included)`);
log(`warm, one after the other          ${((performance.now() - begun) / requests).toFixed(2)} ms per request`);
log(`memory                             ${memoryMb(instance.id).toFixed(0)} MB`);
instance.stop();

// The handler alone: no runtime client, and nothing is exported.
process.env.THROUGHLINE_CONFIG = `open = true\n[backend]\nkind = "null"\n[lambda]\norigin_secrets = ["${SECRET}"]\n`;
const context = { getRemainingTimeInMillis: () => 30_000 };
const loading = performance.now();
const { handler } = await import(join(folder, "index.mjs"));
const loaded = performance.now();
await handler(event, context);
const called = performance.now();
for (let at = 0; at < 300; at += 1) await handler(event, context);
const used = process.cpuUsage();
for (let at = 0; at < requests; at += 1) await handler(event, context);
const { user, system } = process.cpuUsage(used);
log(`handler alone: module              ${(loaded - loading).toFixed(0)} ms, first call ${(called - loaded).toFixed(0)} ms`);
log(`handler alone: warm, processor     ${((user + system) / requests).toFixed(0)} µs per request`);
backend.close();
rmSync(folder, { recursive: true });

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
