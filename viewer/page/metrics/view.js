// @ts-check
// The view of metrics: the exemplars that lead from a measurement to its trace.

/** @import { Exemplar } from "../overviews" */
/** @import { View } from "../types" */

import { fetchExemplars } from "../api.js";
import { fill, h } from "../dom.js";
import { emptyNotice, failureNotice } from "../empty.js";
import { moveFocus } from "../focus.js";
import { clockTime, counted, valueText } from "../format.js";
import { short } from "../long-text.js";
import { given, replaceParameters, traceAddress } from "../navigation.js";
import { serviceFilter } from "../service-filter.js";
import { serviceName } from "../services.js";
import { afterPause, atMostEvery } from "../throttle.js";
import { timeRange } from "../time-range.js";
import { exemplarChart, number } from "./chart.js";

/**
 * @param {URL} address
 * @returns {View}
 */
export function metricsView(address) {
  let shown = "";
  const changed = afterPause(150, () => {
    replaceParameters(filter());
    load();
  });
  const service = serviceFilter(changed);
  const times = timeRange(changed);
  const metric = h("select", { "aria-label": "Metric", onchange: changed }, h("option", { value: "" }, "All metrics"));
  const content = h("div", {});
  const element = h(
    "section",
    { class: "report metrics" },
    h("h1", {}, "Metrics with exemplars"),
    h("p", { class: "lead" }, "Measurements that were made in a span, each with the way to its trace. The newest of each are shown."),
    h("search", { class: "search-bar" }, service.element, metric, times.element),
    content,
  );
  apply(address);

  /** @param {URL} address */
  function apply(address) {
    service.select(address.searchParams.get("service") ?? "");
    listMetrics([], address.searchParams.get("metric") ?? "");
    times.apply(address);
  }

  function filter() {
    return { service: service.name(), metric: metric.value, ...times.parameters() };
  }

  /**
   * @param {string[]} names
   * @param {string} selected
   */
  function listMetrics(names, selected) {
    const all = new Set([...[...metric.options].map(({ value }) => value), ...names, selected].filter((name) => name !== ""));
    const sorted = [...all].sort();
    // The control stays as it is while a person uses it.
    if (metric.value !== selected || metric.options.length !== sorted.length + 1)
      fill(metric, h("option", { value: "" }, "All metrics"), sorted.map((name) => h("option", { value: name }, short(name, 100))));
    metric.value = selected;
  }

  const load = atMostEvery(1000, async () => {
    const wanted = given(filter());
    const result = await fetchExemplars(wanted).catch((failure) => failure);
    const received = result instanceof Error ? result.message : JSON.stringify([wanted, result]);
    if (received === shown) return;
    shown = received;
    if (result instanceof Error) {
      fill(content, failureNotice(result));
      return;
    }
    const metrics = byMetric(result.exemplars);
    listMetrics([...metrics.keys()], metric.value);
    const focused = content.contains(document.activeElement) ? document.activeElement?.getAttribute("href") : null;
    const inChart = document.activeElement?.closest(".points") !== null;
    if (metrics.size > 0) fill(content, [...metrics].sort(([a], [b]) => a.localeCompare(b)).map(([name, exemplars]) => block(name, exemplars)));
    else if (Object.keys(wanted).length > 0) fill(content, emptyNotice("No exemplar matches", "Choose another service or metric, or a longer time."));
    else
      fill(
        content,
        emptyNotice("No exemplars yet", "SDKs add them to histograms and counters where a measurement is made in a span that is sampled, and an edge adds them to the durations and web vitals that it measures."),
      );
    const again = [...content.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused && (link.closest(".points") !== null) === inChart);
    if (focused) again?.focus({ preventScroll: true });
  });

  load();
  return {
    element,
    title: "Metrics",
    keys: [
      { keys: ["j", "ArrowDown"], description: "Next exemplar of the highest", run: () => walk(1) },
      { keys: ["k", "ArrowUp"], description: "Previous exemplar of the highest", run: () => walk(-1) },
    ],
    changed(change) {
      if (change.exemplars || change.evicted) load();
    },
    moved(there) {
      apply(there);
      load();
    },
  };

  /** @param {number} step */
  function walk(step) {
    moveFocus(content.querySelectorAll(".highest > li"), step, "a");
  }
}

/** @param {Exemplar[]} exemplars */
function byMetric(exemplars) {
  /** @type {Map<string, Exemplar[]>} */
  const metrics = new Map();
  for (const exemplar of exemplars) {
    const others = metrics.get(exemplar.metric);
    if (others) others.push(exemplar);
    else metrics.set(exemplar.metric, [exemplar]);
  }
  return metrics;
}

/**
 * @param {string} name
 * @param {Exemplar[]} exemplars newest first
 */
function block(name, exemplars) {
  const highest = [...exemplars].sort((a, b) => b.value - a.value).slice(0, HIGHEST);
  return h(
    "section",
    { class: "metric" },
    h("h2", {}, h("code", {}, short(name, 120)), h("span", { class: "note" }, counted(exemplars.length, "exemplar"))),
    exemplarChart(exemplars),
    h("h3", {}, "Highest"),
    h("ol", { class: "highest" }, highest.map(line)),
  );
}

/** @param {Exemplar} exemplar */
function line({ service, attributes, value, time_unix_nano, trace_id, span_id }) {
  return h(
    "li",
    {},
    h("a", { href: traceAddress(trace_id, span_id) }, h("b", {}, number(value)), h("span", {}, clockTime(time_unix_nano))),
    serviceName(service),
    h(
      "span",
      { class: "exemplar-attributes" },
      Object.entries(attributes).map(([key, value]) => [" ", h("span", { class: "note" }, `${short(key, 60)}=`), short(valueText(value), 60)]),
    ),
  );
}

/** Exemplars that are listed. */
const HIGHEST = 8;
