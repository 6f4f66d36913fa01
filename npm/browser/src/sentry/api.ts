// The functions by which a page reports, and says what its events have.

import { currentContent } from "./active.js";
import { captureEventIn, captureExceptionIn, captureMessageIn } from "./capture.js";
import { getCurrentScope, getIsolationScope } from "./current.js";
import type { Context, Event, EventHint, EventProcessor, Extras, Primitive, SeverityLevel, User } from "./event.js";
import { forkOf, Scope, type CaptureContext, type ScopeContext } from "./scope.js";
import { lasting, type ScopeContent } from "./content.js";

/** A hint, or the data of a scope. */
export type ExclusiveEventHintOrCaptureContext = CaptureContext | EventHint;

/** Captures an error that the page has caught; returns the id of the event. One that was captured before is not recorded again. */
export function captureException(exception: unknown, hint?: ExclusiveEventHintOrCaptureContext): string {
  const { captureContext, ...given } = hintOf(hint);
  return captureExceptionIn(dataWith(captureContext as CaptureContext | undefined), exception, given);
}

/** Captures a message, at level `info` unless it is given another one; returns the id of the event. */
export const captureMessage = (message: string, captureContext?: CaptureContext | SeverityLevel): string =>
  typeof captureContext == "string" ? captureMessageIn(currentContent(), message, captureContext) : captureMessageIn(dataWith(captureContext), message);

/** Captures an event that the page has made: of its exceptions, else of its message; returns its id. */
export function captureEvent(event: Event, { captureContext, ...hint }: EventHint = {}): string {
  return captureEventIn(dataWith(captureContext as CaptureContext | undefined), event, hint);
}

/** Sets the user of all that follows, or none. */
export const setUser = (user: User | null): void => void getIsolationScope().setUser(user);
/** Sets the attribute `app.{key}` of all that follows. */
export const setTag = (key: string, value: Primitive): void => void getIsolationScope().setTag(key, value);
/** Sets attributes `app.{key}` of all that follows. */
export const setTags = (tags: { [key: string]: Primitive }): void => void getIsolationScope().setTags(tags);
/** Sets the attribute `app.extra.{key}` of the events that follow. */
export const setExtra = (key: string, extra: unknown): void => void getIsolationScope().setExtra(key, extra);
/** Sets attributes `app.extra.{key}` of the events that follow. */
export const setExtras = (extras: Extras): void => void getIsolationScope().setExtras(extras);
/** Sets attributes `app.{name}.{key}` of all that follows, in place of those that the context had. */
export const setContext = (name: string, context: Context | null): void => void getIsolationScope().setContext(name, context);
/** Sets an attribute of all that follows by its whole name: a text, number or boolean, or a list of one of them, which keeps its type. */
export const setAttribute = (key: string, value: unknown): void => void getIsolationScope().setAttribute(key, value);
/** Sets attributes of all that follows by their whole names, likewise. */
export const setAttributes = (attributes: Record<string, unknown>): void => void getIsolationScope().setAttributes(attributes);
/** Adds a function that changes the events that follow, or refuses one by returning `null`. */
export const addEventProcessor = (callback: EventProcessor): void => void getIsolationScope().addEventProcessor(callback);

/** The data of the current scopes, with what one call gives. */
function dataWith(context: CaptureContext | undefined): ScopeContent[] {
  if (!context) return currentContent();
  const own = forkOf(getCurrentScope());
  return [lasting[0], lasting[1], own.update(context).data];
}

/** The hint that is given; anything else is the data of a scope. */
function hintOf(given: ExclusiveEventHintOrCaptureContext | undefined): EventHint {
  const isContext = typeof given == "function" || given instanceof Scope || Object.keys(given ?? {}).some((name) => OF_SCOPE.includes(name));
  return isContext ? { captureContext: given } : ((given ?? {}) as EventHint);
}

/** Members of the data of a scope. */
const OF_SCOPE: readonly string[] = ["user", "level", "extra", "contexts", "tags", "fingerprint"] satisfies readonly (keyof ScopeContext)[];
