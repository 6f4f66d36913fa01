// @ts-check
// The list of traces. It grows while telemetry arrives, and never moves the row under the
// pointer or the keyboard.

/** @import { TraceRow, View } from "../types" */

import { ApiFailure, fetchTraces } from "../api.js";
import { fill, h } from "../dom.js";
import { moveFocus } from "../focus.js";
import { counted } from "../format.js";
import { failureNotice, gettingStarted, nothingFound, unreadableSearch } from "../empty.js";
import { replaceParameters } from "../navigation.js";
import { pauseButton } from "../pause.js";
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
  let newRows = [];
  /** @type {string | null} */
  let next = null;
  let requests = 0;
  let isPointerOver = false;
  let scrolled = 0;
  /**
   * The trace that was last focused or opened.
   * @type {string | undefined}
   */
  let lastFocused;
  /**
   * The rows in the document, by their content.
   * @type {Map<string, HTMLTableRowElement>}
   */
  let drawn = new Map();

  const pause = pauseButton(() => refresh());
  const search = searchBar(
    address,
    (filter) => {
      replaceParameters(filter);
      load();
    },
    pause.element,
  );
  const body = h("tbody", {});
  const table = h("table", { class: "traces", "aria-label": "Traces, newest first" }, head(), body);
  const newer = h("button", { type: "button", class: "newer", hidden: true, onclick: showNewRows });
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
    isPointerOver = true;
  });
  results.addEventListener("pointerleave", () => {
    isPointerOver = false;
  });

  results.addEventListener("scroll", () => {
    scrolled = results.scrollTop;
  });
  body.addEventListener("focusin", (event) => {
    lastFocused = /** @type {Element} */ (event.target).closest("tr")?.dataset.trace;
  });

  async function load() {
    const request = ++requests;
    const result = await fetchTraces(search.filter()).catch((failure) => failure);
    if (request !== requests) return;
    if (result instanceof Error) {
      rows = [];
      draw();
      const isUnreadable = result instanceof ApiFailure && result.status === 400;
      search.markInvalid(isUnreadable);
      fill(rest, isUnreadable ? unreadableSearch(result) : failureNotice(result));
      return;
    }
    search.markInvalid(false);
    rows = result.traces;
    next = result.next;
    newRows = [];
    pause.waiting(0, false);
    draw();
  }

  async function loadMore() {
    if (!next) return;
    const request = ++requests;
    const result = await fetchTraces({ ...search.filter(), before: next }).catch(() => null);
    if (request !== requests || !result) return;
    const seen = rows.length;
    const known = new Set(rows.map((row) => row.trace_id));
    rows.push(...result.traces.filter((row) => !known.has(row.trace_id)));
    next = result.next;
    draw();
    link(seen)?.focus();
  }

  const refresh = atMostEvery(400, async () => {
    const request = requests;
    const result = await fetchTraces(search.filter()).catch(() => null);
    if (request !== requests || !result) return;
    const fresh = new Map(result.traces.map((row) => [row.trace_id, row]));
    const known = new Set(rows.map((row) => row.trace_id));
    newRows = result.traces.filter((row) => !known.has(row.trace_id));
    if (pause.isPaused()) {
      pause.waiting(newRows.length, newRows.length > 0 && newRows.length === result.traces.length && result.next !== null);
      return;
    }
    // A trace is updated in place. A trace that is missing from this page was evicted;
    // later pages are not known.
    const last = result.next === null ? 0n : BigInt(result.traces.at(-1)?.start_unix_nano ?? 0);
    rows = rows
      .filter((row) => fresh.has(row.trace_id) || BigInt(row.start_unix_nano) <= last)
      .map((row) => fresh.get(row.trace_id) ?? row);
    if (rows.length === 0) next = result.next;
    if (rows.length === 0 || mayGrow()) showNewRows();
    else draw();
  });

  /** Whether the list may change: no pointer or focus is in it, and its start is visible. */
  function mayGrow() {
    return !isPointerOver && !body.contains(document.activeElement) && results.scrollTop < 8;
  }

  function showNewRows() {
    const fresh = new Set(newRows.map((row) => row.trace_id));
    rows = [...newRows, ...rows];
    newRows = [];
    pause.waiting(0, false);
    draw(fresh);
    if (fresh.size > 0 && !isPointerOver) results.scrollTop = 0;
  }

  /** @param {Set<string>} [fresh] */
  function draw(fresh) {
    const focused = body.contains(document.activeElement);
    table.style.setProperty("--longest", String(longest(rows)));
    drawRows(fresh);
    if (focused && !body.contains(document.activeElement)) focusLast();
    table.hidden = rows.length === 0;
    more.hidden = next === null;
    newer.hidden = newRows.length === 0;
    newer.textContent = `${counted(newRows.length, "new trace")} ↑`;
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

  function focusLast() {
    link(rows.findIndex((row) => row.trace_id === lastFocused))?.focus({ preventScroll: true });
  }

  /** @param {number} index */
  function link(index) {
    return /** @type {HTMLElement | null} */ (body.rows[index]?.querySelector("a") ?? null);
  }

  /** @param {number} step */
  function walk(step) {
    moveFocus(body.rows, step, "a");
  }

  load();
  return {
    element,
    title: "Traces",
    keys: [
      { keys: ["j", "ArrowDown"], description: "Next trace", run: () => walk(1) },
      { keys: ["k", "ArrowUp"], description: "Previous trace", run: () => walk(-1) },
      { keys: ["Enter"], description: "Open it", run: () => link(0)?.click() },
      { keys: ["/"], description: "Search", run: () => search.focus() },
      { keys: ["e"], description: "Only traces with errors", run: () => search.toggleErrors() },
      {
        keys: ["n"],
        description: "Show the new ones",
        run: () => {
          showNewRows();
          link(0)?.focus();
        },
      },
      { keys: ["p"], description: "Pause, or go on", run: pause.toggle },
    ],
    changed(change) {
      if (change.traces.length > 0 || change.more_traces || change.evicted) refresh();
    },
    moved(there) {
      if (search.applyAddress(there)) load();
    },
    shown() {
      results.scrollTop = scrolled;
      focusLast();
      refresh();
    },
  };

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
