// @ts-check
// The view of metrics: the list, and one of them over time.

/** @import { Choice } from "./one.js" */
/** @import { Metric } from "../overviews" */
/** @import { View } from "../types" */

import { ApiFailure, fetchMetric, fetchMetrics } from "../api.js";
import { fill, h } from "../dom.js";
import { emptyNotice, failureNotice } from "../empty.js";
import { keepFocus, moveFocus } from "../focus.js";
import { short } from "../long-text.js";
import { given, go, replaceParameters } from "../navigation.js";
import { serviceFilter } from "../service-filter.js";
import { afterPause, atMostEvery } from "../throttle.js";
import { timeRange } from "../time-range.js";
import { metricList } from "./list.js";
import { DRAWN, metricBlocks } from "./one.js";

/**
 * @param {URL} address
 * @returns {View}
 */
export function metricsView(address) {
  /** The name of the metric that is open; empty for the list. */
  let name = "";
  let shown = "";
  /** @type {Choice} */
  let choice = { show: "", only: null };
  /** Goes through the steps of the chart. @type {(step: number) => void} */
  let walkSteps = () => {};
  const changed = afterPause(150, () => {
    replaceParameters(filter());
    load();
  });
  const words = h("input", { type: "search", name: "q", placeholder: "Name, unit, description or key=value", "aria-label": "Search metrics", oninput: changed, spellcheck: "false" });
  const attribute = h("input", { type: "search", name: "attribute", placeholder: "key=value", "aria-label": "Attribute", oninput: changed, spellcheck: "false" });
  const [wordsField, attributeField] = [words, attribute].map((input) => h("span", { class: "search-field" }, input));
  const service = serviceFilter(changed);
  const times = timeRange(changed);
  const title = h("h1", {}, "Metrics");
  const lead = h("p", { class: "lead" });
  const back = h("p", {}, h("a", { href: "/metrics" }, "All metrics"));
  const content = h("div", {});
  const element = h("section", { class: "report metrics" }, title, lead, h("search", { class: "search-bar" }, wordsField, attributeField, service.element, times.element), back, content);
  apply(address);

  /** @param {URL} address */
  function apply({ searchParams, href }) {
    const value = (/** @type {string} */ key) => searchParams.get(key) ?? "";
    if (value("metric") !== name) choice = { show: "", only: null };
    name = value("metric");
    choice = { ...choice, show: value("show") };
    words.value = value("q");
    attribute.value = value("attribute");
    service.select(value("service"));
    times.apply(new URL(href));
    wordsField.hidden = name !== "";
    attributeField.hidden = back.hidden = name === "";
    fill(title, name === "" ? "Metrics" : h("code", {}, short(name, 200)));
    lead.textContent = name === "" ? "What services measure over time. A metric has its series, percentiles of histograms, and exemplars that lead to a trace." : "";
    fill(content);
    shown = "";
  }

  /** @returns {Record<string, string>} */
  function filter() {
    /** @type {Record<string, string>} */
    const own = name === "" ? { q: words.value.trim() } : { metric: name, attribute: attribute.value.trim() };
    return { ...own, service: service.name(), ...times.parameters() };
  }

  const load = atMostEvery(1000, async () => {
    const wanted = given(filter());
    const result = await (name === "" ? fetchMetrics(wanted) : fetchMetric({ ...wanted, steps: "120", limit: String(DRAWN) })).catch((failure) => failure);
    // Another one was opened meanwhile, and is loaded next.
    if (JSON.stringify(wanted) !== JSON.stringify(given(filter()))) {
      load();
      return;
    }
    // What a person reads stays as it is while nothing of it changes.
    const received = result instanceof Error ? result.message : JSON.stringify([wanted, result]);
    if (received === shown) return;
    shown = received;
    keepFocus(content, () => {
      if (result instanceof ApiFailure && result.status === 404) fill(content, emptyNotice("This metric is not here", "It has not arrived, or was evicted to make room for newer ones."));
      else if (result instanceof ApiFailure && result.status === 400) fill(content, emptyNotice("This filter cannot be read", `${result.message}.`));
      else if (result instanceof Error) fill(content, failureNotice(result));
      else if ("series" in result) showOne(result);
      else if (result.metrics.length > 0) fill(content, metricList(result, addressOf));
      else if (Object.keys(wanted).length > 0) fill(content, emptyNotice("No metric matches", "Choose another word or service, or a longer time."));
      else
        fill(
          content,
          emptyNotice(
            "No metrics yet",
            "They appear here when an OpenTelemetry SDK or a Collector sends them to ",
            h("code", {}, `${location.origin}/v1/metrics`),
            ". An edge sends the durations and web vitals that it measures.",
          ),
        );
    });
  });

  /** @param {Metric} metric */
  function showOne(metric) {
    lead.textContent = metric.description;
    if (metric.series.length === 0) {
      fill(content, emptyNotice("No series matches", "Choose another service or attribute, or a longer time."));
      return;
    }
    const { elements, walk } = metricBlocks(metric, choice, (next) => {
      choice = next;
      replaceParameters({ show: choice.show });
      keepFocus(content, () => showOne(metric));
    });
    walkSteps = walk;
    fill(content, elements);
  }

  /** @param {string} metric */
  function addressOf(metric) {
    return `/metrics?${new URLSearchParams(given({ metric, service: service.name(), ...times.parameters() }))}`;
  }

  load();
  return {
    element,
    title: "Metrics",
    keys: [
      { keys: ["j", "ArrowDown"], description: "Next metric, series or exemplar", run: () => walk(1) },
      { keys: ["k", "ArrowUp"], description: "Previous one", run: () => walk(-1) },
      { keys: ["l", "ArrowRight"], description: "Next step of the chart", run: () => walkSteps(1) },
      { keys: ["h", "ArrowLeft"], description: "Previous step of the chart", run: () => walkSteps(-1) },
      { keys: ["/"], description: "Search, or filter by an attribute", run: () => (name === "" ? words : attribute).focus() },
      { keys: ["u"], description: "All metrics", run: () => go("/metrics") },
    ],
    changed(change) {
      if (change.metrics || change.exemplars || change.evicted) load();
    },
    moved(there) {
      apply(there);
      load();
    },
  };

  /** @param {number} step */
  function walk(step) {
    moveFocus(content.querySelectorAll(".metric-list tbody tr, .series-list > li, .highest > li"), step, "a, button");
  }
}
