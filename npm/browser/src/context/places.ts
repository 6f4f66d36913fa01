// The places of `Client.shared` that optional parts use alone, behind those that `Shared` names. A number
// is never used again for something else: the parts of a page may be of several versions.

import type { SpanContext } from "./span-context.js";

/** Adds a breadcrumb: `reporting/breadcrumbs.ts`. */
export const BREADCRUMBS = 7;
/** Tells what became of records: `delivery/scheduler.ts`. */
export const DELIVERY = 8;
/** Functions of the vitals signal: `signals/vitals/late.ts`. */
export const VITALS = 9;
/** Completes the facts of vitals: `attribution`. */
export const ATTRIBUTION = 10;
/** The last soft navigation: `attribution`. */
export const SOFT_NAVIGATION = 11;
/** The routes of the page: `routes`. */
export const ROUTES = 12;
/** Whether requests are described: `requests`. */
export const REQUESTS = 13;
/** Whether keys and forms are traced: `interactions`. */
export const INTERACTIONS = 14;
/** Attributes of the document's own route: `routes`. */
export const ROUTE_OF_DOCUMENT = 15;
/** The browser's own `send` of XMLHttpRequest: `tracing/opened.ts`. */
export const OPENED = 16;
/** The variable of AsyncContext: `tracing/active.ts`. */
export const ASYNC_VARIABLE = 17;
/** Keeps and posts batches: `offline`. */
export const KEEPER = 20;
/** The open batch as facts: `delivery/batcher.ts`. */
export const SNAPSHOT = 21;
/** The names of optional parts that run: `control/part.ts`. */
export const PARTS = 26;
/** Continues the session, or starts a new one: `signals/interactions/late.ts`, `errors-only.ts`. */
export const PRESENCE = 27;
/** Holds spans back: `keep`. */
export const KEEP = 23;
/** The apps of the page: `apps`. */
export const APPS = 29;
/** Changes of the page by the client: `capture.ts`. */
export const CHANGES = 30;
/** Functions that take back the changes of optional parts: `control/started.ts`. */
export const ENDS = 31;
/** The facts that wait to be encoded, and the counts of lost records: `capture.ts`. */
export const QUEUE = 32;
/** Called with each breadcrumb that is kept, as JSON: `hangs`. */
export const LAST_BREADCRUMB = 33;
/** Ends what is open of the early signals, called with `true` before nothing is recorded any more: `capture.ts`. */
export const LEAVE = 34;
/** Functions that do so for all other parts: `control/started.ts`, `delivery/scheduler.ts`. */
export const OPEN = 35;
/** Whether own attributes that are no texts are taken apart: `reporting/own-attributes.ts`. */
export const TYPED = 36;
/** Called when all that waits is sent, on `flush` and when the page is left: `opentelemetry/metrics`. */
export const CLOSING = 37;
/** Tells of the metrics of the page: `opentelemetry/metrics`. */
export const METRICS = 38;
/** Called when a load or a route begins, whose span others may be below: `sentry`. */
export const SPAN_BEGINS = 39;
/** Called with the names by which a page may know the span. */
export type SpanBegins = (names: readonly string[], op: string, url: string, context: SpanContext, isRoot: boolean) => void;
/** How many spans wait for the end of their root: `sentry`. */
export const HELD_SPANS = 40;
