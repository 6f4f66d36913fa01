// @ts-check
// Sums up the counts of the edge: what came, left, did not leave, and waits.

/** @import { Counts, EndedRecords, Outcomes, Summary, SummaryLine, Unsent, ValueCount } from "../types" */

import { cutOf } from "./cut.js";
import { refusedOf } from "./refused.js";

/**
 * @param {Outcomes} outcomes
 * @returns {Summary}
 */
export function summarize(outcomes) {
  const { ended, redacted = [] } = outcomes;
  /** @param {string} outcome */
  const of = (outcome) => ended.filter((row) => row.outcome === outcome);
  const lines = [
    line("received", "Received", outcomes.received),
    line("taken-up", "Taken up from another process", outcomes.taken_up),
    line("copied", "Copied for further backends", outcomes.copied),
    ...exportedLines(of("exported")),
    line("handed-over", "Handed over to another process", bySignal(of("handed_over"))),
    line("rejected", "Rejected", bySignal(of("rejected"))),
    line("sampled-out", "Sampled out", bySignal(of("sampled_out"))),
    line("waiting", "Waiting for export", outcomes.queued),
  ];
  const total = Object.fromEntries(lines.map(({ kind }) => [kind, 0]));
  for (const { kind, records } of lines) total[kind] += records;
  const unsent = reasons(ended.filter(({ outcome }) => UNSENT.includes(outcome)));
  // What a page samples out is no loss: what it sends stands for that.
  const droppedByPages = of("dropped_by_page").filter(({ reason }) => reason !== "sampled_out").reduce((sum, { records }) => sum + records, 0);
  const cut = values("cut", cutOf(outcomes));
  return {
    signals: signalsOf(lines),
    lines: lines.filter(({ kind, records }) => records > 0 || ALWAYS.includes(kind)),
    came: total.received + total["taken-up"] + total.copied,
    copied: total.copied,
    exported: total.exported,
    rejected: total.rejected,
    sampledOut: total["sampled-out"],
    waiting: total.waiting,
    droppedByPages,
    unsent,
    refused: refusedOf(outcomes),
    redactions: values("redacted", redacted.map(({ rule, signal, redactions }) => ({ label: rule, signal, values: redactions }))),
    cut,
    cutParts: cut.reduce((sum, { records }) => sum + records, 0),
    queues: outcomes.backends.filter(({ records }) => records > 0),
  };
}

/**
 * One line for each backend; one without a name where there is one backend.
 * @param {EndedRecords[]} exported
 */
function exportedLines(exported) {
  const names = [...new Set(exported.map(({ backend }) => backend ?? ""))].sort();
  return (names.length > 0 ? names : [""]).map((name) => {
    const rows = exported.filter(({ backend }) => (backend ?? "") === name);
    return line("exported", name ? `Exported to ${name}` : "Exported", bySignal(rows));
  });
}

/**
 * @param {SummaryLine["kind"]} kind
 * @param {string} label
 * @param {Counts} counts
 * @returns {SummaryLine}
 */
function line(kind, label, counts) {
  const records = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { kind, label, counts, records };
}

/** @param {EndedRecords[]} rows */
function bySignal(rows) {
  /** @type {Counts} */
  const counts = {};
  for (const { signal = "", records } of rows) counts[signal] = (counts[signal] ?? 0) + records;
  return counts;
}

/**
 * Records that did not leave, by outcome and reason, most first.
 * @param {EndedRecords[]} rows
 */
function reasons(rows) {
  /** @type {Map<string, Unsent>} */
  const found = new Map();
  for (const { outcome, reason = "", signal, backend, records } of rows) {
    const key = JSON.stringify([outcome, reason]);
    const unsent = found.get(key) ?? { outcome, reason, records: 0, counts: {}, backends: [] };
    found.set(key, unsent);
    unsent.records += records;
    if (signal) unsent.counts[signal] = (unsent.counts[signal] ?? 0) + records;
    if (backend && !unsent.backends.includes(backend)) unsent.backends.push(backend);
  }
  const rank = (/** @type {Unsent} */ { outcome }) => UNSENT.indexOf(outcome);
  return [...found.values()].sort((a, b) => rank(a) - rank(b) || b.records - a.records);
}

/**
 * Counts of values by label, most first.
 * @param {SummaryLine["kind"]} kind
 * @param {ValueCount[]} counted
 */
function values(kind, counted) {
  /** @type {Map<string, SummaryLine>} */
  const lines = new Map();
  for (const { label, note, signal, values } of counted) {
    const counts = lines.get(label)?.counts ?? {};
    const sum = { ...counts, [signal]: (counts[signal] ?? 0) + values };
    lines.set(label, { ...line(kind, label, sum), note });
  }
  return [...lines.values()].sort((a, b) => b.records - a.records);
}

/**
 * The signals of the lines, in the order of OpenTelemetry.
 * @param {SummaryLine[]} lines
 */
function signalsOf(lines) {
  const found = new Set(lines.flatMap(({ counts }) => Object.keys(counts)));
  return [...SIGNALS.filter((signal) => found.has(signal)), ...[...found].filter((of) => !SIGNALS.includes(of))];
}

const SIGNALS = ["traces", "logs", "metrics"];
/** Lines that are there with nothing to count, so that a zero can be seen. */
const ALWAYS = ["received", "exported", "rejected", "sampled-out", "waiting"];
/** Outcomes of what did not leave, those that need someone's work first. */
const UNSENT = ["rejected", "dropped_by_page", "discarded_by_sdk", "sampled_out"];
