// The page's own attributes of what it records.

import type { Owner, Started } from "./page-client.js";
import type { Values } from "./values.js";

/** Sets attributes of all that follows, after those that `removes` accepts are gone. */
export function setOwn(owner: Owner, values: Values, prefix = "", removes?: (name: string) => boolean): void {
  owner[0] = merged(owner[0].filter((_, at, own) => !removes?.(own[at & ~1]!)), values, prefix, LIMIT);
}

/** Calls `work` while what is recorded has these attributes too. */
export function whileOwn({ shared }: Started, own: readonly string[], work: () => void): void {
  const [before] = shared;
  shared[0] = own;
  try {
    work();
  } finally {
    shared[0] = before;
  }
}

/** Names, each with its value, after `values` were set; what is beyond `limit` characters is left out. */
export function merged(own: readonly string[], values: Values | null | undefined, prefix = "", limit = 3 * LIMIT): string[] {
  const all = new Map<string, string>();
  for (let at = 0; at < own.length; at += 2) all.set(own[at]!, own[at + 1]!);
  for (const name of Object.keys(values ?? {})) {
    const key = prefix + name;
    try {
      const value = String(values?.[name] ?? "").slice(0, LONGEST);
      if (value) all.set(key, value);
      else all.delete(key);
    } catch {
      // A value that cannot be read is none, and the others stay.
    }
  }
  let room = limit;
  return [...all].filter(([key, value]) => (room -= key.length + value.length) >= 0).flat();
}

/** Names of tags and contexts begin with this: https://opentelemetry.io/docs/specs/semconv/registry/attributes/app/ */
export const APP = "app.";
/** Characters of a value. */
const LONGEST = 4096;
/** Characters of all that lasts: every record has them. */
const LIMIT = 4096;
