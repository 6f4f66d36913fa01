// @ts-check
// The search bar of the list of traces.

import { fill, h, icon } from "../dom.js";
import { short } from "../long-text.js";
import { knownServices } from "../services.js";
import { afterPause } from "../throttle.js";

/**
 * @param {URL} address the initial search
 * @param {(filter: Record<string, string>) => void} changed
 */
export function searchBar(address, changed) {
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
  const service = h("select", { name: "service", "aria-label": "Service", onchange: search, onfocus: listServices });
  const milliseconds = h("input", {
    type: "number",
    name: "min_ms",
    min: "0",
    step: "any",
    placeholder: "0",
    "aria-label": "Shortest duration in milliseconds",
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
    service,
    h("label", { class: "at-least" }, "≥", milliseconds, "ms"),
    errors,
  );
  applyAddress(address);

  /** Updates the list of services. */
  function listServices() {
    const selected = service.value;
    const names = new Set([...knownServices().sort(), ...(selected ? [selected] : [])]);
    fill(
      service,
      h("option", { value: "" }, "All services"),
      ...[...names].map((name) => h("option", { value: name }, short(name, 100))),
    );
    service.value = selected;
  }

  function toggleErrors() {
    errors.setAttribute("aria-pressed", String(errors.getAttribute("aria-pressed") !== "true"));
    search();
  }

  /** The search as parameters, with empty ones. */
  function allParameters() {
    return {
      q: text.value.trim(),
      service: service.value,
      min_ms: milliseconds.value,
      errors: errors.getAttribute("aria-pressed") === "true" ? "1" : "",
    };
  }

  /** @returns {Record<string, string>} */
  function filter() {
    return Object.fromEntries(Object.entries(allParameters()).filter(([, value]) => value !== ""));
  }

  /**
   * Sets the search to that of an address. Returns whether it changed.
   * @param {URL} address
   */
  function applyAddress({ searchParams }) {
    const before = JSON.stringify(filter());
    text.value = searchParams.get("q") ?? "";
    const name = searchParams.get("service") ?? "";
    fill(service, h("option", { value: name }, short(name, 100)));
    service.value = name;
    listServices();
    milliseconds.value = searchParams.get("min_ms") ?? "";
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
