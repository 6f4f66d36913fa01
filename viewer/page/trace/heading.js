// @ts-check
// The heading of a trace: name, duration and services.

/** @import { Trace } from "../types" */

import { copyButton, fill, h, icon } from "../dom.js";
import { clockTime, counted, duration, fullTime, grouped } from "../format.js";
import { short } from "../long-text.js";
import { listAddress } from "../navigation.js";
import { serviceClass, serviceName } from "../services.js";
import { walk } from "./tree.js";

/** @param {(service: string | null) => void} highlight highlights one service */
export function traceHeading(highlight) {
  const element = h("header", { class: "trace-head" });
  /** @type {string | null} */
  let highlighted = null;

  /** @param {Trace} trace */
  function show(trace) {
    const { errors } = trace;
    const isDated = trace.start > 0n;
    const session = sessionOf(trace);
    fill(
      element,
      h(
        "div",
        { class: "trace-title" },
        h(
          "a",
          { class: "back", href: listAddress(), title: "Back to the traces (u)", "aria-label": "Back to the traces" },
          icon("back"),
        ),
        h("h1", {}, short(traceName(trace))),
        detail(trace),
        copyButton(trace.id, "Copy the trace id", trace.id),
      ),
      h(
        "dl",
        { class: "trace-facts" },
        fact("Start", isDated ? h("span", { title: fullTime(trace.start) }, clockTime(trace.start)) : "not known"),
        fact("Duration", isDated && trace.roots.length > 0 ? duration(trace.duration) : "not known"),
        fact("Spans", grouped(trace.services.reduce((sum, { spans }) => sum + spans, 0))),
        fact("Errors", h("span", { class: errors > 0 ? "error-count" : "" }, grouped(errors))),
        fact("Logs", grouped(trace.logs.length)),
        session && fact("Session", h("a", { href: `/sessions?session=${encodeURIComponent(session)}`, title: "All traces of this visit" }, short(session, 8))),
      ),
      h("ul", { class: "legend", "aria-label": "Services" }, trace.services.map((service) => entry(trace, service))),
    );
  }

  /**
   * @param {Trace} trace
   * @param {Trace["services"][number]} service
   */
  function entry(trace, { name, spans, errors }) {
    const press = () => {
      highlighted = highlighted === name ? null : name;
      highlight(highlighted);
      show(trace);
    };
    const title = `${counted(spans, "span")}, ${counted(errors, "error")}. Click to highlight it`;
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: serviceClass(name),
          "aria-pressed": String(highlighted === name),
          title,
          onclick: press,
        },
        serviceName(name),
        h("span", { class: "note" }, grouped(spans)),
        errors > 0 && icon("error", "with errors"),
      ),
    );
  }

  return { element, show };
}

/**
 * The name of the root span.
 * @param {Trace} trace
 */
export function traceName({ roots }) {
  if (roots.length === 0) return "Trace without spans";
  const root = roots.find((node) => node.span);
  return root ? root.name || "(no name)" : "Trace without its first span";
}

/**
 * The id of the visit that its spans are of; null where they are of none.
 * @param {Trace} trace
 */
function sessionOf({ roots }) {
  for (const { span } of walk(roots)) {
    const id = span?.attributes["session.id"] ?? span?.resource["session.id"];
    if (typeof id === "string" && id !== "") return id;
  }
  return null;
}

/**
 * @param {string} name
 * @param {string | Element} value
 */
function fact(name, value) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, value));
}

/**
 * The second label of the root span.
 * @param {Trace} trace
 */
function detail({ roots }) {
  const text = roots.find((node) => node.span)?.span?.detail;
  return text && h("span", { class: "trace-detail", title: text }, text);
}
