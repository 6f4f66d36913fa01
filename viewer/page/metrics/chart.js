// @ts-check
// Exemplars of one metric as points over time; each leads to its span.

/** @import { Exemplar } from "../overviews" */

import { h } from "../dom.js";
import { between, clockTime, fullTime } from "../format.js";
import { traceAddress } from "../navigation.js";

/**
 * The arrow keys go from point to point, in the order of time.
 * @param {Exemplar[]} exemplars newest first
 */
export function exemplarChart(exemplars) {
  const points = [...exemplars].reverse();
  const [first, last] = [points[0], points[points.length - 1]];
  const length = Math.max(1, between(first.time_unix_nano, last.time_unix_nano));
  const highest = points.reduce((highest, { value }) => Math.max(highest, value), 0) || 1;
  const links = points.map((point, index) => {
    const title = `${number(point.value)} at ${clockTime(point.time_unix_nano)}, ${point.service}`;
    return h("a", {
      href: traceAddress(point.trace_id, point.span_id),
      title: `${title}\n${fullTime(point.time_unix_nano)}`,
      "aria-label": title,
      tabindex: index === points.length - 1 ? "0" : "-1",
      style: {
        "--x": `${(between(first.time_unix_nano, point.time_unix_nano) / length) * 100}%`,
        "--y": `${(Math.max(0, point.value) / highest) * 100}%`,
      },
    });
  });
  const plot = h("div", { class: "points", role: "group", "aria-label": "Exemplars over time" }, links);
  plot.addEventListener("keydown", (event) => {
    const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    const at = links.findIndex((link) => link === document.activeElement);
    const next = links[at + step];
    if (step === 0 || at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (!next) return;
    links[at].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
  return h(
    "div",
    { class: "exemplar-chart" },
    h("div", { class: "exemplar-scale", "aria-hidden": "true" }, h("span", {}, number(highest)), h("span", {}, "0")),
    plot,
    h("div", { class: "exemplar-times", "aria-hidden": "true" }, h("span", {}, clockTime(first.time_unix_nano)), h("span", {}, clockTime(last.time_unix_nano))),
  );
}

/**
 * A measured value; its unit is the metric's own.
 * @param {number} value
 */
export function number(value) {
  return Number(value.toPrecision(4)).toLocaleString("en-US", { maximumSignificantDigits: 4 });
}
