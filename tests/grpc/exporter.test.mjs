// @ts-check
// The exporters of OpenTelemetry for Python and Go, as they are in their registries, send to us by gRPC:
// compressed and not, with TLS and without.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { promisify } from "node:util";
import { start } from "../browser/process.mjs";
import { until } from "../browser/until.mjs";

const run = promisify(execFile);
const repository = join(import.meta.dirname, "../..");
/** @type {string[]} */
const folders = [];
after(() => Promise.all(folders.map((path) => rm(path, { recursive: true }))));

/** A program of exporters, by its arguments and environment. @typedef {(address: string, key: string, spans: string) => [string, string[], Record<string, string>]} Exporters */

/** The folder of what is built for all tests. */
let built = "";
before(async () => {
  built = await folder();
  await run("go", ["build", "-o", join(built, "export"), "."], { cwd: join(import.meta.dirname, "go") });
});

/** @type {Exporters} */
const python = (address, key, spans) => [
  join(import.meta.dirname, ".venv/bin/python"),
  [join(import.meta.dirname, "export.py"), address, key, spans],
  {},
];

/** As docs/kubernetes.md configures a service. @param {Record<string, string>} [more] @returns {Exporters} */
const go = (more) => (address, key, spans) => [
  join(built, "export"),
  [spans],
  {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://${address}`,
    OTEL_EXPORTER_OTLP_HEADERS: `x-throughline-key=${key}`,
    ...more,
  },
];

const GZIP = { OTEL_EXPORTER_OTLP_COMPRESSION: "gzip" };

