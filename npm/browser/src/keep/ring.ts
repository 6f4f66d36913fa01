// The ring: spans of which it is not decided yet whether they are sent, with limits of bytes and age.

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
}

/** Makes a ring; `leave` is called with what leaves it, the oldest first. */
export function makeRing(mostBytes: number, leave: (entries: Entry[]) => void) {
  let entries: Entry[] = [];
  let bytes = 0;

  /** Removes the oldest as long as `goes` says so. */
  const shrink = (goes: (oldest: Entry) => boolean): void => {
    let count = 0;
    for (; count < entries.length && goes(entries[count]!); count++) bytes -= sizeOf(entries[count]!);
    if (count) leave(entries.splice(0, count));
  };

  return {
    /** How many wait. */
    count: (): number => entries.length,
    oldest: (): Entry | undefined => entries[0],
    add(entry: Entry): void {
      entries.push(entry);
      bytes += sizeOf(entry);
      shrink(() => bytes > mostBytes);
    },
    /** Puts a timing to the request that it is of; as in the engine, none where more than one is possible. */
    time(timing: Fact): void {
      const possible = entries.filter((entry) => !entry.timing && isOf(timing, entry.fact));
      const [entry] = possible;
      if (!entry || possible[1]) return;
      bytes -= sizeOf(entry);
      entry.timing = timing;
      bytes += sizeOf(entry);
      shrink(() => bytes > mostBytes);
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

/** An estimate of bytes: texts have two for each code unit, whoever else has them too, and the objects around them the rest. */
const sizeOf = ({ place, fact, timing }: Entry): number =>
  OBJECTS + 2 * [place, fact, timing].flat(3).reduce<number>((sum, one) => sum + (typeof one == "string" ? one.length : 0), 0);

/** Whether a timing may be of a request: crates/throughline-facts/src/request.rs. */
function isOf(timing: Fact, fact: Fact): boolean {
  const [, url, trace, start] = timing as unknown as [string, string, string | undefined, number];
  const [kind, called, responded, own] = fact as unknown as [string, number, number, string];
  return (
    kind == "F" &&
    start >= called - CLOCK_STEP &&
    start <= called + BEGIN_DELAY &&
    (timing[RESPONSE_START] as number) <= responded + CLOCK_STEP &&
    withoutFragment(url) == withoutFragment(fact[ADDRESS] as string) &&
    (!trace || trace == own)
  );
}

const withoutFragment = (url: string): string => url.replace(/#.*/, "");

/** Positions in the facts of a timing and of a request. */
const RESPONSE_START = 12;
const ADDRESS = 7;
/** Bytes of the lists and objects of an entry, as measured in Chromium. */
const OBJECTS = 500;
/** µs, as in the engine. */
const CLOCK_STEP = 1000;
const BEGIN_DELAY = 100_000;
