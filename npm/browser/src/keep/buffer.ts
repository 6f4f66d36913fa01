// The ring buffer: spans of which it is not decided yet whether they are sent, with limits of bytes and age.

import type { ContextFact, Fact } from "../generated/facts.js";

/** A span or log record that waits. */
export interface Entry {
  /** Session and address that it belongs to. */
  readonly place: ContextFact;
  readonly fact: Fact;
  /** When it came, ms. */
  readonly at: number;
  /** The timing of the request that it is. */
  timing?: Fact;
  /** An estimate of its memory. */
  bytes: number;
}

/** Makes a ring buffer; `leave` is called with what leaves it, the oldest first. */
export function makeRing(mostBytes: number, leave: (entries: Entry[]) => void) {
  const entries: Entry[] = [];
  let bytes = 0;

  /** Removes the oldest as long as `goes` says so. */
  const shrink = (goes: (oldest: Entry) => boolean): void => {
    let count = 0;
    for (; entries[count] && goes(entries[count]!); count++) bytes -= entries[count]!.bytes;
    leave(entries.splice(0, count));
  };
  /** Counts lists of an entry: two bytes for each code unit of their texts, whoever else has them too, and the objects around them. */
  const grow = (entry: Entry, ...lists: readonly unknown[]): void => {
    const before = entry.bytes;
    entry.bytes = lists.flat(4).reduce<number>((sum, one) => sum + (typeof one == "string" ? 2 * one.length : 0), before || OBJECTS);
    bytes += entry.bytes - before;
    shrink(() => bytes > mostBytes);
  };

  return {
    /** All that wait, the oldest first. */
    entries,
    add(place: ContextFact, fact: Fact, at: number): void {
      const entry = { place, fact, at, bytes: 0 };
      entries.push(entry);
      grow(entry, place, fact);
    },
    /** Puts a timing to the request that it is of; as in the engine, none where more than one is possible. */
    time(timing: Fact): void {
      const [entry, other] = entries.filter((entry) => !entry.timing && isOf(timing, entry.fact));
      if (!entry || other) return;
      entry.timing = timing;
      grow(entry, timing);
    },
    /** Removes those that came before a time, ms. */
    expire: (time: number): void => shrink(({ at }) => at <= time),
    /** Removes and returns all. */
    take(): Entry[] {
      bytes = 0;
      return entries.splice(0);
    },
  };
}

/** Whether a timing may be of a request: crates/throughline-facts/src/reduce/requests.rs is stricter, and looks again. */
export function isOf([, url, trace, start]: Fact, [kind, called, , own, , , , address]: Fact): boolean {
  const wait = (start as number) - (called as number);
  return kind == "F" && wait >= -CLOCK_STEP && wait <= BEGIN_DELAY && (!trace || trace == own) && withoutFragment(url) == withoutFragment(address);
}

const withoutFragment = (url: unknown): unknown => (url as string).split("#")[0];

/** Bytes of the lists and objects of an entry. In Chromium, where short texts have one byte for a character, a request with its timing takes 520 in all. */
const OBJECTS = 500;
/** µs, as in the engine. */
const CLOCK_STEP = 1000;
const BEGIN_DELAY = 100_000;
