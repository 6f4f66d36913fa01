// Tells whether a document is as old as the trace that it names.

import { entriesOf, setTimeout } from "../core/platform.js";

/**
 * Hides `<meta name="traceparent">` from `init` where the document does not come from the server's span that it names: the
 * body is from a cache of the browser, or `data-time`, by which the server says when it made the document (ms since the Unix
 * epoch), is more than `maximumAge` ms ago, as in a cache in front of the server. A page calls it right before `init`; when
 * the task is over the element is as it was.
 */
export function ignoreStaleTrace(maximumAge = 120_000): void {
  try {
    const meta = document.querySelector<HTMLMetaElement>("meta[name=traceparent]");
    if (!meta || isFresh(meta, maximumAge)) return;
    meta.setAttribute("name", HIDDEN);
    setTimeout(() => meta.getAttribute("name") == HIDDEN && meta.setAttribute("name", "traceparent"));
  } catch {
    // There is no document.
  }
}

function isFresh(meta: HTMLMetaElement, maximumAge: number): boolean {
  const [entry] = entriesOf("navigation") as (PerformanceNavigationTiming | undefined)[];
  if (entry && (isCached(entry) || isRevalidated(entry))) return false;
  const time = Number(meta.getAttribute("data-time") || NaN);
  return !(Math.abs(performance.timeOrigin - time) > maximumAge);
}

/** Whether the browser had the whole document. One that does not say how it came by it says that nothing was transferred. */
const isCached = ({ deliveryType, transferSize }: PerformanceNavigationTiming): boolean => (deliveryType == null ? transferSize === 0 : deliveryType == "cache");

/** Whether the server has said that the body in the cache is still right, by a response without one. */
const isRevalidated = ({ responseStatus, transferSize, encodedBodySize }: PerformanceNavigationTiming & { readonly responseStatus?: number }): boolean =>
  responseStatus == 304 || (transferSize > 0 && transferSize < encodedBodySize);

const HIDDEN = "throughline-stale-traceparent";
