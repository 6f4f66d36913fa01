// @ts-check
// The log records of a trace. They are drawn when their tab is open, and as it is scrolled.

/** @import { LogRecord, Trace, Node } from "../types" */

import { h } from "../dom.js";
import { between, offset } from "../format.js";
import { logContent, logLine } from "../log-record.js";
import { longList } from "../long-list.js";
import { short } from "../long-text.js";

/** @param {(node: Node) => void} select shows a log record's span */
export function logList(select) {
  const element = h("div", { class: "trace-logs", hidden: true, role: "tabpanel", "aria-label": "Logs" });
  /** @type {Trace | null} */
  let trace = null;
  // With another start of the trace all times are others.
  const list = longList(element, {
    draw: line,
    key: (/** @type {LogRecord} */ log) => `${trace?.start} ${logContent(log)}`,
  });

  /** @param {LogRecord} log */
  function line(log) {
    const { byId, start } = /** @type {Trace} */ (trace);
    const node = byId.get(log.span_id);
    const at = between(start, log.time_unix_nano) + (node?.shift ?? 0);
    return h(
      "div",
      { class: "trace-log" },
      logLine(log, { time: offset(at, log.time_unix_nano), withService: true }),
      node &&
        h(
          "button",
          { type: "button", class: "quiet to-span", title: "Show its span", onclick: () => select(node) },
          short(node.name) || "span",
        ),
    );
  }

  function draw() {
    if (trace && !element.hidden) list.show(trace.logs);
  }

  return {
    element,
    /** @param {Trace} next */
    show(next) {
      trace = next;
      draw();
    },
    /** @param {boolean} open */
    open(open) {
      element.hidden = !open;
      draw();
    },
  };
}
