// The trace that the load of this document belongs to.

import { ofDocument, entriesOf } from "../core/platform.js";
import { fromTraceparent, newChild, type SpanContext } from "./span-context.js";

/** The navigation timing entry of this document, if the browser has one. */
export const navigation = (): PerformanceNavigationTiming | undefined =>
  entriesOf("navigation")[0] as PerformanceNavigationTiming | undefined;

/** Context of the span of the document's load. */
export let documentLoad: SpanContext;

/** Context of the server's span that sent this document, if known. */
export let documentParent: SpanContext | undefined;

/**
 * Starts the span of the document's load: in the trace of the server that sent it, if
 * `Server-Timing` or `<meta name="traceparent">` names it, else in a new trace.
 */
export function identifyDocumentLoad(): void {
  // Errors and requests have a trace whatever fails below.
  documentLoad = newChild();
  const entry = navigation();
  // A document from a cache names the trace of the load that filled the cache. What is known of that is compared as in
  // document-load/stale.ts; without an entry, or sizes in it, nothing is.
  if (!(entry?.transferSize! < (entry?.encodedBodySize || +!entry?.nextHopProtocol)))
    documentParent =
      serverSpan(entry) ?? fromTraceparent((ofDocument("querySelector").call(document, META) as HTMLMetaElement | null)?.content);
  documentLoad = newChild(documentParent);
}

/**
 * The span that a server names in `Server-Timing: trace;desc=00-…`
 * (https://www.w3.org/TR/trace-context-2/#trace-context-server-timing), or in the older
 * `traceparent;desc=…`.
 */
export const serverSpan = (entry: PerformanceResourceTiming | undefined): SpanContext | undefined =>
  fromTraceparent(entry?.serverTiming?.find(({ name }) => /^trace(parent)?$/i.test(name))?.description);

const META = "meta[name=traceparent]";
