// @ts-check
// The view of one trace.

/** @import { Change, Node, Trace, TraceResult, View } from "../types" */

import { ApiFailure, fetchTrace, traceJson } from "../api.js";
import { copyButton, fill, h, icon } from "../dom.js";
import { emptyNotice, failureNotice } from "../empty.js";
import { short } from "../long-text.js";
import { grouped } from "../format.js";
import { go, listAddress, replaceParameters, traceAddress } from "../navigation.js";
import { afterPause, atMostEvery } from "../throttle.js";
import { findSpans, nextError } from "./find.js";
import { traceHeading, traceName } from "./heading.js";
import { logList } from "./log-list.js";
import { buildTrace } from "./model.js";
import { notices } from "./notices.js";
import { spanPanel } from "./span-panel.js";
import { waterfall } from "./waterfall.js";

/**
 * @param {string} traceId
 * @param {URL} address
 * @returns {View}
 */
export function traceView(traceId, address) {
  /** @type {TraceResult | null} */
  let stored = null;
  /** @type {Trace | null} */
  let trace = null;
  /** @type {Node | null} */
  let selected = null;
  /** @type {"as recorded" | "aligned"} */
  let clocks = clocksOf(address);
  /** @type {Node[]} */
  let found = [];
  /** Whether the person has chosen spans or log records. */
  let hasChosen = false;
  /** The span id in the address, until that span arrives. */
  let wanted = address.searchParams.get("span");

  const rows = waterfall({
    selected: showSelected,
    followed: ({ linked }) => {
      if (linked?.span) go(traceAddress(linked.trace_id, linked.span_id));
    },
  });
  const panel = spanPanel({
    close: () => rows.select(null),
    select: (node) => rows.select(node),
    zoom: (node) => rows.zoom.to({ from: node.start, to: node.end }),
  });
  const heading = traceHeading((service) => rows.highlight(service));
  const warnings = h("div", { class: "notices", role: "status" });
  const matches = h("span", { class: "matches", role: "status" });
  const finder = h("input", {
    type: "search",
    placeholder: "Find in trace",
    "aria-label": "Find in trace",
    spellcheck: "false",
    autocomplete: "off",
    oninput: afterPause(120, () => find()),
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Enter") stepFound(event.shiftKey ? -1 : 1);
    },
  });
  const tabs = { spans: tab("Spans", "spans"), logs: tab("Logs", "logs") };
  const collapseButton = h(
    "button",
    { type: "button", class: "quiet", "aria-pressed": "false", onclick: toggleAll },
    "Collapse all",
  );
  const criticalButton = h(
    "button",
    {
      type: "button",
      class: "toggle",
      "aria-pressed": "true",
      title: "The work that the whole was waiting for (c)",
      onclick: toggleCritical,
    },
    h("span", { class: "critical-sample", "aria-hidden": "true" }),
    "Critical path",
  );
  const copyTrace = copyButton(() => (stored ? traceJson(stored) : ""), "Copy the trace as JSON (y)", "Copy JSON");
  const toolbar = h(
    "div",
    { class: "trace-tools" },
    h("div", { class: "tabs", role: "tablist", "aria-label": "Parts of the trace" }, tabs.spans, tabs.logs),
    h("label", { class: "search-field" }, icon("search"), finder, matches, h("kbd", { "aria-hidden": "true" }, "/")),
    criticalButton,
    collapseButton,
    copyTrace,
    h("a", { class: "compare-link", href: `/compare?first=${traceId}`, title: "Compare it with another trace (d)" }, "Compare"),
  );
  const logs = logList((node) => {
    choose("spans");
    rows.select(node);
  });
  const spans = h(
    "div",
    { class: "trace-spans", role: "tabpanel", "aria-label": "Spans" },
    rows.element,
    panel.element,
  );
  const rest = h(
    "div",
    { class: "rest" },
    h("p", { class: "loading", role: "status" }, "Loading the trace and its log records…"),
  );
  const element = h(
    "section",
    { class: "trace-view with-critical", hidden: true },
    heading.element,
    warnings,
    toolbar,
    spans,
    logs.element,
  );
  const outer = h("div", { class: "trace-outer" }, rest, element);

  async function load() {
    const result = await fetchTrace(traceId).catch((failure) => failure);
    if (result instanceof Error) {
      if (stored) return;
      fill(rest, result instanceof ApiFailure && result.status === 404 ? notThere() : failureNotice(result));
      return;
    }
    stored = result;
    show();
  }
  const refresh = atMostEvery(500, load);

  function show() {
    if (!stored) return;
    const before = trace;
    trace = buildTrace(stored, clocks);
    const arrived = new Set(before ? [...trace.byId.keys()].filter((id) => !before.byId.has(id)) : []);
    fill(rest);
    element.hidden = false;
    document.title = `${short(traceName(trace), 100)} · Throughline`;
    heading.show(trace);
    fill(warnings, notices(trace, clocks, toggleClocks));
    logs.show(trace);
    tabs.logs.textContent = `Logs ${grouped(trace.logs.length)}`;
    tabs.logs.disabled = trace.logs.length === 0;
    rows.show(trace, arrived);
    // Where no span has arrived, the log records are all there is.
    const useful = stored.spans.length === 0 && trace.logs.length > 0 ? "logs" : "spans";
    if (!hasChosen && tabs[useful].getAttribute("aria-selected") !== "true") showTab(useful);
    const id = selected?.id ?? wanted;
    const node = id ? (trace.byId.get(id) ?? null) : null;
    if (node && selected) {
      selected = node;
      panel.show(trace, node);
    } else if (node) {
      wanted = null;
      // Rows have a height only after layout.
      requestAnimationFrame(() => rows.select(node));
    }
    find();
  }

  /** @param {Node | null} node */
  function showSelected(node) {
    if (!trace) return;
    selected = node;
    const hadFocus = panel.element.contains(document.activeElement);
    panel.show(trace, node);
    element.classList.toggle("with-panel", node !== null);
    if (!node && hadFocus) rows.element.focus({ preventScroll: true });
    replaceParameters({ span: node?.id ?? null });
  }

  function toggleClocks() {
    clocks = clocks === "aligned" ? "as recorded" : "aligned";
    replaceParameters({ clocks: clocks === "aligned" ? "aligned" : null });
    show();
  }

  function toggleCritical() {
    const on = element.classList.toggle("with-critical");
    criticalButton.setAttribute("aria-pressed", String(on));
  }

  function toggleAll() {
    const collapsed = collapseButton.getAttribute("aria-pressed") !== "true";
    collapseButton.setAttribute("aria-pressed", String(collapsed));
    collapseButton.textContent = collapsed ? "Expand all" : "Collapse all";
    rows.setAllCollapsed(collapsed);
  }

  function find() {
    if (!trace) return;
    found = findSpans(trace, finder.value);
    rows.markFound(new Set(found.map(({ id }) => id)));
    matches.textContent = finder.value.trim() === "" ? "" : found.length === 0 ? "none" : String(found.length);
  }

  /** @param {number} step */
  function stepFound(step) {
    find();
    if (found.length === 0) return;
    const at = selected ? found.findIndex((node) => node.id === selected?.id) : -1;
    const next = at < 0 ? (step > 0 ? 0 : found.length - 1) : (at + step + found.length) % found.length;
    rows.select(found[next]);
    matches.textContent = `${next + 1} of ${found.length}`;
  }

  /**
   * @param {string} words
   * @param {"spans" | "logs"} name
   */
  function tab(words, name) {
    return h(
      "button",
      { type: "button", role: "tab", "aria-selected": String(name === "spans"), onclick: () => choose(name) },
      words,
    );
  }

  /** @param {"spans" | "logs"} name */
  function choose(name) {
    hasChosen = true;
    showTab(name);
  }

  /** @param {"spans" | "logs"} name */
  function showTab(name) {
    spans.hidden = name !== "spans";
    logs.open(name === "logs");
    for (const [other, button] of Object.entries(tabs)) button.setAttribute("aria-selected", String(other === name));
    rows.redraw();
  }

  function copy() {
    const button = selected?.span ? panel.element.querySelector(".panel-actions .copy") : copyTrace;
    /** @type {HTMLElement | null} */ (button)?.click();
  }

  function notThere() {
    return emptyNotice(
      "This trace is not here",
      "Nothing of ",
      h("code", {}, traceId),
      " has arrived, or it was evicted to make room for newer traces. It appears here as soon as one of its spans arrives.",
    );
  }

  function leave() {
    if (document.activeElement === finder) {
      if (finder.value) {
        finder.value = "";
        find();
      } else {
        rows.element.focus({ preventScroll: true });
      }
    } else if (selected) {
      rows.select(null);
    } else {
      rows.zoom.all();
    }
  }

  /**
   * Keys that move through the rows; elsewhere the arrow keys scroll as usual.
   * @param {() => void} walk
   * @returns {(event: KeyboardEvent) => boolean}
   */
  function inRows(walk) {
    return (event) => {
      const isCharacter = event.key.length === 1 && event.key !== " ";
      const elsewhere = spans.hidden || (panel.element.contains(document.activeElement) && !isCharacter);
      if (!elsewhere) walk();
      return !elsewhere;
    };
  }

  /** Left: collapse, or go to the parent. */
  function outwards() {
    const row = rows.active;
    if (!row) return;
    const open = row.node.children.length > 0 && rows.rows.some(({ node }) => node.parent === row.node);
    if (!row.linked && open) rows.setCollapsed(row.node, true);
    else if (row.linked) rows.step(-1);
    else if (row.node.parent)
      rows.step(rows.rows.findIndex(({ node }) => node === row.node.parent) - rows.rows.indexOf(row));
  }

  /** Right: expand, or go to the first child. */
  function inwards() {
    const row = rows.active;
    if (!row || row.linked || row.node.children.length === 0) return;
    const open = rows.rows.some(({ node }) => node.parent === row.node);
    if (!open) rows.setCollapsed(row.node, false);
    else rows.step(rows.rows.findIndex(({ node }) => node.parent === row.node) - rows.rows.indexOf(row));
  }

  load();
  return {
    element: outer,
    title: "Trace",
    keys: [
      { keys: ["j", "ArrowDown"], description: "Next span", run: inRows(() => rows.step(1)) },
      { keys: ["k", "ArrowUp"], description: "Previous span", run: inRows(() => rows.step(-1)) },
      { keys: ["h", "ArrowLeft"], description: "Collapse it, or go to its parent", run: inRows(outwards) },
      { keys: ["l", "ArrowRight"], description: "Expand it, or go to its first child", run: inRows(inwards) },
      { keys: ["PageDown"], description: "A page on", run: inRows(() => rows.step(rows.pageLength())) },
      { keys: ["PageUp"], description: "A page back", run: inRows(() => rows.step(-rows.pageLength())) },
      { keys: ["Home"], description: "First span", run: inRows(() => rows.step(-rows.rows.length)) },
      { keys: ["End"], description: "Last span", run: inRows(() => rows.step(rows.rows.length)) },
      { keys: ["Enter", " "], description: "Open the span, or follow the link", run: inRows(() => rows.open(rows.active)) },
      {
        keys: ["e"],
        description: "Next error",
        run: () => {
          const error = trace && nextError(trace, selected ?? rows.active?.node);
          if (error) rows.select(error);
        },
      },
      {
        keys: ["/"],
        description: "Find in the trace; Enter steps through",
        run: () => {
          finder.focus();
          finder.select();
        },
      },
      {
        keys: ["z"],
        description: "Zoom to the span",
        run: () => {
          const node = selected ?? rows.active?.node;
          if (node) rows.zoom.to({ from: node.start, to: node.end });
        },
      },
      { keys: ["+", "="], description: "Zoom in", run: () => rows.zoom.by(0.5, middle(selected)) },
      { keys: ["-"], description: "Zoom out", run: () => rows.zoom.by(2, middle(selected)) },
      { keys: ["0"], description: "See all of it", run: () => rows.zoom.all() },
      { keys: ["c"], description: "Critical path", run: toggleCritical },
      { keys: ["x"], description: "Collapse or expand all", run: toggleAll },
      { keys: ["g"], description: "Spans or logs", run: () => choose(spans.hidden ? "spans" : "logs") },
      { keys: ["y"], description: "Copy the span, or the trace, as JSON", run: copy },
      { keys: ["d"], description: "Compare it with another trace", run: () => go(`/compare?first=${traceId}`) },
      { keys: ["u"], description: "Back to the traces", run: () => go(listAddress()) },
      { keys: ["Escape"], description: "Close the span, see all", run: leave },
    ],
    changed(change) {
      const links = new Set(trace?.linked.map((linked) => linked.trace_id));
      if (change.more_traces || change.traces.some((id) => id === traceId || links.has(id)) || awaitsLink(change))
        refresh();
    },
    moved(there) {
      if (clocksOf(there) !== clocks) {
        clocks = clocksOf(there);
        show();
      }
      const id = there.searchParams.get("span");
      if (trace && id !== (selected?.id ?? null)) rows.select(id ? (trace.byId.get(id) ?? null) : null);
    },
    shown() {
      rows.element.focus({ preventScroll: true });
    },
  };

  /**
   * Whether a change may add a consumer that links to a producer here: only the consumer's
   * trace has the link, and it may arrive at any time.
   * @param {Change} change
   */
  function awaitsLink(change) {
    return (
      change.traces.length > 0 &&
      stored !== null &&
      stored.spans.some(
        (span) => span.kind === "producer" && !stored?.linked.some((linked) => linked.own_span_id === span.span_id),
      )
    );
  }
}

/**
 * @param {URL} address
 * @returns {"as recorded" | "aligned"}
 */
function clocksOf({ searchParams }) {
  return searchParams.get("clocks") === "aligned" ? "aligned" : "as recorded";
}

/** @param {Node | null} node */
function middle(node) {
  return node ? (node.start + node.end) / 2 : undefined;
}
