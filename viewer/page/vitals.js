// @ts-check
// The view of web vitals by page.

/** @import { VitalsPage, VitalSummary, View } from "./types" */

import { fetchVitals } from "./api.js";
import { fill, h } from "./dom.js";
import { emptyNotice, failureNotice } from "./empty.js";
import { keepFocus, moveFocus } from "./focus.js";
import { clockTime, counted } from "./format.js";
import { given, traceAddress } from "./navigation.js";
import { reportFilter } from "./report-filter.js";
import { serviceName } from "./services.js";
import { atMostEvery } from "./throttle.js";

/**
 * @param {URL} address
 * @returns {View}
 */
export function vitalsView(address) {
  const filter = reportFilter(() => load());
  const list = h("div", { class: "vitals" });
  const element = h(
    "section",
    { class: "report" },
    h("h1", {}, "Web vitals"),
    h(
      "p",
      { class: "lead" },
      "Three of four visits were at least as good as the number. Bars show how many were ",
      h("span", { class: "rating good" }, "good"),
      ", ",
      h("span", { class: "rating needs-improvement" }, "in need of improvement"),
      " and ",
      h("span", { class: "rating poor" }, "poor"),
      ".",
    ),
    filter.element,
    list,
  );
  filter.apply(address);

  const load = atMostEvery(800, async () => {
    const result = await fetchVitals(given(filter.parameters())).catch((failure) => failure);
    if (result instanceof Error) fill(list, failureNotice(result));
    else if (result.pages.length > 0) draw(result.pages);
    else if (Object.keys(given(filter.parameters())).length > 0)
      fill(list, emptyNotice("No web vital matches", "Choose another service, or a longer time."));
    else {
      fill(
        list,
        emptyNotice(
          "No web vitals yet",
          "Pages report them as events named ",
          h("code", {}, "browser.web_vital"),
          ", most when the visitor leaves. Throughline’s browser package does so by itself.",
        ),
      );
    }
  });

  /** @param {VitalsPage[]} pages */
  function draw(pages) {
    const open = new Set(
      [...list.querySelectorAll("details[open]")].map((details) => details.getAttribute("data-vital")),
    );
    keepFocus(list, () => fill(list, pages.map((page) => pageBlock(page, open))));
  }

  /** @param {number} step */
  function walk(step) {
    moveFocus(list.querySelectorAll("details.vital"), step, "summary");
  }

  load();
  return {
    element,
    title: "Web vitals",
    keys: [
      { keys: ["j", "ArrowDown"], description: "Next vital", run: () => walk(1) },
      { keys: ["k", "ArrowUp"], description: "Previous vital", run: () => walk(-1) },
    ],
    changed(change) {
      if (change.vitals || change.evicted) load();
    },
    moved(there) {
      filter.apply(there);
      load();
    },
  };
}

/**
 * @param {VitalsPage} page
 * @param {Set<string | null>} open keys of the open vitals
 */
function pageBlock(page, open) {
  return h(
    "article",
    { class: "vitals-page" },
    h("h2", {}, h("span", { class: "page-path" }, page.page || "(no address)"), serviceName(page.service)),
    h(
      "div",
      { class: "vitals-row" },
      ...VITALS.map(([name, title]) => {
        const vital = page.vitals[name];
        const key = JSON.stringify([page.service, page.page, name]);
        return vital
          ? vitalBlock(name, title, vital, key, open.has(key))
          : h(
              "div",
              { class: "vital none" },
              h("h3", {}, h("abbr", { title }, name.toUpperCase())),
              h("p", { class: "note" }, "not measured"),
            );
      }),
    ),
  );
}

/**
 * @param {string} name
 * @param {string} title
 * @param {VitalSummary} vital
 * @param {string} key
 * @param {boolean} open
 */
function vitalBlock(name, title, vital, key, open) {
  const { distribution, thresholds } = vital;
  const shares = RATINGS.map((rating) => ({ rating, count: distribution[rating] }));
  const words = shares.map(({ rating, count }) => `${count} ${rating}`).join(", ");
  return h(
    "details",
    { class: `vital ${vital.rating}`, "data-vital": key, "data-focus": key, open },
    h(
      "summary",
      { "data-focus": `${key} summary` },
      h(
        "span",
        { class: "vital-head" },
        h("abbr", { title }, name.toUpperCase()),
        h("span", { class: `rating ${vital.rating}` }, vital.rating.replace("-", " ")),
      ),
      h("span", { class: "vital-value" }, value(name, vital.p75)),
      h(
        "span",
        { class: "distribution", title: words, "aria-hidden": "true" },
        ...shares
          .filter(({ count }) => count > 0)
          .map(({ rating, count }) => h("span", { class: rating, style: { "--share": String(count) } })),
      ),
      h(
        "span",
        { class: "note" },
        counted(vital.count, "visit"),
        h("span", { class: "visually-hidden" }, `: ${words}`),
      ),
    ),
    h(
      "div",
      { class: "vital-rest" },
      h(
        "p",
        { class: "note" },
        `good up to ${value(name, thresholds.good)}, poor above ${value(name, thresholds.poor)}`,
      ),
      h("h4", {}, "Worst"),
      h(
        "ul",
        {},
        ...vital.worst.map((visit) =>
          h(
            "li",
            {},
            h("b", {}, value(name, visit.value)),
            " ",
            visit.trace_id
              ? h("a", { href: traceAddress(visit.trace_id) }, clockTime(visit.time_unix_nano))
              : clockTime(visit.time_unix_nano),
          ),
        ),
      ),
    ),
  );
}

/**
 * @param {string} name
 * @param {number} number
 */
function value(name, number) {
  if (name === "cls") return number.toFixed(2);
  return number >= 1000 ? `${(number / 1000).toFixed(2)} s` : `${Math.round(number)} ms`;
}

/** @type {[string, string][]} */
const VITALS = [
  ["lcp", "Largest Contentful Paint"],
  ["inp", "Interaction to Next Paint"],
  ["cls", "Cumulative Layout Shift"],
  ["fcp", "First Contentful Paint"],
  ["ttfb", "Time to First Byte"],
];
/** @type {("good" | "needs-improvement" | "poor")[]} */
const RATINGS = ["good", "needs-improvement", "poor"];
