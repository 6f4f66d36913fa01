// @ts-check
// The colours of services. The store has the order in which services first appeared, and
// the order decides, so a colour is the same in every view and every tab.

import { h } from "./dom.js";
import { short } from "./long-text.js";

/** @type {Map<string, number>} */
const indexes = new Map();

/**
 * Adds services in the store's order.
 * @param {string[]} names
 */
export function addServices(names) {
  for (const name of names) indexOf(name);
}

/** The known names, in order. */
export function knownServices() {
  return [...indexes.keys()];
}

/**
 * The class that sets `--service`.
 * @param {string} name
 */
export function serviceClass(name) {
  return `service-${indexOf(name) % COLOURS}`;
}

/**
 * A dot in the service's colour, next to its name.
 * @param {string} name
 */
export function serviceDot(name) {
  return h("span", { class: `dot ${serviceClass(name)}`, "aria-hidden": "true" });
}

/**
 * Dot and name.
 * @param {string} name
 */
export function serviceName(name) {
  return h("span", { class: "service" }, serviceDot(name), h("span", { class: "service-name" }, short(name, 100)));
}

/** @param {string} name */
function indexOf(name) {
  const known = indexes.get(name);
  if (known !== undefined) return known;
  const next = indexes.size;
  indexes.set(name, next);
  return next;
}

/** The number of colours in styles/base.css. */
const COLOURS = 12;
