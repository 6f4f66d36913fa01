// @ts-check
// Compares two traces: spans of equal service, kind and name at the same place of the tree.

/** @import { ComparedSpans, ComparedSide } from "../overviews" */
/** @import { Node, Trace } from "../types" */

import { childSpans } from "../trace/siblings.js";

/**
 * The spans of both, each before those below it. Several equal ones at one place are counted as one.
 * @param {Trace} first
 * @param {Trace} second
 * @returns {ComparedSpans[]}
 */
export function compareTraces(first, second) {
  /** @type {ComparedSpans[]} */
  const rows = [];
  const stack = matched(first.roots, second.roots, 0).reverse();
  // No recursion: a trace may be one chain of thousands.
  for (let next = stack.pop(); next; next = stack.pop()) {
    rows.push(compared(next));
    const [below, belowToo] = [next.first, next.second].map((nodes) => nodes.flatMap(childSpans));
    stack.push(...matched(below, belowToo, next.depth + 1).reverse());
  }
  return rows;
}

/**
 * @typedef {{depth: number, first: Node[], second: Node[]}} Matched
 * @param {Node[]} first
 * @param {Node[]} second
 * @param {number} depth
 * @returns {Matched[]} in the order in which they begin
 */
function matched(first, second, depth) {
  /** @type {Map<string, Matched>} */
  const places = new Map();
  const place = (/** @type {Node} */ node) => {
    const key = JSON.stringify([node.service, node.span?.kind, node.name]);
    const there = places.get(key) ?? { depth, first: [], second: [] };
    places.set(key, there);
    return there;
  };
  for (const node of first) place(node).first.push(node);
  for (const node of second) place(node).second.push(node);
  const begin = (/** @type {Matched} */ { first, second }) => Math.min(...[...first.slice(0, 100), ...second.slice(0, 100)].map(afterParent));
  return [...places.values()].sort((one, other) => begin(one) - begin(other));
}

/**
 * When a span begins after its parent: so traces of different lengths compare.
 * @param {Node} node
 */
function afterParent({ start, parent }) {
  const above = parent?.siblings ? parent.parent : parent;
  return start - (above?.start ?? 0);
}

/** @param {Matched} matched */
function compared({ depth, first, second }) {
  const [node] = [...first, ...second];
  const [a, b] = [side(first), side(second)];
  return { depth, name: node.name, service: node.service, isMissing: !node.span, first: a, second: b, verdict: verdict(a, b) };
}

/**
 * @param {Node[]} nodes
 * @returns {ComparedSide | null}
 */
function side(nodes) {
  if (nodes.length === 0) return null;
  return {
    count: nodes.length,
    sum: nodes.reduce((sum, { start, end }) => sum + end - start, 0),
    errors: nodes.filter(({ error }) => error).length,
    id: nodes[0].id,
  };
}

/**
 * @param {ComparedSide | null} first
 * @param {ComparedSide | null} second
 * @returns {ComparedSpans["verdict"]}
 */
function verdict(first, second) {
  if (!first) return "only second";
  if (!second) return "only first";
  const difference = second.sum - first.sum;
  if (Math.abs(difference) <= Math.max(first.sum, second.sum) * NOISE) return "equal";
  return difference > 0 ? "slower" : "faster";
}

/** The part of a duration that differs by chance. */
const NOISE = 0.1;
