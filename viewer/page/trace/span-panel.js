// @ts-check
// The panel of the selected span.

/** @import { Linked, LogRecord, Node, SpanEvent, SpanLink, Trace } from "../types" */

import { attributeGroups } from "../attributes.js";
import { copyButton, fill, h, icon } from "../dom.js";
import { breadcrumbList } from "../breadcrumbs.js";
import { EXCEPTION_KEYS, exceptionBlock } from "../exception.js";
import { between, counted, duration, fullTime, grouped, offset, percent } from "../format.js";
import { logLine } from "../log-record.js";
import { fillAsScrolled } from "../long-list.js";
import { longText, short } from "../long-text.js";
import { traceAddress } from "../navigation.js";
import { serviceClass, serviceDot, serviceName } from "../services.js";
import { curlCommand } from "./curl.js";
import { spanLength } from "./row.js";
import { childSpans } from "./siblings.js";
import { pathTo } from "./tree.js";

/**
 * @param {object} listeners
 * @param {() => void} listeners.close
 * @param {(node: Node) => void} listeners.select
 * @param {(node: Node) => void} listeners.zoom
 */
export function spanPanel({ close, select, zoom }) {
  let shown = "";
  const element = h("aside", { class: "panel", "aria-label": "Span", tabindex: "-1", hidden: true });
  return {
    element,
    /**
     * @param {Trace} trace
     * @param {Node | null} node
     */
    show(trace, node) {
      element.hidden = node === null;
      if (!node) return;
      // The panel stays the same while the trace grows elsewhere. A span never changes once
      // it is stored; what belongs to it may become more.
      const linked = node.linked.map(({ span_id, span }) => [span_id, span !== null]);
      const path = pathTo(node).map(({ id, error }) => [id, error]);
      const signature = JSON.stringify([
        [node.id, node.start, node.end, node.shift, node.span !== null, node.copies],
        [node.logs.length, childSpans(node).length, linked, path, trace.duration],
      ]);
      if (signature === shown) return;
      shown = signature;
      const same = element.dataset.span === node.id;
      const { scrollTop } = element;
      element.dataset.span = node.id;
      fill(element, head(node), pathBlock(node), node.span ? sections(trace, node) : missing(trace, node));
      element.scrollTop = same ? scrollTop : 0;
    },
  };

  /** @param {Node} node */
  function head(node) {
    return h(
      "header",
      { class: `panel-head ${serviceClass(node.service)}` },
      h(
        "div",
        { class: "panel-title" },
        h(
          "p",
          { class: "panel-service" },
          serviceName(node.service),
          node.span && h("span", { class: "kind" }, node.span.kind),
        ),
        h("h2", {}, node.span ? (node.name ? longText(node.name) : "(no name)") : "Span not received"),
      ),
      h(
        "button",
        { type: "button", class: "quiet", title: "Close (Esc)", "aria-label": "Close", onclick: close },
        icon("close"),
      ),
    );
  }

  /** @param {Node} node */
  function pathBlock(node) {
    const path = pathTo(node).filter(({ siblings }) => !siblings);
    if (path.length < 2) return null;
    const between = path.length - STEPS;
    const shown = between > 0 ? [path[0], ...path.slice(1 - STEPS)] : path;
    return h(
      "nav",
      { class: "path", "aria-label": "Path from the root" },
      h(
        "ol",
        {},
        ...shown.map((step, index) =>
          h(
            "li",
            { "aria-current": step === node ? "true" : null },
            between > 0 && index === 1 && h("span", { class: "note" }, `${between} between`),
            h(
              "button",
              { type: "button", onclick: () => select(step), title: `${short(step.service)}: ${short(step.name)}` },
              serviceDot(step.service),
              step.error && icon("error", "error"),
              h("span", {}, step.span ? short(step.name) : "not received"),
            ),
          ),
        ),
      ),
    );
  }

  /**
   * @param {Trace} trace
   * @param {Node} node
   */
  function missing(trace, node) {
    const description = h(
      "div",
      { class: "panel-section" },
      h(
        "p",
        {},
        `${counted(childSpans(node).length, "span")} name it as their parent, but it has not arrived: it may be on its way, ` +
          "was not sampled, or belongs to a program that reports elsewhere.",
      ),
      h("dl", { class: "facts" }, ...fact("Span id", h("code", {}, node.id), copyButton(node.id, "Copy the span id"))),
    );
    return [description, exceptionSections(node), logSection(trace, node)];
  }

  /**
   * @param {Trace} trace
   * @param {Node} node
   */
  function sections(trace, node) {
    const { span } = node;
    if (!span) return [];
    const incoming = node.linked.filter(({ direction }) => direction === "incoming");
    const events = span.events.filter((event) => !isException(event));
    const curl = curlCommand(span);
    return [
      h(
        "dl",
        { class: "facts" },
        node.odd.length > 0 || node.reversed > 0
          ? [
              fact("Start", fullTime(span.start_unix_nano)),
              fact("End", fullTime(span.end_unix_nano)),
              fact("Time", h("span", { class: "odd-time" }, `${node.reversed > 0 ? "It" : "Its"} ${spanLength(node)}`)),
            ]
          : [
              fact("Start", `+${duration(node.start)}`),
              fact(
                "Duration",
                duration(node.end - node.start),
                h("span", { class: "note" }, ` ${percent((node.end - node.start) / trace.duration)} of the trace`),
              ),
              fact("Self time", duration(node.self)),
            ],
        ...fact(
          "Status",
          h("span", { class: `status ${span.status.code}` }, span.status.code),
          node.error && span.status.code !== "error" && h("span", { class: "note" }, " though an exception was thrown"),
          span.status.message && h("span", { class: "status-message" }, longText(span.status.message)),
        ),
        node.copies > 1 &&
          fact("Span id", `${node.copies} different spans have this id, of one program or of several; all are shown`),
        ...(node.shift ? fact("Clock", `moved by ${duration(node.shift)}`) : []),
      ),
      exceptionSections(node),
      ...(span.links.length > 0 || incoming.length > 0 ? [section("Links", linkList(span.links, node.linked))] : []),
      section("Attributes", ...nonEmpty(attributeGroups(span.attributes), span.dropped.attributes)),
      ...(events.length > 0 || span.dropped.events > 0
        ? [
            section(
              `Events`,
              fillAsScrolled(h("ol", { class: "events" }), events, (event) => eventLine(event, node, trace)),
              dropped(span.dropped.events),
            ),
          ]
        : []),
      logSection(trace, node),
      collapsedSection("Resource", ...attributeGroups(span.resource)),
      collapsedSection(
        "Identity",
        h(
          "dl",
          { class: "facts" },
          ...fact("Span id", h("code", {}, span.span_id), copyButton(span.span_id, "Copy the span id")),
          ...fact("Parent", h("code", {}, span.parent_span_id || "none")),
          ...fact("Trace id", h("code", {}, span.trace_id), copyButton(span.trace_id, "Copy the trace id")),
          ...fact("Scope", [span.scope.name, span.scope.version].filter(Boolean).join(" ") || "none"),
          ...fact("Flags", `0x${span.flags.toString(16)}`),
          ...(span.trace_state ? fact("Trace state", h("code", {}, span.trace_state)) : []),
        ),
        ...attributeGroups(span.scope.attributes),
      ),
      h(
        "p",
        { class: "panel-actions" },
        h("button", { type: "button", onclick: () => zoom(node), title: "z" }, "Zoom to it"),
        copyButton(() => JSON.stringify(span, null, 2), "Copy the span as JSON (y)", "Copy as JSON"),
        curl && copyButton(curl, "Copy the request as a command of curl", "Copy as cURL"),
      ),
    ];
  }
}

