// Ids of events.

import { randomHex } from "../core/ids.js";

/** A new id; of an object that was captured before the same one, since it is recorded once. */
export function newId(thrown?: unknown): string {
  const known = ids.get(thrown as object);
  if (known) return known;
  const id = randomHex(32);
  if (Object(thrown) === thrown) ids.set(thrown as object, id);
  return id;
}

const ids = new WeakMap<object, string>();
