// @ts-check
// The search bar of the list of traces.

import { completion } from "../completion.js";
import { h, icon } from "../dom.js";
import { given } from "../navigation.js";
import { serviceFilter } from "../service-filter.js";
import { afterPause } from "../throttle.js";
import { timeRange } from "../time-range.js";

/**
 * @param {URL} address the initial search
 * @param {(filter: Record<string, string>) => void} changed
 * @param {HTMLElement} pause the control at its end
 */
export function searchBar(address, changed, pause) {
  const search = afterPause(200, () => changed(allParameters()));
  const text = h("input", {
    type: "search",
    name: "q",
    placeholder: "Word, key=value, key>100 or id",
    "aria-label": "Search",
    autocomplete: "off",
    spellcheck: "false",
    oninput: search,
    title:
      "Words of names, exceptions and log messages; attributes as key=value, with * for anything, or key>100; the first digits of an id. Quotes keep spaces",
  });
  const service = serviceFilter(search);
  const times = timeRange(search);
  const milliseconds = h("input", {
    type: "number",
    name: "min_ms",
    min: "0",
    step: "any",
    placeholder: "0",
    "aria-label": "Shortest duration in milliseconds",
    oninput: search,
  });
  const atMost = h("input", {
    type: "number",
    name: "max_ms",
    min: "0",
    step: "any",
    "aria-label": "Longest duration in milliseconds",
    oninput: search,
  });
  const errors = h(
    "button",
    { type: "button", class: "toggle errors-only", "aria-pressed": "false", onclick: toggleErrors },
    icon("error"),
    "Errors",
  );
  const element = h(
    "search",
    { class: "search-bar" },
    h("label", { class: "search-field" }, icon("search"), text, h("kbd", { "aria-hidden": "true" }, "/")),
    service.element,
    times.element,
    h("span", { class: "at-least" }, "≥", milliseconds, "≤", atMost, "ms"),
    errors,
    pause,
    completion(text),
  );
  applyAddress(address);

  function toggleErrors() {
    errors.setAttribute("aria-pressed", String(errors.getAttribute("aria-pressed") !== "true"));
    search();
  }

  /** The search as parameters, with empty ones. */
  function allParameters() {
    return {
      q: text.value.trim(),
      service: service.name(),
      min_ms: milliseconds.value,
      max_ms: atMost.value,
      errors: errors.getAttribute("aria-pressed") === "true" ? "1" : "",
      ...times.parameters(),
    };
  }

  function filter() {
    return given(allParameters());
  }

  /**
   * Sets the search to that of an address. Returns whether it changed.
   * @param {URL} address
   */
  function applyAddress(address) {
    const { searchParams } = address;
    const before = JSON.stringify(filter());
    text.value = searchParams.get("q") ?? "";
    service.select(searchParams.get("service") ?? "");
    times.apply(address);
    milliseconds.value = searchParams.get("min_ms") ?? "";
    atMost.value = searchParams.get("max_ms") ?? "";
    errors.setAttribute("aria-pressed", String(searchParams.get("errors") === "1"));
    return JSON.stringify(filter()) !== before;
  }

  return {
    element,
    filter,
    applyAddress,
    toggleErrors,
    /** @param {boolean} unreadable whether the search could not be read */
    markInvalid(unreadable) {
      text.setAttribute("aria-invalid", String(unreadable));
    },
    isEmpty: () => Object.keys(filter()).length === 0,
    clear() {
      applyAddress(new URL(location.origin));
      changed(allParameters());
    },
    focus() {
      text.focus();
      text.select();
    },
  };
}
