// Starts the client when the person agrees.

import type { Options, Throughline } from "../options.js";
import { erase } from "./erase.js";
import { findStarted } from "./started.js";
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
 * Calls `init` once the person has agreed. Until then errors are kept in memory, the first fifty,
 * and recorded afterwards; nothing else is recorded, stored or sent, and no request has a header.
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
  let kept: Event[] = [];
  let dropped = 0;
  const keep = (event: Event): void => {
    // An element that could not be loaded is no error of the page.
    if (event.target != globalThis) return;
    if (kept.length < MOST) kept.push(event);
    else dropped++;
  };
  const listen = (change: "addEventListener" | "removeEventListener"): void => {
    // Servers have no such function, or another one.
    if (globalThis.document) for (const type of ["error", "unhandledrejection"]) globalThis[change](type, keep, true);
  };
  let present: ConsentState | undefined;
  const set = (next: ConsentState): void => {
    // An answer is not taken back, only changed.
    if (next == present || (present && next == "pending")) return;
    const before = present;
    present = next;
    if (next == "pending") return listen("addEventListener");
    if (before == "pending") listen("removeEventListener");
    if (next == "granted") {
      if (before == "denied") resume();
      init({ ...options, consent: "granted" });
      const client = findStarted();
      if (client) {
        for (const event of kept) client.captureEvent(event);
        if (dropped) client.shared[2]("queue_full", dropped);
      }
    } else {
      stop();
      erase();
    }
    kept = [];
    dropped = 0;
  };
  set(state);
  return {
    get state() {
      return present!;
    },
    set,
  };
}

/** Events that are kept until there is an answer. */
const MOST = 50;
