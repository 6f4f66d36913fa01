// @ts-check
// Draws the counts of the edge: shares as a bar, and numbers by signal as tables.

/** @import { Summary, SummaryLine } from "../types" */

import { h } from "../dom.js";
import { counted, grouped, size } from "../format.js";

/**
 * The outcomes of all records that came, as shares of one bar. The table has the same in numbers.
 * @param {Summary} summary
 */
export function shares({ lines }) {
  /** @type {Map<string, number>} */
  const parts = new Map();
  for (const { kind, records } of lines) {
    if (records > 0 && !CAME.includes(kind)) parts.set(kind, (parts.get(kind) ?? 0) + records);
  }
  return h(
    "div",
    { class: "outcome-shares", "aria-hidden": "true" },
    ...[...parts].map(([kind, records]) => h("span", { class: `outcome-${kind}`, style: { "--share": String(records) } })),
  );
}

/**
 * The counts: a line for each outcome, a column for each signal.
 * @param {Summary} summary
 */
export function recordTable({ signals, lines, queues }) {
  const groups = GROUPS.map(({ name, kinds }) => ({ name, rows: lines.filter(({ kind }) => kinds.includes(kind)) }));
  return table(
    signals,
    heading("Records", signals, (signal) => unit(`${recordOf(signal)}s`)),
    groups.map(({ name, rows }) =>
      h("tbody", { "aria-label": name }, ...rows.map((row) => tableRow(row, signals, row.kind === "waiting" && waiting(queues)))),
    ),
  );
}

/**
 * The values taken out of records, by rule or by limit.
 * @param {string} first the heading of the labels
 * @param {SummaryLine[]} rows
 * @param {string[]} signals
 */
export function valueTable(first, rows, signals) {
  return table(
    signals,
    heading(first, signals, () => null),
    h("tbody", {}, ...rows.map((row) => tableRow(row, signals, row.note ? unit(row.note) : null))),
  );
}

/** The name of one record of a signal. @param {string} signal */
export const recordOf = (signal) => NOUNS[signal] ?? "record";

/**
 * @param {string[]} signals
 * @param {...import("../dom.js").Child} parts
 */
function table(signals, ...parts) {
  // Beside many numbers the labels have no room on a phone.
  const width = signals.length > 2 ? "wide" : "";
  return h("table", { class: `outcome-table ${width}`, style: { "--numbers": String(signals.length + 1) } }, ...parts);
}

/**
 * @param {string} first
 * @param {string[]} signals
 * @param {(signal: string) => import("../dom.js").Child} unitOf
 */
function heading(first, signals, unitOf) {
  const columns = signals.map((signal) =>
    h("th", { scope: "col", class: "number" }, signal.charAt(0).toUpperCase() + signal.slice(1), unitOf(signal)),
  );
  const all = signals.length > 1 && h("th", { scope: "col", class: "number" }, "All");
  return h("thead", {}, h("tr", {}, h("th", { scope: "col" }, first), columns, all));
}

/**
 * @param {SummaryLine} row
 * @param {string[]} signals
 * @param {import("../dom.js").Child} note
 */
function tableRow({ kind, label, counts, records }, signals, note) {
  return h(
    "tr",
    { class: `outcome-${kind}${records > 0 ? "" : " none"}`, "data-outcome": kind },
    h("th", { scope: "row" }, h("span", { class: "outcome-label" }, label), note),
    signals.map((signal) => number(counts[signal] ?? 0, "")),
    signals.length > 1 && number(records, "all"),
  );
}

/**
 * @param {number} count
 * @param {string} name
 */
function number(count, name) {
  return h("td", { class: `number ${name}${count > 0 ? "" : " zero"}` }, grouped(count));
}

/** @param {Summary["queues"]} queues */
function waiting(queues) {
  if (queues.length === 0) return null;
  const words = queues.map(({ backend, records, bytes }) =>
    [backend && `${backend}:`, counted(records, "record"), `in ${size(bytes)}`].filter(Boolean).join(" "),
  );
  return unit(words.join(", "));
}

/** @param {string} text */
function unit(text) {
  return h("span", { class: "unit" }, text);
}

/** @type {SummaryLine["kind"][]} */
const CAME = ["received", "taken-up", "copied"];
/** @type {{name: string, kinds: SummaryLine["kind"][]}[]} */
const GROUPS = [
  { name: "What came", kinds: CAME },
  { name: "What left", kinds: ["exported", "handed-over"] },
  { name: "What did not leave", kinds: ["rejected", "sampled-out"] },
  { name: "What waits", kinds: ["waiting"] },
];
/** @type {Record<string, string>} */
const NOUNS = { traces: "span", logs: "log record", metrics: "data point" };
