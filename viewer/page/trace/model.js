// @ts-check
// Builds the tree of a trace's spans on one time axis. Spans may be missing, late, or
// from clocks that differ.

/** @import { LogRecord, Node, Span, Trace, TraceResult } from "../types" */

import { alignClocks, findSkews } from "./clocks.js";
import { findCriticalPath } from "./critical-path.js";
import { joinSiblings } from "./siblings.js";
import { walk } from "./tree.js";

/**
 * @param {TraceResult} result
 * @param {"as recorded" | "aligned"} clocks
 * @returns {Trace}
 */
export function buildTrace(result, clocks) {
  // Without spans the log records, which are sorted by time, begin the trace.
  let start = result.spans.length > 0 ? earliest(result.spans) : BigInt(result.logs[0]?.time_unix_nano ?? 0);
  const byId = new Map(result.spans.map((span) => [nodeId(span), spanNode(span, start)]));
  const bySpanId = groupBySpanId(byId.values());
  for (const copies of bySpanId.values()) for (const node of copies) node.copies = copies.length;
  const { roots, missing } = linkParents(byId, bySpanId);
  placeUndated(roots);
  const unattached = attachLogs(bySpanId, result.logs);
  for (const linked of result.linked) bySpanId.get(linked.own_span_id)?.[0].linked.push(linked);

  const skews = findSkews(roots);
  if (clocks === "aligned") {
    alignClocks(roots);
    start += BigInt(Math.round(rebase(byId)));
  }
  sortChildren(roots);
  measure(roots);
  const firstRoot = roots.find((node) => node.span) ?? roots[0];
  if (firstRoot) findCriticalPath(firstRoot);
  const services = servicesOf(roots);
  joinSiblings(roots);
  return {
    id: result.trace_id,
    start,
    duration: latestEnd(byId),
    roots,
    byId,
    services,
    logs: result.logs,
    linked: result.linked,
    skews,
    missing,
    errors: services.reduce((sum, { errors }) => sum + errors, unattached),
  };
}

/** @param {Span} span */
function nodeId({ span_id, copy }) {
  return copy > 1 ? `${span_id}~${copy}` : span_id;
}

/**
 * @param {Iterable<Node>} nodes
 * @returns {Map<string, Node[]>}
 */
function groupBySpanId(nodes) {
  const groups = new Map();
  for (const node of nodes) {
    const id = node.span?.span_id;
    const group = groups.get(id);
    if (group) group.push(node);
    else groups.set(id, [node]);
  }
  return groups;
}

/** @param {Span[]} spans */
function earliest(spans) {
  let start = 0n;
  for (const span of spans) {
    if (span.odd_times.length === 2) continue;
    const at = BigInt(span.odd_times.includes("start") ? span.end_unix_nano : span.start_unix_nano);
    if (start === 0n || at < start) start = at;
  }
  return start;
}

/**
 * Shifts all nodes so that the earliest begins at 0. Returns the shift in ns.
 * @param {Map<string, Node>} byId
 */
function rebase(byId) {
  let first = Infinity;
  for (const node of byId.values()) first = Math.min(first, node.start);
  if (!Number.isFinite(first)) return 0;
  for (const node of byId.values()) {
    node.start -= first;
    node.end -= first;
  }
  return first;
}

/** @param {Map<string, Node>} byId */
function latestEnd(byId) {
  let latest = 1;
  for (const node of byId.values()) latest = Math.max(latest, node.end);
  return latest;
}

/**
 * @param {Span} span
 * @param {bigint} traceStart
 * @returns {Node}
 */
function spanNode(span, traceStart) {
  const odd = span.odd_times;
  const at = (/** @type {string} */ time) => Number(BigInt(time) - traceStart);
  // Both times are odd: its place follows from its parent.
  let [start, end] = [NaN, NaN];
  if (!odd.includes("start")) start = end = at(span.start_unix_nano);
  if (!odd.includes("end")) end = at(span.end_unix_nano);
  if (odd.includes("start")) start = end;
  const node = emptyNode(nodeId(span), span, start, Math.max(start, end));
  node.reversed = Math.max(0, start - end);
  return node;
}

/**
 * @param {string} id
 * @param {Span | null} span
 * @param {number} start
 * @param {number} end
 * @returns {Node}
 */
function emptyNode(id, span, start, end) {
  return {
    id,
    span,
    start,
    end,
    name: span?.name ?? "",
    service: span?.service ?? "",
    parent: null,
    children: [],
    depth: 0,
    index: 0,
    error: span?.failed ?? false,
    errorsBelow: 0,
    descendants: 0,
    self: 0,
    logs: [],
    linked: [],
    critical: [],
    shift: 0,
    odd: span?.odd_times ?? [],
    reversed: 0,
    copies: 1,
    siblings: null,
  };
}

