// @ts-check
// Tests of the page's model of a trace, with missing and late spans and differing clocks.

import assert from "node:assert/strict";
import { test } from "node:test";
import { duration } from "../../viewer/page/format.js";
import { buildTrace } from "../../viewer/page/trace/model.js";
import { ticks, within, zoomed } from "../../viewer/page/trace/time-axis.js";
import { rowsOf, walk } from "../../viewer/page/trace/tree.js";

/** @import { Span, Trace } from "../../viewer/page/types" */

const START = 1_760_000_000_000_000_000n;
const MS = 1_000_000n;

test("spans are below their parents, sorted by start", () => {
  const trace = build(span("c", "a", 40, 90), span("b", "a", 10, 30), span("a", "", 0, 100), span("d", "c", 50, 60));
  assert.deepEqual(outline(trace), ["a", " b", " c", "  d"]);
  assert.equal(trace.duration, 100e6);
  const [a, b] = [...walk(trace.roots)];
  assert.equal(a?.self, 30e6, "time in which neither child ran");
  assert.equal(b?.index, 0);
});

test("a missing parent has a placeholder with its children", () => {
  const trace = build(span("a", "lost", 10, 20), span("b", "lost", 30, 50), span("c", "", 0, 60));
  assert.deepEqual(outline(trace), ["c", "(lost)", " a", " b"]);
  assert.equal(trace.missing, 1);
});

test("a cycle of parents is cut at one span", () => {
  const trace = build(span("a", "b", 0, 1), span("b", "a", 0, 1), span("c", "c", 0, 1));
  assert.deepEqual(new Set(trace.byId.keys()), new Set(["a", "b", "c"]));
  assert.equal([...walk(trace.roots)].length, 3);
});

test("a chain of ten thousand spans does not overflow the stack", () => {
  const spans = Array.from({ length: 10_000 }, (_, i) => span(`s${i}`, i ? `s${i - 1}` : "", 0, 10));
  const trace = build(...spans);
  assert.equal(trace.byId.get("s9999")?.depth, 9_999);
  assert.equal(rowsOf(trace.roots, new Set(["s1"])).length, 2);
});

test("the critical path is the work that the end waited for", () => {
  const trace = build(
    span("root", "", 0, 100),
    span("early", "root", 0, 40),
    span("beside", "root", 10, 60),
    span("last", "root", 50, 90),
    { ...span("async", "root", 95, 400), kind: "consumer" },
  );
  const critical = Object.fromEntries(
    [...walk(trace.roots)].map((node) => [node.id, node.critical.map(([from, to]) => [from / 1e6, to / 1e6])]),
  );
  assert.deepEqual(critical, {
    root: [
      [90, 100],
      [40, 50],
    ],
    early: [[0, 40]],
    beside: [],
    last: [[50, 90]],
    async: [],
  });
});

test("a callee that begins before its call has a clock that is behind", () => {
  const spans = [
    { ...span("call", "", 100, 200), kind: "client", service: "orders" },
    { ...span("serve", "call", 20, 100), kind: "server", service: "pricing" },
    { ...span("query", "serve", 40, 50), kind: "client", service: "pricing" },
  ];
  const recorded = build(...spans);
  assert.deepEqual(recorded.skews, [{ service: "pricing", reference: "orders", behind: 90e6 }]);
  assert.equal(recorded.duration, 180e6);

  const aligned = buildTrace(resultOf(spans), "aligned");
  assert.equal(aligned.duration, 100e6, "the time before the call is gone");
  assert.equal(aligned.start, START + 100n * MS);
  assert.equal(aligned.byId.get("serve")?.start, 10e6, "in the middle of the call");
  assert.equal(aligned.byId.get("query")?.start, 30e6, "moved with its service");
});

test("a callee that begins after its response has a clock that is ahead", () => {
  const call = { ...span("call", "", 100, 200), kind: "client", service: "orders" };
  const serve = { ...span("serve", "call", 300, 380), kind: "server", service: "pricing" };
  assert.deepEqual(build(call, serve).skews, [{ service: "pricing", reference: "orders", behind: -190e6 }]);
});

test("a server span that ends after the response shows no clock skew", () => {
  const call = { ...span("call", "", 0, 80), kind: "client", service: "orders" };
  const serve = { ...span("serve", "call", 30, 85), kind: "server", service: "pricing" };
  assert.deepEqual(build(call, serve).skews, []);
});

