// The content of scopes, which events have besides what happened.

import type { Contexts, EventProcessor, Extras, Primitive, SeverityLevel, User } from "./event.js";

/** The data of one scope. */
export interface ScopeContent {
  user: User;
  tags: { [key: string]: Primitive };
  extra: Extras;
  contexts: Contexts;
  /** Attributes by their whole names. */
  attributes: Record<string, unknown>;
  fingerprint: string[];
  eventProcessors: EventProcessor[];
  level?: SeverityLevel | undefined;
  transactionName?: string | undefined;
}

/** Data without anything in it. */
export const emptyContent = (): ScopeContent => ({ user: {}, tags: {}, extra: {}, contexts: {}, attributes: {}, fingerprint: [], eventProcessors: [] });

/** The data that last as long as the page: of the global scope, of the isolation scope, and of the current one outside `withScope`. */
export const lasting: readonly [global: ScopeContent, isolation: ScopeContent, current: ScopeContent] = [emptyContent(), emptyContent(), emptyContent()];

/** One scope's data of several, of which a later one takes the place of an earlier one. */
export function mergedContent(all: readonly ScopeContent[]): ScopeContent {
  const merged = emptyContent();
  for (const { user, tags, extra, contexts, attributes, fingerprint, eventProcessors, level, transactionName } of all) {
    Object.assign(merged.user, user);
    Object.assign(merged.tags, tags);
    Object.assign(merged.extra, extra);
    Object.assign(merged.attributes, attributes);
    for (const [name, context] of Object.entries(contexts)) merged.contexts[name] = { ...merged.contexts[name], ...context };
    merged.fingerprint.push(...fingerprint);
    merged.eventProcessors.push(...eventProcessors);
    merged.level = level ?? merged.level;
    merged.transactionName = transactionName ?? merged.transactionName;
  }
  return merged;
}
