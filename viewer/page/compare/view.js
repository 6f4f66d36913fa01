// @ts-check
// The view that compares two traces side by side.

/** @import { ComparedSpans } from "../overviews" */
/** @import { Trace, View } from "../types" */

import { ApiFailure, fetchTrace } from "../api.js";
import { fill, h } from "../dom.js";
import { emptyNotice, failureNotice } from "../empty.js";
import { keepFocus, moveFocus } from "../focus.js";
import { clockTime, counted, duration, grouped } from "../format.js";
import { short } from "../long-text.js";
import { go, listAddress, traceAddress } from "../navigation.js";
import { atMostEvery } from "../throttle.js";
import { traceName } from "../trace/heading.js";
import { buildTrace } from "../trace/model.js";
import { compareTraces } from "./model.js";
import { tracePicker } from "./picker.js";
import { comparisonTable } from "./table.js";

/**
 * @param {URL} address
 * @returns {View}
 */
export function compareView(address) {
  let ids = idsOf(address);
  /** @type {ComparedSpans[]} */
  let rows = [];
  /** The verdict of the rows that are shown; empty for all. */
  let only = "";
  /** @type {ReturnType<typeof tracePicker> | null} */
  let picker = null;
  const title = h("h1", {}, "Compare two traces");
  const heads = h("div", { class: "compared-traces" });
  const filters = h("div", { class: "verdicts", role: "group", "aria-label": "Rows" });
  const content = h("div", {});
  const table = comparisonTable();
  const element = h("section", { class: "report compare" }, title, heads, filters, content);

  async function load() {
    const wanted = ids;
    const results = await Promise.all(wanted.map((id) => (id ? fetchTrace(id).catch((failure) => failure) : null)));
    if (wanted !== ids) return;
    const failure = results.find((result) => result instanceof Error);
    if (failure) {
      fill(heads);
      fill(filters);
      const isAbsent = failure instanceof ApiFailure && failure.status === 404;
      fill(content, isAbsent ? emptyNotice("A trace is not here", "One of the two has not arrived, or was evicted to make room for newer ones.") : failureNotice(failure));
      return;
    }
    const [first, second] = results.map((result) => result && buildTrace(result, "as recorded"));
    if (!first) fill(content, emptyNotice("No trace is chosen", "Open a trace, and compare it from there."));
    else keepFocus(element, () => (second ? show(first, second) : choose(first)));
  }

  /** @param {Trace} first */
  function choose(first) {
    fill(heads, head(first, "First"));
    fill(filters);
    // What a person has typed stays when the trace grows.
    if (picker) return;
    picker = tracePicker(first.id, traceName(first));
    fill(content, h("h2", {}, "With which one?"), picker.element);
  }

  /**
   * @param {Trace} first
   * @param {Trace} second
   */
  function show(first, second) {
    picker = null;
    rows = compareTraces(first, second);
    fill(
      heads,
      head(first, "First"),
      head(second, "Second"),
      h(
        "p",
        { class: "compare-actions" },
        h("a", { href: `/compare?first=${second.id}&second=${first.id}` }, "Exchange them"),
        h("a", { href: `/compare?first=${first.id}` }, "Compare with another one"),
      ),
    );
    draw();
  }

  function draw() {
    fill(
      filters,
      VERDICTS.map(([verdict, words]) => {
        const count = rows.filter((row) => verdict === "" || row.verdict === verdict).length;
        return h(
          "button",
          { type: "button", "data-focus": `rows ${verdict}`, class: `toggle ${verdict.replace(" ", "-")}`, "aria-pressed": String(only === verdict), disabled: count === 0, onclick: () => filter(verdict) },
          `${words} ${grouped(count)}`,
        );
      }),
    );
    const shown = rows.filter((row) => only === "" || row.verdict === only);
    table.show(shown, ids);
    if (table.element.parentElement !== content) fill(content, table.element);
  }

  /** @param {string} verdict */
  function filter(verdict) {
    only = only === verdict ? "" : verdict;
    keepFocus(filters, draw);
  }

  /**
   * @param {Trace} trace
   * @param {string} which
   */
  function head(trace, which) {
    return h(
      "section",
      { class: "compared-trace", "aria-label": which },
      h("span", { class: "note" }, which),
      h("h2", {}, h("a", { href: traceAddress(trace.id) }, short(traceName(trace)))),
      h(
        "p",
        { class: "note" },
        [
          trace.start > 0n ? clockTime(trace.start) : "no time",
          duration(trace.duration),
          counted(trace.services.reduce((sum, { spans }) => sum + spans, 0), "span"),
          counted(trace.errors, "error"),
        ].join(" · "),
      ),
    );
  }

  const refresh = atMostEvery(800, load);
  refresh();
  return {
    element,
    title: "Compare two traces",
    keys: [
      { keys: ["j", "ArrowDown"], description: "Next row", run: () => walk(1) },
      { keys: ["k", "ArrowUp"], description: "Previous row", run: () => walk(-1) },
      { keys: ["s"], description: "Exchange the two", run: () => ids[1] !== "" && go(`/compare?first=${ids[1]}&second=${ids[0]}`) },
      { keys: ["/"], description: "Search for another trace", run: () => picker?.focus() },
      { keys: ["u"], description: "Back to the first trace, or to the list", run: () => go(ids[0] ? traceAddress(ids[0]) : listAddress()) },
    ],
    changed(change) {
      if (change.more_traces || change.evicted || change.traces.some((id) => ids.includes(id))) refresh();
    },
    moved(there) {
      ids = idsOf(there);
      only = "";
      picker = null;
      void load();
    },
  };

  /** @param {number} step */
  function walk(step) {
    moveFocus(picker ? picker.items : content.querySelectorAll("tbody > tr"), step, "a");
  }
}

/**
 * @param {URL} address
 * @returns {[string, string]}
 */
function idsOf({ searchParams }) {
  return [searchParams.get("first") ?? "", searchParams.get("second") ?? ""];
}

/** @type {[ComparedSpans["verdict"] | "", string][]} */
const VERDICTS = [
  ["", "All"],
  ["slower", "Slower"],
  ["faster", "Faster"],
  ["only first", "Only in the first"],
  ["only second", "Only in the second"],
  ["equal", "About equal"],
];
