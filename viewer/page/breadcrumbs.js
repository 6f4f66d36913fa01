// @ts-check
// The breadcrumbs of an error: events in the page before it, oldest first.

/** @import { Attributes } from "./types" */

import { h } from "./dom.js";
import { duration, fullTime } from "./format.js";
import { longText, short } from "./long-text.js";

/** The attribute that has them, which is not shown twice. */
export const BREADCRUMBS = "throughline.exception.breadcrumbs";

/**
 * A list with the time before the error, the kind and the message of each; nothing where there are none,
 * or where they are no list.
 * @param {Attributes} attributes
 * @param {string} errorAt time of the error, ns since the Unix epoch
 */
export function breadcrumbList(attributes, errorAt) {
  const all = read(attributes[BREADCRUMBS]);
  if (all.length === 0) return null;
  return h(
    "details",
    { class: "breadcrumbs", open: true },
    h("summary", {}, "Before it"),
    h(
      "ol",
      { "aria-label": "What happened before it, oldest first" },
      all.map(({ time, category, message, data }) =>
        h(
          "li",
          {},
          // Its clock has no parts of milliseconds.
          h("time", { title: fullTime(BigInt(time) * MS) }, duration(Math.min(0, Number(BigInt(time) * MS - BigInt(errorAt))))),
          h("span", { class: "breadcrumb-category" }, short(category, 20)),
          h("span", { class: "breadcrumb-message" }, longText(message), data && h("span", { class: "note" }, ` ${short(data, 200)}`)),
        ),
      ),
    ),
  );
}

/** @param {unknown} text @returns {{ time: number, category: string, message: string, data: string }[]} */
function read(text) {
  try {
    const list = JSON.parse(String(text));
    return Array.isArray(list)
      ? list.map(({ time, category, message, data }) => ({
          time: Math.max(0, Math.trunc(Number(time) || 0)),
          category: String(category ?? ""),
          message: String(message ?? ""),
          data: Object.entries(Object(data)).map(([name, value]) => `${name} ${value}`).join(" · "),
        }))
      : [];
  } catch {
    return [];
  }
}

const MS = 1_000_000n;
