// @ts-check
// Where does a link lead? To another view of this page, without loading it anew.

/** @type {() => void} */
let moved = () => {};
/** The list of traces as it was last looked at. */
let list = "/";

/**
 * Takes links, the browser's buttons and `go` over.
 * @param {() => void} show shows what the address names
 */
export function startNavigation(show) {
  moved = show;
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
  remember();
  if (address !== location.pathname + location.search) history.pushState(null, "", address);
  moved();
}

/**
 * Notes in the address what is chosen, without a step in the history.
 * @param {Record<string, string | null>} parameters null takes one out
 */
export function note(parameters) {
  const address = new URL(location.href);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null || value === "") address.searchParams.delete(name);
    else address.searchParams.set(name, value);
  }
  if (address.href !== location.href) history.replaceState(null, "", address);
}

/** The address of the list of traces, with what was last searched for. */
export function listAddress() {
  return list;
}

function remember() {
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
