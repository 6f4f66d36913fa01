// @ts-check
// Notices about a trace whose data is incomplete or was corrected.

/** @import { Skew, Trace } from "../types" */

import { h, icon } from "../dom.js";
import { counted, duration } from "../format.js";

/**
 * @param {Trace} trace
 * @param {"as recorded" | "aligned"} clocks
 * @param {() => void} toggleClocks
 */
export function notices(trace, clocks, toggleClocks) {
  const found = [];
  if (trace.skews.length > 0) {
    const words = clocks === "aligned" ? "Show as recorded" : "Align the clocks";
    found.push(
      notice(
        icon("clock"),
        h("span", {}, `${trace.skews.map(difference).join("; ")}.`),
        h("button", { type: "button", onclick: toggleClocks }, words),
      ),
    );
  }
  if (trace.missing > 0) {
    const words =
      trace.missing === 1
        ? " has not arrived, though others name it as their parent."
        : " have not arrived, though others name them as their parents.";
    found.push(notice(icon("error"), h("span", {}, counted(trace.missing, "span"), words)));
  }
  const nodes = [...trace.byId.values()];
  const shared = new Set(nodes.filter(({ copies }) => copies > 1).map(({ span }) => span?.span_id));
  if (shared.size > 0) {
    const words =
      shared.size === 1
        ? `The id ${[...shared][0]} was given to several different spans. All of them are shown`
        : `${shared.size} ids were given to several different spans each. All of them are shown`;
    const why = "; of their parts, such as log records, it is not known to which of them they belong.";
    found.push(notice(icon("error"), h("span", {}, words, why)));
  }
  const odd = nodes.filter((node) => node.odd.length > 0).length;
  if (odd > 0) {
    const words =
      odd === 1
        ? " has a time that cannot be right, far from the time at which it was received"
        : " have times that cannot be right, far from the time at which they were received";
    found.push(
      notice(
        icon("clock"),
        h("span", {}, counted(odd, "span"), words, ": left out of the scale."),
      ),
    );
  }
  const reversed = nodes.filter((node) => node.reversed > 0).length;
  if (reversed > 0) {
    const words = reversed === 1 ? " ends before it starts." : " end before they start.";
    found.push(notice(icon("clock"), h("span", {}, counted(reversed, "span"), words)));
  }
  if (trace.roots.length === 0) {
    found.push(notice(h("span", {}, "Log records of this trace are here, but none of its spans.")));
  }
  return found;
}

/** @param {Skew} skew */
function difference({ service, reference, behind }) {
  const how = behind > 0 ? "behind" : "ahead of";
  return `${service}’s clock is about ${duration(Math.abs(behind))} ${how} ${reference}’s`;
}

/** @param {...Element} parts */
function notice(...parts) {
  return h("p", { class: "notice" }, ...parts);
}
