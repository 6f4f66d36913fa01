// Which trace does the load of this document belong to?

import { fromTraceparent, newChild, type SpanContext } from "./span-context.js";

/** The browser's entry for this document, when it has one. */
export const navigation = (): PerformanceNavigationTiming | undefined =>
  performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming | undefined;

/** The span of the document's load. */
export let documentLoad: SpanContext;

/** The server's span that answered with this document, when it is known. */
export let documentParent: SpanContext | undefined;

/**
 * Gives the document's load its identity: in the trace of the server that answered with
 * the document, where `Server-Timing` or `<meta name="traceparent">` names it.
 */
export function identifyDocumentLoad(): void {
  const entry = navigation();
  // A document out of the cache names the trace of whoever loaded it first.
  if (entry?.deliveryType != "cache")
    documentParent =
      serverSpan(entry) ?? fromTraceparent(document.querySelector<HTMLMetaElement>(META)?.content);
  documentLoad = newChild(documentParent);
}

/**
 * The span that a server names in `Server-Timing: trace;desc=00-…`
 * (https://www.w3.org/TR/trace-context-2/#trace-context-server-timing), or in the older
 * `traceparent;desc=…`.
 */
export const serverSpan = (entry: PerformanceResourceTiming | undefined): SpanContext | undefined =>
  fromTraceparent(entry?.serverTiming?.find(({ name }) => /^trace(parent)?$/i.test(name))?.description);

const META = 'meta[name="traceparent"]';
