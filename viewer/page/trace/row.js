// @ts-check
// Draws one row of the waterfall.

/** @import { Linked, LogRecord, Node, Range, Row, Trace } from "../types" */

import { h, icon } from "../dom.js";
import { between, counted, duration, grouped } from "../format.js";
import { short } from "../long-text.js";
import { serviceClass, serviceDot } from "../services.js";
import { severityName } from "../severity.js";
import { clamp, criticalParts, labelPlace, pct } from "./bars.js";
import { foundAmong, siblingsTime } from "./siblings-row.js";
import { share } from "./time-axis.js";
import { rowId } from "./tree.js";
import { treeLines } from "./tree-lines.js";

/**
 * @typedef {object} DrawState
 * @property {Trace} trace
 * @property {Range} range
 * @property {number} width of the time column, px
 * @property {Set<string>} collapsed
 * @property {Set<string>} path ids from the root to the selected span
 * @property {Map<string, number>} pathIndexes index of the child on the path, by node id
 * @property {string | null} selected
 * @property {string | null} active id of the active row
 * @property {Set<string>} found
 * @property {string | null} service the highlighted service
 * @property {Set<string>} fresh ids of new spans
 */

/**
 * @param {Row} row
 * @param {number} index
 * @param {DrawState} state
 */
export function waterfallRow(row, index, state) {
  const { node, linked } = row;
  const classes = [
    "row",
    linked ? "linked-row" : "",
    serviceClass(linked?.span?.service ?? node.service),
    node.error && !linked ? "failed" : "",
    node.siblings ? "siblings" : node.span ? "" : "missing",
    state.path.has(node.id) && !linked ? "on-path" : "",
    state.found.has(node.id) && !linked ? "found" : "",
    state.service && state.service !== node.service ? "dimmed" : "",
    state.fresh.has(node.id) ? "fresh" : "",
    state.active === rowId(row) ? "active" : "",
  ];
  return h(
    "div",
    {
      class: classes.join(" "),
      id: rowId(row),
      role: "row",
      "aria-rowindex": index + 2,
      "aria-level": node.depth + (linked ? 2 : 1),
      "aria-expanded": linked || node.children.length === 0 ? null : String(!state.collapsed.has(node.id)),
      "aria-selected": !linked && state.selected === node.id ? "true" : "false",
      style: { "--index": String(index) },
    },
    nameCell(row, state),
    linked ? linkedCell(linked, state) : node.siblings ? siblingsTime(node, node.siblings, state) : timeCell(node, state),
  );
}

/**
 * @param {Row} row
 * @param {DrawState} state
 */
function nameCell({ node, linked }, state) {
  const tree = treeLines(node, linked !== null, state.pathIndexes);
  if (linked) {
    return h(
      "div",
      { class: "cell-name", role: "gridcell" },
      tree,
      icon("link"),
      serviceDot(linked.span?.service ?? ""),
      h("span", { class: "span-name" }, linked.span ? short(linked.span.name) : `span ${linked.span_id}`),
      linked.span?.detail && h("span", { class: "span-detail" }, linked.span.detail),
      linkNote(linked, state.trace.id),
    );
  }
  const isCollapsed = state.collapsed.has(node.id);
  return h(
    "div",
    { class: "cell-name", role: "gridcell" },
    tree,
    node.children.length > 0
      ? h(
          "span",
          {
            class: `collapser ${isCollapsed ? "collapsed" : ""}`,
            "data-collapses": node.id,
            title: isCollapsed ? "Expand (→)" : "Collapse (←)",
          },
          icon("chevron"),
        )
      : h("span", { class: "collapser" }),
    node.span || node.siblings ? serviceDot(node.service) : h("span", { class: "dot unknown" }),
    node.error && icon("error", "error"),
    !node.error &&
      isCollapsed &&
      node.errorsBelow > 0 &&
      h("span", { class: "below", title: counted(node.errorsBelow, "error") }, icon("error", "errors below")),
    node.copies > 1 && h("span", { class: "note", title: `${node.copies} different spans have this id` }, "shared id"),
    node.siblings && h("span", { class: "times" }, `${grouped(node.children.length)} ×`),
    h("span", { class: "span-name" }, node.span || node.siblings ? short(node.name) || "(no name)" : "span not received"),
    node.span?.detail && h("span", { class: "span-detail", title: node.span.detail }, node.span.detail),
    h("span", { class: "span-service" }, short(node.service, 60)),
    isCollapsed && (node.siblings ? foundAmong(node, state) : h("span", { class: "note" }, `+${node.descendants}`)),
  );
}

/**
 * @param {Linked} linked
 * @param {string} traceId
 */
function linkNote({ direction, trace_id }, traceId) {
  const title = direction === "incoming" ? "It links to this span" : "This span links to it";
  return h("span", { class: "note", title }, trace_id === traceId ? "in this trace" : "in another trace");
}

/**
 * @param {Node} node
 * @param {DrawState} state
 */
