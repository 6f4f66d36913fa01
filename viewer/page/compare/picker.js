// @ts-check
// Chooses the trace that another one is compared with.

/** @import { TraceRow } from "../types" */

import { fetchTraces } from "../api.js";
import { fill, h, icon } from "../dom.js";
import { emptyNotice, failureNotice } from "../empty.js";
import { ago, between, clockTime, counted, duration } from "../format.js";
import { short } from "../long-text.js";
import { serviceName } from "../services.js";
import { afterPause } from "../throttle.js";

/**
 * Traces with the name of the first one, or those that a search finds.
 * @param {string} traceId
 * @param {string} name of its root span
 */
export function tracePicker(traceId, name) {
  const text = h("input", {
    type: "search",
    placeholder: "Word, key=value or id",
    "aria-label": "Search for another trace",
    autocomplete: "off",
    spellcheck: "false",
    oninput: afterPause(200, load),
  });
  const list = h("ul", { class: "choices", "aria-label": "Traces to compare with" });
  const notice = h("div", { role: "status" });
  let requests = 0;

  async function load() {
    const request = ++requests;
    const search = text.value.trim();
    const result = await fetchTraces(search ? { q: search } : { name }).catch((failure) => failure);
    if (request !== requests) return;
    const rows = result instanceof Error ? [] : result.traces.filter((/** @type {TraceRow} */ row) => row.trace_id !== traceId && row.spans > 0);
    fill(list, rows.map(choice));
    fill(
      notice,
      result instanceof Error
        ? failureNotice(result)
        : rows.length === 0 && emptyNotice("No other trace", search ? "Nothing else is found by this search." : "No other trace has a span of this name: search for one."),
    );
  }

  /** @param {TraceRow} row */
  function choice({ trace_id, root, start_unix_nano, end_unix_nano, spans, errors }) {
    return h(
      "li",
      {},
      h(
        "a",
        { href: `/compare?first=${traceId}&second=${trace_id}` },
        h("b", {}, short(root?.name ?? "") || "(no name)"),
        root && serviceName(root.service),
        h("span", {}, duration(between(start_unix_nano, end_unix_nano))),
        h("span", { class: "note" }, `${counted(spans, "span")}, ${clockTime(start_unix_nano)}, ${ago(start_unix_nano)}`),
        errors > 0 && icon("error", counted(errors, "error")),
      ),
    );
  }

  void load();
  return {
    element: h("div", { class: "picker" }, h("search", { class: "search-bar" }, h("label", { class: "search-field with-icon" }, icon("search"), text, h("kbd", { "aria-hidden": "true" }, "/"))), list, notice),
    focus() {
      text.focus();
      text.select();
    },
    items: list.children,
  };
}
