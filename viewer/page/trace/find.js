// @ts-check
// Finds spans of a trace that contain a text.

/** @import { Node, Trace } from "../types" */

import { valueText } from "../format.js";
import { walk } from "./tree.js";

/**
 * The matching nodes, in tree order.
 * @param {Trace} trace
 * @param {string} text
 */
export function findSpans(trace, text) {
  const wanted = text.trim().toLowerCase();
  return wanted === "" ? [] : [...walk(trace.roots)].filter((node) => !node.siblings && contains(node, wanted));
}

/**
 * The next error after a node; after the last one, the first.
 * @param {Trace} trace
 * @param {Node | undefined} after
 */
export function nextError(trace, after) {
  const nodes = [...walk(trace.roots)];
  const start = after ? nodes.indexOf(after) + 1 : 0;
  return [...nodes.slice(start), ...nodes.slice(0, start)].find((node) => node.error);
}

/**
 * @param {Node} node
 * @param {string} wanted
 */
function contains(node, wanted) {
  if ((wanted.length >= 4 && node.id.startsWith(wanted)) || node.span?.detail.toLowerCase().includes(wanted)) return true;
  if (node.name.toLowerCase().includes(wanted) || node.service.toLowerCase().includes(wanted))
    return true;
  return Object.entries(node.span?.attributes ?? {}).some(([key, value]) =>
    `${key}=${valueText(value)}`.toLowerCase().includes(wanted),
  );
}
