// @ts-check
// The filter of a report: a service and a range of times, which the address keeps.

import { h } from "./dom.js";
import { replaceParameters } from "./navigation.js";
import { serviceFilter } from "./service-filter.js";
import { afterPause } from "./throttle.js";
import { timeRange } from "./time-range.js";

/** @param {() => void} load loads the report again */
export function reportFilter(load) {
  const changed = afterPause(150, () => {
    replaceParameters(parameters());
    load();
  });
  const service = serviceFilter(changed);
  const times = timeRange(changed);

  /** The filter as parameters; empty ones where it lets all through. */
  function parameters() {
    return { service: service.name(), ...times.parameters() };
  }

  return {
    element: h("search", { class: "search-bar" }, service.element, times.element),
    parameters,
    /** The range of times alone. */
    times: times.parameters,
    /**
     * Sets the filter of an address.
     * @param {URL} address
     */
    apply(address) {
      service.select(address.searchParams.get("service") ?? "");
      times.apply(address);
    },
  };
}
