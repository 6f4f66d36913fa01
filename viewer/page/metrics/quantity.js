// @ts-check
// The quantities that a kind of metric can be drawn as, and how their values are written.

/** @import { LastPoint, MetricHead } from "../overviews" */

import { duration, size } from "../format.js";

/**
 * @typedef {object} Quantity
 * @property {string} name in the address
 * @property {string} label
 * @property {string[]} keys of the points: one line each
 * @property {boolean} isMeasured whether its values have the unit of the metric, as those of exemplars
 * @property {boolean} [isRate] whether it is a number in a second
 */

/**
 * The quantities of a kind, the most useful first.
 * @param {MetricHead} head
 * @param {number} series that are drawn
 * @returns {Quantity[]}
 */
export function quantities({ kind, temporality, monotonic }, series) {
  const total = temporality === "cumulative" ? [VALUE] : [];
  if (kind === "gauge") return [VALUE];
  if (kind === "sum") return monotonic ? [RATE, INCREASE, ...total] : [...total, INCREASE];
  return [...(series === 1 ? [PERCENTILES, P95] : [P95, PERCENTILES]), P50, P99, MEAN, RATE, COUNT];
}

/**
 * A value with its unit: those of UCUM that metrics usually have.
 * https://opentelemetry.io/docs/specs/semconv/general/metrics/#instrument-units
 * @param {number} value
 * @param {string} unit
 */
export function measured(value, unit) {
  const nanoseconds = NANOSECONDS[unit];
  if (nanoseconds !== undefined) return value === 0 ? "0" : duration(value * nanoseconds);
  if (unit === "By" && value >= 0) return size(value);
  if (unit === "%") return `${number(value)} %`;
  const word = /^\{(.+)\}$/.exec(unit)?.[1] ?? unit;
  return unit === "" || unit === "1" ? number(value) : `${number(value)} ${word}`;
}

/**
 * A value of a quantity.
 * @param {number} value
 * @param {Quantity} quantity
 * @param {string} unit of the metric
 */
export function quantityText(value, quantity, unit) {
  if (quantity.isRate) return `${number(value)}/s`;
  return quantity.isMeasured ? measured(value, unit) : number(value);
}

/**
 * The newest point as it was sent.
 * @param {LastPoint} last
 * @param {string} unit
 */
export function lastText({ value, count, mean }, unit) {
  if (value !== undefined) return measured(value, unit);
  return `${number(count ?? 0)} values${mean === null || mean === undefined ? "" : `, mean ${measured(mean, unit)}`}`;
}

/** The unit in words: `{request}` is a word for what is counted. @param {string} unit */
export function unitText(unit) {
  return unit === "1" ? "" : unit.replace(/^\{(.+)\}$/, "$1");
}

/** @param {MetricHead} head */
export function kindText({ kind, monotonic }) {
  return kind === "sum" && monotonic === false ? "sum, up and down" : kind;
}

/**
 * A number of four digits; its unit is the metric's own.
 * @param {number} value
 */
export function number(value) {
  if (value !== 0 && (Math.abs(value) >= 1e12 || Math.abs(value) < 1e-4)) return String(Number(value.toPrecision(3)));
  return Number(value.toPrecision(4)).toLocaleString("en-US", { maximumSignificantDigits: 4 });
}

/** @type {Quantity} */
const VALUE = { name: "value", label: "Value", keys: ["value"], isMeasured: true };
/** @type {Quantity} */
const RATE = { name: "rate", label: "Per second", keys: ["per_second"], isMeasured: false, isRate: true };
/** @type {Quantity} */
const INCREASE = { name: "increase", label: "Increase", keys: ["increase"], isMeasured: true };
/** @type {Quantity} */
const PERCENTILES = { name: "percentiles", label: "p50, p95, p99", keys: ["p50", "p95", "p99"], isMeasured: true };
/** @type {Quantity} */
const P50 = { name: "p50", label: "p50", keys: ["p50"], isMeasured: true };
/** @type {Quantity} */
const P95 = { name: "p95", label: "p95", keys: ["p95"], isMeasured: true };
/** @type {Quantity} */
const P99 = { name: "p99", label: "p99", keys: ["p99"], isMeasured: true };
/** @type {Quantity} */
const MEAN = { name: "mean", label: "Mean", keys: ["mean"], isMeasured: true };
/** @type {Quantity} */
const COUNT = { name: "count", label: "Count", keys: ["count"], isMeasured: false };
/** @type {Record<string, number>} ns */
const NANOSECONDS = { s: 1e9, ms: 1e6, us: 1e3, ns: 1, min: 6e10, h: 3.6e12 };
