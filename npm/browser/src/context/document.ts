// The trace that the load of this document belongs to.

import { fromTraceparent, newChild, type SpanContext } from "./span-context.js";

/** The navigation timing entry of this document, if the browser has one. */
export const navigation = (): PerformanceNavigationTiming | undefined =>
  performance.getEntriesByType?.("navigation")?.[0] as PerformanceNavigationTiming | undefined;

/** Context of the span of the document's load. */
export let documentLoad: SpanContext;

/** Context of the server's span that answered with this document, if known. */
export let documentParent: SpanContext | undefined;

/**
 * Starts the span of the document's load: in the trace of the server that answered, if
 * `Server-Timing` or `<meta name="traceparent">` names it, else in a new trace.
 */
export function identifyDocumentLoad(): void {
  try {
    const entry = navigation();
    // A document from the cache names the trace of the load that filled the cache.
    if (entry?.deliveryType != "cache")
      documentParent =
        serverSpan(entry) ?? fromTraceparent(elements<HTMLMetaElement>(META)[0]?.content);
  } finally {
    // Whatever the page has made of these functions: every error needs a trace.
    documentLoad = newChild(documentParent);
  }
}

/**
 * The span that a server names in `Server-Timing: trace;desc=00-…`
 * (https://www.w3.org/TR/trace-context-2/#trace-context-server-timing), or in the older
 * `traceparent;desc=…`.
 */
export const serverSpan = (entry: PerformanceResourceTiming | undefined): SpanContext | undefined =>
  fromTraceparent(entry?.serverTiming?.find(({ name }) => /^trace(parent)?$/i.test(name))?.description);

/** The elements that fit a selector, also where one of them is named like the function that finds them. */
export const elements = <Type extends Element>(selector: string): NodeListOf<Type> =>
  Document.prototype.querySelectorAll.call(document, selector) as NodeListOf<Type>;

const META = 'meta[name="traceparent"]';
