// @ts-check
// The exporters of OpenTelemetry for Python, as they are in their registry, send to us by gRPC,
// compressed.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, it } from "node:test";
import { promisify } from "node:util";
import { start } from "../browser/process.mjs";
import { until } from "../browser/until.mjs";

const repository = join(import.meta.dirname, "../..");
/** @type {string[]} */
const folders = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

it("shows what they sent in the viewer", async () => {
  const dev = await start(await program(), ["dev", "--listen", "127.0.0.1:0", "--grpc", "127.0.0.1:0"], READY);
  try {
    const [, viewer, grpc] = dev.line;
    const { traces, log } = await exported(grpc ?? "", "pk_any", 1);
    assert.equal(log, "", "nothing was refused");
    for (const [number, trace] of traces.entries()) {
      const spans = await read(`${viewer}/api/traces/${trace}`);
      assert.deepEqual(
        spans.spans.map((/** @type {{ name: string, service: string }} */ { name, service }) => [name, service]),
        [[`price ${number}`, "pricing"]],
      );
    }
    const { logs } = await read(`${viewer}/api/logs`);
    assert.deepEqual(
      logs.map((/** @type {{ body: unknown }} */ { body }) => body),
      ["no price for it"],
    );
    const counts = await read(`${viewer}/api/outcomes`);
    assert.deepEqual(counts.received, { traces: 2, logs: 1, metrics: 1 });
  } finally {
    await dev.stop();
  }
});

it("makes them wait as long as a limit says, and tells them what is wrong with a key", async () => {
  const folder = await mkdtemp(join(tmpdir(), "throughline-grpc-"));
  folders.push(folder);
  const file = join(folder, "throughline.toml");
  await writeFile(
    file,
    `[native]
listen = "127.0.0.1:0"
grpc = { listen = "127.0.0.1:0" }
[backend]
kind = "null"
[outcomes]
stats_key = "sk_0123456789abcdef"
[[projects]]
name = "shop"
keys = ["pk_shop"]
limits = { spans_per_second = 1 }
`,
  );
  const edge = await start(await program(), ["--config", file], READY);
  try {
    const [, http, grpc] = edge.line;
    const limited = await exported(grpc ?? "", "pk_shop", 3);
    // Three spans took three seconds. Without being told, exporters wait one, more or less.
    const told = /RESOURCE_EXHAUSTED .* retrying in ([\d.]+)s\. .*project shop may send no more spans now/;
    const wait = Number(told.exec(limited.log)?.[1]);
    assert.ok(wait > 1.5 && wait <= 3, limited.log);
    const refused = await exported(grpc ?? "", "pk_other", 0);
    assert.match(refused.log, /UNAUTHENTICATED, error details: the ingest key is not known here/);
    const counted = async () => {
      const headers = { authorization: "Bearer sk_0123456789abcdef" };
      return (await fetch(`${http}/stats`, { headers })).json();
    };
    const counts = await until(async () => {
      const now = await counted();
      return now.queued.traces === 0 && now;
    }, "the ends of all spans", counted);
    // Nothing was lost, and nothing counted twice.
    assert.deepEqual(counts.received, { traces: 4, logs: 1, metrics: 1 });
  } finally {
    await edge.stop();
  }
});

/** Runs the exporters; returns the traces they sent, and their log. @param {string} address @param {string} key @param {number} spans */
async function exported(address, key, spans) {
  const python = join(import.meta.dirname, ".venv/bin/python");
  const script = join(import.meta.dirname, "export.py");
  const { stdout, stderr } = await promisify(execFile)(python, [script, address, key, String(spans)], {
    timeout: 60_000,
  });
  const { traces } = /** @type {{ traces: string[] }} */ (JSON.parse(stdout));
  return { traces, log: stderr };
}

/** @param {string} url @returns {Promise<any>} */
async function read(url) {
  return (await fetch(url)).json();
}

/** The program, built. */
async function program() {
  await promisify(execFile)("cargo", ["build", "--quiet", "--package", "throughline"], { cwd: repository });
  return join(process.env.CARGO_TARGET_DIR ?? join(repository, "target"), "debug/throughline");
}

const READY = /on (http:\S+?), OTLP\/gRPC on ([\d.:]+)/;
