// @ts-check
// The view of the service map: who calls whom, how often, how long, with which errors.

/** @import { ServiceCall, ServiceMap } from "../overviews" */
/** @import { View } from "../types" */

import { fetchServices } from "../api.js";
import { fill, h } from "../dom.js";
import { emptyNotice, failureNotice } from "../empty.js";
import { moveFocus } from "../focus.js";
import { counted, duration, grouped, percent } from "../format.js";
import { short } from "../long-text.js";
import { given } from "../navigation.js";
import { reportFilter } from "../report-filter.js";
import { serviceName } from "../services.js";
import { atMostEvery } from "../throttle.js";
import { mapDrawing } from "./drawing.js";

/**
 * @param {URL} address
 * @returns {View}
 */
export function mapView(address) {
  const filter = reportFilter(() => load());
  const drawing = mapDrawing(tracesOf);
  const note = h("p", { class: "note" });
  const body = h("tbody", {});
  const notice = h("div", {});
  const content = h(
    "div",
    { hidden: true },
    drawing.element,
    h("h2", {}, "Calls"),
    note,
    h(
      "table",
      { class: "routes calls", "aria-label": "Calls" },
      h("thead", {}, h("tr", {}, ["From", "To"].map((title) => h("th", { scope: "col" }, title)), ["Calls", "Errors", "p50", "p95"].map((title) => h("th", { scope: "col", class: "number" }, title)))),
      body,
    ),
  );
  const element = h(
    "section",
    { class: "report routes-view map-view" },
    h("h1", {}, "Service map"),
    filter.element,
    content,
    notice,
  );
  /** @type {ServiceMap | null} */
  let map = null;
  new ResizeObserver(() => map && drawing.show(map.nodes, map.calls)).observe(drawing.element);
  filter.apply(address);

  /** @param {string} name */
  function tracesOf(name) {
    return `/?${new URLSearchParams({ ...given(filter.times()), service: name })}`;
  }

  const load = atMostEvery(1500, async () => {
    const wanted = given(filter.parameters());
    /** @type {ServiceMap | Error} */
    const result = await fetchServices(wanted).catch((failure) => failure);
    map = result instanceof Error || result.nodes.length === 0 ? null : result;
    content.hidden = map === null;
    if (result instanceof Error) fill(notice, failureNotice(result));
    else if (map) {
      fill(notice);
      drawing.show(map.nodes, map.calls);
      showCalls(map);
    } else if (Object.keys(wanted).length > 0) fill(notice, emptyNotice("No service matches", "Choose another service, or a longer time."));
    else fill(notice, emptyNotice("No services yet", "Services appear here with their first spans, and with whom they call."));
  });

  /** @param {ServiceMap} map */
  function showCalls({ calls, spans, whole }) {
    note.textContent = `Of ${whole ? "all" : "the newest"} ${grouped(spans)} spans. In the map each line has the number of calls and their p95.`;
    const focused = document.activeElement?.closest(".calls tbody tr");
    const index = focused ? [...body.rows].indexOf(/** @type {HTMLTableRowElement} */ (focused)) : -1;
    fill(body, calls.map(row));
    if (index >= 0) body.rows[index]?.querySelector("a")?.focus({ preventScroll: true });
  }

  /** @param {ServiceCall} call */
  function row({ from, to, count, errors, p50_ms, p95_ms }) {
    // The trace has the spans of both; of what is no service, those of its caller.
    const own = to.kind === "service" ? to.name : from.name;
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, nameOf(from)),
      h("td", { class: "of-service" }, h("a", { href: tracesOf(own), title: `Traces of ${own}` }, nameOf(to))),
      h("td", { class: "number", "data-title": "Calls" }, grouped(count)),
      h("td", { class: `number ${errors > 0 ? "failed" : ""}`, "data-title": "Errors", title: counted(errors, "error") }, percent(errors / count)),
      h("td", { class: "number", "data-title": "p50" }, duration(p50_ms * 1e6)),
      h("td", { class: "number", "data-title": "p95" }, duration(p95_ms * 1e6)),
    );
  }

  /** @param {number} step */
  function walk(step) {
    moveFocus(body.rows, step, "a");
  }

  load();
  return {
    element,
    title: "Service map",
    keys: [
      { keys: ["j", "ArrowDown"], description: "Next call", run: () => walk(1) },
      { keys: ["k", "ArrowUp"], description: "Previous call", run: () => walk(-1) },
      {
        keys: ["m"],
        description: "Map; Tab goes from service to service, Enter lists its traces",
        run: () => /** @type {HTMLElement | null} */ (drawing.element.querySelector("a"))?.focus(),
      },
    ],
    changed(change) {
      if (change.traces.length > 0 || change.more_traces || change.evicted) load();
    },
    moved(there) {
      filter.apply(there);
      load();
    },
  };
}

/** @param {{kind: string, name: string}} node */
function nameOf({ kind, name }) {
  return kind === "service" ? serviceName(name) : h("span", {}, short(name, 100));
}
