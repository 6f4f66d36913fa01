// @ts-check
// The native host, with no more than a preset and a key, sends to stand-ins that are as strict as the rules which the
// vendors have published; each rule is seen to refuse what breaks it, and what the edge makes of that.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { start } from "../browser/process.mjs";
import { until } from "../browser/until.mjs";
import { request } from "./otlp.mjs";

const run = promisify(execFile);
const repository = join(import.meta.dirname, "../..");
const rulesOf = join(repository, "tests/cases/vendors");
/** The histogram that the edge makes of requests. */
const DURATION = "throughline.request.duration";

/** @typedef {"traces" | "logs" | "metrics"} Signal */
/** @typedef {Record<string, unknown>} Table */
/** A rule that is broken, and what comes of it. @typedef {{ about: string, backend?: Table, plain?: Table, send: import("./otlp.mjs").Sent, status: number, parts?: number[], reason?: string, rejected?: number, dropped?: number }} Refusal `parts`: the statuses of what it is split into */
/** A request that is taken, though it could be thought that it is not. @typedef {{ about: string, backend?: Table, send: import("./otlp.mjs").Sent, requests?: number }} Taken `requests`: in how many it is sent */
/** A limit of a vendor. @typedef {{ most: number }} Limit */
/** The file of a vendor. @typedef {{ paths: Record<Signal, string>, records?: Limit, bytes?: Limit[], attribute_bytes?: Limit, body_bytes?: Limit, backend: Table, plain: Table, success?: number, takes?: Taken[], busy?: { retry_after: "seconds" | "date" | "none" }, temporality?: { only: string }, own?: { temporality: string, histogram?: string }, refusals: Refusal[] }} Rules */
/** A request as the stand-in judged it. @typedef {{ path: string, signal: Signal, status: number, why: string, compression?: string, encoding?: string, records: number, rejected: number, dropped?: number, metrics?: string[], temporalities?: string[], kinds?: string[] }} Judged */

let folder = "";
let program = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "throughline-vendors-"));
  program = process.env.THROUGHLINE_PROGRAM ?? "";
  if (program) return;
  await run("cargo", ["build", "--quiet", "--package", "throughline"], { cwd: repository });
  program = join(process.env.CARGO_TARGET_DIR ?? join(repository, "target"), "debug/throughline");
});
after(() => rm(folder, { recursive: true }));

