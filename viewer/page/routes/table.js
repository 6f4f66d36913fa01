// @ts-check
// The table of routes: rate, errors and durations, sorted by one column.

/** @import { Route } from "../overviews" */
/** @import { Trend } from "../types" */

import { quotedTerm } from "../attributes.js";
import { fill, h } from "../dom.js";
import { counted, duration, grouped, percent } from "../format.js";
import { longList } from "../long-list.js";
import { short } from "../long-text.js";
import { traceAddress } from "../navigation.js";
import { serviceName } from "../services.js";
import { trendChart } from "../trend.js";

/** @param {() => Record<string, string>} filter of the traces that a route leads to */
export function routeTable(filter) {
  let sorted = COLUMNS[2];
  let descending = true;
  /** @type {Route[]} */
  let routes = [];
  /** @type {Trend} */
  let columns;
  const body = h("tbody", {});
  const list = longList(body, { draw: line, key: (/** @type {Route} */ route) => JSON.stringify(route) });
  const head = h("tr", {});
  const element = h("table", { class: "routes", "aria-label": "Routes" }, h("thead", {}, head), body);

  /** @param {Route} route */
  function line(route) {
    const search = new URLSearchParams({ ...filter(), service: route.service, q: searchOf(route) });
    return h(
      "tr",
      { "data-route": route.route },
      h("th", { scope: "row" }, h("a", { href: `/?${search}`, title: "Its traces" }, short(route.route) || "(no name)"), KINDS[route.kind] && h("span", { class: "note" }, ` ${KINDS[route.kind]}`)),
      h("td", { class: "of-service" }, serviceName(route.service)),
      h("td", { class: "number", "data-title": "Requests" }, grouped(route.count)),
      h("td", { class: "over-time", "data-title": "Over time" }, trendChart(route.trend, columns, "request", route.error_trend)),
      h("td", { class: "number", "data-title": "Per second" }, route.per_second === null ? "–" : rate(route.per_second)),
      h("td", { class: `number ${route.errors > 0 ? "failed" : ""}`, "data-title": "Errors", title: counted(route.errors, "error") }, percent(route.errors / route.count)),
      ["p50", "p95", "p99"].map((name) =>
        h("td", { class: "number", "data-title": name }, duration(route[/** @type {"p50_ms" | "p95_ms" | "p99_ms"} */ (`${name}_ms`)] * 1e6)),
      ),
      h(
        "td",
        { class: "number", "data-title": "Slowest" },
        route.slowest ? h("a", { href: traceAddress(route.slowest.trace_id, route.slowest.span_id), title: "The trace of the slowest" }, duration(route.slowest.ms * 1e6)) : "–",
      ),
    );
  }

  function draw() {
    const value = sorted.value;
    const order = [...routes].sort((a, b) => {
      const [one, other] = [value(a), value(b)];
      const compared = typeof one === "string" ? one.localeCompare(String(other)) : Number(one) - Number(other);
      return descending ? -compared : compared;
    });
    list.show(order);
    fill(
      head,
      COLUMNS.map((column) =>
        h(
          "th",
          { scope: "col", class: column.isText ? "" : "number", "aria-sort": column === sorted ? (descending ? "descending" : "ascending") : "none" },
          h("button", { type: "button", class: "quiet", onclick: () => sort(column) }, column.title),
        ),
      ),
    );
  }

  /** @param {typeof COLUMNS[number]} column */
  function sort(column) {
    descending = column === sorted ? !descending : !column.isText;
    sorted = column;
    draw();
    head.querySelectorAll("button")[COLUMNS.indexOf(column)]?.focus();
  }

  return {
    element,
    rows: body.rows,
    /**
     * @param {Route[]} next
     * @param {Trend} trend
     */
    show(next, trend) {
      columns = trend;
      const focused = [...head.querySelectorAll("button")].indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
      routes = next;
      draw();
      if (focused >= 0) head.querySelectorAll("button")[focused]?.focus();
    },
  };
}

/**
 * The search for the traces of a route.
 * @param {Route} route
 */
function searchOf({ route, attribute }) {
  const http = attribute && /^([A-Z]+) (.+)$/.exec(route);
  const terms = http ? [quotedTerm("http.request.method", http[1]), quotedTerm(attribute, http[2])] : [null];
  if (terms.every((term) => term !== null)) return terms.join(" ");
  return `"${route.replace(/["\\]/g, "\\$&")}"`;
}

/** @param {number} perSecond */
function rate(perSecond) {
  return perSecond >= 10 ? grouped(Math.round(perSecond)) : String(Number(perSecond.toPrecision(2)));
}

/** Words behind a route that is no request of a service. @type {{ [kind in Route["kind"]]?: string }} */
const KINDS = { consumer: "messages", client: "from pages", load: "page load", navigation: "navigation" };
/** @type {{title: string, isText?: boolean, value: (route: Route) => string | number}[]} */
const COLUMNS = [
  { title: "Route", isText: true, value: ({ route }) => route },
  { title: "Service", isText: true, value: ({ service }) => service },
  { title: "Requests", value: ({ count }) => count },
  { title: "Over time", value: ({ trend }) => trend.at(-1) ?? 0 },
  { title: "Per second", value: ({ per_second }) => per_second ?? 0 },
  { title: "Errors", value: ({ errors, count }) => errors / count },
  { title: "p50", value: ({ p50_ms }) => p50_ms },
  { title: "p95", value: ({ p95_ms }) => p95_ms },
  { title: "p99", value: ({ p99_ms }) => p99_ms },
  { title: "Slowest", value: ({ slowest }) => slowest?.ms ?? 0 },
];
