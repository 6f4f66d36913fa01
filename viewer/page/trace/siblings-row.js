// @ts-check
// Draws what is different in the row of joined siblings.

/** @import { Node, Range, Siblings } from "../types" */

import { h } from "../dom.js";
import { counted, duration, grouped, percent } from "../format.js";
import { clamp, criticalParts, labelPlace, labelWidth, pct, visibleParts } from "./bars.js";
import { share } from "./time-axis.js";

/**
 * The time of each of them, with the sum, the longest, and their share of their parent's time.
 * @param {Node} node
 * @param {Siblings} siblings
 * @param {{range: Range, width: number}} state `width` in px
 */
export function siblingsTime(node, siblings, { range, width }) {
  const facts = { sum: duration(siblings.sum), longest: duration(siblings.longest), share: percent(siblings.share) };
  const title =
    `${counted(node.children.length, "span")}: ${facts.sum} in sum, the longest ${facts.longest}; ` +
    `one of them ran in ${facts.share} of their parent's time`;
  if (node.end < range.from || node.start > range.to) {
    const before = node.end < range.from;
    return h(
      "div",
      { class: "cell-time", role: "gridcell", title },
      h("span", { class: `beyond ${before ? "before" : "after"}` }, before ? "‹" : "›"),
    );
  }
  const left = clamp(share(node.start, range));
  const right = clamp(share(node.end, range));
  const parts = node.children.map(({ start, end }) => /** @type {[number, number]} */ ([start, end]));
  const text = label(facts, Math.max(right, 1 - right) * width);
  return h(
    "div",
    { class: "cell-time", role: "gridcell", title },
    h("div", { class: "extent", style: { "--left": pct(left), "--width": pct(right - left) } }),
    visibleParts(parts.sort((a, b) => b[1] - a[1]), range, width).map(([from, to]) =>
      h("div", { class: "bar", style: { "--left": pct(from), "--width": pct(to - from) } }),
    ),
    criticalParts(node.critical, { range, width }),
    h("span", { class: "length", ...labelPlace(left, right, text, width) }, text),
    h("span", { class: "visually-hidden" }, title),
  );
}

/**
 * How many of the closed siblings the find box has found.
 * @param {Node} node
 * @param {{found: Set<string>}} state
 */
export function foundAmong(node, { found }) {
  const count = node.children.filter(({ id }) => found.has(id)).length;
  return count > 0 && h("span", { class: "found-among" }, `${grouped(count)} found`);
}

/**
 * The longest label that the room is enough for.
 * @param {{sum: string, longest: string, share: string}} facts
 * @param {number} room px
 */
function label({ sum, longest, share }, room) {
  const whole = `sum ${sum} · longest ${longest} · ${share}`;
  return labelWidth(whole) <= room ? whole : `sum ${sum} · ${share}`;
}
