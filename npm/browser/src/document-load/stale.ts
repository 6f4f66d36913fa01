// Tells whether a document is as old as the trace that it names.

import { entriesOf, ofDocument, setTimeout } from "../core/platform.js";

/**
 * Hides `<meta name="traceparent">` from `init` where the document does not come from the server's span that it names: the
 * body is from a cache of the browser, or `data-time`, by which the server says when it made the document (ms since the Unix
 * epoch), is more than `maximumAge` ms ago, as in a cache in front of the server. A page calls it right before `init`; when
 * the task is over the element is as it was.
 */
export function ignoreStaleTrace(maximumAge = 120_000): void {
  try {
    const meta = ofDocument("querySelector").call(document, "meta[name=traceparent]") as HTMLMetaElement | null;
    if (!meta || isFresh(meta, maximumAge)) return;
    meta.setAttribute("name", HIDDEN);
    setTimeout(() => meta.getAttribute("name") == HIDDEN && meta.setAttribute("name", "traceparent"));
  } catch {
    // There is no document.
  }
}

function isFresh(meta: HTMLMetaElement, maximumAge: number): boolean {
  const [entry] = entriesOf("navigation") as (PerformanceNavigationTiming | undefined)[];
  if (entry && isCached(entry)) return false;
  const time = Number(meta.getAttribute("data-time") || NaN);
  return !(Math.abs(performance.timeOrigin - time) > maximumAge);
}

/**
 * Whether the body came from a cache, as far as a browser tells it. Less has been transferred than the body has, also where
 * the server has responded with 304, or nothing, over no protocol, of a body whose size is not told (WebKit). Firefox and
 * WebKit set the sizes when the body has arrived. A body that WebKit has in memory has the times of the load before.
 */
const isCached = ({ deliveryType, responseStatus, transferSize, encodedBodySize, nextHopProtocol, fetchStart }: Entry): boolean =>
  deliveryType == "cache" || responseStatus == 304 || fetchStart < 0 || transferSize < (encodedBodySize || +!nextHopProtocol);

type Entry = PerformanceNavigationTiming & { readonly responseStatus?: number };

const HIDDEN = "throughline-stale-traceparent";
