// @ts-check
// One row of the list of traces.

/** @import { TraceRow } from "../types" */

import { h, icon } from "../dom.js";
import { between, clockTime, counted, duration, fullTime, grouped } from "../format.js";
import { short } from "../long-text.js";
import { traceAddress } from "../navigation.js";
import { serviceDot } from "../services.js";

/**
 * @param {TraceRow} row
 * @param {boolean} fresh the trace is new
 */
export function traceRow(row, fresh) {
  const length = between(row.start_unix_nano, row.end_unix_nano);
  const { errors } = row;
  const name = row.root?.name ?? row.headline ?? "";
  return h(
    "tr",
    { class: `${fresh ? "fresh" : ""} ${errors > 0 ? "failed" : ""}`, "data-trace": row.trace_id },
    h("td", { class: "time", title: fullTime(row.start_unix_nano) }, clockTime(row.start_unix_nano)),
    h(
      "td",
      { class: "name" },
      h("a", { href: traceAddress(row.trace_id) }, short(name) || "(no name)"),
      row.root && h("span", { class: "root-service" }, short(row.root.service, 60)),
      row.root?.detail && h("span", { class: "root-detail", title: row.root.detail }, row.root.detail),
      row.root?.arrived === false &&
        h("span", { class: "note", title: "The span that started it has not arrived" }, "root missing"),
      row.spans === 0 &&
        h("span", { class: "note", title: "Its log records have arrived, and none of its spans" }, "no spans"),
    ),
    h("td", { class: "services" }, ...services(row)),
    h(
      "td",
      { class: "number spans" },
      grouped(row.spans),
      h("span", { class: "unit" }, row.spans === 1 ? " span" : " spans"),
    ),
    h(
      "td",
      { class: "number errors" },
      errors > 0 &&
        h("span", { class: "error-count", title: counted(errors, "error") }, icon("error", "errors"), grouped(errors)),
    ),
    h(
      "td",
      { class: "duration" },
      h(
        "span",
        { class: "length" },
        row.odd_times > 0 &&
          h(
            "span",
            { class: "odd-time", title: `${counted(row.odd_times, "span")} with a time that cannot be right, left out` },
            icon("clock", "odd times"),
            " ",
          ),
        row.odd_times < row.spans ? duration(length) : row.spans > 0 && "not known",
      ),
      h(
        "span",
        { class: "track", "aria-hidden": "true" },
        h("span", { class: "bar", style: { "--length": String(length / 1e6) } }),
      ),
    ),
  );
}

/**
 * The longest of the durations, in ms.
 * @param {TraceRow[]} rows
 */
export function longest(rows) {
  return rows.reduce((longest, row) => Math.max(longest, between(row.start_unix_nano, row.end_unix_nano)), 1) / 1e6;
}

/** @param {TraceRow} row */
function services({ services }) {
  const shown = services.slice(0, SHOWN);
  const title = services.map(({ name, spans }) => `${name}: ${spans > 0 ? counted(spans, "span") : "log records alone"}`).join("\n");
  return [
    h(
      "span",
      { class: "service-dots", title },
      ...shown.map(({ name, errors }) => h("span", { class: errors > 0 ? "with-error" : "" }, serviceDot(name))),
      services.length > SHOWN && h("span", { class: "note" }, `+${services.length - SHOWN}`),
    ),
    h("span", { class: "service-names" }, services.map(({ name }) => short(name, 60)).join(", ")),
  ];
}

const SHOWN = 8;
