// @ts-check
// One metric: a chart of its series, what each had at a time, and its exemplars.

/** @import { Exemplar, Metric, MetricSeries } from "../overviews" */
/** @import { Attributes } from "../types" */
/** @import { Line } from "./chart.js" */
/** @import { Quantity } from "./quantity.js" */

import { fill, h } from "../dom.js";
import { clockTime, counted, grouped, valueText } from "../format.js";
import { short } from "../long-text.js";
import { traceAddress } from "../navigation.js";
import { serviceName } from "../services.js";
import { lineChart } from "./chart.js";
import { kindText, lastText, measured, quantities, quantityText, unitText } from "./quantity.js";

/**
 * The choice of a person: the quantity, and the only series that is drawn.
 * @typedef {{show: string, only: string | null}} Choice
 */

/**
 * Blocks of the series that have one kind and unit: mostly there is one.
 * @param {Metric} metric
 * @param {Choice} choice
 * @param {(choice: Choice) => void} choose
 */
export function metricBlocks(metric, choice, choose) {
  /** @type {Map<string, MetricSeries[]>} */
  const groups = new Map();
  for (const series of metric.series) {
    const key = JSON.stringify([series.kind, series.unit, series.temporality, series.monotonic]);
    groups.set(key, [...(groups.get(key) ?? []), series]);
  }
  const blocks = [...groups.values()].map((series) => block(metric, series, choice, choose));
  return {
    elements: blocks.map(({ element }) => element),
    /** Goes to another step in all charts. @param {number} by */
    walk: (by) => blocks.forEach((block) => block.walk(by)),
  };
}

/**
 * @param {Metric} metric
 * @param {MetricSeries[]} series
 * @param {Choice} choice
 * @param {(choice: Choice) => void} choose
 */
function block(metric, series, choice, choose) {
  const [head] = series;
  const shown = series.filter((one) => keyOf(one) === choice.only);
  const drawn = shown.length > 0 ? shown : series.slice(0, DRAWN);
  const possible = quantities(head, drawn.length);
  const quantity = possible.find(({ name }) => name === choice.show) ?? possible[0];
  const lines = drawn.flatMap((one) => linesOf(metric, one, quantity, series.indexOf(one)));
  const own = new Set(drawn.map(({ service, attributes }) => JSON.stringify([service, attributes])));
  const exemplars = metric.exemplars.filter(({ service, attributes }) => own.has(JSON.stringify([service, attributes])));

  /** @param {number} value */
  const text = (value) => quantityText(value, quantity, head.unit);
  const legend = h("ul", { class: "series-list", "aria-label": "Series" });
  const at = h("p", { class: "note at", "aria-live": "polite" });
  const chart = lineChart({
    metric,
    lines,
    exemplars,
    isBinary: quantity.isMeasured && head.unit === "By",
    isMeasured: quantity.isMeasured && head.kind !== "sum",
    label: `${quantity.label} of ${grouped(drawn.length)} series over time`,
    text,
    exemplarText: (value) => measured(value, head.unit),
    pointed: showStep,
  });
  /** @type {number | null} */
  let step = null;
  const values = series.slice(0, Math.max(DRAWN, series.findIndex((one) => keyOf(one) === choice.only) + 1)).map((one) => legendRow(one));
  fill(legend, values.map(({ element }) => element));
  showStep(null);

  /** @param {MetricSeries} one */
  function legendRow(one) {
    const key = keyOf(one);
    const value = h("b", {});
    const isOnly = choice.only === key;
    const button = h(
      "button",
      {
        type: "button",
        class: "quiet series",
        "aria-pressed": String(isOnly),
        "data-focus": key,
        title: isOnly ? "Show all series" : "Show this series alone",
        onclick: () => choose({ ...choice, only: isOnly ? null : key }),
      },
      h("span", { class: `swatch ${colour(series.indexOf(one))}`, "aria-hidden": "true" }),
      h("span", { class: "series-label" }, labelOf(one, series)),
    );
    return { one, value, element: h("li", { class: drawn.includes(one) ? "" : "off" }, button, value) };
  }

  /** Shows what the series had in a step, or their last values. @param {number | null} next */
  function showStep(next) {
    step = next;
    const start = step === null ? null : BigInt(metric.start_unix_nano) + BigInt(metric.step_nano) * BigInt(step);
    at.textContent = start === null ? `Last values as they were sent; ${stepText(metric)}.` : `From ${clockTime(start)} on, ${stepText(metric)}.`;
    for (const { one, value } of values) {
      const point = start === null ? null : one.points.find(({ time_unix_nano }) => time_unix_nano === String(start));
      if (start === null) value.textContent = one.last ? lastText(one.last, one.unit) : "–";
      else value.textContent = quantity.keys.map((key) => (typeof point?.[key] === "number" ? text(point[key]) : "–")).join(" · ");
    }
  }

  const left = metric.total - metric.series.length + (shown.length > 0 ? 0 : Math.max(0, series.length - DRAWN));
  const element = h(
    "section",
    { class: "metric" },
    h(
      "div",
      { class: "metric-head" },
      h("span", { class: "note" }, [kindText(head), unitText(head.unit), head.temporality].filter(Boolean).join(" · ")),
      possible.length > 1 &&
        h(
          "select",
          { "aria-label": "Shown", "data-focus": "shown", onchange: (/** @type {Event} */ event) => choose({ ...choice, show: /** @type {HTMLSelectElement} */ (event.target).value }) },
          possible.map(({ name, label }) => h("option", { value: name, selected: name === quantity.name }, label)),
        ),
    ),
    chart.element,
    quantity.keys.length > 1 && h("p", { class: "note strokes" }, quantity.keys.map((key, index) => h("span", { class: `stroke ${STROKES[index]}` }, key))),
    at,
    legend,
    left > 0 && h("p", { class: "note" }, `${grouped(left)} more series, of smaller values, are not drawn; an attribute, such as ${exampleOf(series)}, chooses others.`),
    !metric.whole && h("p", { class: "note" }, "Of the newest points; a shorter time has all of them."),
    exemplars.length > 0 && [h("h3", {}, `Highest of ${counted(exemplars.length, "exemplar")}`), h("ol", { class: "highest" }, highest(exemplars, head.unit))],
  );
  return {
    element,
    /** Goes to another step. @param {number} by */
    walk(by) {
      const from = step ?? (by > 0 ? -1 : metric.steps);
      chart.point(Math.max(0, Math.min(metric.steps - 1, from + by)));
    },
  };
}

