// @ts-check
// The view of log records, newest first.

/** @import { LogRecord, View } from "./types" */

import { fetchLogs } from "./api.js";
import { fill, h } from "./dom.js";
import { emptyNotice, failureNotice } from "./empty.js";
import { moveFocus } from "./focus.js";
import { clockTime } from "./format.js";
import { logContent, logLine } from "./log-record.js";
import { longList } from "./long-list.js";
import { short } from "./long-text.js";
import { replaceParameters } from "./navigation.js";
import { knownServices } from "./services.js";
import { afterPause, atMostEvery } from "./throttle.js";

/**
 * @param {URL} address
 * @returns {View}
 */
export function logsView(address) {
  const changed = afterPause(150, () => {
    replaceParameters(filter());
    load();
  });
  const service = h(
    "select",
    { "aria-label": "Service", onchange: changed },
    h("option", { value: "" }, "All services"),
    ...knownServices()
      .sort()
      .map((name) => h("option", { value: name }, short(name, 100))),
  );
  const severity = h(
    "select",
    { "aria-label": "Least severity", onchange: changed },
    ...SEVERITIES.map(([number, words]) => h("option", { value: number }, words)),
  );
  const event = h("input", {
    type: "search",
    placeholder: "Event name",
    "aria-label": "Event name",
    spellcheck: "false",
    oninput: changed,
  });
  const list = h("div", { class: "logs" });
  const notice = h("div", {});
  const element = h(
    "section",
    { class: "report" },
    h("h1", {}, "Logs"),
    h("search", { class: "search-bar" }, service, severity, h("label", { class: "search-field" }, event)),
    list,
    notice,
  );
  // The lines keep their elements, so that a new record closes no open line.
  const lines = longList(list, {
    key: logContent,
    draw: (/** @type {LogRecord} */ log) =>
      logLine(log, { time: clockTime(log.time_unix_nano), withService: true, withTrace: true }),
  });
  service.value = address.searchParams.get("service") ?? "";
  severity.value = address.searchParams.get("min_severity") ?? "";
  event.value = address.searchParams.get("event") ?? "";

  const load = atMostEvery(600, async () => {
    const filters = Object.entries(filter()).filter(([, value]) => value !== "");
    const result = await fetchLogs({ ...Object.fromEntries(filters), limit: "300" }).catch((failure) => failure);
    const logs = result instanceof Error ? [] : result.logs;
    lines.show(logs);
    list.hidden = logs.length === 0;
    fill(
      notice,
      result instanceof Error
        ? failureNotice(result)
        : logs.length > 0
          ? null
          : filters.length > 0
            ? emptyNotice("No log record matches", "Remove a filter.")
            : emptyNotice(
                "No logs yet",
                "Log records that SDKs send appear here, and those of a trace also with its spans.",
              ),
    );
  });

  function filter() {
    return { service: service.value, min_severity: severity.value, event: event.value.trim() };
  }

  /** @param {number} step */
  function walk(step) {
    moveFocus(list.children, step, "summary");
  }

  load();
  return {
    element,
    title: "Logs",
    keys: [
      { keys: ["j", "ArrowDown"], description: "Next log record", run: () => walk(1) },
      { keys: ["k", "ArrowUp"], description: "Previous log record", run: () => walk(-1) },
    ],
    changed(change) {
      if (change.logs || change.evicted) load();
    },
  };
}

/** @type {[string, string][]} */
const SEVERITIES = [
  ["", "Any severity"],
  ["5", "Debug and up"],
  ["9", "Info and up"],
  ["13", "Warnings and up"],
  ["17", "Errors and up"],
  ["21", "Fatal"],
];
