// @ts-check
// Navigates between views without loading the page again.

/** @type {() => void} */
let showView = () => {};
/** The address of the list of traces when it was last open. */
let list = "/";

/**
 * Starts to handle links, the browser's buttons and `go`.
 * @param {() => void} show shows the view of the address
 */
export function startNavigation(show) {
  showView = show;
  window.addEventListener("popstate", show);
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || link.origin !== location.origin || link.getAttribute("href")?.startsWith("#")) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}

/**
 * Goes to an address of the page.
 * @param {string} address
 */
export function go(address) {
  rememberList();
  if (address !== location.pathname + location.search) history.pushState(null, "", address);
  showView();
}

/**
 * Writes parameters into the address, without a new history entry.
 * @param {Record<string, string | null>} parameters null removes one
 */
export function replaceParameters(parameters) {
  const address = new URL(location.href);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null || value === "") address.searchParams.delete(name);
    else address.searchParams.set(name, value);
  }
  if (address.href !== location.href) history.replaceState(null, "", address);
}

/**
 * The parameters that are not empty.
 * @param {Record<string, string>} parameters
 * @returns {Record<string, string>}
 */
export function given(parameters) {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== ""));
}

/** The address of the list of traces, with the last search. */
export function listAddress() {
  return list;
}

function rememberList() {
  if (location.pathname === "/") list = location.pathname + location.search;
}

/**
 * The address of a trace, and of a span in it.
 * @param {string} traceId
 * @param {string | null} [spanId]
 */
export function traceAddress(traceId, spanId) {
  return spanId ? `/trace/${traceId}?span=${spanId}` : `/trace/${traceId}`;
}
