// @ts-check
// Builds the tree of a trace's spans on one time axis. Spans may be missing, late, or
// from clocks that differ.

/** @import { LogRecord, Node, Span, Trace, TraceAnswer } from "../types" */

import { alignClocks, findSkews } from "./clocks.js";
import { findCriticalPath } from "./critical-path.js";
import { walk } from "./tree.js";

/**
 * @param {TraceAnswer} answer
 * @param {"as recorded" | "aligned"} clocks
 * @returns {Trace}
 */
export function buildTrace(answer, clocks) {
  let start = earliest(answer.spans);
  const byId = new Map(answer.spans.map((span) => [span.span_id, spanNode(span, start)]));
  const { roots, missing } = plant(byId);
  attachLogs(byId, answer.logs);
  for (const linked of answer.linked) byId.get(linked.own_span_id)?.linked.push(linked);

  const skews = findSkews(roots);
  if (clocks === "aligned") {
    alignClocks(roots);
    start += BigInt(Math.round(rebase(byId)));
  }
  sortChildren(roots);
  measure(roots);
  const firstRoot = roots.find((node) => node.span) ?? roots[0];
  if (firstRoot) findCriticalPath(firstRoot);
  return {
    id: answer.trace_id,
    start,
    duration: latestEnd(byId),
    roots,
    byId,
    services: servicesOf(roots),
    logs: answer.logs,
    linked: answer.linked,
    skews,
    missing,
  };
}

/** @param {Span[]} spans */
function earliest(spans) {
  let start = 0n;
  for (const { start_unix_nano } of spans) {
    const at = BigInt(start_unix_nano);
    if (at > 0n && (start === 0n || at < start)) start = at;
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
  const start = Math.max(0, Number(BigInt(span.start_unix_nano) - traceStart));
  const end = Math.max(start, Number(BigInt(span.end_unix_nano) - traceStart));
  return emptyNode(span.span_id, span, start, end);
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
    place: 0,
    error: span?.status.code === "error",
    errorsBelow: 0,
    descendants: 0,
    self: 0,
    logs: [],
    linked: [],
    critical: [],
    shift: 0,
  };
}

/**
 * Attaches each node to its parent. Spans with a missing parent get a placeholder node as
 * their parent.
 * @param {Map<string, Node>} byId
 */
function plant(byId) {
  /** @type {Node[]} */
  const roots = [];
  /** @type {Map<string, Node>} */
  const missing = new Map();
  for (const node of byId.values()) {
    const parentId = node.span?.parent_span_id;
    if (!parentId || parentId === node.id) {
      roots.push(node);
      continue;
    }
    let parent = byId.get(parentId) ?? missing.get(parentId);
    if (!parent) {
      parent = emptyNode(parentId, null, node.start, node.end);
      parent.service = node.service;
      missing.set(parentId, parent);
      roots.push(parent);
    }
    node.parent = parent;
    parent.children.push(node);
    if (!parent.span) {
      parent.start = Math.min(parent.start, node.start);
      parent.end = Math.max(parent.end, node.end);
    }
  }
  cutLoops(byId, roots);
  for (const [id, node] of missing) byId.set(id, node);
  return { roots, missing: missing.size };
}

/**
 * Spans that are each other's parents have no root: one of them becomes the root.
 * @param {Map<string, Node>} byId
 * @param {Node[]} roots
 */
function cutLoops(byId, roots) {
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
 * @param {Map<string, Node>} byId
 * @param {LogRecord[]} logs
 */
function attachLogs(byId, logs) {
  for (const log of logs) {
    if (log.span_id) byId.get(log.span_id)?.logs.push(log);
  }
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
    node.children.forEach((child, place) => {
      child.place = place;
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
