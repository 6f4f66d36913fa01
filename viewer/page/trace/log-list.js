// @ts-check
// The log records of a trace.

/** @import { LogRecord, Node, Trace } from "../types" */

import { fill, h } from "../dom.js";
import { between, duration } from "../format.js";
import { logLine } from "../log-record.js";

/** @param {(node: Node) => void} choose shows a log record's span */
export function logList(choose) {
  const element = h("div", { class: "trace-logs", hidden: true, role: "tabpanel", "aria-label": "Logs" });

  /**
   * @param {Trace} trace
   * @param {LogRecord} log
   */
  function line(trace, log) {
    const node = trace.byId.get(log.span_id);
    const at = between(trace.start, log.time_unix_nano) + (node?.shift ?? 0);
    return h(
      "div",
      { class: "trace-log" },
      logLine(log, { time: `+${duration(at)}`, withService: true }),
      node &&
        h(
          "button",
          { type: "button", class: "quiet to-span", title: "Show its span", onclick: () => choose(node) },
          node.name || "span",
        ),
    );
  }

  return {
    element,
    /**
     * Redraws the lines only when the log records changed, so that open lines stay open.
     * @param {Trace} trace
     */
    show(trace) {
      const signature = `${trace.start} ${trace.logs.length}`;
      if (element.dataset.signature === signature) return;
      element.dataset.signature = signature;
      fill(element, ...trace.logs.map((log) => line(trace, log)));
    },
  };
}
