// @ts-check
// The colours of services. The store has the order in which services first appeared, and
// the order decides, so a colour is the same in every view and every tab.

import { h } from "./dom.js";
import { short } from "./long-text.js";

/** @type {Map<string, number>} */
const turns = new Map();

/**
 * Sets the order of services to the store's.
 * @param {string[]} names
 */
export function learnServices(names) {
  for (const name of names) turn(name);
}

/** The known names, in order. */
export function knownServices() {
  return [...turns.keys()];
}

/**
 * The class that sets `--service`.
 * @param {string} name
 */
export function serviceClass(name) {
  return `service-${turn(name) % COLOURS}`;
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
function turn(name) {
  const known = turns.get(name);
  if (known !== undefined) return known;
  const next = turns.size;
  turns.set(name, next);
  return next;
}

/** The number of colours in look/base.css. */
const COLOURS = 12;
