// @ts-check
// Joins equal siblings in one node of the tree: the query that a loop sends 400 times.

/** @import { Node, Siblings } from "../types" */

import { walk } from "./tree.js";

/**
 * Puts a node between a parent and its equal children, next to each other or not. Those with an
 * error in or below them are never among those without.
 * @param {Node[]} roots children sorted by start
 */
export function joinSiblings(roots) {
  for (const parent of [...walk(roots)]) {
    if (parent.children.length < FEWEST) continue;
    /** @type {Map<string, Node[]>} */
    const equal = new Map();
    for (const child of parent.children) {
      const key = content(child);
      const others = equal.get(key);
      if (others) others.push(child);
      else equal.set(key, [child]);
    }
    const joined = new Map(
      [...equal].filter(([, nodes]) => nodes.length >= FEWEST).map(([key, nodes]) => [nodes[0], join(parent, key, nodes)]),
    );
    if (joined.size === 0) continue;
    parent.children = parent.children
      .filter((child) => child.parent === parent || joined.has(child))
      .map((child) => joined.get(child) ?? child);
  }
  for (const node of walk(roots)) {
    node.depth = node.parent ? node.parent.depth + 1 : 0;
    node.children.forEach((child, index) => {
      child.index = index;
    });
  }
}

/**
 * The spans directly below a node.
 * @param {Node} node
 */
export function childSpans({ children }) {
  return children.flatMap((child) => (child.siblings ? child.children : [child]));
}

/**
 * @param {Node} parent
 * @param {string} key
 * @param {Node[]} nodes sorted by start
 * @returns {Node}
 */
function join(parent, key, nodes) {
  const [first] = nodes;
  const end = nodes.reduce((end, node) => Math.max(end, node.end), first.end);
  const group = {
    ...first,
    // The same while the trace grows.
    id: `siblings-${parent.id}-${digest(key)}`,
    span: null,
    parent,
    children: nodes,
    end,
    error: false,
    errorsBelow: nodes.reduce((sum, node) => sum + node.errorsBelow + (node.error ? 1 : 0), 0),
    descendants: nodes.reduce((sum, node) => sum + node.descendants + 1, 0),
    self: 0,
    logs: [],
    linked: [],
    critical: nodes.flatMap(({ critical }) => critical).sort((a, b) => b[1] - a[1]),
    shift: 0,
    odd: [],
    reversed: 0,
    copies: 1,
    siblings: measure(parent, nodes),
  };
  for (const node of nodes) node.parent = group;
  return group;
}

/**
 * @param {Node} parent
 * @param {Node[]} nodes sorted by start
 * @returns {Siblings}
 */
function measure(parent, nodes) {
  let [sum, longest, covered, until] = [0, 0, 0, -Infinity];
  for (const { start, end } of nodes) {
    sum += end - start;
    longest = Math.max(longest, end - start);
    const [from, to] = [Math.max(start, parent.start, until), Math.min(end, parent.end)];
    if (to > from) {
      covered += to - from;
      until = to;
    }
  }
  const whole = parent.end - parent.start;
  return { sum, longest, share: whole > 0 ? covered / whole : 0 };
}

/** @param {Node} node */
function content({ name, service, span, error, errorsBelow }) {
  return JSON.stringify([name, service, span?.kind, error || errorsBelow > 0]);
}

/**
 * A short text for a long one, by FNV-1a: an id in the document.
 * http://www.isthe.com/chongo/tech/comp/fnv/
 * @param {string} text
 */
function digest(text) {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16);
}

/** Fewer siblings are read faster than they are opened. */
const FEWEST = 5;
