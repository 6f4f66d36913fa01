// @ts-check
// Finds services whose clocks differ, and corrects their spans.
//
// A server's span cannot begin before its call, nor after the response: where it does,
// the clocks differ. A later end proves nothing: many servers end their span after they
// sent the response. The span moves to the middle of the call, as in Jaeger, which is
// wrong by half the network's time at most.
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
  return [...skews.values()].filter(({ behind }) => Math.abs(behind) >= MIN_SKEW);
}

/**
 * Moves spans of a differing clock into the call that caused them.
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
 * The shift of each node, from the roots down.
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
  const isCall = parent.span.kind === "client" && node.span?.kind === "server";
  // Work without a waiting caller may begin at any later time.
  const late = isCall && !parent.error && node.start > to;
  if (node.start >= from && !late) return 0;
  if (!isCall || length > to - from) return node.start < from ? from - node.start : 0;
  return from + (to - from - length) / 2 - node.start;
}

/** ns; smaller differences come from the network or a browser's coarse clock. */
const MIN_SKEW = 2e6;
