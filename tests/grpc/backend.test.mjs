// @ts-check
// The edge exports by OTLP/gRPC to grpcio's server: statuses, waits, connections that end, and what is no gRPC at all.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { constants, createServer as createHttp2Server } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { connect, createServer } from "node:net";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { it } from "node:test";
import { promisify } from "node:util";
import { startEdge } from "../backends/edge.mjs";
import { folderFor, removed } from "../backends/programs/program.mjs";
import { line, logs, metrics, nanos, span, sum, traces } from "../backends/telemetry.mjs";
import { until } from "../browser/until.mjs";

/**
 * A call that the backend got.
 * @typedef {{ signal: string, names: string[], peer: string, metadata: Record<string, string>, seconds: number, code: number }} Call
 * @typedef {Awaited<ReturnType<typeof startBackend>>} Backend
 */

it("sends each signal as a call, with its metadata and timeout, on one connection", async () => {
  await withEdge({}, { "headers.x-tenant": "shop" }, async ({ edge, backend }) => {
    await edge.send("traces", traces([span({ name: "a" }), span({ name: "b" })]));
    await edge.send("logs", logs([line("no price")]));
    await edge.send("metrics", metrics([sum("orders", [{ timeUnixNano: nanos(Date.now()), asInt: "7" }], 1)]));
    assert.deepEqual(await edge.account("traces", 2), { exported: 2 });
    assert.deepEqual(await edge.account("logs", 1), { exported: 1 });
    assert.deepEqual(await edge.account("metrics", 1), { exported: 1 });
    const bySignal = backend.calls.map(({ signal, names }) => [signal, ...names]).sort();
    assert.deepEqual(bySignal, [["logs", "no price"], ["metrics", "orders"], ["traces", "a", "b"]]);
    assert.equal(new Set(backend.calls.map(({ peer }) => peer)).size, 1, "one connection");
    for (const { metadata, seconds } of backend.calls) {
      assert.equal(metadata["x-tenant"], "shop");
      assert.match(metadata["user-agent"] ?? "", /^Throughline\//);
      assert.ok(seconds > 0 && seconds <= 10, `${seconds}`);
    }
  });
});

for (const compression of ["gzip", "none"]) {
  for (const gzip of [true, false]) {
    it(`counts what a partial success rejects: request ${compression}, response ${gzip ? "gzip" : "none"}`, async () => {
      await withEdge({ gzip, replies: [{ rejected: 2, message: "quota of spans" }] }, { compression }, async ({ edge }) => {
        await edge.send("traces", traces([span(), span(), span()]));
        assert.deepEqual(await edge.account("traces", 3), { exported: 1, "rejected.backend_partial": 2 });
        assert.match(await edge.log(), /backend rejected 2 records of traces: quota of spans/);
      });
    });
  }
}

for (const [code, name] of /** @type {const} */ ([
  [1, "CANCELLED"],
  [4, "DEADLINE_EXCEEDED"],
  [10, "ABORTED"],
  [11, "OUT_OF_RANGE"],
  [14, "UNAVAILABLE"],
  [15, "DATA_LOSS"],
])) {
  it(`calls again after ${name}`, async () => {
    await withEdge({ replies: [{ code, message: "not now" }] }, {}, async ({ edge, backend }) => {
      await edge.send("traces", traces([span()]));
      assert.deepEqual(await edge.account("traces", 1), { exported: 1 });
      assert.deepEqual(backend.calls.map((call) => call.code), [code, 0]);
    });
  });
}

for (const [code, name] of /** @type {const} */ ([
  [2, "UNKNOWN"],
  [3, "INVALID_ARGUMENT"],
  [5, "NOT_FOUND"],
  [7, "PERMISSION_DENIED"],
  [8, "RESOURCE_EXHAUSTED"],
  [12, "UNIMPLEMENTED"],
  [13, "INTERNAL"],
  [16, "UNAUTHENTICATED"],
])) {
  it(`does not call again after ${name}, and says why`, async () => {
    await withEdge({ replies: [{ code, message: "for 1 % of é" }] }, {}, async ({ edge, backend }) => {
      await edge.send("traces", traces([span()]));
      assert.deepEqual(await edge.account("traces", 1), { "rejected.backend_refused": 1 });
      assert.deepEqual(backend.calls.map((call) => call.code), [code]);
      assert.ok((await edge.log()).includes(`refused them: gRPC status ${code} ${name}: for 1 % of é`), await edge.log());
    });
  });
}

for (const code of [8, 14]) {
  it(`waits as long as RetryInfo says, with code ${code}`, async () => {
    await withEdge({ replies: [{ code, message: "busy", retry_ms: 1500 }] }, {}, async ({ edge, backend }) => {
      const begun = performance.now();
      await edge.send("traces", traces([span()]));
      assert.deepEqual(await edge.account("traces", 1), { exported: 1 });
      assert.ok(performance.now() - begun >= 1500);
      assert.deepEqual(backend.calls.map((call) => call.code), [code, 0]);
    });
  });
}

it("gives up what is refused for too long, and counts it", async () => {
  await withEdge({ replies: [{ code: 14, message: "down" }], repeats: true }, { retry_for_ms: 300, timeout_ms: 1_000 }, async ({ edge }) => {
    await edge.send("traces", traces([span(), span()]));
    assert.deepEqual(await edge.account("traces", 2), { "rejected.retries_exhausted": 2 });
    assert.match(await edge.log(), /2 records of traces are lost, backend did not take them in time: gRPC status 14 UNAVAILABLE: down/);
  });
});

it("sends in halves what one span is wrong in", async () => {
  const refused = { code: 3, message: "a bad span" };
  await withEdge({ replies: [refused, {}, refused] }, {}, async ({ edge, backend }) => {
    await edge.send("traces", traces([span({ name: "a" }), span({ name: "b" })]));
    assert.deepEqual(await edge.account("traces", 2), { exported: 1, "rejected.backend_refused": 1 });
    assert.deepEqual(backend.calls.map(({ names }) => names), [["a", "b"], ["a"], ["b"]]);
  });
});

it("sends in halves what is larger than the server takes", async () => {
  await withEdge({ options: { "grpc.max_receive_message_length": 2_000 } }, {}, async ({ edge, backend }) => {
    const name = "n".repeat(700);
    await edge.send("traces", traces([0, 1, 2, 3, 4, 5, 6, 7].map((number) => span({ name: `${number}${name}` }))));
    assert.deepEqual(await edge.account("traces", 8), { exported: 8 });
    const names = backend.calls.flatMap((call) => call.names).map((name) => name[0]);
    assert.equal(names.join(""), "01234567", "each once, in their order");
    await edge.send("traces", traces([span({ name: name.repeat(4) }), span()]));
    assert.deepEqual(await edge.account("traces", 10), { exported: 9, "rejected.backend_refused": 1 });
  });
});

it("calls again where an answer takes too long, and cancels the call", async () => {
  await withEdge({ replies: [{ delay_ms: 3_000 }] }, { timeout_ms: 500 }, async ({ edge, backend }) => {
    await edge.send("traces", traces([span({ name: "slow" })]));
    assert.deepEqual(await edge.account("traces", 1), { exported: 1 });
    assert.deepEqual(backend.calls.map(({ names }) => names), [["slow"], ["slow"]]);
    assert.ok(backend.calls.every(({ seconds }) => seconds <= 0.5));
  });
});

it("has many calls on one connection at once", async () => {
  await withEdge({ replies: [{ delay_ms: 300 }], repeats: true }, {}, async ({ edge, backend }) => {
    const begun = performance.now();
    await Promise.all(numbers(20).map((number) => edge.send("traces", traces([span({ name: `${number}` })]))));
    assert.deepEqual(await edge.account("traces", 20), { exported: 20 });
    assert.equal(backend.calls.length, 20);
    assert.equal(new Set(backend.calls.map(({ peer }) => peer)).size, 1, "one connection");
    // One after the other they take six seconds.
    assert.ok(performance.now() - begun < 5_000);
  });
});

it("waits for a stream where the server allows one at a time", async () => {
  await withEdge({ options: { "grpc.max_concurrent_streams": 1 } }, {}, async ({ edge, backend }) => {
    await Promise.all(numbers(20).map(() => edge.send("traces", traces([span()]))));
    assert.deepEqual(await edge.account("traces", 20), { exported: 20 });
    assert.equal(backend.calls.length, 20);
  });
});

it("loses nothing and sends nothing twice while the server closes connections (GOAWAY)", async () => {
  const options = { "grpc.max_connection_age_ms": 100, "grpc.max_connection_age_grace_ms": 20_000 };
  await withEdge({ options }, { max_requests: 4 }, async ({ edge, backend }) => {
    // Until several connections have ended, whatever the machine is busy with.
    let sent = 0;
    await until(async () => {
      await Promise.all(numbers(4).map(() => edge.send("traces", traces([span({ name: `${sent++}` })]))));
      return new Set(backend.calls.map(({ peer }) => peer)).size >= 6;
    }, "six connections");
    assert.deepEqual(await edge.account("traces", sent), { exported: sent });
    const names = backend.calls.flatMap((call) => call.names);
    assert.equal(names.length, sent);
    assert.equal(new Set(names).size, sent, "each once");
    assert.doesNotMatch(await edge.log(), /fail|lost/);
  });
});

for (const [name, refusing] of /** @type {const} */ ([
  ["refuses its stream", refusingStreams],
  ["closes the connection before it", refusingConnections],
])) {
  it(`sends a call again at once where the server ${name}, and once`, async () => {
    for (const [times, ended] of /** @type {const} */ ([[1, "exported"], [2, "rejected.retries_exhausted"]])) {
      const { server, calls, end } = refusing(times);
      await once(server.listen(0, "127.0.0.1"), "listening");
      // No time for a second attempt.
      const edge = await exporting(port(server), { retry_for_ms: 1 });
      try {
        await edge.send("traces", traces([span()]));
        assert.deepEqual(await edge.account("traces", 1), { [ended]: 1 });
        assert.equal(calls(), 2);
      } finally {
        await edge.remove();
        end();
      }
    }
  });
}

it("waits while the server is down, and loses nothing", async () => {
  const first = await startBackend({});
  const edge = await exporting(first.port);
  let second;
  try {
    await edge.send("traces", traces([span({ name: "before" })]));
    assert.deepEqual(await edge.account("traces", 1), { exported: 1 });
    await first.stop();
    await Promise.all(["x", "y"].map((name) => edge.send("traces", traces([span({ name })]))));
    await until(async () => /exports to http:\S+ fail: could not connect/.test(await edge.log()), "a line of the log");
    assert.equal((await edge.stats()).queued.traces, 2);
    second = await startBackend({ port: first.port });
    assert.deepEqual(await edge.account("traces", 3), { exported: 3 });
    assert.deepEqual(second.calls.flatMap(({ names }) => names).sort(), ["x", "y"]);
    assert.match(await edge.log(), /exports to \S+ work again/);
  } finally {
    await edge.remove();
    await first.stop();
    await second?.stop();
  }
});

it("gives a connection up that nothing answers on, and makes another", async () => {
  const backend = await startBackend({});
  /** @type {import("node:net").Socket[]} */
  const accepted = [];
  let isSilent = false;
  const proxy = createServer((client) => {
    accepted.push(client);
    const server = connect(backend.port, "127.0.0.1");
    const isFirst = accepted.length === 1;
    const passes = () => !(isFirst && isSilent);
    client.on("data", (bytes) => passes() && server.write(bytes)).on("error", () => {}).on("close", () => server.destroy());
    server.on("data", (bytes) => passes() && client.write(bytes)).on("error", () => {});
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  const edge = await exporting(port(proxy), { timeout_ms: 2_000 });
  try {
    await edge.send("traces", traces([span({ name: "before" })]));
    assert.deepEqual(await edge.account("traces", 1), { exported: 1 });
    isSilent = true;
    await edge.send("traces", traces([span({ name: "after" })]));
    await until(() => accepted.length === 2, "a second connection");
    assert.deepEqual(await edge.account("traces", 2), { exported: 2 });
    assert.deepEqual(backend.calls.map(({ names }) => names), [["before"], ["after"]]);
  } finally {
    await edge.remove();
    for (const socket of accepted) socket.destroy();
    proxy.close();
    await backend.stop();
  }
});

it("keeps a batch in the durable queue over the end of the process", async () => {
  const folder = await folderFor("queue");
  const sections = `[queue]\ndirectory = ${JSON.stringify(folder)}`;
  const backend = await startBackend({ replies: [{ code: 14, message: "not yet" }], repeats: true });
  const url = `http://127.0.0.1:${backend.port}`;
  const table = { name: "backend", url, protocol: "grpc", durable: true };
  const first = await startEdge([table], { sections });
  let second, last;
  try {
    await first.send("traces", traces([span({ name: "kept" })]));
    await until(() => backend.calls.length > 0, "a call");
    await first.kill();
    await backend.stop();
    last = await startBackend({ port: backend.port });
    second = await startEdge([table], { sections });
    await until(() => last?.calls.some(({ names }) => names[0] === "kept"), "the batch");
  } finally {
    await first.remove();
    await second?.remove();
    await backend.stop();
    await last?.stop();
    await removed(folder);
  }
});

it("sends with TLS, to a server whose certificate the system trusts", async () => {
  const pair = await certificate();
  const backend = await startBackend(pair);
  const table = { name: "backend", url: `https://localhost:${backend.port}`, protocol: "grpc" };
  const trusting = await startEdge([table], { env: { SSL_CERT_FILE: pair.certificate } });
  const distrusting = await startEdge([{ ...table, retry_for_ms: 100, timeout_ms: 1_000 }]);
  try {
    await trusting.send("traces", traces([span({ name: "secure" })]));
    assert.deepEqual(await trusting.account("traces", 1), { exported: 1 });
    assert.deepEqual(backend.calls.map(({ names }) => names), [["secure"]]);
    await distrusting.send("traces", traces([span()]));
    assert.deepEqual(await distrusting.account("traces", 1), { "rejected.retries_exhausted": 1 });
    assert.match(await distrusting.log(), /could not make a secure connection: invalid peer certificate/);
    assert.equal(backend.calls.length, 1);
  } finally {
    await trusting.remove();
    await distrusting.remove();
    await backend.stop();
    await removed(pair.folder);
  }
});

it("says so where the port is one of HTTP/1.1", async () => {
  const pair = await certificate();
  const ok = (/** @type {unknown} */ _, /** @type {import("node:http").ServerResponse} */ response) => response.end("ok");
  const plain = createHttpServer(ok);
  const secure = createHttpsServer({ cert: await readFile(pair.certificate), key: await readFile(pair.key) }, ok);
  try {
    for (const [server, scheme] of /** @type {const} */ ([[plain, "http"], [secure, "https"]])) {
      await once(server.listen(0, "127.0.0.1"), "listening");
      const table = { name: "backend", url: `${scheme}://localhost:${port(server)}`, protocol: "grpc", retry_for_ms: 100, timeout_ms: 1_000 };
      const edge = await startEdge([table], { env: { SSL_CERT_FILE: pair.certificate } });
      try {
        await edge.send("traces", traces([span()]));
        assert.deepEqual(await edge.account("traces", 1), { "rejected.retries_exhausted": 1 });
        assert.match(await edge.log(), /the response is not HTTP\/2: OTLP\/gRPC has a port of its own, as a rule 4317/, scheme);
      } finally {
        await edge.remove();
      }
    }
  } finally {
    plain.close();
    secure.close();
    await removed(pair.folder);
  }
});

it("says so where the port is one of OTLP/HTTP that speaks HTTP/2, and where it is the right one", async () => {
  const last = await startEdge([{ name: "nowhere", kind: "null" }]);
  const wrong = await exporting(Number(new URL(last.url).port));
  const right = await exporting(Number(last.grpc.split(":")[1]));
  try {
    await wrong.send("traces", traces([span()]));
    assert.deepEqual(await wrong.account("traces", 1), { "rejected.backend_refused": 1 });
    assert.match(await wrong.log(), /are refused: gRPC status 12 UNIMPLEMENTED: this is OTLP\/HTTP: OTLP\/gRPC has a port of its own/);
    await right.send("traces", traces([span(), span()]));
    assert.deepEqual(await right.account("traces", 2), { exported: 2 });
    assert.deepEqual(await last.account("traces", 2), { exported: 2 });
  } finally {
    await wrong.remove();
    await right.remove();
    await last.remove();
  }
});

it("waits as long as an edge behind it says", async () => {
  const sections = `[[projects]]\nname = "shop"\nkeys = ["pk_shop"]\nlimits = { spans_per_second = 2 }`;
  const last = await startEdge([{ name: "nowhere", kind: "null" }], { sections });
  const edge = await exporting(Number(last.grpc.split(":")[1]), { "headers.x-throughline-key": "pk_shop" });
  try {
    for (const _ of numbers(3)) await edge.send("traces", traces([span(), span()]));
    assert.deepEqual(await edge.account("traces", 6), { exported: 6 });
    assert.deepEqual(await last.account("traces", 6), { exported: 6 });
    const { requests } = await last.stats();
    assert.ok(requests.some((/** @type {any} */ { reason }) => reason), "it was told to wait");
  } finally {
    await edge.remove();
    await last.remove();
  }
});

/**
 * Runs `work` with a backend and an edge that exports to it.
 * @param {object} settings of the backend @param {Record<string, any>} table of the edge
 * @param {(of: { edge: import("../backends/edge.mjs").Edge, backend: Backend }) => Promise<void>} work
 */
async function withEdge(settings, table, work) {
  const backend = await startBackend(settings);
  let edge;
  try {
    edge = await exporting(backend.port, table);
    await work({ edge, backend });
  } finally {
    await edge?.remove();
    await backend.stop();
  }
}

/** @param {number} port @param {Record<string, any>} [table] */
const exporting = (port, table = {}) => startEdge([{ name: "backend", url: `http://127.0.0.1:${port}`, protocol: "grpc", ...table }]);

/** Starts backend.py, and reads the calls that it prints. @param {object} settings */
async function startBackend(settings) {
  const program = join(import.meta.dirname, ".venv/bin/python");
  const child = spawn(program, [join(import.meta.dirname, "backend.py"), JSON.stringify(settings)], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  /** @type {Call[]} */
  const calls = [];
  /** @type {Promise<number>} */
  const listening = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (text) => {
      const printed = JSON.parse(text);
      if (printed.port) resolve(printed.port);
      else calls.push(printed);
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`backend.py ended with ${code}`)));
  });
  return {
    port: await listening,
    calls,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

/** A server that refuses the first streams. @param {number} times */
function refusingStreams(times) {
  let calls = 0;
  const server = createHttp2Server().on("stream", (stream) => {
    calls += 1;
    stream.on("error", () => {});
    if (times-- > 0) stream.close(constants.NGHTTP2_REFUSED_STREAM);
    else take(stream);
  });
  return { server, calls: () => calls, end: () => server.close() };
}

/** A server that closes the first connections, of whose streams it has processed none. @param {number} times */
function refusingConnections(times) {
  let calls = 0;
  const http2 = createHttp2Server().on("stream", (stream) => ((calls += 1), take(stream)));
  const server = createServer((socket) => {
    socket.on("error", () => {});
    if (times-- <= 0) return void http2.emit("connection", socket);
    let received = Buffer.alloc(0);
    socket.on("data", (bytes) => {
      const had = hasHeaders(received);
      received = Buffer.concat([received, bytes]);
      if (had || !hasHeaders(received)) return;
      calls += 1;
      // A frame without a payload, and one of the last stream, 0, and no error.
      socket.end(Buffer.concat([frame(SETTINGS), frame(GOAWAY, Buffer.alloc(8))]));
    });
  });
  return { server, calls: () => calls, end: () => server.close() };
}

/** Responds that a call went well. @param {import("node:http2").ServerHttp2Stream} stream */
function take(stream) {
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.end(Buffer.alloc(5));
}

/** A frame of HTTP/2 of the connection. @param {number} type @param {Buffer} [payload] */
function frame(type, payload = Buffer.alloc(0)) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  return Buffer.concat([head, payload]);
}

/** Whether a client has sent the headers of a request. @param {Buffer} received from the preface on */
function hasHeaders(received) {
  for (let at = PREFACE_BYTES; at + 9 <= received.length; at += 9 + received.readUIntBE(at, 3)) {
    if (received.readUInt8(at + 3) === HEADERS) return true;
  }
  return false;
}

/** A certificate of localhost, and its key, in a folder. */
async function certificate() {
  const folder = await folderFor("certificate");
  const pair = { certificate: join(folder, "certificate.pem"), key: join(folder, "key.pem") };
  // Not that of an authority: none is taken for a server's.
  const extensions = ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "subjectAltName=DNS:localhost"];
  const names = ["-subj", "/CN=localhost", ...extensions];
  const files = ["-out", pair.certificate, "-keyout", pair.key];
  await promisify(execFile)("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", ...files, ...names]);
  return { ...pair, folder };
}

/** @param {number} count */
const numbers = (count) => Array.from({ length: count }, (_, number) => number);

/** @param {import("node:net").Server} server */
const port = (server) => /** @type {import("node:net").AddressInfo} */ (server.address()).port;

const PREFACE_BYTES = 24;
/** Types of frames: <https://www.rfc-editor.org/rfc/rfc9113#section-6>. */
const [HEADERS, SETTINGS, GOAWAY] = [1, 4, 7];
