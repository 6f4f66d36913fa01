// @ts-check
// The view of log records, newest first.

/** @import { LogRecord, View } from "./types" */

import { fetchLogs } from "./api.js";
import { fill, h } from "./dom.js";
import { emptyNotice, failureNotice } from "./empty.js";
import { clockTime } from "./format.js";
import { logLine } from "./log-record.js";
import { note } from "./navigation.js";
import { knownServices } from "./services.js";
import { afterPause, atMostEvery } from "./throttle.js";

/**
 * @param {URL} address
 * @returns {View}
 */
export function logsView(address) {
  const changed = afterPause(150, () => {
    note(filter());
    shown.clear();
    load();
  });
  const service = h(
    "select",
    { "aria-label": "Service", onchange: changed },
    h("option", { value: "" }, "All services"),
    ...knownServices()
      .sort()
      .map((name) => h("option", { value: name }, name)),
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
  const element = h(
    "section",
    { class: "report" },
    h("h1", {}, "Logs"),
    h("search", { class: "search-bar" }, service, severity, h("label", { class: "search-field" }, event)),
    list,
  );
  /**
   * The lines in the document by key. They are kept, so that a new record closes no open line.
   * @type {Map<string, HTMLElement>}
   */
  const shown = new Map();
  service.value = address.searchParams.get("service") ?? "";
  severity.value = address.searchParams.get("min_severity") ?? "";
  event.value = address.searchParams.get("event") ?? "";

  const load = atMostEvery(600, async () => {
    const filters = Object.entries(filter()).filter(([, value]) => value !== "");
    const answer = await fetchLogs({ ...Object.fromEntries(filters), limit: "300" }).catch((failure) => failure);
    if (answer instanceof Error) {
      fill(list, failureNotice(answer));
      return;
    }
    draw(answer.logs);
    if (answer.logs.length === 0) {
      fill(
        list,
        filters.length > 0
          ? emptyNotice("No log record matches", "Remove a filter.")
          : emptyNotice(
              "No logs yet",
              "Log records that SDKs send appear here, and those of a trace also with its spans.",
            ),
      );
    }
  });

  /** @param {LogRecord[]} logs */
  function draw(logs) {
    const lines = logs.map((log) => {
      const key = JSON.stringify([
        log.time_unix_nano,
        log.service,
        log.span_id,
        log.event_name,
        log.body,
        log.attributes,
      ]);
      const line =
        shown.get(key) ?? logLine(log, { time: clockTime(log.time_unix_nano), withService: true, withTrace: true });
      return /** @type {[string, HTMLElement]} */ ([key, line]);
    });
    shown.clear();
    for (const [key, line] of lines) shown.set(key, line);
    list.replaceChildren(...shown.values());
  }

  function filter() {
    return { service: service.value, min_severity: severity.value, event: event.value.trim() };
  }

  /** @param {number} step */
  function walk(step) {
    const all = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("details.log > summary")]);
    const at = all.findIndex((summary) => summary.parentElement?.contains(document.activeElement));
    all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + step))]?.focus();
  }

  load();
  return {
    element,
    title: "Logs",
    keys: [
      { keys: ["j", "ArrowDown"], does: "Next log record", press: () => walk(1) },
      { keys: ["k", "ArrowUp"], does: "Previous log record", press: () => walk(-1) },
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
