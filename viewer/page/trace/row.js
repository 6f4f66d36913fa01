// @ts-check
// Draws one row of the waterfall.

/** @import { Linked, LogRecord, Node, Range, Row, Trace } from "../types" */

import { h, icon } from "../dom.js";
import { between, counted, duration } from "../format.js";
import { serviceClass, serviceDot } from "../services.js";
import { severityName } from "../severity.js";
import { share } from "./time-axis.js";
import { rowId } from "./tree.js";
import { treeLines } from "./tree-lines.js";

/**
 * @typedef {object} Look
 * @property {Trace} trace
 * @property {Range} range
 * @property {number} width of the time column, px
 * @property {Set<string>} collapsed
 * @property {Set<string>} path ids from the root to the chosen span
 * @property {Map<string, number>} turns index of the child on the path, by node id
 * @property {string | null} chosen
 * @property {string | null} active id of the active row
 * @property {Set<string>} found
 * @property {string | null} service the highlighted service
 * @property {Set<string>} fresh ids of new spans
 */

/**
 * @param {Row} row
 * @param {number} index
 * @param {Look} look
 */
export function waterfallRow(row, index, look) {
  const { node, linked } = row;
  const classes = [
    "row",
    linked ? "linked-row" : "",
    serviceClass(linked?.span?.service ?? node.service),
    node.error && !linked ? "failed" : "",
    node.span ? "" : "missing",
    look.path.has(node.id) && !linked ? "on-path" : "",
    look.found.has(node.id) && !linked ? "found" : "",
    look.service && look.service !== node.service ? "aside" : "",
    look.fresh.has(node.id) ? "fresh" : "",
    look.active === rowId(row) ? "active" : "",
  ];
  return h(
    "div",
    {
      class: classes.join(" "),
      id: rowId(row),
      role: "row",
      "aria-rowindex": index + 2,
      "aria-level": node.depth + (linked ? 2 : 1),
      "aria-expanded": linked || node.children.length === 0 ? null : String(!look.collapsed.has(node.id)),
      "aria-selected": !linked && look.chosen === node.id ? "true" : "false",
      style: { "--index": String(index) },
    },
    nameCell(row, look),
    linked ? linkedCell(linked, look) : timeCell(node, look),
  );
}

/**
 * @param {Row} row
 * @param {Look} look
 */
