// @ts-check
// The view of errors: exceptions in groups.

/** @import { EngineFailure, ErrorGroup, Trend, View } from "../types" */

import { ApiFailure, changeError, fetchErrors } from "../api.js";
import { completion } from "../completion.js";
import { fill, h, icon } from "../dom.js";
import { emptyNotice, failureNotice, unreadableSearch } from "../empty.js";
import { keepFocus, moveFocus } from "../focus.js";
import { ago, counted, fullTime } from "../format.js";
import { engineFailure } from "../log-record.js";
import { short } from "../long-text.js";
import { given, replaceParameters } from "../navigation.js";
import { olderPages } from "../older.js";
import { serviceFilter } from "../service-filter.js";
import { afterPause, atMostEvery } from "../throttle.js";
import { timeRange } from "../time-range.js";
import { groupBlock } from "./group.js";

/**
 * @param {URL} address
 * @returns {View}
 */
export function errorsView(address) {
  /** The id of the only group that is shown; empty for all. */
  let only = "";
  /** @type {ErrorGroup[]} */
  let shown = [];
  const changed = afterPause(150, () => {
    replaceParameters(filter());
    older.reset();
    load();
  });
  const older = olderPages("error", () => load());
  const text = h("input", {
    type: "search",
    placeholder: "Type, message, place or key=value",
    "aria-label": "Search",
    autocomplete: "off",
    spellcheck: "false",
    oninput: changed,
    title: "Words of the type, the message or the place; attributes as key=value, with * for anything, or key>100. Quotes keep spaces",
  });
  const [route, release] = ["Route", "Release"].map((words) =>
    h("input", { type: "search", placeholder: words, "aria-label": words, autocomplete: "off", spellcheck: "false", oninput: changed, title: "* at either end is any text" }),
  );
  const service = serviceFilter(changed);
  const state = h(
    "select",
    { name: "state", "aria-label": "State", onchange: changed },
    h("option", { value: "" }, "Any state"),
    STATES.map(([value, words]) => h("option", { value }, words)),
  );
  const times = timeRange(changed);
  const list = h("div", { class: "error-groups" });
  // Failures of the pages' instrumentation are no exceptions of the application.
  const engine = h("div", { class: "engine-failures", role: "status" });
  const failed = h("div", { role: "alert" });
  const alone = h("p", { class: "lead", hidden: true }, "One error alone. ", h("a", { href: "/errors" }, "Show all errors"));
  const element = h(
    "section",
    { class: "report" },
    h("h1", {}, "Errors"),
    h("p", { class: "lead" }, "One entry for each fault, whatever the build, the release and the message. The newest one is shown."),
    h(
      "search",
      { class: "search-bar" },
      h("label", { class: "search-field with-icon" }, icon("search"), text, h("kbd", { "aria-hidden": "true" }, "/")),
      service.element,
      state,
      h("label", { class: "search-field" }, route),
      h("label", { class: "search-field" }, release),
      times.element,
      completion(text),
    ),
    failed,
    alone,
    engine,
    list,
    older.element,
  );
  /**
   * The ids of open groups.
   * @type {Set<string>}
   */
  const open = new Set();
  apply(address);

  /** @param {URL} address */
  function apply(address) {
    const { searchParams } = address;
    text.value = searchParams.get("q") ?? "";
    service.select(searchParams.get("service") ?? "");
    state.value = searchParams.get("state") ?? "";
    route.value = searchParams.get("route") ?? "";
    release.value = searchParams.get("release") ?? "";
    times.apply(address);
    only = searchParams.get("group") ?? "";
    if (only) open.add(only);
    alone.hidden = only === "";
  }

  function filter() {
    return { q: text.value.trim(), service: service.name(), state: state.value, route: route.value.trim(), release: release.value.trim(), group: only, ...times.parameters() };
  }

  const load = atMostEvery(800, async () => {
    const wanted = given(filter());
    const result = await older.fetchPages((page) => fetchErrors({ ...wanted, ...page }), ({ errors }) => errors).catch((failure) => failure);
    older.show(result instanceof Error ? 0 : result.errors.length, result instanceof Error ? null : result.next);
    const isUnreadable = result instanceof ApiFailure && result.status === 400;
    text.setAttribute("aria-invalid", String(isUnreadable));
    if (result instanceof Error) fill(list, isUnreadable ? unreadableSearch(result) : failureNotice(result));
    else {
      draw(result.errors, result.trend);
      fill(engine, only ? null : result.engine_failures.map(engineNotice));
    }
  });

  /**
   * @param {ErrorGroup[]} groups
   * @param {Trend} trend
   */
  function draw(groups, trend) {
    shown = groups;
    keepFocus(list, () => fill(list, groups.map((group) => groupBlock(group, trend, open, change))));
    if (groups.length > 0) return;
    if (Object.keys(given(filter())).length > 0) {
      fill(list, emptyNotice("No exception matches", "Remove a filter, or choose a longer time. What was evicted is found no more."));
    } else {
      fill(
        list,
        emptyNotice(
          "No exceptions",
          "An exception appears here when a log record or a span event carries ",
          h("code", {}, "exception.type"),
          " or ",
          h("code", {}, "exception.message"),
          ".",
        ),
      );
    }
  }

  /** @param {ErrorGroup} group */
  async function change({ id, state }) {
    const failure = await changeError(state === "resolved" ? "reopen" : "resolve", id).catch((failure) => failure);
    fill(failed, failure instanceof Error ? failureNotice(failure) : null);
    load();
  }

  /** Resolves the error that has the focus, or opens it again. */
  function changeFocused() {
    const id = document.activeElement?.closest("[data-group]")?.getAttribute("data-group");
    const group = shown.find((group) => group.id === id);
    if (!group) return false;
    void change(group);
  }

  /** @param {number} step */
  function walk(step) {
    moveFocus(list.children, step, "summary");
  }

  load();
  return {
    element,
    title: "Errors",
    keys: [
      { keys: ["j", "ArrowDown"], description: "Next error", run: () => walk(1) },
      { keys: ["k", "ArrowUp"], description: "Previous error", run: () => walk(-1) },
      { keys: ["r"], description: "Mark the error as resolved, or open it again", run: changeFocused },
      {
        keys: ["/"],
        description: "Search",
        run: () => {
          text.focus();
          text.select();
        },
      },
    ],
    changed(change) {
      if (change.errors || change.evicted) load();
    },
    moved(there) {
      apply(there);
      older.reset();
      load();
    },
  };
}

/** @param {EngineFailure} failure */
function engineNotice({ service, reason, message, count, last_seen_unix_nano }) {
  return h(
    "p",
    { class: "notice" },
    icon("error"),
    h(
      "span",
      {},
      `${engineFailure(reason, short(message ?? ""))}. In pages of `,
      h("b", {}, service),
      `, ${counted(count, "time")}; the pages work on, and the edge or the page’s minimal client does its work.`,
    ),
    h("time", { title: fullTime(last_seen_unix_nano) }, ago(last_seen_unix_nano)),
  );
}

/** @type {[ErrorGroup["state"], string][]} */
const STATES = [
  ["new", "New"],
  ["open", "Open"],
  ["resolved", "Resolved"],
  ["came back", "Came back"],
];
