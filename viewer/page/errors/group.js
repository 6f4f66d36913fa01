// @ts-check
// A group of exceptions in the view of errors: one line, which opens.

/** @import { ErrorGroup, Trend } from "../types" */

import { breadcrumbList } from "../breadcrumbs.js";
import { copyButton, fill, h } from "../dom.js";
import { stackBlock } from "../exception.js";
import { ago, clockTime, counted, fullTime, grouped } from "../format.js";
import { short } from "../long-text.js";
import { traceAddress } from "../navigation.js";
import { serviceName } from "../services.js";
import { trendChart } from "../trend.js";

/**
 * @param {ErrorGroup} group
 * @param {Trend} trend
 * @param {Set<string>} open ids of the open groups
 * @param {(group: ErrorGroup) => void} change resolves the group, or opens it again
 */
export function groupBlock(group, trend, open, change) {
  const key = group.id;
  const rest = h("div", { class: "error-rest" });
  const details = h(
    "details",
    { class: "error-group", "data-group": key, "data-focus": key, open: open.has(key) },
    h(
      "summary",
      { "data-focus": `${key} summary` },
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
        stateMark(group),
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
    const { latest } = group;
    fill(
      rest,
      facts(group, change),
      latest?.exception && stackBlock(latest.exception),
      latest && breadcrumbList(latest.attributes, latest.time_unix_nano),
      recent(group),
    );
  };
  details.addEventListener("toggle", show);
  if (details.open) show();
  return details;
}

/**
 * The state of a group, unless it is merely open.
 * @param {ErrorGroup} group
 */
function stateMark({ state }) {
  if (state === "open") return null;
  return h("span", { class: `state ${state.replace(" ", "-")}`, title: MEANINGS[state] }, state);
}

/**
 * @param {ErrorGroup} group
 * @param {(group: ErrorGroup) => void} change
 */
function facts(group, change) {
  const { id, releases, affected, first_seen_unix_nano, last_seen_unix_nano, latest } = group;
  const session = latest?.attributes["session.id"];
  const address = `/errors?group=${id}`;
  return h(
    "dl",
    { class: "facts" },
    h("dt", {}, "First seen"),
    h("dd", {}, h("time", { title: fullTime(first_seen_unix_nano) }, `${clockTime(first_seen_unix_nano)}, ${ago(first_seen_unix_nano)}`)),
    h("dt", {}, "Last seen"),
    h("dd", {}, h("time", { title: fullTime(last_seen_unix_nano) }, `${clockTime(last_seen_unix_nano)}, ${ago(last_seen_unix_nano)}`)),
    h("dt", {}, releases.length > 1 ? "Releases" : "Release"),
    h("dd", {}, releases.length > 0 ? listed(releases.map((release) => filterLink("release", release))) : h("span", { class: "note" }, "no service.version")),
    affected.sessions > 0 && [h("dt", {}, "Sessions"), h("dd", {}, grouped(affected.sessions), typeof session === "string" && [", ", h("a", { href: `/sessions?${new URLSearchParams({ session })}` }, "the newest")])],
    affected.routes.length > 0 && [h("dt", {}, "Routes"), h("dd", {}, listed(affected.routes.map(({ route, count }) => [filterLink("route", route), ` (${grouped(count)})`])))],
    h("dt", {}, "State"),
    h(
      "dd",
      {},
      stateWords(group),
      " ",
      h("button", { type: "button", "data-focus": `${id} change`, title: `${group.state === "resolved" ? "Open it again" : "Mark it as resolved"} (r)`, onclick: () => change(group) }, group.state === "resolved" ? "Reopen" : "Resolve"),
    ),
    h("dt", {}, "Address"),
    h("dd", {}, h("a", { href: address }, "this error alone"), copyButton(location.origin + address, "Copy the address of this error")),
  );
}

/**
 * A link to the errors of one route or one release.
 * @param {"route" | "release"} name
 * @param {string} value
 */
function filterLink(name, value) {
  return h("a", { href: `/errors?${new URLSearchParams({ [name]: value })}`, title: `All errors of this ${name}` }, short(value, 60));
}

/**
 * Parts with commas between them.
 * @template T
 * @param {T[]} parts
 */
const listed = (parts) => parts.flatMap((part, index) => (index > 0 ? [", ", part] : [part]));

/** @param {ErrorGroup} group */
function stateWords({ state, resolution }) {
  if (!resolution) return state;
  const resolved = h("time", { title: fullTime(resolution.time_unix_nano) }, `resolved ${ago(resolution.time_unix_nano)}`);
  const { came_back } = resolution;
  if (!came_back) return resolved;
  const { release, time_unix_nano } = came_back;
  const again = h("time", { title: fullTime(time_unix_nano) }, `came back ${ago(time_unix_nano)}`);
  return [again, release ? ` in ${short(release, 60)}` : "", ", ", resolved];
}

/**
 * The release that threw it first, and the last one that did for the first time.
 * @param {string[]} releases
 */
function releaseRange(releases) {
  const [first, last] = [releases[0], releases[releases.length - 1]].map((release) => short(release, 20));
  return first === last ? first : `${first} – ${last}`;
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

/** @type {Record<ErrorGroup["state"], string>} */
const MEANINGS = {
  new: "No release before the newest has thrown it",
  open: "",
  resolved: "It has not come back since",
  "came back": "It was resolved, and then it was thrown again",
};
