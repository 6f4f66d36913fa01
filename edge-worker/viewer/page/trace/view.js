// @ts-check
// What happened in one trace?

/** @import { Change, Node, Trace, TraceAnswer, View } from "../types" */

import { ApiFailure, fetchTrace } from "../api.js";
import { copyButton, fill, h, icon } from "../dom.js";
import { emptyNotice, failureNotice } from "../empty.js";
import { between, clockTime, counted, duration, fullTime } from "../format.js";
import { logLine } from "../log-record.js";
import { go, note, traceAddress } from "../navigation.js";
import { serviceClass, serviceName } from "../services.js";
import { afterPause, atMostEvery } from "../throttle.js";
import { findSpans, nextError } from "./find.js";
import { buildTrace } from "./model.js";
import { spanPanel } from "./span-panel.js";
import { waterfall } from "./waterfall.js";

/**
 * @param {string} traceId
 * @param {URL} address
 * @returns {View}
 */
export function traceView(traceId, address) {
  /** @type {TraceAnswer | null} */
  let answer = null;
  /** @type {Trace | null} */
  let trace = null;
  /** @type {Node | null} */
  let chosen = null;
  /** @type {"as recorded" | "aligned"} */
  let clocks = "as recorded";
  /** @type {Node[]} */
  let found = [];
  /** @type {string | null} */
  let emphasised = null;
  /** What the address asks for, until it has arrived. */
  let wanted = address.searchParams.get("span");

  const rows = waterfall({
    chosen: showChosen,
    followed: ({ linked }) => {
      if (linked?.span) go(traceAddress(linked.trace_id, linked.span_id));
    },
  });
  const panel = spanPanel({
    close: () => rows.choose(null),
    choose: (node) => rows.choose(node),
    zoom: (node) => rows.zoom.to({ from: node.start, to: node.end }),
  });
  const heading = h("header", { class: "trace-head" });
  const notices = h("div", { class: "notices", role: "status" });
  const matches = h("span", { class: "matches", role: "status" });
  const finder = h("input", {
    type: "search", placeholder: "Find in trace", "aria-label": "Find in trace", spellcheck: "false", autocomplete: "off",
    oninput: afterPause(120, () => find()),
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Enter") stepFound(event.shiftKey ? -1 : 1);
    },
  });
  const tabs = { spans: tab("Spans", "spans"), logs: tab("Logs", "logs") };
  const foldButton = h("button", { type: "button", class: "quiet", "aria-pressed": "false", onclick: toggleAll }, "Collapse all");
  const criticalButton = h("button", {
    type: "button", class: "toggle", "aria-pressed": "true", title: "The work that the whole was waiting for (c)", onclick: toggleCritical,
  }, h("span", { class: "critical-sample", "aria-hidden": "true" }), "Critical path");
  const toolbar = h("div", { class: "trace-tools" },
    h("div", { class: "tabs", role: "tablist", "aria-label": "Parts of the trace" }, tabs.spans, tabs.logs),
    h("label", { class: "search-field" }, icon("search"), finder, matches, h("kbd", { "aria-hidden": "true" }, "/")),
    criticalButton, foldButton);
  const logs = h("div", { class: "trace-logs", hidden: true, role: "tabpanel", "aria-label": "Logs" });
  const spans = h("div", { class: "trace-spans", role: "tabpanel", "aria-label": "Spans" }, rows.element, panel.element);
  const rest = h("div", { class: "rest" });
  const element = h("section", { class: "trace-view with-critical", hidden: true }, heading, notices, toolbar, spans, logs);
  const outer = h("div", { class: "trace-outer" }, rest, element);

  async function load() {
    const result = await fetchTrace(traceId).catch((failure) => failure);
    if (result instanceof Error) {
      if (answer) return;
      fill(rest, result instanceof ApiFailure && result.status === 404 ? notThere() : failureNotice(result));
      return;
    }
    answer = result;
    show();
  }
  const refresh = atMostEvery(500, load);

  function show() {
    if (!answer) return;
    const before = trace;
    trace = buildTrace(answer, clocks);
    const arrived = new Set(before ? [...trace.byId.keys()].filter((id) => !before.byId.has(id)) : []);
    fill(rest);
    element.hidden = false;
    drawHeading(trace);
    drawNotices(trace);
    drawLogs(trace);
    rows.show(trace, arrived);
    const id = chosen?.id ?? wanted;
    const node = id ? trace.byId.get(id) ?? null : null;
    if (node && chosen) {
      chosen = node;
      panel.show(trace, node);
    } else if (node) {
      wanted = null;
      // The rows know their height once they have been laid out.
      requestAnimationFrame(() => rows.choose(node));
    }
    find();
  }

  /** @param {Node | null} node */
  function showChosen(node) {
    if (!trace) return;
    chosen = node;
    const hadFocus = panel.element.contains(document.activeElement);
    panel.show(trace, node);
    element.classList.toggle("with-panel", node !== null);
    if (!node && hadFocus) rows.element.focus({ preventScroll: true });
    note({ span: node?.id ?? null });
  }

  /** @param {Trace} trace */
  function drawHeading(trace) {
    const root = trace.roots.find((node) => node.span) ?? trace.roots[0];
    const errors = trace.services.reduce((sum, service) => sum + service.errors, 0);
    const count = trace.services.reduce((sum, service) => sum + service.spans, 0);
    const start = trace.start.toString();
    const title = root?.name || "(no name)";
    document.title = `${title} · Throughline`;
    fill(heading,
      h("div", { class: "trace-title" },
        h("a", { class: "back", href: "/", title: "All traces (u)", "aria-label": "All traces" }, icon("back")),
        h("h1", {}, root ? root.span ? title : "Trace without its first span" : "Trace without spans"),
        copyButton(trace.id, "Copy the trace id", trace.id)),
      h("dl", { class: "trace-facts" },
        ...[["Start", h("span", { title: fullTime(start) }, clockTime(start))], ["Duration", duration(trace.duration)],
          ["Spans", String(count)], ["Errors", h("span", { class: errors > 0 ? "error-count" : "" }, String(errors))],
          ["Logs", String(trace.logs.length)]]
          .flatMap(([name, value]) => [h("div", {}, h("dt", {}, name), h("dd", {}, value))])),
      h("ul", { class: "legend", "aria-label": "Services" }, ...trace.services.map((service) =>
        h("li", {}, h("button", {
          type: "button", class: serviceClass(service.name), "aria-pressed": String(emphasised === service.name),
          title: `${counted(service.spans, "span")}, ${counted(service.errors, "error")}. Press to make it stand out`,
          onclick: () => emphasise(service.name),
        }, serviceName(service.name), h("span", { class: "note" }, String(service.spans)), service.errors > 0 && icon("error", "with errors"))))));
    tabs.logs.textContent = `Logs ${trace.logs.length}`;
    tabs.logs.disabled = trace.logs.length === 0;
  }

  /** @param {Trace} trace */
  function drawNotices(trace) {
    fill(notices,
      trace.skews.length > 0 && h("p", { class: "notice" }, icon("clock"),
        h("span", {}, trace.skews.map(({ service, reference, behind }) =>
          `${service}’s clock is ${duration(Math.abs(behind))} ${behind > 0 ? "behind" : "ahead of"} ${reference}’s`).join("; "), "."),
        h("button", { type: "button", "aria-pressed": String(clocks === "aligned"), onclick: toggleClocks },
          clocks === "aligned" ? "Show as recorded" : "Align the clocks")),
      trace.missing > 0 && h("p", { class: "notice" }, icon("error"),
        h("span", {}, trace.missing === 1 ? "One span has" : `${trace.missing} spans have`, " not arrived though others name ",
          trace.missing === 1 ? "it" : "them", " as their parent.")),
      trace.roots.length === 0 && h("p", { class: "notice" }, "Log records of this trace are here, but none of its spans."));
  }

  /** @param {Trace} trace */
  function drawLogs(trace) {
    fill(logs, ...trace.logs.map((log) => h("div", { class: "trace-log" },
      logLine(log, { time: `+${duration(between(trace.start, log.time_unix_nano))}`, withService: true }),
      log.span_id && trace.byId.get(log.span_id) && h("button", {
        type: "button", class: "quiet to-span", title: "Show its span",
        onclick: () => {
          showTab("spans");
          rows.choose(trace.byId.get(log.span_id) ?? null);
        },
      }, trace.byId.get(log.span_id)?.name || "span"))));
  }

  /** @param {string} name */
  function emphasise(name) {
    emphasised = emphasised === name ? null : name;
    rows.emphasise(emphasised);
    if (trace) drawHeading(trace);
  }

  function toggleClocks() {
    clocks = clocks === "aligned" ? "as recorded" : "aligned";
    show();
  }

  function toggleCritical() {
    const on = element.classList.toggle("with-critical");
    criticalButton.setAttribute("aria-pressed", String(on));
  }

  function toggleAll() {
    const folded = foldButton.getAttribute("aria-pressed") !== "true";
    foldButton.setAttribute("aria-pressed", String(folded));
    foldButton.textContent = folded ? "Expand all" : "Collapse all";
    rows.foldAll(folded);
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
    const at = chosen ? found.findIndex((node) => node.id === chosen?.id) : -1;
    const next = at < 0 ? (step > 0 ? 0 : found.length - 1) : (at + step + found.length) % found.length;
    rows.choose(found[next]);
    matches.textContent = `${next + 1} of ${found.length}`;
  }

  /**
   * @param {string} words
   * @param {"spans" | "logs"} name
   */
  function tab(words, name) {
    return h("button", { type: "button", role: "tab", "aria-selected": String(name === "spans"), onclick: () => showTab(name) }, words);
  }

  /** @param {"spans" | "logs"} name */
  function showTab(name) {
    spans.hidden = name !== "spans";
    logs.hidden = name !== "logs";
    for (const [other, button] of Object.entries(tabs)) button.setAttribute("aria-selected", String(other === name));
    rows.redraw();
  }

  function notThere() {
    return emptyNotice("This trace is not here",
      "Nothing of ", h("code", {}, traceId), " has arrived, or it made room for newer traces. It appears here as soon as one of its spans comes in.");
  }

  function leave() {
    if (document.activeElement === finder) {
      if (finder.value) {
        finder.value = "";
        find();
      } else {
        rows.element.focus({ preventScroll: true });
      }
    } else if (chosen) {
      rows.choose(null);
    } else {
      rows.zoom.all();
    }
  }

  /** Left: fold, or go to the parent. */
  function outwards() {
    const row = rows.active;
    if (!row) return;
    const open = row.node.children.length > 0 && rows.rows.some(({ node }) => node.parent === row.node);
    if (!row.linked && open) rows.fold(row.node, true);
    else if (row.linked) rows.step(-1);
    else if (row.node.parent) rows.step(rows.rows.findIndex(({ node }) => node === row.node.parent) - rows.rows.indexOf(row));
  }

  /** Right: unfold, or go to the first child. */
  function inwards() {
    const row = rows.active;
    if (!row || row.linked || row.node.children.length === 0) return;
    const open = rows.rows.some(({ node }) => node.parent === row.node);
    if (!open) rows.fold(row.node, false);
    else rows.step(rows.rows.findIndex(({ node }) => node.parent === row.node) - rows.rows.indexOf(row));
  }

  load();
  return {
    element: outer,
    title: "Trace",
    keys: [
      { keys: ["j", "ArrowDown"], does: "Next span", press: () => rows.step(1) },
      { keys: ["k", "ArrowUp"], does: "Previous span", press: () => rows.step(-1) },
      { keys: ["h", "ArrowLeft"], does: "Collapse it, or go to its parent", press: outwards },
      { keys: ["l", "ArrowRight"], does: "Expand it, or go to its first child", press: inwards },
      { keys: ["PageDown"], does: "A page on", press: () => rows.step(rows.pageLength()) },
      { keys: ["PageUp"], does: "A page back", press: () => rows.step(-rows.pageLength()) },
      { keys: ["Home"], does: "First span", press: () => rows.step(-rows.rows.length) },
      { keys: ["End"], does: "Last span", press: () => rows.step(rows.rows.length) },
      { keys: ["Enter", " "], does: "Open the span, or follow the link", press: () => rows.open(rows.active) },
      { keys: ["e"], does: "Next error", press: () => {
        const error = trace && nextError(trace, chosen ?? rows.active?.node);
        if (error) rows.choose(error);
      } },
      { keys: ["/"], does: "Find in the trace; Enter steps through", press: () => {
        finder.focus();
        finder.select();
      } },
      { keys: ["z"], does: "Zoom to the span", press: () => {
        const node = chosen ?? rows.active?.node;
        if (node) rows.zoom.to({ from: node.start, to: node.end });
      } },
      { keys: ["+", "="], does: "Zoom in", press: () => rows.zoom.by(0.5, middle(chosen)) },
      { keys: ["-"], does: "Zoom out", press: () => rows.zoom.by(2, middle(chosen)) },
      { keys: ["0"], does: "See all of it", press: () => rows.zoom.all() },
      { keys: ["c"], does: "Critical path", press: toggleCritical },
      { keys: ["x"], does: "Collapse or expand all", press: toggleAll },
      { keys: ["g"], does: "Spans or logs", press: () => showTab(spans.hidden ? "spans" : "logs") },
      { keys: ["u"], does: "Back to the traces", press: () => go("/") },
      { keys: ["Escape"], does: "Close the span, see all", press: leave },
    ],
    changed(change) {
      const links = new Set(trace?.linked.map((linked) => linked.trace_id));
      if (change.more_traces || change.traces.some((id) => id === traceId || links.has(id)) || awaitsLink(change)) refresh();
    },
    moved(there) {
      const id = there.searchParams.get("span");
      if (trace && id !== (chosen?.id ?? null)) rows.choose(id ? trace.byId.get(id) ?? null : null);
    },
    shown() {
      rows.element.focus({ preventScroll: true });
    },
  };

  /**
   * A producer's consumer may come in at any time and says so only in its own trace.
   * @param {Change} change
   */
  function awaitsLink(change) {
    return change.traces.length > 0
      && answer !== null && answer.spans.some((span) => span.kind === "producer" && !answer?.linked.some((linked) => linked.own_span_id === span.span_id));
  }
}

/** @param {Node | null} node */
function middle(node) {
  return node ? (node.start + node.end) / 2 : undefined;
}
