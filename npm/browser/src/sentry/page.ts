// Functions by which a page tells of its load, its routes and what people say of it.

import { setRouteTemplate } from "../routes/entry.js";
import { captureMessage } from "./api.js";
import { getActiveSpan, type StartSpanOptions } from "./spans.js";
import type { Span } from "./span.js";
import { tell } from "./told.js";

/** Feedback of a person. */
export interface FeedbackParams {
  message: string;
  name?: string;
  email?: string;
  url?: string;
  source?: string;
  associatedEventId?: string;
  tags?: { [key: string]: any };
}

/** Records what a person says as a log record with attributes `app.feedback.*`; returns the id of the event. */
export const captureFeedback = ({ message, tags = {}, name, email, url, source, associatedEventId }: FeedbackParams, _hint?: object): string =>
  captureMessage(message, {
    level: "info",
    tags,
    contexts: { feedback: { name, contact_email: email, url, source, associated_event_id: associatedEventId } },
  });

/** The same as `captureFeedback`; resolves with the id of the event. */
export const sendFeedback = async (params: FeedbackParams, hint?: object): Promise<string> => captureFeedback(params, hint);

/** Names the route that is shown, which `browserTracingIntegration` records; returns the open span. */
export const startBrowserTracingNavigationSpan = (_client: unknown, { name }: StartSpanOptions): Span | undefined => named(name);

/** Names the route of the document, likewise. */
export const startBrowserTracingPageLoadSpan = (_client: unknown, { name }: StartSpanOptions): Span | undefined => named(name);

function named(template: string): Span | undefined {
  setRouteTemplate(template);
  return getActiveSpan();
}

/** Does nothing: the span of the document's load ends with the browser's `load`. */
export const reportPageLoaded = (_client?: unknown): void => tell("`reportPageLoaded` does nothing: the span of the document's load ends with the browser's `load` event. Make a span of the page's own for what comes later");

/** Calls a function: the page's client is there at once. */
export const onLoad = (callback: () => void): void => callback();
/** Does nothing: the page's client is there at once. */
export const forceLoad = (): void => {};

/** Does nothing: a page has a session, which its use continues. */
export const startSession = (_context?: object): { sid: string } => ({ sid: "" });
/** Does nothing, likewise. */
export const captureSession = (_end?: boolean): void => {};
/** Does nothing, likewise. */
export const endSession = (): void => {};
