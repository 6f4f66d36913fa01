// Scopes: the data that events have besides what happened.

import { addBreadcrumb } from "./breadcrumbs.js";
import { emptyContent, lasting, type ScopeContent } from "./content.js";
import type { Breadcrumb, Context, Event, EventHint, EventProcessor, Extras, Primitive, SeverityLevel, User } from "./event.js";
import { reflectScopes } from "./lasting.js";
import { captureEventIn, captureExceptionIn, captureMessageIn } from "./capture.js";
import { lastEventId } from "./pending.js";
import type { Span } from "./span.js";
import { tell } from "./told.js";

/** The data of a scope that a call gives. */
export interface ScopeContext {
  user: User;
  level: SeverityLevel;
  extra: Extras;
  contexts: { [name: string]: Context | undefined };
  tags: { [key: string]: Primitive };
  fingerprint: string[];
}

/** A scope, a part of its data, or a function that changes one: for one event. */
export type CaptureContext = Scope | Partial<ScopeContext> | ((scope: Scope) => Scope);

/** A set of data that events have besides what happened. */
export class Scope {
  /** @hidden */
  readonly data: ScopeContent;
  /** @hidden */
  readonly span: Span | undefined;

  constructor(data: ScopeContent = emptyContent(), span?: Span) {
    this.data = data;
    this.span = span;
  }

  /** A scope of its own with the same data. */
  clone(): Scope {
    return forkOf(this);
  }

  setUser(user: User | null): this {
    return this.change({ user: user ?? {} });
  }

  getUser(): User | undefined {
    return this.data.user;
  }

  setTag(key: string, value: Primitive): this {
    return this.setTags({ [key]: value });
  }

  setTags(tags: { [key: string]: Primitive }): this {
    return this.change({ tags: { ...this.data.tags, ...tags } });
  }

  setExtra(key: string, extra: unknown): this {
    return this.setExtras({ [key]: extra });
  }

  setExtras(extras: Extras): this {
    return this.change({ extra: { ...this.data.extra, ...extras } });
  }

  setContext(key: string, context: Context | null): this {
    const { [key]: _, ...others } = this.data.contexts;
    return this.change({ contexts: context ? { ...others, [key]: context } : others });
  }

  /** Sets an attribute of all that the scope holds for, by its whole name. */
  setAttribute(key: string, value: unknown): this {
    return this.setAttributes({ [key]: value });
  }

  /** Sets attributes of all that the scope holds for, by their whole names. */
  setAttributes(attributes: Record<string, unknown>): this {
    return this.change({ attributes: { ...this.data.attributes, ...attributes } });
  }

  removeAttribute(key: string): this {
    return this.setAttribute(key, undefined);
  }

  setLevel(level: SeverityLevel): this {
    return this.change({ level });
  }

  setFingerprint(fingerprint: string[]): this {
    return this.change({ fingerprint });
  }

  setTransactionName(name?: string): this {
    return this.change({ transactionName: name });
  }

  addEventProcessor(callback: EventProcessor): this {
    return this.change({ eventProcessors: [...this.data.eventProcessors, callback] });
  }

  /** Adds a breadcrumb, which all events that follow have. */
  addBreadcrumb(breadcrumb: Breadcrumb, _limit?: number): this {
    addBreadcrumb(breadcrumb);
    return this;
  }

  /** Changes nothing: breadcrumbs stay. */
  clearBreadcrumbs(): this {
    tell("`scope.clearBreadcrumbs` does nothing: refuse breadcrumbs in `beforeBreadcrumb`");
    return this;
  }

  /** Changes nothing: events have no attachments. */
  addAttachment(_attachment: unknown): this {
    tell("`scope.addAttachment` does nothing: events have no attachments, put what is short into `setContext`");
    return this;
  }

  /** Adds the data of a scope, of an object, or of what a function changes. */
  update(context?: CaptureContext): this {
    // A function may change the scope that it is given, and return nothing.
    const given = typeof context == "function" ? (context(this) as Scope | undefined) : context;
    const { user, tags, extra, contexts, attributes, fingerprint, level, transactionName } = (given instanceof Scope ? given.data : (given ?? {})) as Partial<ScopeContent>;
    const { data } = this;
    return this.change({
      user: Object.keys(user ?? {}).length ? user! : data.user,
      tags: { ...data.tags, ...tags },
      extra: { ...data.extra, ...extra },
      contexts: { ...data.contexts, ...contexts },
      attributes: { ...data.attributes, ...attributes },
      fingerprint: fingerprint?.length ? fingerprint : data.fingerprint,
      level: level ?? data.level,
      transactionName: transactionName ?? data.transactionName,
      ...(context instanceof Scope && context != this && { eventProcessors: [...data.eventProcessors, ...context.data.eventProcessors] }),
    });
  }

  /** Removes everything but event processors. */
  clear(): this {
    const { eventProcessors } = this.data;
    return this.change({ level: undefined, transactionName: undefined, ...emptyContent(), eventProcessors });
  }

  getScopeData(): ScopeContent {
    return { ...this.data };
  }

  captureException(exception: unknown, hint?: EventHint): string {
    return captureExceptionIn(withLasting(this), exception, hint);
  }

  captureMessage(message: string, level?: SeverityLevel, hint?: EventHint): string {
    return captureMessageIn(withLasting(this), message, level, hint);
  }

  captureEvent(event: Event, hint?: EventHint): string {
    return captureEventIn(withLasting(this), event, hint);
  }

  lastEventId(): string | undefined {
    return lastEventId();
  }

  private change(part: Partial<ScopeContent>): this {
    Object.assign(this.data, part);
    if (lasting.includes(this.data)) reflectScopes();
    return this;
  }
}

/** A scope with the same data, which changes for itself; with a span of its own where one is given. */
export const forkOf = ({ data, span }: Scope, own: Span | undefined = span): Scope => new Scope({ ...data }, own);

const withLasting = ({ data }: Scope): ScopeContent[] => [...new Set([lasting[0], lasting[1], data])];
