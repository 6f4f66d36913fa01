// @ts-check
// Positions and ticks on the time axis.

/** @import { Range } from "../types" */

import { duration } from "../format.js";

/**
 * The position of a moment on the axis, from 0 to 1 when it is visible.
 * @param {number} moment
 * @param {Range} range
 */
export function share(moment, { from, to }) {
  return (moment - from) / (to - from);
}

/**
 * Ticks at round times in a range, at most `count`.
 * @param {Range} range
 * @param {number} count
 */
export function ticks({ from, to }, count) {
  const rough = (to - from) / Math.max(1, count);
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = magnitude * ([1, 2, 5].find((factor) => factor * magnitude >= rough) ?? 10);
  const found = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    found.push({ at, label: at === 0 ? "0" : tickLabel(at) });
  }
  return found;
}

/**
 * Zooms a range about a moment by a factor, within the whole.
 * @param {Range} range
 * @param {number} factor
 * @param {number} about
 * @param {number} whole
 * @returns {Range}
 */
export function zoomed(range, factor, about, whole) {
  const length = Math.min(whole, Math.max(SHORTEST, (range.to - range.from) * factor));
  const from = about - share(about, range) * length;
  return within({ from, to: from + length }, whole);
}

/**
 * Moves a range into the whole, with the same length.
 * @param {Range} range
 * @param {number} whole
 * @returns {Range}
 */
export function within({ from, to }, whole) {
  const length = Math.min(whole, Math.max(SHORTEST, to - from));
  const start = Math.max(0, Math.min(whole - length, from));
  return { from: start, to: start + length };
}

/** @param {number} at */
function tickLabel(at) {
  return duration(at)
    .replace(/(\.\d*?)0+(?= )/, "$1")
    .replace(". ", " ");
}

/** ns; the smallest range. */
const SHORTEST = 1_000;
