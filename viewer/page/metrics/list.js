// @ts-check
// The list of metrics.

/** @import { MetricList, MetricRow } from "../overviews" */

import { h } from "../dom.js";
import { ago, counted, fullTime, grouped } from "../format.js";
import { short } from "../long-text.js";
import { serviceName } from "../services.js";
import { kindText, lastText, unitText } from "./quantity.js";

/**
 * @param {MetricList} list
 * @param {(metric: string) => string} addressOf one metric
 */
export function metricList({ metrics, total }, addressOf) {
  const more = total - metrics.length;
  return [
    h(
      "table",
      { class: "metric-list", "aria-label": "Metrics" },
      h("thead", {}, h("tr", {}, COLUMNS.map((title) => h("th", { scope: "col" }, title)))),
      h("tbody", {}, metrics.map((metric) => row(metric, addressOf))),
    ),
    more > 0 && h("p", { class: "note" }, `${counted(more, "metric")} more: search for a word of the name.`),
  ];
}

/**
 * @param {MetricRow} metric
 * @param {(metric: string) => string} addressOf
 */
function row(metric, addressOf) {
  const { description, unit, services, series, last } = metric;
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("a", { href: addressOf(metric.metric) }, h("code", {}, short(metric.metric, 120) || "(no name)")), description && h("span", { class: "note" }, short(description, 160))),
    h("td", { "data-title": "Kind" }, kindText(metric)),
    h("td", { "data-title": "Unit" }, short(unitText(unit), 30) || "–"),
    h("td", { "data-title": "Services" }, h("span", { class: "metric-services" }, services.slice(0, SERVICES).map(serviceName), services.length > SERVICES && h("span", { class: "note" }, `and ${services.length - SERVICES} more`))),
    h("td", { "data-title": "Series" }, grouped(series)),
    h("td", { "data-title": "Last value", title: `${last.service}, ${fullTime(last.time_unix_nano)}` }, lastText(last, unit), h("span", { class: "note" }, ago(last.time_unix_nano))),
  );
}

const COLUMNS = ["Name", "Kind", "Unit", "Services", "Series", "Last value"];
/** Services that are named. */
const SERVICES = 4;
