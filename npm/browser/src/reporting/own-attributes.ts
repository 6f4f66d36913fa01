// The page's own attributes of what it records.

import { TYPED } from "../context/places.js";
import { whenStarted } from "../control/started.js";
import type { Owner, Started } from "./page-client.js";
import { asFields, SIGN } from "./typed.js";
import type { Values } from "./values.js";

/**
 * Sets attributes of all that follows, after those that `removes` accepts are gone. What is beyond the limits is left out
 * and counted, and so is what is `refused`.
 */
export function setOwn(owner: Owner, values: Values, prefix = "", removes?: (name: string) => boolean, refused: readonly string[] = []): void {
  const before = owner[0].filter((_, at, own) => !removes?.(own[at & ~1]!));
  const at = before.indexOf(SIGN);
  const missing = new Set(at < 0 ? [] : before.splice(at, 2)[1]!.split(SIGN).filter((name) => !removes?.(name)));
  const earlier = DEVELOPMENT ? [...missing, ...refused] : [];
  const wanted = merged(before, values, prefix, Infinity);
  const own = fitting(wanted, LIMIT).slice(0, 2 * MOST);
  const names = namesOf(own);
  for (const name of Object.keys(values)) missing.delete(prefix + name);
  for (const name of [...namesOf(wanted), ...refused]) if (!names.includes(name)) missing.add(name);
  if (DEVELOPMENT) {
    const beyond = [...missing].filter((name) => !earlier.includes(name));
    if (beyond[0])
      console.warn(`[throughline] attributes that last are ${MOST} at most, and ${LIMIT} characters in all: \`${beyond.join("`, `")}\` is left out until others are removed`);
  }
  owner[0] = missing.size ? [...own, SIGN, [...missing].join(SIGN).slice(0, LONGEST_MISSING)] : own;
  if (owner[0].some((one) => one[0] == SIGN)) takeApart(owner);
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
  return fitting([...all].flat(), limit);
}

/** Those names and values that fit into so many characters. */
function fitting(own: readonly string[], limit: number): string[] {
  let room = limit;
  return namesOf(own).flatMap((name, at) => {
    const value = own[2 * at + 1]!;
    const length = name.length + value.length;
    if (length > room) return [];
    room -= length;
    return [name, value];
  });
}

const namesOf = (own: readonly string[]): string[] => own.filter((_, at) => !(at & 1));

/** From here on the own attributes of each record are taken apart into the fields of its context: a copy of the package that has set none of them needs no code for it. */
export function takeApart(owner: Owner): void {
  if (waiting.has(owner)) return;
  waiting.add(owner);
  whenStarted(({ shared }) => {
    if (shared[TYPED]) return;
    shared[TYPED] = 1;
    const notify = shared[6];
    let last: readonly string[] | undefined;
    let fields: ReturnType<typeof asFields>;
    shared[6] = (fact, place) => {
      const own = place[3] ?? [];
      // One that was recorded before has been taken apart.
      if (own != last && own.some((one) => one[0] == SIGN)) fields = asFields((last = own));
      if (own == last) (place as unknown as unknown[]).splice(3, 3, ...fields);
      notify(fact, place);
    };
  });
}

/** Of a client, or of what waits for consent. */
const waiting = new WeakSet<Owner>();

/** Names of tags and contexts begin with this: https://opentelemetry.io/docs/specs/semconv/registry/attributes/app/ */
export const APP = "app.";
/** Characters of a value. */
const LONGEST = 4096;
/** Characters of all that lasts: every record has them. */
const LIMIT = 4096;
/** As in OpenTelemetry: https://opentelemetry.io/docs/specs/otel/common/#attribute-limits */
const MOST = 128;
/** Characters of the names of what was left out. */
const LONGEST_MISSING = 1024;
