// @ts-check
// A chart of lines over time, with exemplars as points that lead to their spans.

/** @import { Exemplar, Metric } from "../overviews" */

import { fill, h, svg } from "../dom.js";
import { between, clockTime, fullTime } from "../format.js";
import { traceAddress } from "../navigation.js";

/**
 * @typedef {object} Line
 * @property {string} colour a class that sets `--service`
 * @property {"solid" | "dashed" | "dotted"} stroke
 * @property {(number | null)[]} values one for each step
 */

/**
 * The arrow keys go from exemplar to exemplar, in the order of time.
 * @param {object} parts
 * @param {Metric} parts.metric its steps
 * @param {Line[]} parts.lines
 * @param {Exemplar[]} parts.exemplars newest first
 * @param {boolean} parts.isBinary whether the lines are of bytes, whose units are powers of two
 * @param {boolean} parts.isMeasured whether the lines have the unit of exemplars, which are at the bottom otherwise
 * @param {string} parts.label
 * @param {(value: number) => string} parts.text writes a value of the lines
 * @param {(value: number) => string} parts.exemplarText
 * @param {(step: number | null) => void} parts.pointed a step is pointed at, or none
 */
export function lineChart({ metric, lines, exemplars, isBinary, isMeasured, label, text, exemplarText, pointed }) {
  const values = lines.flatMap(({ values }) => values.filter((value) => value !== null));
  if (isMeasured) values.push(...exemplars.map(({ value }) => value));
  const ticks = ticksOf(values.reduce((least, value) => Math.min(least, value), 0), values.reduce((most, value) => Math.max(most, value), 0), isBinary);
  const [lowest, highest] = [ticks[0], ticks[ticks.length - 1]];
  /** @param {number} value */
  const share = (value) => Math.min(1, Math.max(0, (value - lowest) / (highest - lowest)));
  const length = Number(metric.step_nano) * metric.steps;
  const end = BigInt(metric.start_unix_nano) + BigInt(metric.step_nano) * BigInt(metric.steps);

  const drawing = svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    ticks.map((tick) => svg("path", { class: "tick", d: `M0 ${y(tick)}h${WIDTH}` })),
    lines.map(({ colour, stroke, values }) => svg("path", { class: `line ${colour} ${stroke}`, d: path(values) })),
  );
  const cursor = h("div", { class: "cursor", hidden: true });
  const links = [...exemplars].reverse().map((exemplar, index) => exemplarLink(exemplar, index === exemplars.length - 1));
  const plot = h("div", { class: "plot" }, drawing, cursor, h("div", { class: "points", role: "group", "aria-label": "Exemplars over time" }, links));
  plot.addEventListener("pointermove", ({ clientX }) => {
    const { left, width } = plot.getBoundingClientRect();
    point(Math.min(metric.steps - 1, Math.max(0, Math.floor(((clientX - left) / width) * metric.steps))));
  });
  plot.addEventListener("pointerleave", () => point(null));
  plot.addEventListener("keydown", walk);

  /** @param {number} value */
  function y(value) {
    return Math.round((1 - share(value)) * HEIGHT * 10) / 10;
  }

  /** A line of the steps that have a value, with gaps where several have none. @param {(number | null)[]} values */
  function path(values) {
    let [drawn, last] = ["", -Infinity];
    for (const [step, value] of values.entries()) {
      if (value === null) continue;
      const x = Math.round(((step + 0.5) / metric.steps) * WIDTH * 10) / 10;
      // A length of zero with round ends is a point.
      drawn += step - last > GAP ? `M${x} ${y(value)}h0` : `L${x} ${y(value)}`;
      last = step;
    }
    return drawn;
  }

  /**
   * @param {Exemplar} exemplar
   * @param {boolean} isReached by the Tab key
   */
  function exemplarLink({ value, time_unix_nano, service, trace_id, span_id }, isReached) {
    const title = `${exemplarText(value)} at ${clockTime(time_unix_nano)}, ${service}`;
    const at = Math.min(1, Math.max(0, between(metric.start_unix_nano, time_unix_nano) / length));
    return h("a", {
      href: traceAddress(trace_id, span_id),
      title: `${title}\n${fullTime(time_unix_nano)}`,
      "aria-label": title,
      tabindex: isReached ? "0" : "-1",
      style: { "--x": `${at * 100}%`, "--y": `${(isMeasured ? share(value) : 0) * 100}%` },
    });
  }

  /** @param {KeyboardEvent} event */
  function walk(event) {
    const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    const at = links.findIndex((link) => link === document.activeElement);
    if (step === 0 || at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const next = links[at + step];
    if (!next) return;
    links[at].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  /** @param {number | null} step */
  function point(step) {
    cursor.hidden = step === null;
    if (step !== null) cursor.style.setProperty("--x", `${((step + 0.5) / metric.steps) * 100}%`);
    pointed(step);
  }

  const scale = h("div", { class: "chart-scale", "aria-hidden": "true" });
  fill(scale, ticks.map((tick) => h("span", { style: { "--y": `${share(tick) * 100}%` } }, text(tick))));
  const middle = (BigInt(metric.start_unix_nano) + end) / 2n;
  const times = [BigInt(metric.start_unix_nano), middle, end].map((at) => h("span", {}, clockTime(at).replace(/\.\d+$/, "")));
  const element = h("div", { class: "chart" }, scale, plot, h("div", { class: "chart-times", "aria-hidden": "true" }, times));
  // The widest label of the scale decides how much room the plot has.
  element.style.setProperty("--scale", `${ticks.reduce((most, tick) => Math.max(most, text(tick).length), 1)}ch`);
  return { element, point };
}

/**
 * Values of the scale that are read easily, from zero or the lowest to above the highest.
 * @param {number} least
 * @param {number} most
 * @param {boolean} isBinary
 */
function ticksOf(least, most, isBinary) {
  const span = most - least || 1;
  const power = 10 ** Math.floor(Math.log10(span / 3));
  const decimal = [1, 2, 5, 10].map((factor) => factor * power).find((step) => span / step <= 4) ?? 10 * power;
  const step = isBinary ? 2 ** Math.ceil(Math.log2(span / 4)) : decimal;
  const [first, last] = [Math.floor(least / step), Math.max(Math.ceil(most / step), Math.floor(least / step) + 1)];
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

/** Units of the drawing. */
const WIDTH = 1000;
const HEIGHT = 200;
/** Steps from one point to the next that a line goes over: exporters are not exactly in time. */
const GAP = 3;
