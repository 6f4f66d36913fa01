// @ts-check
// The list of traces. It grows while telemetry arrives, and never moves the row under the
// pointer or the keyboard.

/** @import { TraceRow, View } from "../types" */

import { ApiFailure, fetchTraces } from "../api.js";
import { fill, h } from "../dom.js";
import { counted } from "../format.js";
import { failureNotice, gettingStarted, nothingFound, unreadable } from "../empty.js";
import { note } from "../navigation.js";
import { atMostEvery } from "../throttle.js";
import { searchBar } from "./search-bar.js";
import { longest, traceRow } from "./row.js";

/**
 * @param {URL} address
 * @returns {View}
 */
export function tracesView(address) {
  /** @type {TraceRow[]} */
  let rows = [];
  /** @type {TraceRow[]} newer traces that are not shown yet */
  let waiting = [];
  /** @type {string | null} */
  let next = null;
  let requests = 0;
  let pointed = false;
  let scrolled = 0;
  /**
   * The trace that was last focused or opened.
   * @type {string | undefined}
   */
  let visited;
  /**
   * The rows in the document, by their content.
   * @type {Map<string, HTMLTableRowElement>}
   */
  let drawn = new Map();

  const search = searchBar(address, (filter) => {
    note(filter);
    load();
  });
  const body = h("tbody", {});
  const table = h("table", { class: "traces", "aria-label": "Traces, newest first" }, head(), body);
  const newer = h("button", { type: "button", class: "newer", hidden: true, onclick: showWaiting });
  const more = h("button", { type: "button", class: "more", hidden: true, onclick: loadMore }, "Older traces");
  const rest = h("div", { class: "rest" });
  const results = h(
    "div",
    { class: "results" },
    h("div", { class: "newer-place", "aria-live": "polite" }, newer),
    table,
    more,
    rest,
  );
  const element = h(
    "section",
    { class: "traces-view" },
    h("h1", { class: "visually-hidden" }, "Traces"),
    search.element,
    results,
  );
  results.addEventListener("pointerenter", () => {
    pointed = true;
  });
  results.addEventListener("pointerleave", () => {
    pointed = false;
  });

  results.addEventListener("scroll", () => {
    scrolled = results.scrollTop;
  });
  body.addEventListener("focusin", (event) => {
    visited = /** @type {Element} */ (event.target).closest("tr")?.dataset.trace;
  });

  async function load() {
    const request = ++requests;
    const answer = await fetchTraces(search.filter()).catch((failure) => failure);
    if (request !== requests) return;
    if (answer instanceof Error) {
      rows = [];
      draw();
      const isUnreadable = answer instanceof ApiFailure && answer.status === 400;
      search.mark(isUnreadable);
      fill(rest, isUnreadable ? unreadable(answer) : failureNotice(answer));
      return;
    }
    search.mark(false);
    rows = answer.traces;
    next = answer.next;
    waiting = [];
    draw();
  }

  async function loadMore() {
    if (!next) return;
    const request = ++requests;
    const answer = await fetchTraces({ ...search.filter(), before: next }).catch(() => null);
    if (request !== requests || !answer) return;
    const seen = rows.length;
    const known = new Set(rows.map((row) => row.trace_id));
    rows.push(...answer.traces.filter((row) => !known.has(row.trace_id)));
    next = answer.next;
    draw();
    link(seen)?.focus();
  }

  const refresh = atMostEvery(400, async () => {
    const request = requests;
    const answer = await fetchTraces(search.filter()).catch(() => null);
    if (request !== requests || !answer) return;
    const fresh = new Map(answer.traces.map((row) => [row.trace_id, row]));
    const known = new Set(rows.map((row) => row.trace_id));
    waiting = answer.traces.filter((row) => !known.has(row.trace_id));
    // A trace is updated in place. A trace that is missing from this page was evicted;
    // later pages are not known.
    const last = answer.next === null ? 0n : BigInt(answer.traces.at(-1)?.start_unix_nano ?? 0);
    rows = rows
      .filter((row) => fresh.has(row.trace_id) || BigInt(row.start_unix_nano) <= last)
      .map((row) => fresh.get(row.trace_id) ?? row);
    if (rows.length === 0) next = answer.next;
    if (rows.length === 0 || atRest()) showWaiting();
    else draw();
  });

  /** Whether the list may change: no pointer or focus is in it, and its start is visible. */
  function atRest() {
    return !pointed && !body.contains(document.activeElement) && results.scrollTop < 8;
  }

  function showWaiting() {
    const fresh = new Set(waiting.map((row) => row.trace_id));
    rows = [...waiting, ...rows];
    waiting = [];
    draw(fresh);
    if (fresh.size > 0 && !pointed) results.scrollTop = 0;
  }

  /** @param {Set<string>} [fresh] */
  function draw(fresh) {
    const focused = body.contains(document.activeElement);
    table.style.setProperty("--longest", String(longest(rows)));
    drawRows(fresh);
    if (focused && !body.contains(document.activeElement)) focusVisited();
    table.hidden = rows.length === 0;
    more.hidden = next === null;
    newer.hidden = waiting.length === 0;
    newer.textContent = `${counted(waiting.length, "new trace")} ↑`;
    fill(rest, rows.length > 0 ? null : search.isEmpty() ? gettingStarted() : nothingFound(search.clear));
  }

  /**
   * Rows with the same content stay the same elements: the row under the pointer, in a
   * selection or read by a screen reader is not replaced.
   * @param {Set<string>} [fresh]
   */
  function drawRows(fresh) {
    const before = drawn;
    drawn = new Map(
      rows.map((row) => {
        const content = JSON.stringify(row);
        return [content, before.get(content) ?? traceRow(row, fresh?.has(row.trace_id) ?? false)];
      }),
    );
    for (const [content, element] of before) if (!drawn.has(content)) element.remove();
    [...drawn.values()].forEach((element, index) => {
      if (body.rows[index] !== element) body.insertBefore(element, body.rows[index] ?? null);
    });
  }

  function focusVisited() {
    link(rows.findIndex((row) => row.trace_id === visited))?.focus({ preventScroll: true });
  }

  /** @param {number} index */
  function link(index) {
    return /** @type {HTMLElement | null} */ (body.rows[index]?.querySelector("a") ?? null);
  }

  /** @param {number} step */
  function walk(step) {
    const at = [...body.rows].findIndex((row) => row.contains(document.activeElement));
    const to = at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + step));
    link(to)?.focus();
  }

  load();
  return {
    element,
    title: "Traces",
    keys: [
      { keys: ["j", "ArrowDown"], does: "Next trace", press: () => walk(1) },
      { keys: ["k", "ArrowUp"], does: "Previous trace", press: () => walk(-1) },
      { keys: ["Enter"], does: "Open it", press: () => link(0)?.click() },
      { keys: ["/"], does: "Search", press: () => search.focus() },
      { keys: ["e"], does: "Only traces with errors", press: () => search.toggleErrors() },
      {
        keys: ["n"],
        does: "Show the new ones",
        press: () => {
          showWaiting();
          link(0)?.focus();
        },
      },
      { keys: ["Escape"], does: "Leave the search", press: leave },
    ],
    changed(change) {
      if (change.traces.length > 0 || change.more_traces || change.evicted) refresh();
    },
    moved(there) {
      if (search.take(there)) load();
    },
    shown() {
      results.scrollTop = scrolled;
      focusVisited();
      refresh();
    },
  };

  function leave() {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  }

  function head() {
    return h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col", class: "time" }, "Start"),
        h("th", { scope: "col" }, "Trace"),
        h("th", { scope: "col" }, "Services"),
        h("th", { scope: "col", class: "number" }, "Spans"),
        h("th", { scope: "col", class: "number" }, "Errors"),
        h("th", { scope: "col" }, "Duration"),
      ),
    );
  }
}