const vendors = await Promise.all((await readdir(rulesOf)).map(startStandIn));
for (const standIn of vendors) {
  const { vendor, rules } = standIn;
  after(standIn.stop);

  describe(vendor, () => {
    const signals = /** @type {Signal[]} */ (Object.keys(rules.paths));
    const temporality = rules.temporality?.only ?? "delta";

    it("takes what the edge sends with the preset, small and large", async () => {
      const judged = await withEdge(standIn, rules.backend, 0, async (edge) => {
        let records = 0;
        for (const signal of signals) {
          for (const sent of [{}, ...beyondLimits(rules, signal)]) {
            records += await send(edge.url, { signal, temporality, ...sent });
          }
        }
        const counts = await edge.counts();
        assert.deepEqual(counts.rejected, {}, "none was refused");
        assert.equal(counts.exported, records);
        return records;
      });
      assert.deepEqual(statuses(judged.requests), [rules.success ?? 200], wrong(judged.requests));
      assert.equal(sum(judged.requests.map((one) => one.records)), judged.value);
      assert.ok(!judged.requests.some((one) => one.dropped), "nothing was dropped without a word");
      assert.deepEqual(new Set(judged.requests.map((one) => one.signal)), new Set(signals));
    });

    // What the preset says that the vendor takes, an operator may write.
    const choices = ["compression", "encoding"].flatMap((key) => standIn.takes[key]?.values.map((value) => ({ [key]: value })) ?? []);
    for (const choice of choices) {
      it(`takes ${Object.entries(choice).join(" ").replace(",", " ")}, as the preset says`, async () => {
        const judged = await withEdge(standIn, { ...rules.backend, ...choice }, 0, async (edge) => {
          let records = 0;
          // Too small a request would not be compressed.
          for (const signal of signals) records += await send(edge.url, { signal, temporality, records: 100 });
          const counts = await edge.counts();
          assert.deepEqual(counts.rejected, {});
          assert.equal(counts.exported, records);
        });
        assert.deepEqual(statuses(judged.requests), [rules.success ?? 200], wrong(judged.requests));
        const [[key, value] = []] = Object.entries(choice);
        const sent = new Set(judged.requests.map((one) => (key === "compression" ? one.compression : one.encoding)));
        assert.deepEqual([...sent], [value]);
      });
    }

    for (const { about, backend, send: sent, requests } of rules.takes ?? []) {
      it(`takes ${about}`, async () => {
        const judged = await withEdge(standIn, { ...rules.backend, ...backend }, 0, async (edge) => {
          const records = await send(edge.url, { temporality, ...sent });
          const counts = await edge.counts();
          assert.deepEqual(counts.rejected, {});
          assert.equal(counts.exported, records);
        });
        assert.deepEqual(statuses(judged.requests), [rules.success ?? 200], wrong(judged.requests));
        if (requests) assert.equal(judged.requests.length, requests);
      });
    }

    if (signals.includes("metrics")) {
      it("takes the edge's own metrics, in its temporality", async () => {
        const judged = await withEdge(standIn, rules.backend, 200, async (edge) => {
          // The edge measures spans whether they go there or not.
          await send(edge.url, { signal: "traces" });
          return until(
            async () => {
              const own = (await standIn.judged()).slice(edge.before).filter((one) => one.metrics?.includes(DURATION));
              return own.length > 0 && own;
            },
            "the edge's own metrics",
            standIn.judged,
          );
        });
        assert.deepEqual(statuses(judged.requests), [rules.success ?? 200], wrong(judged.requests));
        if (rules.own) assert.deepEqual(all(judged.value, "temporalities"), [rules.own.temporality]);
        if (rules.own?.histogram) assert.ok(all(judged.value, "kinds").includes(rules.own.histogram));
      });
    }

    if (rules.busy) {
      const { retry_after } = rules.busy;
      const when = { seconds: "after as many seconds as it says", date: "at the time that it says", none: "a while later" }[retry_after];
      it(`is asked again, ${when}, when it says that it is too much`, async () => {
        const [signal] = signals;
        assert.ok(signal);
        await fetch(`${standIn.url}/busy?times=1`, { method: "PUT" });
        const judged = await withEdge(standIn, rules.backend, 0, async (edge) => {
          const begun = performance.now();
          const records = await send(edge.url, { signal, temporality });
          const counts = await edge.counts();
          assert.deepEqual(counts.rejected, {});
          assert.equal(counts.exported, records);
          const waited = performance.now() - begun;
          if (retry_after !== "none") assert.ok(waited >= 1000, `${waited} ms`);
        });
        assert.deepEqual(
          judged.requests.map(({ status }) => status),
          [429, rules.success ?? 200],
        );
      });
    }

    for (const refusal of rules.refusals) {
      it(`refuses ${refusal.about}`, async () => {
        const backend = refusal.backend ? { ...rules.backend, ...refusal.backend } : { ...rules.plain, ...refusal.plain };
        const judged = await withEdge(standIn, backend, 0, async (edge) => {
          const records = await send(edge.url, { temporality, ...refusal.send });
          const counts = await edge.counts();
          const rejected = refusal.rejected ?? (refusal.status < 300 ? 0 : records);
          const reason = refusal.reason ?? "backend_refused";
          assert.deepEqual(counts.rejected, rejected > 0 ? { [reason]: rejected } : {}, "each record is counted");
          assert.equal(counts.exported, records - rejected);
        });
        // None of these statuses says that it may be sent again; some say that a part of it may be taken.
        const [first, ...parts] = judged.requests.map(({ status }) => status);
        assert.equal(first, refusal.status, wrong(judged.requests));
        assert.deepEqual(new Set(parts), new Set(refusal.parts ?? []), wrong(judged.requests));
        if (refusal.dropped) assert.equal(judged.requests[0]?.dropped, refusal.dropped);
      });
    }
  });
}

/** A stand-in for a vendor. @param {string} vendor */
async function startStandIn(vendor) {
  const python = join(import.meta.dirname, ".venv/bin/python");
  const started = await start(python, [join(import.meta.dirname, "stand_in.py"), join(rulesOf, vendor)], /on (http:\S+)/);
  const url = started.line[1] ?? "";
  /** @type {Rules} */
  const rules = await read(`${url}/rules`);
  /** @returns {Promise<Judged[]>} */
  const judged = () => read(`${url}/judged`);
  /** @type {{ takes: Record<string, { values: string[] }> }} */
  const { takes } = await read(`${url}/preset`);
  return { vendor, rules, takes, url, judged, stop: started.stop };
}

