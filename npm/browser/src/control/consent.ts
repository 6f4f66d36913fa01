// Starts the client when the person agrees.

import { micros } from "../core/clock.js";
import { describe } from "../core/thrown.js";
import type { Options, Throughline } from "../options.js";
import { merged } from "../reporting/own-attributes.js";
import { erase } from "./erase.js";
import { pendingOf, setPending, type Pending } from "./pending.js";
import { findStarted, type Started } from "./started.js";
import { resume, stop } from "./shutdown.js";

/** The answer of the person. */
export type ConsentState = "granted" | "pending" | "denied";

/** The present answer, and how to change it. */
export interface Consent {
  readonly state: ConsentState;
  /** `granted` starts the client, `denied` ends it, forgets what waits for an answer and deletes what is stored; what was recorded with consent is still sent. */
  set(state: ConsentState): void;
}

/**
 * Calls `init` once the person has agreed. Until then errors and what the page reports itself are kept in memory, the
 * first fifty, and recorded afterwards, and what it sets and starts by other entries takes effect then; nothing else
 * is recorded, stored or sent, and no request has a header.
 *
 * ```ts
 * import { init } from "@throughline/browser";
 * import { initWithConsent } from "@throughline/browser/control";
 *
 * const consent = initWithConsent(init, { endpoint: "/_t", key: "pk_demo", serviceName: "shop-web" });
 * consent.set("granted"); // when the person agrees
 * ```
 */
export function initWithConsent(init: (options: Options) => Throughline, options: Options, state: ConsentState = "pending"): Consent {
  let kept: Kept[] = [];
  let dropped = 0;
  let present: ConsentState | undefined;
  const starts = new Set<(client: Started) => void>();
  const forgets = new Set<() => void>();

  const report: Pending[1] = (work, thrown, minor = false) => {
    if (present != "pending") return;
    const alike = kept.filter(([isMinor]) => isMinor == minor);
    if (!minor && alike.length == MOST) return void dropped++;
    // Of those that are no records the last ones matter most.
    if (alike.length == MOST_MINOR) kept.splice(kept.indexOf(alike[0]!), 1);
    kept.push([minor, asOfNow(work, waiting[0], thrown)]);
  };
  /** The calls that wait until there is a client. */
  const waiting: Pending = [
    [],
    report,
    (work) => {
      starts.add(work);
      return () => starts.delete(work);
    },
    (forget) => present == "pending" && !!forgets.add(forget),
  ];

  const keep = (event: Event): void => {
    // An element that could not be loaded is no error of the page.
    if (event.target == globalThis) report((client) => client.captureEvent(event), [thrownIn(event)]);
  };
  const listen = (change: "addEventListener" | "removeEventListener"): void => {
    // Servers have no such function, or another one.
    if (globalThis.document) for (const type of ["error", "unhandledrejection"]) globalThis[change](type, keep, true);
  };

  /** Gives the client what has waited. */
  const begin = (client: Started): void => {
    const { shared } = client;
    // What the function that calls `init` has set is later.
    const set = (own: readonly string[]): readonly string[] => (shared[0] = merged(own, Object.fromEntries(shared[0].flatMap((name, at, all) => (at & 1 ? [] : [[name, all[at + 1]]])))));
    const [own] = waiting;
    // Rules for errors hold for all that were kept.
    for (const start of starts) start(client);
    const [before] = shared;
    for (const [, record] of kept)
      try {
        record(client, set);
      } catch {
        // It cannot be read.
      } finally {
        shared[0] = before;
      }
    set(own);
    if (dropped) shared[2]("queue_full", dropped);
  };

  const set = (next: ConsentState): void => {
    // An answer is not taken back, only changed.
    if (next == present || (present && next == "pending")) return;
    const before = present;
    present = next;
    if (next == "pending") listen("addEventListener");
    if (before == "pending") listen("removeEventListener");
    if (next == "granted") {
      if (pendingOf() == waiting) setPending(undefined);
      if (before == "denied") resume();
      init({ ...options, consent: "granted" });
      const client = findStarted();
      if (client) begin(client);
      starts.clear();
    } else if (globalThis.document && !findStarted()) setPending(waiting);
    if (next == "denied") {
      for (const forget of forgets) forget();
      stop();
      erase();
    }
    if (next != "pending") {
      kept = [];
      dropped = 0;
      waiting[0] = [];
      forgets.clear();
    }
  };
  set(state);
  return {
    get state() {
      return present!;
    },
    set,
  };
}

/** A report that waits; one that is minor is no record. */
type Kept = readonly [isMinor: boolean, record: (client: Started, set: (own: readonly string[]) => unknown) => void];

/** Makes a function that reports as of now, with these attributes: the page may change what it has given, and go elsewhere. */
function asOfNow(work: (client: Started) => void, own: readonly string[], thrown?: readonly [value: unknown]): Kept[1] {
  const at = micros(performance.now());
  const { href } = location;
  const [[, ...paths], type, message, stack, ...causes] = thrown ? describe(thrown[0]) : [[]];
  return (client, set) => {
    const { shared } = client;
    const [, record, , , , , notify] = shared;
    shared[1] = (fact, value) => {
      const fields = [...fact] as unknown[];
      fields[1] = at;
      if (thrown && fact[0] == "E") {
        fields.splice(TYPE, 4, type, message, stack, causes);
        fields[PATHS] = paths;
      }
      record(fields as never, value);
    };
    shared[6] = (fact, place) => {
      (place as unknown as unknown[])[2] = href;
      notify(fact, place);
    };
    set(own);
    try {
      work(client);
    } finally {
      shared[1] = record;
      shared[6] = notify;
    }
  };
}

/** The value that an event is about, as `signals/errors/early.ts` finds it. */
function thrownIn(event: Event): unknown {
  const { type, error, reason, detail } = event as ErrorEvent & PromiseRejectionEvent & CustomEvent<{ reason?: unknown } | null>;
  return type == "error" ? error : "reason" in event ? reason : detail?.reason;
}

/** The position of the type in the fact of an exception; message, stack and causes follow. */
const TYPE = 10;
/** That of the paths of the causes. */
const PATHS = 17;
/** Reports that are kept until there is an answer, and those of them that are no records. */
const MOST = 50;
const MOST_MINOR = 100;
