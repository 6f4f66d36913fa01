// @ts-check
// One log record: a line that expands to all its fields.

/** @import { Json, LogRecord } from "./types" */

import { attributeGroups } from "./attributes.js";
import { h } from "./dom.js";
import { fullTime, valueText } from "./format.js";
import { EXCEPTION_KEYS, exceptionBlock } from "./exception.js";
import { traceAddress } from "./navigation.js";
import { serviceName } from "./services.js";
import { severityName } from "./severity.js";

/**
 * @param {LogRecord} log
 * @param {object} around
 * @param {string} around.time the time, as shown here
 * @param {boolean} [around.withService]
 * @param {boolean} [around.withTrace]
 */
export function logLine(log, { time, withService = false, withTrace = false }) {
  const severity = severityName(log.severity_number);
  const exception = isException(log);
  const rest = h("div", { class: "log-rest" });
  const details = h(
    "details",
    { class: `log ${severity}` },
    h(
      "summary",
      {},
      h("time", { title: fullTime(log.time_unix_nano) }, time),
      h("span", { class: `severity ${severity}` }, log.severity_text.slice(0, 12) || severity),
      withService && serviceName(log.service),
      h(
        "span",
        { class: "log-words" },
        log.event_name && h("span", { class: "event-name" }, log.event_name),
        headline(log),
      ),
    ),
    rest,
  );
  // Most lines stay closed: the details are created when a line opens.
  details.addEventListener("toggle", () => {
    if (!details.open || rest.childElementCount > 0) return;
    const body = typeof log.body === "object" && log.body !== null ? JSON.stringify(log.body, null, 2) : null;
    rest.append(
      ...[
        exception && exceptionBlock(log.attributes),
        body && h("pre", {}, h("code", {}, body)),
        ...attributeGroups(log.attributes, { except: exception ? EXCEPTION_KEYS : [] }),
        withTrace &&
          log.trace_id &&
          h("p", {}, h("a", { href: traceAddress(log.trace_id, log.span_id) }, "Open its trace")),
        h("details", { class: "resource" }, h("summary", {}, "Resource"), ...attributeGroups(log.resource)),
      ].filter((part) => part instanceof Node),
    );
  });
  return details;
}

/** @param {LogRecord} log */
export function isException(log) {
  return "exception.type" in log.attributes || "exception.message" in log.attributes;
}

/** @param {LogRecord} log */
function headline(log) {
  const body = typeof log.body === "string" ? log.body : log.body === null ? "" : valueText(log.body);
  if (body) return body.slice(0, 400);
  const value = (/** @type {Json | undefined} */ json) => (json === undefined ? "" : valueText(json));
  if (isException(log))
    return [value(log.attributes["exception.type"]), value(log.attributes["exception.message"])]
      .filter(Boolean)
      .join(": ");
  const vital = log.attributes["browser.web_vital.name"];
  if (vital !== undefined)
    return `${value(vital)} = ${Number(Number(log.attributes["browser.web_vital.value"]).toPrecision(4))}`;
  return log.event_name ? "" : "(empty)";
}