function timeCell(node, state) {
  const length = node.end - node.start;
  const left = clamp(share(node.start, state.range));
  const right = clamp(share(node.end, state.range));
  const isVisible = node.end >= state.range.from && node.start <= state.range.to;
  const title =
    `${short(node.name) || "span not received"} · ${node.service}\n` +
    (node.odd.length > 0 || node.reversed > 0
      ? spanLength(node)
      : `starts at ${duration(node.start)}, takes ${duration(length)}, ${duration(node.self)} of it itself`) +
    (node.shift ? `\nmoved by ${duration(node.shift)} to fit its caller's clock` : "");
  if (!isVisible) {
    const before = node.end < state.range.from;
    return h(
      "div",
      { class: "cell-time", role: "gridcell", title },
      h("span", { class: `beyond ${before ? "before" : "after"}` }, before ? "‹" : "›"),
    );
  }
  const text = node.span ? spanLength(node) : "";
  return h(
    "div",
    { class: "cell-time", role: "gridcell", title },
    h("div", {
      class: `bar ${node.odd.length > 0 || node.reversed > 0 ? "odd" : ""}`,
      style: { "--left": pct(left), "--width": pct(right - left) },
    }),
    criticalParts(node.critical, state),
    marks([...node.logs.map((log) => logMark(log, node.shift, state)), ...eventMarks(node, state)], state.width),
    h("span", { class: "length", ...labelPlace(left, right, text, state.width) }, text),
  );
}

/**
 * A span's duration, or what is wrong with its times.
 * @param {Node} node
 */
export function spanLength(node) {
  if (node.odd.length > 0) return `${node.odd.join(" and ")} cannot be right`;
  if (node.reversed > 0) return `ends ${duration(node.reversed)} before it starts`;
  return duration(node.end - node.start);
}

/**
 * @param {Linked} linked
 * @param {DrawState} state
 */
function linkedCell({ span }, state) {
  if (!span) return h("div", { class: "cell-time", role: "gridcell" }, h("span", { class: "note" }, "has not arrived"));
  const start = between(state.trace.start, span.start_unix_nano);
  const end = Math.max(start, between(state.trace.start, span.end_unix_nano));
  if (end < state.range.from || start > state.range.to) {
    const before = end < state.range.from;
    const away = before ? state.range.from - end : start - state.range.to;
    const words = before ? `‹ ${duration(away)} before` : `${duration(away)} later ›`;
    return h(
      "div",
      { class: "cell-time", role: "gridcell" },
      h("span", { class: `beyond ${before ? "before" : "after"}` }, words),
    );
  }
  const left = clamp(share(start, state.range));
  const right = clamp(share(end, state.range));
  const text = duration(end - start);
  return h(
    "div",
    { class: "cell-time", role: "gridcell" },
    h("div", { class: "bar dashed", style: { "--left": pct(left), "--width": pct(right - left) } }),
    h("span", { class: "length", ...labelPlace(left, right, text, state.width) }, text),
  );
}

/**
 * @typedef {{kind: string, at: number, title: string, rank: number}} Mark `at`: its place, from 0 to 1
 */

/**
 * @param {LogRecord} log
 * @param {number} shift ns
 * @param {DrawState} state
 * @returns {Mark}
 */
function logMark(log, shift, state) {
  const severity = severityName(log.severity_number);
  const words = typeof log.body === "string" && log.body ? log.body : log.event_name;
  return {
    kind: `log ${severity}`,
    at: share(between(state.trace.start, log.time_unix_nano) + shift, state.range),
    title: `${severity}: ${short(words, 120)}`,
    rank: log.severity_number,
  };
}

/**
 * @param {Node} node
 * @param {DrawState} state
 * @returns {Mark[]}
 */
function eventMarks(node, state) {
  return (node.span?.events ?? []).map((event) => ({
    kind: event.name === "exception" ? "event thrown" : "event",
    at: share(between(state.trace.start, event.time_unix_nano) + node.shift, state.range),
    title: short(event.name, 120),
    rank: event.name === "exception" ? HIGHEST : 0,
  }));
}

/**
 * The visible marks. Of those that would cover each other the most severe one is drawn, so
 * that a span with thousands of them has no more than fit into its row.
 * @param {Mark[]} all
 * @param {number} width px
 */
function marks(all, width) {
  /** @type {Map<string, {mark: Mark, more: number}>} */
  const places = new Map();
  for (const mark of all) {
    if (!(mark.at >= 0 && mark.at <= 1)) continue;
    // Log records and events are on lines of their own.
    const place = `${mark.kind.split(" ", 1)[0]} ${Math.floor((mark.at * width) / MARK)}`;
    const there = places.get(place);
    if (!there) places.set(place, { mark, more: 0 });
    else {
      there.more += 1;
      if (mark.rank > there.mark.rank) there.mark = mark;
    }
  }
  return [...places.values()].map(({ mark, more }) =>
    h("span", {
      class: `mark ${mark.kind}`,
      title: more > 0 ? `${mark.title}\nand ${more} more` : mark.title,
      style: { "--at": pct(mark.at) },
    }),
  );
}

/** px: half the width of a mark. */
const MARK = 4;
/** Above all severity numbers. */
const HIGHEST = 25;
