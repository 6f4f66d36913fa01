// @ts-check
// The view of routes: rate, errors and durations of each, and a heat map of the durations of traces.

/** @import { Durations } from "../overviews" */
/** @import { View } from "../types" */

import { fetchDurations, fetchRoutes } from "../api.js";
import { fill, h } from "../dom.js";
import { emptyNotice, failureNotice } from "../empty.js";
import { moveFocus } from "../focus.js";
import { grouped } from "../format.js";
import { given, replaceParameters } from "../navigation.js";
import { serviceFilter } from "../service-filter.js";
import { afterPause, atMostEvery } from "../throttle.js";
import { timeRange } from "../time-range.js";
import { heatMap } from "./heat-map.js";
import { routeTable } from "./table.js";

/**
 * @param {URL} address
 * @returns {View}
 */
export function routesView(address) {
  const changed = afterPause(150, () => {
    replaceParameters(filter());
    load();
  });
  const service = serviceFilter(changed);
  const times = timeRange(changed);
  const map = heatMap(() => given(filter()));
  const table = routeTable(() => given(times.parameters()));
  const note = h("p", { class: "note" });
  const notice = h("div", {});
  const content = h(
    "div",
    { hidden: true },
    h("h2", {}, "Durations of traces"),
    map.element,
    h("h2", {}, "Routes"),
    note,
    table.element,
  );
  const element = h(
    "section",
    { class: "report routes-view" },
    h("h1", {}, "Routes"),
    h("search", { class: "search-bar" }, service.element, times.element),
    content,
    notice,
  );
  apply(address);
  /** @type {Durations | null} */
  let durations = null;
  new ResizeObserver(() => durations && map.show(durations)).observe(map.element);

  /** @param {URL} address */
  function apply(address) {
    service.select(address.searchParams.get("service") ?? "");
    times.apply(address);
  }

  function filter() {
    return { service: service.name(), ...times.parameters() };
  }

  const load = atMostEvery(1500, async () => {
    const wanted = given(filter());
    const results = await Promise.all([fetchDurations(wanted), fetchRoutes(wanted)]).catch((failure) => failure);
    if (results instanceof Error) {
      content.hidden = true;
      fill(notice, failureNotice(results));
      return;
    }
    const [found, { routes, spans, whole }] = results;
    content.hidden = found.traces === 0;
    fill(
      notice,
      found.traces > 0
        ? null
        : Object.keys(wanted).length > 0
          ? emptyNotice("No trace matches", "Choose another service, or a longer time.")
          : emptyNotice("No routes yet", "Requests and messages that services receive appear here by their route."),
    );
    if (found.traces === 0) return;
    durations = found;
    map.show(found);
    table.show(routes);
    note.textContent = `Requests and messages that were received, of ${whole ? "all" : "the newest"} ${grouped(spans)} spans.`;
  });

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
      {
        keys: ["m"],
        description: "Heat map; the arrow keys go from cell to cell, Enter lists its traces",
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
