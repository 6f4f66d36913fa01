// @ts-check
// One log record: a line that expands to all its fields.

/** @import { Json, LogRecord } from "./types" */

import { attributeGroups } from "./attributes.js";
import { BREADCRUMBS, breadcrumbList } from "./breadcrumbs.js";
import { copyButton, h, icon } from "./dom.js";
import { fullTime, valueText } from "./format.js";
import { longText, short } from "./long-text.js";
import { EXCEPTION_KEYS, exceptionBlock } from "./exception.js";
import { traceAddress } from "./navigation.js";
import { serviceName } from "./services.js";
import { severityName } from "./severity.js";
import { vitalElement, vitalParts } from "./vital-parts.js";

/**
 * @param {LogRecord} log
 * @param {object} around
 * @param {string} around.time the time, as shown here
 * @param {boolean} [around.withService]
 * @param {boolean} [around.withTrace]
 */
export function logLine(log, { time, withService = false, withTrace = false }) {
  const severity = severityName(log.severity_number);
  const { exception } = log;
  const rest = h("div", { class: "log-rest" });
  const details = h(
    "details",
    { class: `log ${severity}` },
    h(
      "summary",
      {},
      h(
        "time",
        { title: timeTitle(log) },
        log.odd_time_unix_nano && h("span", { class: "odd-time" }, icon("clock", "received at"), " "),
        time,
      ),
      h("span", { class: `severity ${severity}` }, log.severity_text.slice(0, 12) || severity),
      withService && serviceName(log.service),
      h(
        "span",
        { class: "log-words" },
        log.event_name && h("span", { class: "event-name" }, short(log.event_name)),
        headline(log),
        preview(log),
      ),
    ),
    rest,
  );
  // Most lines stay closed: the details are created when a line opens.
  details.addEventListener("toggle", () => {
    if (!details.open || rest.childElementCount > 0) return;
    const findable = log.trace_id !== "";
    const body = typeof log.body === "object" && log.body !== null ? JSON.stringify(log.body, null, 2) : null;
    rest.append(
      ...[
        exception && exceptionBlock(exception),
        exception && breadcrumbList(log.attributes, log.time_unix_nano),
        vitalParts(log.attributes),
        // The line shows the beginning of a text.
        (body || rest.closest("details")?.querySelector(".cut")) && h("pre", {}, h("code", {}, longText(body ?? valueText(log.body)))),
        ...attributeGroups(log.attributes, { except: exception ? EXCEPTION_KEYS : [], findable }),
        withTrace &&
          log.trace_id &&
          h("p", {}, h("a", { href: traceAddress(log.trace_id, log.span_id) }, "Open its trace")),
        h("details", { class: "resource" }, h("summary", {}, "Resource"), ...attributeGroups(log.resource, { findable })),
        h("p", { class: "log-actions" }, copyButton(() => JSON.stringify(log, null, 2), "Copy the log record as JSON", "Copy as JSON")),
      ].filter((part) => part instanceof Node),
    );
  });
  return details;
}

/** @param {LogRecord} log */
function timeTitle({ time_unix_nano, odd_time_unix_nano }) {
  const time = fullTime(time_unix_nano);
  return odd_time_unix_nano ? `received ${time}; its own time, ${fullTime(odd_time_unix_nano)}, cannot be right` : time;
}

/**
 * The content of a log record, which distinguishes it from others.
 * @param {LogRecord} log
 */
export function logContent(log) {
  return JSON.stringify([log.time_unix_nano, log.service, log.span_id, log.event_name, log.body, log.attributes]);
}

/**
 * The failure of a page's engine. The page itself is not at fault and works on.
 * @param {string} reason
 * @param {string} message
 */
export function engineFailure(reason, message) {
  const words = reason === "trap" ? "Throughline’s engine trapped" : "Throughline’s engine could not be loaded";
  return message ? `${words}: ${message}` : words;
}

/**
 * The words of a log record, for one line.
 * @param {LogRecord} log
 */
export function headline(log) {
  const body = typeof log.body === "string" ? log.body : log.body === null ? "" : valueText(log.body);
  if (body.length > MAX_HEADLINE) return h("span", { class: "cut" }, short(body, MAX_HEADLINE));
  if (body) return body;
  const value = (/** @type {Json | undefined} */ json) => (json === undefined ? "" : valueText(json));
  if (log.event_name === "throughline.engine.failure") {
    const [reason, message] = ["reason", "message"].map((name) => value(log.attributes[`throughline.engine.failure.${name}`]));
    return short(engineFailure(reason ?? "", message ?? ""), MAX_HEADLINE);
  }
  if (log.exception) {
    const { type, message } = log.exception;
    return short([type, message].filter(Boolean).join(": "), MAX_HEADLINE);
  }
  const vital = log.attributes["browser.web_vital.name"];
  if (vital !== undefined) {
    const element = vitalElement(log.attributes);
    const number = Number(Number(log.attributes["browser.web_vital.value"]).toPrecision(4));
    return `${value(vital)} = ${number}${element && ` · ${element}`}`;
  }
  return log.event_name ? "" : "(empty)";
}

/**
 * The attributes that fit into a closed line; those that most records of a page have come last.
 * @param {LogRecord} log
 */
function preview({ attributes, exception }) {
  const shown = Object.entries(attributes).filter(
    ([key]) => !(exception && EXCEPTION_KEYS.includes(key)) && key !== BREADCRUMBS && !key.startsWith("browser.web_vital."),
  );
  if (shown.length === 0) return null;
  const [rare, common] = [false, true].map((common) => shown.filter(([key]) => COMMON.test(key) === common));
  return h(
    "span",
    { class: "log-attributes" },
    [...rare, ...common].slice(0, MAX_ATTRIBUTES).map(([key, value]) => [
      " ",
      h("span", { class: "log-attribute" }, h("span", { class: "key" }, `${short(key, 60)}=`), short(valueText(value), 60)),
    ]),
  );
}

/** Keys of attributes that many records of one page or program share. */
const COMMON = /^(browser|session|user_agent|throughline|telemetry|code|thread|url)\./;
/** Attributes of a closed line. */
const MAX_ATTRIBUTES = 8;
/** Characters of a closed line. */
const MAX_HEADLINE = 400;