test("a server span whose caller timed out shows no clock skew", () => {
  const status = /** @type {const} */ ({ code: "error", message: "the call took too long" });
  const call = { ...span("call", "", 0, 50), kind: "client", service: "orders", status, failed: true };
  const serve = { ...span("serve", "call", 60, 90), kind: "server", service: "pricing" };
  assert.deepEqual(build(call, serve).skews, []);
});

test("work that outlasts its caller shows no clock skew", () => {
  const trace = build(
    { ...span("send", "", 0, 10), kind: "producer", service: "pricing" },
    { ...span("process", "send", 5, 500), kind: "consumer", service: "worker" },
  );
  assert.deepEqual(trace.skews, []);
});

test("equal siblings are joined, those with errors apart, and parallel ones share their time", () => {
  const query = (/** @type {string} */ id, /** @type {number} */ start, failed = false) => ({ ...span(id, "root", start, start + 20), name: "SELECT", failed });
  const queries = [0, 0, 10, 40, 60].map((start, index) => query(`q${index}`, start));
  const trace = build(span("root", "", 0, 100), ...queries, query("failed", 50, true), span("work", "root", 5, 15));
  const [, group] = [...walk(trace.roots)];
  assert.deepEqual(outline(trace).map((line) => line.replace(group?.id ?? "", "5 ×")), ["root", " (5 ×)", "  q0", "  q1", "  q2", "  q3", "  q4", " work", " failed"]);
  assert.deepEqual(group?.siblings, { sum: 100e6, longest: 20e6, share: 0.7 });
  assert.equal(trace.byId.get("root")?.self, 30e6, "as without the joined siblings");
});

test("ticks are round and few", () => {
  assert.deepEqual(
    ticks({ from: 0, to: 412e6 }, 5).map(({ label }) => label),
    ["0", "100 ms", "200 ms", "300 ms", "400 ms"],
  );
  assert.deepEqual(
    ticks({ from: 1.2e9, to: 1.9e9 }, 4).map(({ label }) => label),
    ["1.2 s", "1.4 s", "1.6 s", "1.8 s"],
  );
});

test("zooming stays within the trace", () => {
  assert.deepEqual(zoomed({ from: 0, to: 100e6 }, 0.5, 0, 100e6), { from: 0, to: 50e6 });
  assert.deepEqual(zoomed({ from: 50e6, to: 100e6 }, 4, 60e6, 100e6), { from: 0, to: 100e6 });
  assert.deepEqual(within({ from: 90e6, to: 110e6 }, 100e6), { from: 80e6, to: 100e6 });
});

test("durations have three significant digits", () => {
  const formatted = [
    0, 999, 1_500, 999_600, 12_345_678, 999_700_000, 1_050_000_000, 59_960_000_000, 3_700e9, -2_000_000,
  ].map(duration);
  assert.deepEqual(formatted, [
    "0 ns",
    "999 ns",
    "1.50 µs",
    "1.00 ms",
    "12.3 ms",
    "1.00 s",
    "1.05 s",
    "1 min 0 s",
    "1 h 1 min",
    "−2.00 ms",
  ]);
});

/**
 * @param {string} id
 * @param {string} parent
 * @param {number} start ms
 * @param {number} end ms
 * @returns {Span}
 */
function span(id, parent, start, end) {
  return {
    trace_id: "t",
    span_id: id,
    parent_span_id: parent,
    name: id,
    detail: "",
    copy: 1,
    failed: false,
    odd_times: [],
    kind: "internal",
    service: "shop",
    start_unix_nano: String(START + BigInt(start) * MS),
    end_unix_nano: String(START + BigInt(end) * MS),
    status: { code: "unset", message: "" },
    attributes: {},
    events: [],
    links: [],
    resource: {},
    scope: { name: "", version: "", attributes: {} },
    flags: 1,
    trace_state: "",
    dropped: { attributes: 0, events: 0, links: 0 },
  };
}

/** @param {Span[]} spans */
function resultOf(spans) {
  return { trace_id: "t", spans, logs: [], linked: [], resources: [], scopes: [] };
}

/** @param {...Span} spans */
function build(...spans) {
  return buildTrace(resultOf(spans), "as recorded");
}

/** @param {Trace} trace */
function outline(trace) {
  return [...walk(trace.roots)].map((node) => " ".repeat(node.depth) + (node.span ? node.id : `(${node.id})`));
}
