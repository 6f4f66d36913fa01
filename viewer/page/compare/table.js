// @ts-check
// The table of two compared traces.

/** @import { ComparedSide, ComparedSpans } from "../overviews" */

import { h, icon } from "../dom.js";
import { counted, duration, grouped, percent } from "../format.js";
import { longList } from "../long-list.js";
import { short } from "../long-text.js";
import { traceAddress } from "../navigation.js";
import { serviceClass, serviceDot } from "../services.js";

/** The table; rows that stay as they are keep their elements. */
export function comparisonTable() {
  /** @type {[string, string]} the ids of the traces */
  let traces = ["", ""];
  /** ns */
  let longest = 1;
  const body = h("tbody", {});
  const list = longList(body, {
    draw: (/** @type {ComparedSpans} */ row) => line(row, traces, longest),
    key: (row) => JSON.stringify([row, traces, longest]),
  });
  const element = h(
    "table",
    { class: "comparison", "aria-label": "Spans of both traces" },
    h("thead", {}, h("tr", {}, ["Span", "First", "Second", "Second against first"].map((title) => h("th", { scope: "col" }, title)))),
    body,
  );
  return {
    element,
    /**
     * @param {ComparedSpans[]} rows
     * @param {[string, string]} ids of the traces
     */
    show(rows, ids) {
      traces = ids;
      longest = rows.reduce((longest, { first, second }) => Math.max(longest, first?.sum ?? 0, second?.sum ?? 0), 1);
      list.show(rows);
    },
  };
}

/**
 * @param {ComparedSpans} row
 * @param {[string, string]} ids
 * @param {number} longest ns
 */
function line(row, ids, longest) {
  const { depth, name, service, isMissing, first, second, verdict } = row;
  const title = isMissing ? "span not received" : short(name) || "(no name)";
  return h(
    "tr",
    { class: `${serviceClass(service)} ${verdict.replace(" ", "-")}` },
    h(
      "th",
      { scope: "row", style: { "--depth": String(Math.min(depth, DEEPEST)) } },
      serviceDot(service),
      h("span", { class: "span-name" }, title),
      h("span", { class: "span-service" }, short(service, 60)),
      h("span", { class: "visually-hidden" }, `level ${depth + 1}`),
    ),
    cell(first, ids[0], longest, "First"),
    cell(second, ids[1], longest, "Second"),
    h("td", { class: "verdict" }, words(row)),
  );
}

/**
 * @param {ComparedSide | null} side
 * @param {string} traceId
 * @param {number} longest ns
 * @param {string} title
 */
function cell(side, traceId, longest, title) {
  if (!side) return h("td", { class: "side none" }, h("span", { class: "note" }, "–"));
  const { count, sum, errors, id } = side;
  return h(
    "td",
    { class: "side", "data-title": title },
    h("a", { href: traceAddress(traceId, id) }, count > 1 ? `${grouped(count)} × ` : "", duration(sum)),
    errors > 0 && h("span", { title: counted(errors, "error") }, icon("error", counted(errors, "error"))),
    h("span", { class: "track", "aria-hidden": "true" }, h("span", { class: "bar", style: { "--share": `${(sum / longest) * 100}%` } })),
  );
}

/** @param {ComparedSpans} row */
function words({ first, second, verdict }) {
  if (!first || !second) return verdict === "only first" ? "only in the first" : "only in the second";
  const difference = second.sum - first.sum;
  const more = second.count - first.count;
  const relative = first.sum > 0 && difference !== 0 ? `, ${difference > 0 ? "+" : "−"}${percent(Math.abs(difference) / first.sum)}` : "";
  const spans = more === 0 ? "" : `, ${counted(Math.abs(more), "span")} ${more > 0 ? "more" : "fewer"}`;
  return verdict === "equal" && more === 0 ? "about equal" : `${difference > 0 ? "+" : ""}${duration(difference)}${relative}${spans}`;
}

/** With more levels the names would not be visible. */
const DEEPEST = 16;
