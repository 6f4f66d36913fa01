// @ts-check
// The view of sessions: the list of visits, and one of them on one time axis.

/** @import { SessionRow } from "../overviews" */
/** @import { View } from "../types" */

import { ApiFailure, fetchSession, fetchSessions } from "../api.js";
import { copyButton, fill, h, icon } from "../dom.js";
import { emptyNotice, failureNotice } from "../empty.js";
import { moveFocus } from "../focus.js";
import { ago, clockTime, counted, fullTime } from "../format.js";
import { short } from "../long-text.js";
import { given, go, replaceParameters } from "../navigation.js";
import { olderPages } from "../older.js";
import { afterPause, atMostEvery } from "../throttle.js";
import { timeRange } from "../time-range.js";
import { extent, sessionAxis, visitTimes } from "./axis.js";

/**
 * @param {URL} address
 * @returns {View}
 */
export function sessionsView(address) {
  /** The id of the visit that is open; empty for the list. */
  let id = "";
  let shown = "";
  const changed = afterPause(150, () => {
    replaceParameters(times.parameters());
    older.reset();
    load();
  });
  const older = olderPages("session", () => load());
  const times = timeRange(changed);
  const bar = h("search", { class: "search-bar" }, times.element);
  const back = h("p", { hidden: true }, h("a", { href: "/sessions" }, "All sessions"));
  const content = h("div", {});
  const element = h("section", { class: "report sessions" }, h("h1", {}, "Sessions"), bar, back, content, older.element);
  apply(address);

  /** @param {URL} address */
  function apply(address) {
    times.apply(address);
    id = address.searchParams.get("session") ?? "";
    bar.hidden = id !== "";
    back.hidden = id === "";
    shown = "";
  }

  const load = atMostEvery(1000, async () => {
    const wanted = id;
    const result = await (wanted ? fetchSession(wanted) : fetchList()).catch((failure) => failure);
    if (wanted !== id) return;
    const isList = !(result instanceof Error) && "sessions" in result;
    older.show(isList ? result.sessions.length : 0, isList ? result.next : null);
    // What a person reads stays as it is while nothing of it changes.
    const received = result instanceof Error ? result.message : JSON.stringify(result);
    if (received === shown) return;
    shown = received;
    const hadFocus = content.contains(document.activeElement) && document.activeElement?.getAttribute("href");
    if (result instanceof ApiFailure && result.status === 404)
      fill(content, emptyNotice("This session is not here", "Its traces have not arrived, or were evicted to make room for newer ones."));
    else if (result instanceof Error) fill(content, failureNotice(result));
    else if ("events" in result) showSession(result);
    else showList(result.sessions);
    if (hadFocus) [...content.querySelectorAll("a")].find((link) => link.getAttribute("href") === hadFocus)?.focus({ preventScroll: true });
  });

  function fetchList() {
    const wanted = given(times.parameters());
    return older.fetchPages((page) => fetchSessions({ ...wanted, ...page }), ({ sessions }) => sessions);
  }

  /** @param {import("../overviews").Session} session */
  function showSession(session) {
    const { session_id, traces, events } = session;
    const { start, end } = extent(session);
    const errors = events.filter(({ failed }) => failed).length;
    fill(
      content,
      h(
        "p",
        { class: "lead" },
        h("code", {}, short(session_id, 60)),
        copyButton(session_id, "Copy the id of the session"),
        ` ${visitTimes(start, end)}`,
        ` · ${counted(traces.length, "trace")} · ${counted(events.length, "event")} · ${counted(errors, "exception")}`,
      ),
      sessionAxis(session),
    );
  }

  /** @param {SessionRow[]} sessions */
  function showList(sessions) {
    if (sessions.length > 0) fill(content, h("ul", { class: "choices", "aria-label": "Sessions, newest first" }, sessions.map(row)));
    else if (Object.keys(given(times.parameters())).length > 0) fill(content, emptyNotice("No session matches", "Choose a longer time."));
    else fill(content, emptyNotice("No sessions yet", "A visit appears here when its spans or log records have the attribute ", h("code", {}, "session.id"), ", as Throughline’s browser package sets it."));
  }

  load();
  return {
    element,
    title: "Sessions",
    keys: [
      { keys: ["j", "ArrowDown"], description: "Next one", run: () => walk(1) },
      { keys: ["k", "ArrowUp"], description: "Previous one", run: () => walk(-1) },
      { keys: ["u"], description: "All sessions", run: () => go("/sessions") },
    ],
    changed(change) {
      if (change.traces.length > 0 || change.more_traces || change.evicted || change.logs) load();
    },
    moved(there) {
      apply(there);
      older.reset();
      load();
    },
  };

  /** @param {number} step */
  function walk(step) {
    moveFocus(content.querySelectorAll(".choices > li, .visit > li"), step, "a");
  }
}

/** @param {SessionRow} session */
function row({ session_id, start_unix_nano, end_unix_nano, traces, failed_traces, logs, failed_logs }) {
  return h(
    "li",
    {},
    h(
      "a",
      { href: `/sessions?session=${encodeURIComponent(session_id)}` },
      h("code", {}, short(session_id, 40)),
      h("span", { title: fullTime(start_unix_nano) }, visitTimes(start_unix_nano, end_unix_nano)),
      h("span", {}, [traces > 0 && counted(traces, "trace"), logs > 0 && counted(logs, "log record") + (traces > 0 ? " outside traces" : "")].filter(Boolean).join(", ")),
      failed_traces > 0 && h("span", { class: "error-count" }, icon("error"), counted(failed_traces, "trace"), " with errors"),
      failed_logs > 0 && h("span", { class: "error-count" }, icon("error"), counted(failed_logs, "error"), traces > 0 && " outside traces"),
      h("span", { class: "note" }, `last ${clockTime(end_unix_nano)}, ${ago(end_unix_nano)}`),
    ),
  );
}
