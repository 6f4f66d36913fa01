// @ts-check
// The control that chooses one service, or all of them.

import { fill, h } from "./dom.js";
import { short } from "./long-text.js";
import { knownServices } from "./services.js";

/** @param {() => void} changed */
export function serviceFilter(changed) {
  const element = h("select", { name: "service", "aria-label": "Service", onchange: changed, onfocus: () => list(element.value) });
  list("");

  /** @param {string} selected it may have sent nothing yet */
  function list(selected) {
    const names = new Set([...knownServices().sort(), ...(selected ? [selected] : [])]);
    fill(
      element,
      h("option", { value: "" }, "All services"),
      ...[...names].map((name) => h("option", { value: name }, short(name, 100))),
    );
    element.value = selected;
  }

  return {
    element,
    /** The chosen one; empty for all. */
    name: () => element.value,
    select: list,
  };
}