/**
 * Attaches each node to its parent. Spans with a missing parent get a placeholder node as
 * their parent. Of several spans with the parent's id, the one of the same service is the
 * parent.
 * @param {Map<string, Node>} byId
 * @param {Map<string, Node[]>} bySpanId gets the placeholders too
 */
function linkParents(byId, bySpanId) {
  /** @type {Node[]} */
  const roots = [];
  /** @type {Map<string, Node>} */
  const missing = new Map();
  for (const node of byId.values()) {
    const parentId = node.span?.parent_span_id;
    if (!parentId || parentId === node.span?.span_id) {
      roots.push(node);
      continue;
    }
    const parents = bySpanId.get(parentId) ?? [];
    let parent = parents.find(({ service }) => service === node.service) ?? parents[0];
    if (!parent) {
      parent = emptyNode(parentId, null, node.start, node.end);
      parent.service = node.service;
      missing.set(parentId, parent);
      bySpanId.set(parentId, [parent]);
      roots.push(parent);
    }
    node.parent = parent;
    parent.children.push(node);
    if (!parent.span && !Number.isNaN(node.start)) {
      const isFirst = Number.isNaN(parent.start);
      parent.start = isFirst ? node.start : Math.min(parent.start, node.start);
      parent.end = isFirst ? node.end : Math.max(parent.end, node.end);
    }
  }
  cutCycles(byId, roots);
  for (const [id, node] of missing) byId.set(id, node);
  return { roots, missing: missing.size };
}

/**
 * Spans that are each other's parents have no root: one of them becomes the root.
 * @param {Map<string, Node>} byId
 * @param {Node[]} roots
 */
function cutCycles(byId, roots) {
  const reached = new Set(walk(roots));
  for (const node of byId.values()) {
    if (reached.has(node)) continue;
    const { parent } = node;
    if (parent) parent.children = parent.children.filter((child) => child !== node);
    node.parent = null;
    roots.push(node);
    for (const below of walk([node])) reached.add(below);
  }
}

/**
 * A node without any plausible time begins and ends with the start of its parent.
 * @param {Node[]} roots
 */
function placeUndated(roots) {
  for (const node of walk(roots)) {
    if (Number.isNaN(node.start)) node.start = node.end = node.parent?.start ?? 0;
  }
}

/**
 * Attaches log records to their spans; of several spans with one id, to each. Returns the
 * number of exceptions that were not handled and are in no span here.
 * @param {Map<string, Node[]>} bySpanId
 * @param {LogRecord[]} logs
 */
function attachLogs(bySpanId, logs) {
  /** @type {Set<string | LogRecord>} */
  const unattached = new Set();
  for (const log of logs) {
    const nodes = (log.span_id && bySpanId.get(log.span_id)) || [];
    for (const node of nodes) {
      node.logs.push(log);
      node.error ||= log.failed;
    }
    if (log.failed && !nodes[0]?.span) unattached.add(log.span_id || log);
  }
  return unattached.size;
}

/** @param {Node[]} roots */
function sortChildren(roots) {
  /** @type {(a: Node, b: Node) => number} */
  const byTime = (a, b) => a.start - b.start || b.end - a.end;
  roots.sort(byTime);
  for (const node of walk(roots)) node.children.sort(byTime);
}

/**
 * Sets each node's depth, index, self time and descendant counts.
 * @param {Node[]} roots
 */
function measure(roots) {
  const order = [...walk(roots)];
  for (const node of order) {
    node.depth = node.parent ? node.parent.depth + 1 : 0;
    node.children.forEach((child, index) => {
      child.index = index;
    });
    node.self = selfTime(node);
  }
  for (const node of order.reverse()) {
    if (!node.parent) continue;
    node.parent.descendants += node.descendants + 1;
    node.parent.errorsBelow += node.errorsBelow + (node.error ? 1 : 0);
  }
}

/** @param {Node} node children sorted by start */
function selfTime(node) {
  let self = node.end - node.start;
  let until = node.start;
  for (const child of node.children) {
    const from = Math.max(child.start, until);
    const to = Math.min(child.end, node.end);
    if (to > from) {
      self -= to - from;
      until = to;
    }
  }
  return self;
}

/** @param {Node[]} roots */
function servicesOf(roots) {
  /** @type {Map<string, {name: string, spans: number, errors: number}>} */
  const services = new Map();
  for (const node of walk(roots)) {
    if (!node.span) continue;
    const service = services.get(node.service) ?? { name: node.service, spans: 0, errors: 0 };
    service.spans += 1;
    service.errors += node.error ? 1 : 0;
    services.set(node.service, service);
  }
  return [...services.values()];
}
