// Captures exceptions, messages and events with the data of scopes.

import { log } from "../reporting/capture.js";
import { whileOwn } from "../reporting/own-attributes.js";
import { withClient } from "../reporting/page-client.js";
import { mergedContent, type ScopeContent } from "./content.js";
import type { Event, EventHint, Exception, SeverityLevel } from "./event.js";
import { printFrames } from "./frames.js";
import { addOwnBreadcrumb } from "./breadcrumbs.js";
import { newId } from "./ids.js";
import { severityOf } from "./levels.js";
import { setLastEventId, whilePending } from "./pending.js";
import { processed } from "./process.js";
import { eventOf, ownOf } from "./recorder.js";
import { withTemplate } from "./template.js";

/** Captures an error with the data of these scopes; returns the id of the event. */
export function captureExceptionIn(scopes: readonly ScopeContent[], thrown: unknown, hint: EventHint = {}): string {
  const id = setLastEventId(hint.event_id ?? newId(thrown));
  withClient((client) => whilePending({ id, data: mergedContent(scopes), hint }, () => client.captureException(thrown)));
  return id;
}

/** Captures a message, at level `info` unless it or a scope has another one. */
export function captureMessageIn(scopes: readonly ScopeContent[], message: string, level?: SeverityLevel, hint: EventHint = {}): string {
  const id = setLastEventId(hint.event_id ?? newId());
  withClient((client) => {
    const data = mergedContent(scopes);
    const event: Event = { ...eventOf(id, Date.now() / 1000, data), message: String(message), level: data.level ?? level ?? "info" };
    const { shared } = client;
    const [own] = shared;
    processed(client, event, data, { ...hint, event_id: id }, (event) => {
      const attributes = withTemplate(message);
      whileOwn(client, ownOf(own, event, data), () => log(severityOf(event.level), event.message ?? "", attributes));
      addOwnBreadcrumb(event);
    });
  });
  return id;
}

/** Captures an event that the page has made itself: of its exceptions, else of its message. */
export function captureEventIn(scopes: readonly ScopeContent[], event: Event, hint: EventHint = {}): string {
  const { event_id, exception, message, user, tags, extra, contexts, fingerprint, level, transaction } = event;
  const own = { user: { ...user }, tags: { ...tags }, extra: { ...extra }, contexts: { ...contexts }, attributes: {}, fingerprint: [...(fingerprint ?? [])], eventProcessors: [], level: mergedContent(scopes).level ?? level, transactionName: transaction };
  const all = [...scopes, own];
  const given = { ...hint, ...(event_id && { event_id }) };
  const thrown = thrownOf(exception?.values ?? []);
  if (!thrown) return captureMessageIn(all, message ?? "", level, given);
  const { handled = true } = exception?.values?.at(-1)?.mechanism ?? {};
  return captureExceptionIn(all, thrown, { ...given, mechanism: { handled, ...hint.mechanism } });
}

interface Thrown {
  name: string;
  message: string;
  stack: string;
  cause?: unknown;
  errors: unknown[];
}

/** The last of these exceptions as a thrown value, which is read by its properties, with the others behind it. */
function thrownOf(exceptions: readonly Exception[]): Thrown | undefined {
  const all = exceptions.map(({ type = "Error", value = "", stacktrace }): Thrown => ({
    name: type,
    message: value,
    stack: stacktrace?.frames ? printFrames(`${type}: ${value}`, stacktrace.frames) : "",
    errors: [],
  }));
  exceptions.forEach(({ mechanism: { parent_id, source = "" } = {} }, at) => {
    const parent = all[exceptions.findIndex(({ mechanism }) => mechanism?.exception_id != null && mechanism.exception_id === parent_id)] ?? all[at + 1];
    const [, member] = /\[(\d+)]$/.exec(source) ?? [];
    if (member) parent && (parent.errors[+member] = all[at]);
    else if (parent) parent.cause = all[at];
  });
  return all.at(-1);
}
