// @ts-check
// Places bars and their labels in the time column.

/** @import { Range } from "../types" */

import { h } from "../dom.js";
import { share } from "./time-axis.js";

/**
 * The label's place: right of the bar, else left of it, else inside; never cut off.
 * @param {number} left
 * @param {number} right
 * @param {string} text
 * @param {number} width px
 */
export function labelPlace(left, right, text, width) {
  const needed = labelWidth(text);
  if ((1 - right) * width >= needed) return { "data-place": "after", style: { "--at": pct(right) } };
  if (left * width >= needed) return { "data-place": "before", style: { "--at": pct(1 - left) } };
  return { "data-place": "inside", style: { "--at": pct(1 - right) } };
}

/**
 * The room that a label needs, px.
 * @param {string} text
 */
export function labelWidth(text) {
  return text.length * CHARACTER + GAP;
}

/**
 * The critical path in a row.
 * @param {[number, number][]} parts latest first
 * @param {{range: Range, width: number}} column `width` in px
 */
export function criticalParts(parts, { range, width }) {
  return visibleParts(parts, range, width).map(([left, right]) =>
    h("div", { class: "critical", style: { "--left": pct(left), "--width": pct(right - left) } }),
  );
}

/**
 * The visible parts of a row, each from 0 to 1. Parts with less than a pixel between them are one:
 * a span may have waited for thousands of children.
 * @param {[number, number][]} parts latest first
 * @param {Range} range
 * @param {number} width px
 */
export function visibleParts(parts, range, width) {
  /** @type {[number, number][]} */
  const drawn = [];
  for (const [from, to] of parts) {
    const [left, right] = [clamp(share(from, range)), clamp(share(to, range))];
    if (left === right) continue;
    const last = drawn.at(-1);
    if (last && (last[0] - right) * width < 1) last[0] = Math.min(last[0], left);
    else drawn.push([left, right]);
  }
  return drawn;
}

/** @param {number} share */
export function clamp(share) {
  return Math.max(0, Math.min(1, share));
}

/** @param {number} share */
export function pct(share) {
  return `${(share * 100).toFixed(3)}%`;
}

/** px: the width of a character of the label, and the space around the label. */
const CHARACTER = 6.6;
const GAP = 14;