for (const [name, exporters] of /** @type {[string, Exporters][]} */ ([
  ["Python, gzip", python],
  ["Go, uncompressed", go()],
  ["Go, gzip", go(GZIP)],
])) {
  it(`shows what they sent in the viewer: ${name}`, async () => {
    const dev = await start(await program(), ["dev", "--listen", "127.0.0.1:0", "--grpc", "127.0.0.1:0"], READY);
    try {
      const [, viewer, grpc] = dev.line;
      const { traces, log } = await exported(exporters, grpc ?? "", "pk_any", "1");
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
}

it("makes them wait as long as a limit says, and tells them what is wrong with a key: Python", async () => {
  await withEdge("", async (grpc, counted) => {
    const limited = await exported(python, grpc, "pk_shop", "3");
    // Three spans took three seconds. Without being told, exporters wait one, more or less.
    const told = /RESOURCE_EXHAUSTED .* retrying in ([\d.]+)s\. .*project shop may send no more spans now/;
    const wait = Number(told.exec(limited.log)?.[1]);
    assert.ok(wait > 1.5 && wait <= 3, limited.log);
    const refused = await exported(python, grpc, "pk_other", "0");
    assert.match(refused.log, /UNAUTHENTICATED, error details: the ingest key is not known here/);
    // Nothing was lost, and nothing counted twice.
    assert.deepEqual(await counted(), { traces: 4, logs: 1, metrics: 1 });
  });
});

it("makes them wait as long as a limit says, and tells them what is wrong with a key: Go", async () => {
  await withEdge("", async (grpc, counted) => {
    const begun = performance.now();
    const patient = go({ ...GZIP, OTEL_EXPORTER_OTLP_TIMEOUT: "30000" });
    const limited = await exported(patient, grpc, "pk_shop", "9");
    assert.equal(limited.log, "", "it sends again, and says nothing");
    // Nine spans took nine seconds. Without being told it waits from 2.5 to 7.5 s.
    const waited = performance.now() - begun;
    assert.ok(waited > 8000, `${waited} ms`);
    const refused = await exported(go(GZIP), grpc, "pk_other", "0");
    const lines = refused.log.match(/code = Unauthenticated desc = the ingest key is not known here/g);
    assert.equal(lines?.length, 3, `once for each signal, and not again: ${refused.log}`);
    const unusable = await exported(go(GZIP), grpc, "pk_unlimited", "unusable");
    assert.match(unusable.log, /partial success: spans no backend could use: 1, .* \(1 spans rejected\)/);
    assert.deepEqual(await counted(), { traces: 12, logs: 1, metrics: 1 });
  });
});

it("takes what they send with TLS, from clients that trust its certificate: Go", async () => {
  const folder = built;
  const pair = { certificate: join(folder, "certificate.pem"), key: join(folder, "key.pem") };
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const files = ["-out", pair.certificate, "-keyout", pair.key];
  await run("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", ...files, ...names]);
  const tls = `tls = { certificate = "${pair.certificate}", key = "${pair.key}" }`;
  await withEdge(tls, async (grpc, counted) => {
    const secure = { OTEL_EXPORTER_OTLP_ENDPOINT: `https://${grpc}` };
    const trusting = { ...secure, OTEL_EXPORTER_OTLP_CERTIFICATE: pair.certificate };
    const { log } = await exported(go({ ...trusting, ...GZIP }), grpc, "pk_shop", "0");
    assert.equal(log, "");
    const counts = { traces: 1, logs: 1, metrics: 1 };
    assert.deepEqual(await counted(), counts);
    const distrusting = { ...secure, OTEL_EXPORTER_OTLP_TIMEOUT: "1000" };
    const refused = await exported(go(distrusting), grpc, "pk_shop", "0");
    assert.match(refused.log, /certificate signed by unknown authority/);
    assert.deepEqual(await counted(), counts);
  });
});

/**
 * Runs the edge with a limit of one span a second for a project, and `native` in its table of that name. `work` gets
 * the address for OTLP/gRPC, and a function that waits until all is exported and returns what came.
 * @param {string} native @param {(grpc: string, counted: () => Promise<Record<string, number>>) => Promise<void>} work
 */
async function withEdge(native, work) {
  const file = join(await folder(), "throughline.toml");
  await writeFile(
    file,
    `[native]
listen = "127.0.0.1:0"
grpc = { listen = "127.0.0.1:0" }
${native}
[backend]
kind = "null"
[outcomes]
stats_key = "sk_0123456789abcdef"
[[projects]]
name = "shop"
keys = ["pk_shop"]
limits = { spans_per_second = 1 }
[[projects]]
name = "orders"
keys = ["pk_unlimited"]
`,
  );
  const edge = await start(await program(), ["--config", file], READY);
  try {
    const [, http, grpc] = edge.line;
    const stats = () => statistics(`${http}/stats`, /"(.*?certificate\.pem)"/.exec(native)?.[1]);
    await work(grpc ?? "", async () => {
      const counts = await until(
        async () => {
          const now = await stats();
          return now.queued.traces === 0 && now;
        },
        "the ends of all spans",
        stats,
      );
      return counts.received;
    });
  } finally {
    await edge.stop();
  }
}

/** Runs exporters; returns the traces they sent, and their log. @param {Exporters} exporters @param {string} address @param {string} key @param {string} spans */
async function exported(exporters, address, key, spans) {
  const [file, parameters, environment] = exporters(address, key, spans);
  const { stdout, stderr } = await run(file, parameters, {
    env: { ...process.env, ...environment },
    timeout: 60_000,
  });
  const { traces } = /** @type {{ traces: string[] }} */ (JSON.parse(stdout));
  return { traces, log: stderr };
}

/** The counts of the edge. @param {string} url @param {string} [certificate] the file of its certificate @returns {Promise<any>} */
async function statistics(url, certificate) {
  const headers = { authorization: "Bearer sk_0123456789abcdef" };
  if (!certificate) return (await fetch(url, { headers })).json();
  const ca = await readFile(certificate);
  return new Promise((resolve, reject) => {
    const request = get(url, { ca, headers }, async (response) => {
      const chunks = await response.toArray();
      resolve(JSON.parse(Buffer.concat(chunks).toString()));
    });
    request.on("error", reject);
  });
}

/** @param {string} url @returns {Promise<any>} */
async function read(url) {
  return (await fetch(url)).json();
}

/** A folder that is removed when the tests have ended. */
async function folder() {
  const path = await mkdtemp(join(tmpdir(), "throughline-grpc-"));
  folders.push(path);
  return path;
}

/** The program, built. */
async function program() {
  await run("cargo", ["build", "--quiet", "--package", "throughline"], { cwd: repository });
  return join(process.env.CARGO_TARGET_DIR ?? join(repository, "target"), "debug/throughline");
}

const READY = /on (https?:\S+?), OTLP\/gRPC on ([\d.:]+)/;