/**
 * The lines of a series: one for each key of the quantity.
 * @param {Metric} metric
 * @param {MetricSeries} series
 * @param {Quantity} quantity
 * @param {number} index of the series
 * @returns {Line[]}
 */
function linesOf(metric, series, quantity, index) {
  return quantity.keys.map((key, nth) => {
    /** @type {(number | null)[]} */
    const values = Array(metric.steps).fill(null);
    for (const point of series.points) {
      const step = Number((BigInt(point.time_unix_nano) - BigInt(metric.start_unix_nano)) / BigInt(metric.step_nano));
      const value = point[key];
      if (typeof value === "number") values[step] = value;
    }
    return { colour: colour(index), stroke: STROKES[nth], values };
  });
}

/**
 * The parts that distinguish a series: its service where there are several, and its attributes.
 * @param {MetricSeries} one
 * @param {MetricSeries[]} all
 */
function labelOf({ service, resource, attributes, scope }, all) {
  const hasServices = all.some((other) => other.service !== service);
  const hasScopes = all.some((other) => other.scope !== scope);
  const pairs = [...Object.entries(attributes), ...Object.entries(resource)];
  return [
    (hasServices || pairs.length === 0) && serviceName(service),
    hasScopes && h("span", { class: "note" }, `${short(scope, 60)} `),
    pairsOf(Object.fromEntries(pairs)),
  ];
}

/** @param {Attributes} attributes */
function pairsOf(attributes) {
  return Object.entries(attributes).map(([key, value]) => [" ", h("span", { class: "note" }, `${short(key, 60)}=`), short(valueText(value), 60)]);
}

/**
 * @param {Exemplar[]} exemplars
 * @param {string} unit
 */
function highest(exemplars, unit) {
  const sorted = [...exemplars].sort((a, b) => b.value - a.value).slice(0, HIGHEST);
  return sorted.map(({ service, attributes, value, time_unix_nano, trace_id, span_id }) =>
    h(
      "li",
      {},
      h("a", { href: traceAddress(trace_id, span_id) }, h("b", {}, measured(value, unit)), h("span", {}, clockTime(time_unix_nano))),
      serviceName(service),
      h("span", { class: "exemplar-attributes" }, pairsOf(attributes)),
    ),
  );
}

/** @param {MetricSeries[]} series */
function exampleOf(series) {
  const [first] = series.flatMap(({ attributes }) => Object.entries(attributes));
  return first ? `${short(first[0], 60)}=${short(valueText(first[1]), 40)}` : "http.route=/basket";
}

/** @param {MetricSeries} series */
function keyOf({ service, resource, scope, attributes, kind, unit }) {
  return JSON.stringify([service, resource, scope, attributes, kind, unit]);
}

/** @param {Metric} metric */
function stepText({ step_nano }) {
  const seconds = Number(BigInt(step_nano) / 1_000_000_000n);
  if (seconds < 60) return `in steps of ${seconds} s`;
  return seconds < 3600 ? `in steps of ${seconds / 60} min` : `in steps of ${seconds / 3600} h`;
}

/** @param {number} index */
const colour = (index) => `service-${index % DRAWN}`;

/** Series that are drawn: as many as there are colours. */
export const DRAWN = 12;
/** @type {Line["stroke"][]} */
const STROKES = ["solid", "dashed", "dotted"];
/** Exemplars that are listed. */
const HIGHEST = 8;
