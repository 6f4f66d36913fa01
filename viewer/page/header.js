// @ts-check
// The header: navigation, connection state, and the edge's outcome counts.

/** @import { Change, Status } from "./types" */

import { fetchStatus } from "./api.js";
import { fill, h, svg } from "./dom.js";
import { grouped, size } from "./format.js";
import { showKeys } from "./keys.js";
import { addServices } from "./services.js";
import { atMostEvery } from "./throttle.js";

/** @param {HTMLElement} element */
export function header(element) {
  const links = VIEWS.map(([path, name]) => h("a", { href: path }, name));
  const live = h("span", { class: "live", role: "status" }, "connecting");
  const edge = h("span", { class: "edge" });
  fill(
    element,
    h("a", { class: "brand", href: "/", "aria-label": "Throughline, traces" }, logo(), h("span", {}, "Throughline")),
    h("nav", { "aria-label": "Views" }, ...links),
    edge,
    live,
    h("a", { class: "add-link", href: "/add", title: "Add a page (a)", "aria-label": "Add a page" }, "+"),
    h("button", { type: "button", class: "quiet", title: "Keys (?)", "aria-label": "Keys", onclick: showKeys }, "?"),
  );

  const refresh = atMostEvery(1000, async () => {
    const status = await fetchStatus().catch(() => null);
    if (!status) return;
    addServices(status.services);
    fill(edge, ...edgeLine(status));
    live.title = storeLine(status);
  });
  refresh();

  return {
    /** @param {string} path */
    show(path) {
      for (const link of links) {
        const here = link.pathname === "/" ? path === "/" || path.startsWith("/trace/") || path === "/compare" : path === link.pathname;
        if (here) {
          link.setAttribute("aria-current", "page");
        } else link.removeAttribute("aria-current");
      }
    },
    /** @param {Change} _change */
    changed(_change) {
      refresh();
    },
    /** @param {boolean} connected */
    connected(connected) {
      live.classList.toggle("connected", connected);
      live.textContent = connected ? "live" : "reconnecting";
    },
  };
}

/** @param {Status} status */
function edgeLine({ edge }) {
  if (edge.length === 0) return [];
  /** @type {Map<string, number>} */
  const outcomes = new Map();
  for (const { outcome, count } of edge) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count);
  const why = edge
    .filter(({ outcome }) => outcome !== "exported")
    .map(({ signal, outcome, reason, count }) => `${grouped(count)} ${signal} ${outcome}${reason && `: ${reason}`}`);
  const parts = [...outcomes].map(([outcome, count]) =>
    h("span", { class: `outcome-${outcome}` }, `${grouped(count)} ${outcome}`),
  );
  const title = why.join("\n") || "every record was exported";
  return [h("a", { class: "edge-line", href: "/outcomes", title }, "edge ", ...parts)];
}

/** @param {Status} status */
function storeLine({ store }) {
  return (
    `${grouped(store.traces)}${atMost(store.max_traces, grouped)} traces, ` +
    `${size(store.bytes)}${atMost(store.max_bytes, size)}; ` +
    `${grouped(store.traces_evicted)} older ones evicted; ` +
    `${grouped(store.metric_points)}${atMost(store.max_metric_points, grouped)} data points of metrics, ${grouped(store.metric_points_evicted)} evicted; ` +
    `--max-traces and --max-bytes of throughline dev change the bounds`
  );
}

/**
 * @param {number | null} bound
 * @param {(bound: number) => string} format
 */
const atMost = (bound, format) => (bound === null ? "" : ` of at most ${format(bound)}`);

function logo() {
  return svg(
    "svg",
    { viewBox: "0 0 32 32", class: "brand-mark", "aria-hidden": "true" },
    svg("rect", { x: 4, y: 6, width: 16, height: 5, rx: 2.5, class: "service-0" }),
    svg("rect", { x: 8, y: 13.5, width: 19, height: 5, rx: 2.5, class: "service-1" }),
    svg("rect", { x: 14, y: 21, width: 11, height: 5, rx: 2.5, class: "service-2" }),
    svg("path", { d: "M7 2.500v8q0 3 3.500 3t3.500 3v4q0 3 3 3t3 3v3" }),
  );
}

/** @type {[string, string][]} */
const VIEWS = [
  ["/", "Traces"],
  ["/errors", "Errors"],
  ["/vitals", "Web vitals"],
  ["/logs", "Logs"],
  ["/outcomes", "Outcomes"],
  ["/routes", "Routes"],
  ["/sessions", "Sessions"],
  ["/map", "Map"],
  ["/metrics", "Metrics"],
];
