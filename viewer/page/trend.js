// @ts-check
// A small bar chart of counts over time.

/** @import { Trend } from "./types" */

import { h, svg } from "./dom.js";
import { clockTime, counted, duration, grouped } from "./format.js";

/**
 * @param {number[]} counts of the columns
 * @param {Trend} trend the columns
 * @param {string} noun of what is counted
 * @param {number[]} [failed] those of the counts that are failures, drawn over them
 */
export function trendChart(counts, { start_unix_nano, column_nano }, noun, failed) {
  const most = counts.reduce((most, count) => Math.max(most, count), 1);
  /**
   * @param {number[]} counts
   * @param {string} kind
   */
  const barsOf = (counts, kind) =>
    counts.map((count, index) => {
      // A single one is visible beside thousands.
      const height = count === 0 ? 0 : Math.max(MIN_HEIGHT, (count / most) * HEIGHT);
      return count > 0 && svg("rect", { class: kind, x: index * STEP, y: HEIGHT - height, width: STEP - 1, height });
    });
  const bars = failed ? [barsOf(counts, "all"), barsOf(failed, "failed")] : barsOf(counts, "failed");
  const failures = (failed ?? []).reduce((sum, count) => sum + count, 0);
  const width = BigInt(column_nano);
  const start = BigInt(start_unix_nano);
  const sum = counts.reduce((sum, count) => sum + count, 0);
  const label =
    `${counted(sum, noun)} from ${clockTime(start)} to ${clockTime(start + width * BigInt(counts.length))}, ` +
    `at most ${grouped(Math.max(0, ...counts))} in ${duration(Number(width))}` +
    (failures > 0 ? `; ${grouped(failures)} failed` : "");
  return h(
    "span",
    { class: "trend", title: label },
    svg(
      "svg",
      { viewBox: `0 0 ${counts.length * STEP} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
      bars,
    ),
  );
}

/** Units of the drawing. */
const HEIGHT = 24;
const STEP = 4;
const MIN_HEIGHT = 3;
