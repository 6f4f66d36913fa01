// @ts-check
// Starts the page, and opens and closes the view that the address names.

/** @import { Change, View } from "./types" */

import { addView } from "./add/view.js";
import { fetchStatus } from "./api.js";
import { compareView } from "./compare/view.js";
import { fill, h } from "./dom.js";
import { errorsView } from "./errors/view.js";
import { header } from "./header.js";
import { startKeys, useKeys } from "./keys.js";
import { logsView } from "./logs.js";
import { mapView } from "./map/view.js";
import { metricsView } from "./metrics/view.js";
import { go, startNavigation } from "./navigation.js";
import { outcomesView } from "./outcomes/view.js";
import { watchPointer } from "./pointer.js";
import { routesView } from "./routes/view.js";
import { addServices } from "./services.js";
import { sessionsView } from "./sessions/view.js";
import { EVERYTHING, listen } from "./stream.js";
import { traceView } from "./trace/view.js";
import { tracesView } from "./traces/view.js";
import { vitalsView } from "./vitals.js";

const main = /** @type {HTMLElement} */ (document.getElementById("main"));
const top = header(/** @type {HTMLElement} */ (document.getElementById("header")));
/** @type {{path: string, view: View} | null} */
let current = null;
/**
 * The list of traces, kept as it was while a trace is open.
 * @type {View | null}
 */
let list = null;
/** Whether there were changes while the page was hidden. */
let isOld = false;

function show() {
  const address = new URL(location.href);
  if (current?.path === address.pathname) {
    current.view.moved?.(address);
    return;
  }
  if (current && current.view !== list) current.view.closed?.();
  const view = open(address);
  current = { path: address.pathname, view };
  fill(main, view.element);
  document.title = `${view.title} · Throughline`;
  useKeys(view.keys);
  top.show(address.pathname);
  view.shown?.();
}

/**
 * @param {URL} address
 * @returns {View}
 */
function open(address) {
  const path = address.pathname;
  if (path === "/") {
    if (list) list.moved?.(address);
    else list = tracesView(address);
    return list;
  }
  const traceId = path.match(/^\/trace\/([^/]+)$/)?.[1];
  if (traceId) return traceView(traceId, address);
  if (path === "/errors") return errorsView(address);
  if (path === "/vitals") return vitalsView(address);
  if (path === "/logs") return logsView(address);
  if (path === "/outcomes") return outcomesView();
  if (path === "/routes") return routesView(address);
  if (path === "/sessions") return sessionsView(address);
  if (path === "/map") return mapView(address);
  if (path === "/metrics") return metricsView(address);
  if (path === "/compare") return compareView(address);
  if (path === "/add") return addView(address);
  return notFound(path);
}

/**
 * @param {string} path
 * @returns {View}
 */
function notFound(path) {
  let shown = path;
  try {
    shown = decodeURI(path);
  } catch {
    // Not a valid encoding: shown as it is.
  }
  return {
    title: "Not found",
    keys: [],
    element: h(
      "section",
      { class: "empty" },
      h("h1", {}, "There is nothing here"),
      h("p", {}, "No view has the address ", h("code", {}, shown), "."),
      h("p", {}, h("a", { href: "/" }, "See the traces")),
    ),
  };
}

/**
 * A hidden page is not kept up to date; it is brought up to date when it is visible again.
 * @param {Change} change
 */
function changed(change) {
  if (document.hidden) {
    isOld = true;
    return;
  }
  current?.view.changed?.(change);
  if (list && list !== current?.view) list.changed?.(change);
  top.changed(change);
}

watchPointer();
startNavigation(show);
startKeys([
  { keys: ["1"], description: "Traces", run: () => go("/") },
  { keys: ["2"], description: "Errors", run: () => go("/errors") },
  { keys: ["3"], description: "Web vitals", run: () => go("/vitals") },
  { keys: ["4"], description: "Logs", run: () => go("/logs") },
  { keys: ["5"], description: "Outcomes", run: () => go("/outcomes") },
  { keys: ["6"], description: "Routes", run: () => go("/routes") },
  { keys: ["7"], description: "Sessions", run: () => go("/sessions") },
  { keys: ["8"], description: "Service map", run: () => go("/map") },
  { keys: ["9"], description: "Metrics", run: () => go("/metrics") },
  { keys: ["a"], description: "Add a page", run: () => go("/add") },
]);
// The services first, so that each keeps its colour.
await fetchStatus().then(
  (status) => addServices(status.services),
  () => {},
);
show();
document.addEventListener("visibilitychange", () => {
  if (document.hidden || !isOld) return;
  isOld = false;
  changed(EVERYTHING);
});
listen({ changed, connected: top.connected });
