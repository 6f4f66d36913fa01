// @ts-check
// The time cursor under the pointer.

/** @import { Range } from "../types" */

import { h } from "../dom.js";
import { duration } from "../format.js";

/**
 * A line across all rows that follows the pointer and shows its time on the axis.
 * @param {HTMLElement} grid
 * @param {HTMLElement} axis the time column
 * @param {() => Range} range the range of the axis
 */
export function timeCursor(grid, axis, range) {
  const words = h("span", { class: "cursor-time" });
  const line = h("div", { class: "cursor", hidden: true, "aria-hidden": "true" });
  axis.append(words);
  words.hidden = true;
  grid.addEventListener("pointermove", (event) => {
    const box = axis.getBoundingClientRect();
    const part = (event.clientX - box.left) / box.width;
    const inside = event.pointerType === "mouse" && part >= 0 && part <= 1;
    words.hidden = line.hidden = !inside;
    if (!inside) return;
    const { from, to } = range();
    words.textContent = duration(from + part * (to - from));
    words.classList.toggle("at-end", part > 0.9);
    for (const element of [words, line]) element.style.setProperty("--at", `${part * 100}%`);
  });
  grid.addEventListener("pointerleave", () => {
    words.hidden = line.hidden = true;
  });
  return line;
}
