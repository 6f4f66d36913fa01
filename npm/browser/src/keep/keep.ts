// Holds spans back until it is decided whether they are sent: by ratio, or because something mattered.
//
// A span is decided when it leaves the ring. If something has mattered by then its threshold is 0, whatever the
// random number of its trace; else it is that of the ratio, and the span is sent if its trace is drawn. So what is
// held back never depends on the random number, and the counts that spans stand for have no bias.

import type { Shared } from "../context/record.js";
import { KEEP } from "../context/places.js";
import { findStarted, LEAVING, onShutdown, onWindow, whenStarted } from "../control/started.js";
import { elapsed, ofDocument, setTimeout } from "../core/platform.js";
import type { ContextFact, Fact } from "../generated/facts.js";
import { mark, PLACES, type Reason } from "./mark.js";
import { watch } from "./mattering.js";
import type { KeepOptions } from "./options.js";
import { makeRing, type Entry } from "./buffer.js";
import { isKept, shortened, thresholdOf } from "./threshold.js";

/** The functions of the ring in `Client.shared`. */
export type Keeping = readonly [
  /** Sends all, and what follows. */
  now: (reason: Reason) => void,
  /** Decides all by ratio. */
  decide: () => void,
  /** How many spans and log records wait. */
  count: () => number,
];

/**
 * Samples the spans of the page from here on: those of a share of the traces are sent, and all of the last ones, with
 * what follows, when the page has an error, a poor web vital or a slow span, or calls `keepNow`. A page calls it right
 * after `init`; another call changes nothing. Errors, sessions and web vitals are always sent.
 *
 * ```ts
 * import { init } from "@throughline/browser";
 * import { keep } from "@throughline/browser/keep";
 *
 * init({ endpoint: "/_t", key: "pk_demo", serviceName: "shop-web" });
 * keep({ ratio: 0.1 });
 * ```
 */
export function keep(options: KeepOptions = {}): void {
  whenStarted(({ shared }) => {
    try {
      if (!shared[KEEP]) start(shared, options);
    } catch {
      // Everything is sent.
      if (DEVELOPMENT) console.warn(`[throughline] keep takes a \`ratio\` from 0 to 1, and numbers from 0: ${JSON.stringify(options)}. Everything is sent`);
    }
  });
}

/** Sends the spans that are held back, and those that follow for a while, as after an error. */
export function keepNow(): void {
  (findStarted()?.shared[KEEP] as Keeping | undefined)?.[0]("requested");
}

function start(shared: Shared, options: KeepOptions): void {
  const { ratio = 0.1, slowMs = 5000, vitals = true, ringBytes = 262_144, ringMs = 20_000, afterMs = 60_000, logs } = options;
  if (![slowMs, ringBytes, ringMs, afterMs].every((one) => one >= 0)) throw new RangeError();
  const threshold = thresholdOf(ratio);
  const matters = watch(slowMs * 1000, vitals);
  const notify = shared[NOTIFY];
  /** Why all is sent, and until when, ms. */
  let reason: Reason | undefined;
  let until = -Infinity;
  /** Whether nothing is held back: the page may be gone next, or its spans are all drawn. */
  let isLeaving = false;
  /** Those that are marked and wait for room in the queue. */
  const released: Entry[] = [];
  let isPlanned: boolean | undefined;

  /** Marks what is sent; counts what is not, and returns false. */
  const decide = (fact: Fact): boolean => {
    if (elapsed() < until) mark(fact, "0", reason);
    else if (isKept(fact[PLACES[fact[0]]![0]] as string, threshold)) mark(fact, shortened(threshold!));
    else {
      shared[2]("sampled_out", 1);
      return false;
    }
    return true;
  };

  /** Gives facts to the queue. */
  const send = (entries: readonly Entry[]): void => {
    const before = shared[NOTIFY];
    // The parts that see facts have seen these.
    shared[NOTIFY] = () => {};
    for (const { place, fact, timing } of entries) {
      shared[5](place, ...fact);
      if (timing) shared[5](place, ...timing);
    }
    shared[NOTIFY] = before;
    // Delivery works when a fact is recorded.
    if (entries[0]) notify(["M"], entries[0].place);
  };

  /** Gives those that are released to the queue: it has room for a thousand facts. */
  const drain = (most = SLICE): void => {
    send(released.splice(0, most));
    if (released[0]) setTimeout(drain);
  };

  const ring = makeRing(ringBytes, (entries) => send(entries.filter(({ fact }) => decide(fact))));

  const expire = (): void => {
    isPlanned = false;
    ring.expire(elapsed() - ringMs);
    plan();
  };
  const plan = (): void => {
    const [oldest] = ring.entries;
    if (!oldest || isPlanned) return;
    isPlanned = true;
    // A timer takes no more than 24 days, and may be early.
    setTimeout(expire, Math.min(LONGEST_MS, oldest.at + ringMs - elapsed() + 1));
  };

  const now = (why: Reason): void => {
    if (ratio == 1) return;
    reason = why;
    until = elapsed() + afterMs;
    const entries = ring.take();
    for (const { fact } of entries) mark(fact, "0", why);
    released.push(...entries);
    drain();
  };

  const decideAll = (): void => {
    ring.expire(Infinity);
    drain(Infinity);
  };

  shared[NOTIFY] = (fact: Fact, place: ContextFact = shared[4]()): void => {
    // It throws once telemetry has ended.
    notify(fact, place);
    const why = matters(fact);
    if (why) now(why);
    const isAtOnce = ratio == 1 || isLeaving || elapsed() < until;
    // The vitals are final: the page is hidden, and what waits for delivery goes next.
    if (fact[0] == "v" && !fact[3]) {
      isLeaving = true;
      decideAll();
    }
    if (fact[0] == "R") {
      if (isAtOnce) return;
      ring.time(fact);
    } else {
      const [trace] = PLACES[fact[0]] ?? [];
      // What has no trace is in no sample.
      if (!trace || !fact[trace] || (fact[0] == "L" && !logs)) return;
      if (!isAtOnce) {
        ring.add(place, fact, elapsed());
        plan();
      } else if (decide(fact)) return;
    }
    throw HELD;
  };
  shared[KEEP] = [now, decideAll, () => ring.entries.length + released.length] satisfies Keeping;

  const look = ({ type }: Partial<Event>): void => {
    // A page that is rendered ahead is hidden too, and is shown next.
    isLeaving = type == "pagehide" || (ofDocument("visibilityState") == "hidden" && !ofDocument("prerendering"));
    if (isLeaving) decideAll();
  };
  look({});
  onShutdown(onWindow([...LEAVING, "pageshow"], look));
}

/** The place in `shared` of the function that sees each fact; what throws there keeps it out of the queue. */
const NOTIFY = 6;
const HELD = new Error("held back");
/** A timer that is no more than this is set again. */
const LONGEST_MS = 3_600_000;
/** Facts that are given to the queue at once. */
const SLICE = 100;
