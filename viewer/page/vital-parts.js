// @ts-check
// The explanation of a web vital: its element, the parts of its time in their order, and its longest script.

/** @import { Attributes } from "./types" */

import { h } from "./dom.js";
import { valueText } from "./format.js";
import { short } from "./long-text.js";

/**
 * The element, in a few words for the line of the record; empty where it is not known.
 * @param {Attributes} attributes
 */
export function vitalElement(attributes) {
  const selector = attributes["browser.css_selector"];
  // The last part of a selector is the element itself.
  return typeof selector === "string" ? short(selector.split(" > ").at(-1) ?? "", 60) : "";
}

/**
 * The parts, and the script; nothing where the page does not say.
 * @param {Attributes} attributes
 */
export function vitalParts(attributes) {
  const of = (/** @type {string} */ key) => attributes[`throughline.web_vital.${key}`];
  const parts = PARTS.flatMap(([key, title]) => {
    const ms = of(key);
    return typeof ms === "number" ? [`${title} ${Math.round(ms)} ms`] : [];
  });
  const script = of("script.duration");
  if (parts.length === 0 && script === undefined) return null;
  const name = attributes["code.function.name"] ?? attributes["code.file.path"] ?? of("script.kind");
  return h(
    "p",
    { class: "note vital-parts" },
    [parts.join(" → "), typeof script === "number" && `longest script ${short(valueText(name ?? ""), 80)} ${Math.round(script)} ms`]
      .filter(Boolean)
      .join(" · "),
  );
}

/** Parts of all vitals, in the order in which they pass: the attribute, and what it is called here. */
const PARTS = /** @type {const} */ ([
  ["waiting_duration", "waiting"],
  ["cache_duration", "cache"],
  ["dns_duration", "DNS"],
  ["connection_duration", "connection"],
  ["request_duration", "request"],
  ["time_to_first_byte", "first byte"],
  ["first_byte_to_paint", "paint"],
  ["resource_load_delay", "load delay"],
  ["resource_load_duration", "load"],
  ["element_render_delay", "render delay"],
  ["input_delay", "input delay"],
  ["processing_duration", "processing"],
  ["presentation_delay", "presentation"],
]);
