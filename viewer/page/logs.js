// @ts-check
// The view of log records, newest first.

/** @import { LogList, LogRecord, View } from "./types" */

import { ApiFailure, fetchLogs } from "./api.js";
import { completion } from "./completion.js";
import { fill, h, icon } from "./dom.js";
import { emptyNotice, failureNotice, unreadableSearch } from "./empty.js";
import { moveFocus } from "./focus.js";
import { clockTime, grouped } from "./format.js";
import { logContent, logLine } from "./log-record.js";
import { longList } from "./long-list.js";
import { given, replaceParameters } from "./navigation.js";
import { olderPages } from "./older.js";
import { pauseButton } from "./pause.js";
import { serviceFilter } from "./service-filter.js";
import { afterPause, atMostEvery } from "./throttle.js";
import { timeRange } from "./time-range.js";

/**
 * @param {URL} address
 * @returns {View}
 */
export function logsView(address) {
  /** @type {LogRecord[]} */
  let shown = [];
  let requests = 0;
  const changed = afterPause(150, () => {
    replaceParameters(filter());
    older.reset();
    load();
  });
  const older = olderPages("log record", load);
  const text = h("input", {
    type: "search",
    placeholder: "Word or key=value",
    "aria-label": "Search",
    autocomplete: "off",
    spellcheck: "false",
    oninput: changed,
    title: "Words of the message or the event; attributes as key=value, with * for anything, or key>100. Quotes keep spaces",
  });
  const service = serviceFilter(changed);
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
  const times = timeRange(changed);
  const pause = pauseButton(load);
  const list = h("div", { class: "logs" });
  const notice = h("div", {});
  const element = h(
    "section",
    { class: "report" },
    h("h1", {}, "Logs"),
    h(
      "search",
      { class: "search-bar" },
      h("label", { class: "search-field with-icon" }, icon("search"), text, h("kbd", { "aria-hidden": "true" }, "/")),
      service.element,
      severity,
      h("label", { class: "search-field" }, event),
      times.element,
      pause.element,
      completion(text),
    ),
    list,
    notice,
    older.element,
  );
  // The lines keep their elements, so that a new record closes no open line.
  const lines = longList(list, {
    key: logContent,
    draw: (/** @type {LogRecord} */ log) =>
      logLine(log, { time: clockTime(log.time_unix_nano), withService: true, withTrace: true }),
  });
  apply(address);

  /** @param {URL} address */
  function apply(address) {
    const { searchParams } = address;
    text.value = searchParams.get("q") ?? "";
    service.select(searchParams.get("service") ?? "");
    severity.value = searchParams.get("min_severity") ?? "";
    event.value = searchParams.get("event") ?? "";
    times.apply(address);
  }

  /** A new search, or the end of a pause. */
  async function load() {
    const number = ++requests;
    const result = await request();
    if (number === requests) show(result);
  }

  const refresh = atMostEvery(600, async () => {
    const number = requests;
    const result = await request();
    if (number !== requests) return;
    // The person may have paused meanwhile.
    if (!pause.isPaused()) show(result);
    else if (!(result instanceof Error)) count(result.logs);
  });

  /** @param {LogList | Error} result */
  function show(result) {
    const logs = result instanceof Error ? [] : result.logs;
    older.show(logs.length, result instanceof Error ? null : result.next);
    shown = logs;
    pause.waiting(0, false);
    lines.show(logs);
    list.hidden = logs.length === 0;
    const isUnreadable = result instanceof ApiFailure && result.status === 400;
    text.setAttribute("aria-invalid", String(isUnreadable));
    fill(
      notice,
      isUnreadable
        ? unreadableSearch(result)
        : result instanceof Error
          ? failureNotice(result)
          : logs.length > 0
            ? null
            : result.next !== null
              ? emptyNotice(`No log record among the newest ${grouped(result.looked_at)} matches`, "A search ends there, so that it is fast. Older ones may match.")
            : Object.keys(given(filter())).length > 0
              ? emptyNotice("No log record matches", "Remove a filter, or choose a longer time.")
              : emptyNotice(
                  "No logs yet",
                  "Log records that SDKs send appear here, and those of a trace also with its spans.",
                ),
    );
  }

  /**
   * Says how many are not shown yet.
   * @param {LogRecord[]} logs
   */
  function count(logs) {
    const known = new Map();
    for (const key of shown.map(logContent)) known.set(key, (known.get(key) ?? 0) + 1);
    const fresh = logs.map(logContent).filter((key) => {
      const left = known.get(key) ?? 0;
      known.set(key, left - 1);
      return left <= 0;
    });
    pause.waiting(fresh.length, fresh.length > 0 && fresh.length === logs.length);
  }

  /** @returns {Promise<LogList | Error>} */
  function request() {
    const wanted = given(filter());
    return older.fetchPages((page) => fetchLogs({ ...wanted, ...page }, LIMIT), ({ logs }) => logs).catch((failure) => failure);
  }

  function filter() {
    return {
      q: text.value.trim(),
      service: service.name(),
      min_severity: severity.value,
      event: event.value.trim(),
      ...times.parameters(),
    };
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
      {
        keys: ["/"],
        description: "Search",
        run: () => {
          text.focus();
          text.select();
        },
      },
      { keys: ["p"], description: "Pause, or go on", run: pause.toggle },
    ],
    changed(change) {
      if (change.logs || change.evicted) refresh();
    },
    moved(there) {
      apply(there);
      older.reset();
      load();
    },
  };
}

/** Log records of a page. */
const LIMIT = 300;
/** @type {[string, string][]} */
const SEVERITIES = [
  ["", "Any severity"],
  ["5", "Debug and up"],
  ["9", "Info and up"],
  ["13", "Warnings and up"],
  ["17", "Errors and up"],
  ["21", "Fatal"],
];