/**
 * The exceptions of a span, of its events and of its log records; one that is in both, once.
 * @param {Node} node
 */
function exceptionSections(node) {
  /** @type {Map<string, SpanEvent | LogRecord>} */
  const exceptions = new Map();
  const records = [
    ...(node.span?.events ?? []).filter(isException),
    ...node.logs.filter(({ exception }) => exception !== null),
  ];
  for (const record of records) {
    const key = JSON.stringify([record.exception?.type, record.exception?.message]);
    // The one with more attributes; a log record usually has more than an event.
    const known = exceptions.get(key);
    const count = Object.keys(record.attributes).length;
    if (!known || count > Object.keys(known.attributes).length) exceptions.set(key, record);
  }
  if (exceptions.size === 0) return null;
  return fillAsScrolled(h("div", {}), [...exceptions.values()], ({ exception, attributes, time_unix_nano }) =>
    section("Exception", exception && exceptionBlock(exception), breadcrumbList(attributes, time_unix_nano)),
  );
}

/**
 * Whether the section of exceptions shows the event.
 * @param {SpanEvent} event
 */
function isException({ name, exception }) {
  return name === "exception" && exception !== null;
}

/**
 * @param {Trace} trace
 * @param {Node} node
 */
function logSection(trace, node) {
  if (node.logs.length === 0) return null;
  const lines = fillAsScrolled(h("div", { class: "logs" }), node.logs, (log) =>
    logLine(log, { time: offset(between(trace.start, log.time_unix_nano) + node.shift, log.time_unix_nano) }),
  );
  return section(node.logs.length > 1 ? `Logs ${grouped(node.logs.length)}` : "Logs", lines);
}

