// @ts-check
// The view of routes: rate, errors and durations of each, and a heat map of the durations of traces, or of the
// spans of one route.

/** @import { Durations, Route } from "../overviews" */
/** @import { View } from "../types" */

import { fetchDurations, fetchRoutes } from "../api.js";
import { fill, h } from "../dom.js";
import { emptyNotice, failureNotice } from "../empty.js";
import { moveFocus } from "../focus.js";
import { counted, grouped } from "../format.js";
import { short } from "../long-text.js";
import { given, replaceParameters } from "../navigation.js";
import { reportFilter } from "../report-filter.js";
import { atMostEvery } from "../throttle.js";
import { heatMap } from "./heat-map.js";
import { routeTable } from "./table.js";

/**
 * @param {URL} address
 * @returns {View}
 */
export function routesView(address) {
  const filter = reportFilter(() => load());
  const operation = h("select", { name: "operation", "aria-label": "Heat map of", onchange: choose });
  const map = heatMap(() => given(filter.parameters()));
  const table = routeTable(() => given(filter.times()));
  const mapNote = h("p", { class: "note" });
  const note = h("p", { class: "note" });
  const notice = h("div", {});
  const content = h(
    "div",
    { hidden: true },
    h("h2", {}, "Durations"),
    h("p", { class: "heat-choice" }, operation, mapNote),
    map.element,
    h("h2", {}, "Routes"),
    note,
    table.element,
  );
  const element = h(
    "section",
    { class: "report routes-view" },
    h("h1", {}, "Routes"),
    filter.element,
    content,
    notice,
  );
  apply(address);
  /** @type {Durations | null} */
  let durations = null;
  new ResizeObserver(() => durations && !map.element.hidden && map.show(durations)).observe(map.element);

  /** @param {URL} address */
  function apply(address) {
    filter.apply(address);
    listOperations([], address.searchParams.get("operation") ?? "");
  }

  /**
   * @param {Route[]} routes
   * @param {string} selected it may be the name of any span
   */
  function listOperations(routes, selected) {
    const names = new Set([...routes.map(({ route }) => route).sort(), selected].filter((name) => name !== ""));
    const shown = [...operation.options].slice(1).map(({ value }) => value);
    // The control stays as it is while a person uses it.
    if (operation.options.length === 0 || JSON.stringify(shown) !== JSON.stringify([...names]))
      fill(operation, h("option", { value: "" }, "All traces"), [...names].map((name) => h("option", { value: name }, short(name, 100))));
    operation.value = selected;
  }

  function choose() {
    replaceParameters({ operation: operation.value });
    void load();
  }

  const load = atMostEvery(1500, async () => {
    const wanted = given(filter.parameters());
    const name = operation.value;
    const results = await Promise.all([fetchDurations(given({ ...wanted, operation: name })), fetchRoutes(wanted)]).catch((failure) => failure);
    // Another one was chosen meanwhile, and is loaded next.
    if (name !== operation.value) return;
    if (results instanceof Error) {
      content.hidden = true;
      fill(notice, failureNotice(results));
      return;
    }
    const [found, { routes, spans, whole, trend }] = results;
    const isEmpty = found.cells.length === 0 && name === "";
    content.hidden = isEmpty;
    fill(
      notice,
      !isEmpty
        ? null
        : Object.keys(wanted).length > 0
          ? emptyNotice("No trace matches", "Choose another service, or a longer time.")
          : emptyNotice("No routes yet", "Requests and messages that services receive, and what pages load and request, appear here by their route."),
    );
    if (isEmpty) return;
    listOperations(routes, name);
    mapNote.textContent = name ? `${counted(found.spans ?? 0, "span")}${found.whole ? "" : " of the newest 10,000"}; a cell leads to its slowest.` : `${counted(found.traces ?? 0, "trace")}; a cell leads to its traces.`;
    durations = found;
    map.element.hidden = found.cells.length === 0;
    if (!map.element.hidden) map.show(found);
    table.show(routes, trend);
    table.element.hidden = routes.length === 0;
    const of = whole ? `all ${grouped(spans)} spans` : `the newest ${grouped(spans)} spans; choose a time to see others`;
    note.textContent =
      routes.length > 0
        ? `Requests and messages that services received, and requests, loads and navigations of pages, of ${of}.`
        : `No route: none of the spans is a request or message that a service received (kind server or consumer), or a request, load or navigation of a page. Of ${of}.`;
  });

  /** Shows the heat map of the route that has the focus. */
  function chooseFocused() {
    const route = document.activeElement?.closest("[data-route]")?.getAttribute("data-route");
    if (!route) return false;
    operation.value = route;
    choose();
  }

  /** @param {number} step */
  function walk(step) {
    moveFocus(table.rows, step, "a");
  }

  load();
  return {
    element,
    title: "Routes",
    keys: [
      { keys: ["j"], description: "Next route", run: () => walk(1) },
      { keys: ["k"], description: "Previous route", run: () => walk(-1) },
      { keys: ["h"], description: "Heat map of the route that has the focus", run: chooseFocused },
      {
        keys: ["m"],
        description: "Heat map; the arrow keys go from cell to cell, Enter lists its traces or opens the slowest",
        run: () => /** @type {HTMLElement | null} */ (map.element.querySelector('a[tabindex="0"]'))?.focus(),
      },
    ],
    changed(change) {
      if (change.traces.length > 0 || change.more_traces || change.evicted) load();
    },
    moved(there) {
      apply(there);
      load();
    },
  };
}
