// Which trace does the load of this document belong to, and how long did it take?

import { micros, now } from "./clock.js";
import { record } from "./facts.js";
import { fromTraceparent, ids, newChild, type SpanContext } from "./span-context.js";
import { serverSpan, timing } from "./timing.js";

/** The browser's entry for this document, when it has one. */
export const navigation = (): PerformanceNavigationTiming | undefined =>
  performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming | undefined;

/** The span of the document's load. */
export let documentLoad: SpanContext;

/**
 * Gives the document's load its identity: in the trace of the server that answered with
 * the document, where `Server-Timing` or `<meta name="traceparent">` names it.
 */
export function identifyDocumentLoad(): void {
  const entry = navigation();
  // A document out of the cache names the trace of whoever loaded it first.
  const server =
    entry?.deliveryType == "cache"
      ? undefined
      : (serverSpan(entry) ?? fromTraceparent(document.querySelector<HTMLMetaElement>(META)?.content));
  parent = server?.span;
  documentLoad = newChild(server);
}

/** Notes the document's load once it is complete. */
export function captureDocumentLoad(): void {
  // `loadEventEnd` is set when the last `load` listener has returned.
  if (document.readyState == "complete") setTimeout(recordDocumentLoad);
  else addEventListener("load", () => setTimeout(recordDocumentLoad), { once: true });
}

/** Notes the document's load as far as it has come, once. */
export function recordDocumentLoad(): void {
  const entry = navigation();
  if (!entry || recorded) return;
  recorded = true;
  record(
    "N",
    entry.loadEventEnd > 0 ? micros(entry.loadEventEnd) : now(),
    ...ids(documentLoad),
    parent,
    ...[
      entry.domInteractive,
      entry.domContentLoadedEventStart,
      entry.domContentLoadedEventEnd,
      entry.domComplete,
      entry.loadEventStart,
      entry.loadEventEnd,
    ].map(micros),
    ...timing(entry),
  );
}

let parent: string | undefined;
let recorded = false;

const META = 'meta[name="traceparent"]';
