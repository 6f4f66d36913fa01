// @ts-check
// One visit on one time axis: its traces as bars, its events as marks.

/** @import { Session } from "../overviews" */
/** @import { LogRecord, TraceRow } from "../types" */

import { h, icon } from "../dom.js";
import { between, clockTime, counted, duration, fullTime } from "../format.js";
import { headline } from "../log-record.js";
import { longList } from "../long-list.js";
import { short } from "../long-text.js";
import { traceAddress } from "../navigation.js";
import { serviceClass, serviceDot } from "../services.js";
import { ticks } from "../trace/time-axis.js";

/**
 * The first and the last time of a visit, which has a trace or an event.
 * @param {Session} session
 */
export function extent({ traces, events }) {
  const times = [...traces.flatMap(({ start_unix_nano, end_unix_nano }) => [start_unix_nano, end_unix_nano]), ...events.map(({ time_unix_nano }) => time_unix_nano)].map(BigInt);
  const start = times.reduce((first, at) => (at < first ? at : first), times[0]);
  const end = times.reduce((last, at) => (at > last ? at : last), times[0]);
  return { start, end };
}

/** @param {Session} session */
export function sessionAxis(session) {
  const { traces, events } = session;
  const { start, end } = extent(session);
  const length = Math.max(1, between(start, end));
  /** @type {Entry[]} */
  const entries = [
    ...traces.map((trace) => ({ at: between(start, trace.start_unix_nano), trace, event: null })),
    ...events.map((event) => ({ at: between(start, event.time_unix_nano), trace: null, event })),
  ].sort((a, b) => a.at - b.at || Number(a.trace === null) - Number(b.trace === null));
  const list = h("ol", { class: "visit", "aria-label": "What happened, oldest first" });
  longList(list, { draw: (/** @type {Entry} */ entry) => line(entry, length, start) }).show(entries);
  const places = ticks({ from: 0, to: length }, 5);
  return h(
    "div",
    { class: "session-axis" },
    h(
      "div",
      { class: "visit-ticks", "aria-hidden": "true" },
      places.map(({ at, label }) => h("span", { class: at / length > 0.9 ? "at-end" : "", style: { "--at": `${(at / length) * 100}%` } }, label)),
    ),
    list,
  );
}

/**
 * @typedef {{at: number, trace: TraceRow | null, event: LogRecord | null}} Entry `at`: ns after the visit began
 * @param {Entry} entry
 * @param {number} length ns of the visit
 * @param {bigint} start of the visit
 */
function line({ at, trace, event }, length, start) {
  const time = h("time", { title: fullTime(start + BigInt(Math.round(at))) }, `+${duration(at)}`);
  const from = `${(at / length) * 100}%`;
  if (trace) {
    const took = between(trace.start_unix_nano, trace.end_unix_nano);
    const service = trace.root?.service ?? "";
    return h(
      "li",
      { class: `${serviceClass(service)} ${trace.errors > 0 ? "failed" : ""}` },
      time,
      h(
        "a",
        { href: traceAddress(trace.trace_id) },
        serviceDot(service),
        h("span", { class: "visit-name" }, short(trace.root?.name ?? trace.headline ?? "") || "(no name)"),
        trace.root?.detail && h("span", { class: "visit-detail" }, short(trace.root.detail)),
        trace.errors > 0 && icon("error", counted(trace.errors, "error")),
        h("span", { class: "note" }, trace.spans > 0 ? duration(took) : "no spans"),
      ),
      h("span", { class: "lane", "aria-hidden": "true" }, h("span", { class: "bar", style: { "--left": from, "--width": `${(took / length) * 100}%` } })),
    );
  }
  if (!event) return h("li", {});
  const words = [h("span", { class: "event-name" }, short(event.event_name, 60)), h("span", { class: "visit-detail" }, headline(event))];
  return h(
    "li",
    { class: `event ${event.failed ? "failed" : ""}` },
    time,
    event.trace_id ? h("a", { href: traceAddress(event.trace_id, event.span_id) }, words) : h("span", {}, words),
    h("span", { class: "lane", "aria-hidden": "true" }, h("span", { class: "mark", style: { "--left": from } })),
  );
}

/**
 * When a visit was, and how long.
 * @param {string | bigint} start
 * @param {string | bigint} end
 */
export function visitTimes(start, end) {
  return `${clockTime(start)}, ${duration(between(start, end))}`;
}
