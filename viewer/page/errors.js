// @ts-check
// The view of errors: exceptions in groups.

/** @import { EngineFailure, ErrorGroup, Trend, View } from "./types" */

import { fetchErrors } from "./api.js";
import { copyButton, fill, h, icon } from "./dom.js";
import { emptyNotice, failureNotice } from "./empty.js";
import { stackBlock } from "./exception.js";
import { moveFocus } from "./focus.js";
import { ago, clockTime, counted, fullTime, grouped } from "./format.js";
import { engineFailure } from "./log-record.js";
import { short } from "./long-text.js";
import { given, replaceParameters, traceAddress } from "./navigation.js";
import { serviceFilter } from "./service-filter.js";
import { serviceName } from "./services.js";
import { afterPause, atMostEvery } from "./throttle.js";
import { timeRange } from "./time-range.js";
import { trendChart } from "./trend.js";

/**
 * @param {URL} address
 * @returns {View}
 */
export function errorsView(address) {
  /** The id of the only group that is shown; empty for all. */
  let only = "";
  const changed = afterPause(150, () => {
    replaceParameters(filter());
    load();
  });
  const text = h("input", {
    type: "search",
    placeholder: "Type, message or place",
    "aria-label": "Search",
    autocomplete: "off",
    spellcheck: "false",
    oninput: changed,
  });
  const service = serviceFilter(changed);
  const times = timeRange(changed);
  const list = h("div", { class: "error-groups" });
  // Failures of the pages' instrumentation are no exceptions of the application.
  const engine = h("div", { class: "engine-failures", role: "status" });
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
      times.element,
    ),
    alone,
    engine,
    list,
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
    times.apply(address);
    only = searchParams.get("group") ?? "";
    if (only) open.add(only);
    alone.hidden = only === "";
  }

  function filter() {
    return { q: text.value.trim(), service: service.name(), group: only, ...times.parameters() };
  }

  const load = atMostEvery(800, async () => {
    const result = await fetchErrors(given(filter())).catch((failure) => failure);
    if (result instanceof Error) fill(list, failureNotice(result));
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
    const focused = list.contains(document.activeElement)
      ? document.activeElement?.closest("details")?.dataset.group
      : undefined;
    fill(
      list,
      groups.map((group) => groupBlock(group, trend, open)),
    );
    if (focused)
      [...list.children]
        .find((block) => block.getAttribute("data-group") === focused)
        ?.querySelector("summary")
        ?.focus({ preventScroll: true });
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
      load();
    },
  };
}

/**
 * @param {ErrorGroup} group
 * @param {Trend} trend
 * @param {Set<string>} open ids of the open groups
 */
function groupBlock(group, trend, open) {
  const key = group.id;
  const rest = h("div", { class: "error-rest" });
  const details = h(
    "details",
    { class: "error-group", "data-group": key, open: open.has(key) },
    h(
      "summary",
      {},
      h(
        "span",
        { class: "error-words" },
        h("strong", {}, short(group.type) || "Exception"),
        " ",
        h("span", { class: "exception-message" }, short(group.message, 1_000)),
        h("span", { class: "thrown-at" }, group.thrown_at),
      ),
      h(
        "span",
        { class: "error-services" },
        group.services.map(serviceName),
        group.releases.length > 0 && h("span", { class: "release", title: "Release" }, releaseRange(group.releases)),
        group.is_new && h("span", { class: "new-group", title: "No release before the newest has thrown it" }, "new"),
      ),
      trendChart(group.trend, trend, "occurrence"),
      h(
        "span",
        { class: "error-times", title: counted(group.count, "occurrence") },
        h("b", {}, grouped(group.count)),
        h("span", { class: "unit" }, " ×"),
      ),
      h(
        "time",
        { title: `last ${fullTime(group.last_seen_unix_nano)}\nfirst ${fullTime(group.first_seen_unix_nano)}` },
        ago(group.last_seen_unix_nano),
      ),
    ),
    rest,
  );
  const show = () => {
    if (details.open) open.add(key);
    else open.delete(key);
    if (!details.open || rest.childElementCount > 0) return;
    fill(rest, facts(group), group.latest?.exception && stackBlock(group.latest.exception), recent(group));
  };
  details.addEventListener("toggle", show);
  if (details.open) show();
  return details;
}

/** @param {ErrorGroup} group */
function facts({ id, releases, affected, first_seen_unix_nano, last_seen_unix_nano }) {
  const address = `/errors?group=${id}`;
  return h(
    "dl",
    { class: "facts" },
    h("dt", {}, "First seen"),
    h("dd", {}, h("time", { title: fullTime(first_seen_unix_nano) }, `${clockTime(first_seen_unix_nano)}, ${ago(first_seen_unix_nano)}`)),
    h("dt", {}, "Last seen"),
    h("dd", {}, h("time", { title: fullTime(last_seen_unix_nano) }, `${clockTime(last_seen_unix_nano)}, ${ago(last_seen_unix_nano)}`)),
    h("dt", {}, releases.length > 1 ? "Releases" : "Release"),
    h("dd", {}, releases.length > 0 ? releases.map((release) => short(release, 60)).join(", ") : h("span", { class: "note" }, "no service.version")),
    affected.sessions > 0 && [h("dt", {}, "Sessions"), h("dd", {}, grouped(affected.sessions))],
    affected.routes.length > 0 && [h("dt", {}, "Routes"), h("dd", {}, affected.routes.map(({ route, count }) => `${short(route, 60)} (${grouped(count)})`).join(", "))],
    h("dt", {}, "Address"),
    h("dd", {}, h("a", { href: address }, "this error alone"), copyButton(location.origin + address, "Copy the address of this error")),
  );
}

/**
 * The release that threw it first, and the last one that did for the first time.
 * @param {string[]} releases
 */
function releaseRange(releases) {
  const [first, last] = [releases[0], releases[releases.length - 1]].map((release) => short(release, 20));
  return first === last ? first : `${first} – ${last}`;
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

/** @param {ErrorGroup} group */
function recent(group) {
  if (group.recent.length === 0) return h("p", { class: "note" }, "It happened outside any trace.");
  return h(
    "section",
    { class: "recent" },
    h("h2", {}, `In ${counted(group.traces, "trace")}`),
    h(
      "ul",
      {},
      ...group.recent.map(({ trace_id, span_id, time_unix_nano }) =>
        h(
          "li",
          {},
          h(
            "a",
            { href: traceAddress(trace_id, span_id) },
            clockTime(time_unix_nano),
            " ",
            h("code", {}, trace_id.slice(0, 8)),
          ),
        ),
      ),
    ),
  );
}