function nameCell({ node, linked }, look) {
  const tree = treeLines(node, linked !== null, look.turns);
  if (linked) {
    return h(
      "div",
      { class: "cell-name", role: "gridcell" },
      tree,
      icon("link"),
      serviceDot(linked.span?.service ?? ""),
      h("span", { class: "span-name" }, linked.span?.name ?? `span ${linked.span_id}`),
      linkNote(linked, look.trace.id),
    );
  }
  const folded = look.collapsed.has(node.id);
  return h(
    "div",
    { class: "cell-name", role: "gridcell" },
    tree,
    node.children.length > 0
      ? h(
          "span",
          {
            class: `fold ${folded ? "folded" : ""}`,
            "data-fold": node.id,
            title: folded ? "Expand (→)" : "Collapse (←)",
          },
          icon("chevron"),
        )
      : h("span", { class: "fold" }),
    node.span ? serviceDot(node.service) : h("span", { class: "dot unknown" }),
    node.error && icon("error", "error"),
    !node.error &&
      folded &&
      node.errorsBelow > 0 &&
      h("span", { class: "below", title: counted(node.errorsBelow, "error") }, icon("error", "errors below")),
    h("span", { class: "span-name" }, node.span ? node.name || "(no name)" : "span not received"),
    h("span", { class: "span-service" }, node.service),
    folded && h("span", { class: "note" }, `+${node.descendants}`),
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
 * @param {Look} look
 */
function timeCell(node, look) {
  const length = node.end - node.start;
  const left = clamp(share(node.start, look.range));
  const right = clamp(share(node.end, look.range));
  const inSight = node.end >= look.range.from && node.start <= look.range.to;
  const title =
    `${node.name || "span not received"} · ${node.service}\nstarts at ${duration(node.start)}, takes ${duration(length)}, ` +
    `${duration(node.self)} of it itself${node.shift ? `\nmoved by ${duration(node.shift)} to fit its caller's clock` : ""}`;
  if (!inSight) {
    const before = node.end < look.range.from;
    return h(
      "div",
      { class: "cell-time", role: "gridcell", title },
      h("span", { class: `beyond ${before ? "before" : "after"}` }, before ? "‹" : "›"),
    );
  }
  const text = node.span ? duration(length) : "";
  return h(
    "div",
    { class: "cell-time", role: "gridcell", title },
    h("div", { class: "bar", style: { "--left": pct(left), "--width": pct(right - left) } }),
    ...node.critical.map(([from, to]) => critical(from, to, look.range)),
    ...node.logs.map((log) => logMark(log, node.shift, look)),
    ...(node.span?.events ?? []).map((event) =>
      mark(
        event.name === "exception" ? "event thrown" : "event",
        between(look.trace.start, event.time_unix_nano) + node.shift,
        look.range,
        event.name,
      ),
    ),
    h("span", { class: "length", ...labelPlace(left, right, text, look.width) }, text),
  );
}

/**
 * The label's place: right of the bar, else left of it, else inside; never cut off.
 * @param {number} left
 * @param {number} right
 * @param {string} text
 * @param {number} width px
 */
function labelPlace(left, right, text, width) {
  const needed = text.length * LETTER + GAP;
  if ((1 - right) * width >= needed) return { "data-place": "after", style: { "--at": pct(right) } };
  if (left * width >= needed) return { "data-place": "before", style: { "--at": pct(1 - left) } };
  return { "data-place": "inside", style: { "--at": pct(1 - right) } };
}

/**
 * @param {Linked} linked
 * @param {Look} look
 */
function linkedCell({ span }, look) {
  if (!span) return h("div", { class: "cell-time", role: "gridcell" }, h("span", { class: "note" }, "has not arrived"));
  const start = between(look.trace.start, span.start_unix_nano);
  const end = Math.max(start, between(look.trace.start, span.end_unix_nano));
  if (end < look.range.from || start > look.range.to) {
    const before = end < look.range.from;
    const away = before ? look.range.from - end : start - look.range.to;
    const words = before ? `‹ ${duration(away)} before` : `${duration(away)} later ›`;
    return h(
      "div",
      { class: "cell-time", role: "gridcell" },
      h("span", { class: `beyond ${before ? "before" : "after"}` }, words),
    );
  }
  const left = clamp(share(start, look.range));
  const right = clamp(share(end, look.range));
  const text = duration(end - start);
  return h(
    "div",
    { class: "cell-time", role: "gridcell" },
    h("div", { class: "bar dashed", style: { "--left": pct(left), "--width": pct(right - left) } }),
    h("span", { class: "length", ...labelPlace(left, right, text, look.width) }, text),
  );
}

/**
 * @param {number} from
 * @param {number} to
 * @param {Range} range
 */
function critical(from, to, range) {
  const left = clamp(share(from, range));
  const right = clamp(share(to, range));
  if (left === right) return null;
  return h("div", { class: "critical", style: { "--left": pct(left), "--width": pct(right - left) } });
}

/**
 * @param {LogRecord} log
 * @param {number} shift ns
 * @param {Look} look
 */
function logMark(log, shift, look) {
  const severity = severityName(log.severity_number);
  const words = typeof log.body === "string" && log.body ? log.body : log.event_name;
  return mark(
    `log ${severity}`,
    between(look.trace.start, log.time_unix_nano) + shift,
    look.range,
    `${severity}: ${words}`,
  );
}

/**
 * @param {string} kind
 * @param {number} at
 * @param {Range} range
 * @param {string} title
 */
function mark(kind, at, range, title) {
  const place = share(at, range);
  if (place < 0 || place > 1) return null;
  return h("span", { class: `mark ${kind}`, title, style: { "--at": pct(place) } });
}

/** @param {number} share */
function clamp(share) {
  return Math.max(0, Math.min(1, share));
}

/** @param {number} share */
function pct(share) {
  return `${(share * 100).toFixed(3)}%`;
}

/** px: the width of a letter of the label, and the space around the label. */
const LETTER = 6.6;
const GAP = 14;