/**
 * Runs the edge with a backend; returns what `work` does, and the requests that the stand-in got meanwhile.
 * @template T
 * @param {Awaited<ReturnType<typeof startStandIn>>} standIn @param {Table} backend @param {number} interval ms between exports of its own metrics
 * @param {(edge: { url: string, before: number, counts: () => Promise<{ exported: number, rejected: Record<string, number> }> }) => Promise<T>} work
 */
async function withEdge(standIn, backend, interval, work) {
  const before = (await standIn.judged()).length;
  const host = standIn.url.replace("http://", "");
  const table = inline(backend)
    .replaceAll("{stand_in}", standIn.url)
    .replaceAll(/\{stand_in:(\w+)\}/g, `http://$1@${host}`);
  const file = join(folder, "throughline.toml");
  await writeFile(
    file,
    `open = true
backend = ${table}
[native]
listen = "127.0.0.1:0"
threads = 1
[ingest]
max_body_bytes = 33554432
[normalize.limits]
value_bytes = 0
[outcomes]
interval_ms = ${interval}
stats_key = "sk_0123456789abcdef"
`,
  );
  const edge = await start(program, ["--config", file], /on (http:\/\/[\d.:]+)/);
  try {
    const url = edge.line[1] ?? "";
    const stats = async () => {
      const headers = { authorization: "Bearer sk_0123456789abcdef" };
      return (await fetch(`${url}/stats`, { headers })).json();
    };
    const counts = async () => {
      const now = await until(
        async () => {
          const now = await stats();
          const waiting = sum(Object.values(now.queued));
          return waiting === 0 && sum(Object.values(now.received)) > 0 && now;
        },
        "the ends of all records",
        stats,
      );
      return ended(now);
    };
    const value = await work({ url, before, counts });
    return { value, requests: (await standIn.judged()).slice(before) };
  } finally {
    await edge.stop();
  }
}

/** How the records ended: exported, and rejected by reason. @param {any} stats */
function ended(stats) {
  /** @type {Record<string, number>} */
  const rejected = {};
  let exported = 0;
  for (const end of stats.ended) {
    if (end.outcome === "exported") exported += end.records;
    else rejected[end.reason] = (rejected[end.reason] ?? 0) + end.records;
  }
  return { exported, rejected };
}

/** Sends telemetry to the edge; returns how many records it has. @param {string} edge @param {import("./otlp.mjs").Sent} sent */
async function send(edge, sent) {
  const { body, records } = request(sent);
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${edge}/v1/${sent.signal}`, { method: "POST", headers, body });
  assert.equal(response.status, 200, await response.text());
  return records;
}

/** A value as inline TOML. @param {unknown} value @returns {string} */
function inline(value) {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const keys = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)} = ${inline(inner)}`);
    return `{ ${keys.join(", ")} }`;
  }
  return JSON.stringify(value);
}

/**
 * Telemetry with more records, and with more bytes, than one request may have.
 * @param {Rules} rules @param {Signal} signal @returns {Partial<import("./otlp.mjs").Sent>[]}
 */
function beyondLimits(rules, signal) {
  const beyond = [];
  if (rules.records) beyond.push({ records: rules.records.most + 500 });
  const bytes = Math.min(...(rules.bytes ?? []).map(({ most }) => most));
  // Not each vendor says how long an attribute may be: data points are many, and none is large.
  if (rules.bytes) beyond.push(signal === "metrics" ? { records: bytes / 1500, bytes: 2000 } : { records: bytes / 80_000, bytes: 90_000 });
  // What only log records have does not bound a data point.
  if (rules.attribute_bytes || (rules.body_bytes && signal !== "metrics")) beyond.push({ bytes: 300_000 });
  return beyond.map((sent) => ({ ...sent, records: Math.ceil(sent.records ?? 1) }));
}

/** All values of a list that requests have. @param {Judged[]} requests @param {"temporalities" | "kinds"} list */
function all(requests, list) {
  return [...new Set(requests.flatMap((one) => one[list] ?? []))].sort();
}

/** @param {Judged[]} requests */
function statuses(requests) {
  return [...new Set(requests.map(({ status }) => status))];
}

/** The requests that were refused, and why. @param {Judged[]} requests */
function wrong(requests) {
  const refused = requests.filter(({ status }) => status >= 300);
  return JSON.stringify(refused, null, 1);
}

/** @param {unknown[]} numbers */
function sum(numbers) {
  return numbers.reduce((/** @type {number} */ sum, number) => sum + Number(number), 0);
}

/** @param {string} url @returns {Promise<any>} */
async function read(url) {
  return (await fetch(url)).json();
}
