// @ts-check
// The view of errors: exceptions in groups.

/** @import { EngineFailure, ErrorGroup, View } from "./types" */

import { fetchErrors } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { emptyNotice, failureNotice } from "./empty.js";
import { stackBlock } from "./exception.js";
import { moveFocus } from "./focus.js";
import { ago, clockTime, counted, fullTime, grouped } from "./format.js";
import { engineFailure } from "./log-record.js";
import { short } from "./long-text.js";
import { traceAddress } from "./navigation.js";
import { serviceName } from "./services.js";
import { atMostEvery } from "./throttle.js";

/** @returns {View} */
export function errorsView() {
  const list = h("div", { class: "error-groups" });
  // Failures of the pages' instrumentation are no exceptions of the application.
  const engine = h("div", { class: "engine-failures", role: "status" });
  const element = h(
    "section",
    { class: "report" },
    h("h1", {}, "Errors"),
    h("p", { class: "lead" }, "Exceptions of equal type and message, thrown at the same place."),
    engine,
    list,
  );
  /** @type {Set<string>} */
  const open = new Set();

  const load = atMostEvery(800, async () => {
    const result = await fetchErrors().catch((failure) => failure);
    if (result instanceof Error) fill(list, failureNotice(result));
    else {
      draw(result.errors);
      fill(engine, result.engine_failures.map(engineNotice));
    }
  });

  /** @param {ErrorGroup[]} groups */
  function draw(groups) {
    const focused = list.contains(document.activeElement)
      ? document.activeElement?.closest("details")?.dataset.group
      : undefined;
    fill(
      list,
      groups.map((group) => groupBlock(group, open)),
    );
    if (focused)
      [...list.children]
        .find((block) => block.getAttribute("data-group") === focused)
        ?.querySelector("summary")
        ?.focus({ preventScroll: true });
    if (groups.length === 0) {
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
    ],
    changed(change) {
      if (change.errors || change.evicted) load();
    },
  };
}

/**
 * @param {ErrorGroup} group
 * @param {Set<string>} open keys of the open groups
 */
function groupBlock(group, open) {
  const key = JSON.stringify([group.type, group.message, group.thrown_at]);
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
      h("span", { class: "error-services" }, group.services.map(serviceName)),
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
    fill(rest, group.latest?.exception && stackBlock(group.latest.exception), recent(group));
  };
  details.addEventListener("toggle", show);
  if (details.open) show();
  return details;
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
