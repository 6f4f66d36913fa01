// Records under the name of an app for a while.

import { pendingOf } from "../control/pending.js";
import { findStarted } from "../control/started.js";
import { OTEL_SCOPE_NAME, OTEL_SCOPE_VERSION } from "../generated/semconv.js";
import { merged } from "../reporting/own-attributes.js";

/** The attributes of an app; one without a version has none, whatever was around it. */
export type Scope = Readonly<Record<typeof OTEL_SCOPE_NAME | typeof OTEL_SCOPE_VERSION, string | undefined>>;

/** The attributes of an app by its name and version. */
export const scopeOf = (name: string, version: string | undefined): Scope => ({ [OTEL_SCOPE_NAME]: name, [OTEL_SCOPE_VERSION]: version });

/** Calls `work` while what is recorded has these attributes. Tags and the user that it sets stay. */
export function asScope<T>(scope: Scope, work: () => T): T {
  const shared = findStarted()?.shared ?? pendingOf();
  if (!shared) return work();
  const before = scopeIn(shared[0]);
  shared[0] = merged(shared[0], scope);
  try {
    return work();
  } finally {
    shared[0] = merged(shared[0], before);
  }
}

/** The scope among attributes. */
export function scopeIn(own: readonly string[]): Scope {
  const valueOf = (name: string): string | undefined => own[own.findIndex((one, at) => !(at & 1) && one == name) + 1 || -1];
  return scopeOf(valueOf(OTEL_SCOPE_NAME)!, valueOf(OTEL_SCOPE_VERSION));
}