/**
 * @param {SpanLink[]} links
 * @param {Linked[]} linked
 */
function linkList(links, linked) {
  const incoming = linked.filter(({ direction }) => direction === "incoming");
  const lines = [
    ...links.map((link) => ({ how: "links to", link })),
    ...incoming.map((link) => ({ how: "linked by", link })),
  ];
  return fillAsScrolled(h("ul", { class: "links" }), lines, ({ how, link }) => {
    if ("span" in link) return linkLine(how, link.trace_id, link.span_id, link.span, []);
    const known = linked.find(({ direction, span_id }) => direction === "outgoing" && span_id === link.span_id);
    return linkLine(how, link.trace_id, link.span_id, known?.span ?? null, attributeGroups(link.attributes));
  });
}

/**
 * @param {string} how
 * @param {string} traceId
 * @param {string} spanId
 * @param {Linked["span"]} span
 * @param {HTMLElement[]} attributes
 */
function linkLine(how, traceId, spanId, span, attributes) {
  const words = span ? [serviceName(span.service), h("span", {}, short(span.name)), span.detail && h("span", { class: "note" }, span.detail)] : [h("code", {}, spanId || "no span")];
  return h(
    "li",
    {},
    h("span", { class: "note" }, how),
    span && traceId
      ? h("a", { href: traceAddress(traceId, spanId) }, ...words)
      : h("span", {}, ...words, h("span", { class: "note" }, " has not arrived")),
    ...attributes,
  );
}

/**
 * @param {SpanEvent} event
 * @param {Node} node
 * @param {Trace} trace
 */
function eventLine(event, node, trace) {
  const at = between(trace.start, event.time_unix_nano) + node.shift;
  const { exception } = event;
  return h(
    "li",
    {},
    h("time", { title: `${duration(at - node.start)} after the span began` }, offset(at, event.time_unix_nano)),
    h("span", { class: "event-name" }, short(event.name)),
    exception && exceptionBlock(exception),
    attributeGroups(event.attributes, { except: exception ? EXCEPTION_KEYS : [] }),
  );
}

/**
 * @param {HTMLElement[]} groups
 * @param {number} droppedCount
 */
function nonEmpty(groups, droppedCount) {
  const parts = groups.length > 0 ? groups : [h("p", { class: "note" }, "none")];
  return [...parts, dropped(droppedCount)];
}

/** @param {number} count */
function dropped(count) {
  return count > 0 ? h("p", { class: "note" }, `${count} more were dropped by the SDK`) : null;
}

/**
 * @param {string} title
 * @param {...import("../dom.js").Child} content
 */
function section(title, ...content) {
  return h("section", { class: "panel-section" }, h("h3", {}, title), content);
}

/**
 * @param {string} title
 * @param {...Element} content
 */
function collapsedSection(title, ...content) {
  return h("details", { class: "panel-section" }, h("summary", {}, h("h3", {}, title)), ...content);
}

/**
 * @param {string} name
 * @param {...import("../dom.js").Child} value
 */
function fact(name, ...value) {
  return [h("dt", {}, name), h("dd", {}, ...value)];
}

/** The most steps of a path that are shown; of a longer path, the first and the last ones. */
const STEPS = 24;
