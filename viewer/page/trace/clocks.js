// @ts-check
// Which services' clocks disagree, and how would the trace look if they did not?
//
// A call cannot be served before it is made, nor begin to be after it was answered:
// where a server's span does, their clocks differ. That it ends later than the call
// shows nothing: many a server ends its span after the answer has left. Moved to the
// middle of the call, as Jaeger does, it is off by at most half the network's time.
// https://www.jaegertracing.io/docs/latest/deployment/#clock-skew-adjustment

/** @import { Node, Skew } from "../types" */

import { walk } from "./tree.js";

/**
 * @param {Node[]} roots
 * @returns {Skew[]} the largest for each pair of services
 */
export function findSkews(roots) {
  /** @type {Map<string, Skew>} */
  const skews = new Map();
  for (const [node, shift] of shifts(roots)) {
    const { parent } = node;
    if (!parent || parent.service === node.service || shift === 0) continue;
    const key = JSON.stringify([node.service, parent.service]);
    const known = skews.get(key);
    if (!known || Math.abs(known.behind) < Math.abs(shift)) {
      skews.set(key, { service: node.service, reference: parent.service, behind: shift });
    }
  }
  return [...skews.values()].filter(({ behind }) => Math.abs(behind) >= WORTH_SAYING);
}

/**
 * Moves what was measured by a differing clock into the call that caused it.
 * @param {Node[]} roots
 */
export function alignClocks(roots) {
  for (const [node, shift] of [...shifts(roots)]) {
    node.start += shift;
    node.end += shift;
    node.shift = shift;
  }
}

/**
 * By how much each node has to be moved, from the roots down.
 * @param {Node[]} roots
 * @returns {Map<Node, number>}
 */
function shifts(roots) {
  /** @type {Map<Node, number>} */
  const shifts = new Map();
  for (const node of walk(roots)) {
    const { parent } = node;
    const parentShift = parent ? (shifts.get(parent) ?? 0) : 0;
    shifts.set(node, parent ? shiftOf(node, parent, parentShift) : 0);
  }
  return shifts;
}

/**
 * @param {Node} node
 * @param {Node} parent
 * @param {number} parentShift
 */
function shiftOf(node, parent, parentShift) {
  // One process has one clock.
  if (node.service === parent.service) return parentShift;
  if (!parent.span) return 0;
  const from = parent.start + parentShift;
  const to = parent.end + parentShift;
  const length = node.end - node.start;
  const answered = parent.span.kind === "client" && node.span?.kind === "server";
  // Work that nobody waits for, or no longer, may begin at any time after.
  const late = answered && !parent.error && node.start > to;
  if (node.start >= from && !late) return 0;
  if (!answered || length > to - from) return node.start < from ? from - node.start : 0;
  return from + (to - from - length) / 2 - node.start;
}

/** ns; less is the network's, or a browser's coarse clock. */
const WORTH_SAYING = 2e6;
