// Starts capture, loads the engine when the page is idle, and sends the rest when the page is left.

import { degraded, startParts, type Parts } from "./context/degraded.js";
import { shared } from "./context/record.js";
import { endpointOf, type Endpoint } from "./core/endpoint.js";
import { guarded } from "./core/guarded.js";
import { sendMinimal } from "./core/minimal.js";
import { CHANGES, LEAVE, QUEUE } from "./context/places.js";
import { changes, idle, keepListening, listen, listenFirst, ofDocument, setTimeout } from "./core/platform.js";
import { facts, lost } from "./core/queue.js";
import type { Fact } from "./generated/facts.js";
import type { Options } from "./options.js";
import type { EarlySignal } from "./signals/signal.js";

/** Takes facts from the queue to the receiver. */
export interface Delivery {
  /** Reports that a fact of this kind waits. */
  wake(kind: Fact[0]): void;
  /** Sends what waits; resolves when it was accepted or dropped. Never rejects. */
  sendAll(): Promise<void>;
  /** Sends everything at once on `visibilitychange` or `pagehide`, because the page may be gone next. */
  leave(event: Event): void;
}

/** Loads the chunk that a page does not wait for: the engine and the late part of each signal. */
export type Load = () => Promise<{ deliver(endpoint: Endpoint): Promise<Delivery> }>;

/** Starts to capture; returns the function that flushes. */
export function capture(options: Options, signals: Parts<EarlySignal>, load: Load): () => Promise<void> {
  const endpoint = endpointOf(options);
  let delivery: Delivery | undefined;
  let loading: Promise<void> | undefined;
  /** The event of a page that ends. */
  let end: Event | undefined;

  /** Set when the engine could not be loaded: the timer of the second attempt. */
  let failed: unknown;

  const start = async (): Promise<void> => {
    try {
      const { deliver } = await load();
      delivery = await deliver(endpoint);
    } catch (reason) {
      // A release that is gone from the server, a blocker, no network.
      if (!failed) {
        failed = setTimeout(start, RETRY_MS);
        degraded("engine", reason);
      }
    }
  };
  /** Whether the page was rendered ahead and is not shown: it may never be, so that nothing of it is sent. */
  const isAhead = (): unknown => ofDocument("prerendering");

  /** Reads the session from the storage; nothing once telemetry has ended. */
  const identify = guarded(() => shared[4]());

  const loadEngine = (): unknown => isAhead() || (loading ??= start());

  const send = (ends?: boolean): unknown => isAhead() || (identify(), sendMinimal(endpoint, ends));

  shared[6] = ([kind]) => {
    if (delivery) delivery.wake(kind);
    else if (failed) setTimeout(send, MINIMAL_MS);
    // An error is worth the start of the engine even while the page is busy.
    else if (kind == "E") void loadEngine();
  };

  // For `diagnostics`, until there is an engine that tells more.
  shared[QUEUE] = () => [facts, lost];
  // For `shutdown`.
  shared[CHANGES] = changes;

  // For `shutdown` and the end of consent, too.
  const leaveSignals = (shared[LEAVE] = (ends: boolean): void => Object.values(signals).forEach(guarded((signal) => signal.leave?.(ends))));

  /** A hidden page may never be shown again: everything has to go now. */
  const leave = guarded((event: Event): void => {
    // A page that ends is hidden once more after `pagehide`.
    end = event.type == "pagehide" ? event : ofDocument("visibilityState") != "hidden" ? undefined : (end ?? event);
    if (!end) return;
    const ends = end.type == "pagehide";
    leaveSignals(ends);
    if (delivery) delivery.leave(end);
    else void send(ends);
  });

  // A page that loads needs the main thread itself.
  const loadWhenIdle = (): unknown => idle(loadEngine);

  startParts(
    {
      ...signals,
      delivery: {
        start() {
          listenFirst(["visibilitychange", "pagehide"], (event: Event) => {
            // Once more after the page's own handlers, for what they do.
            listen.call(window, event.type, leave, { once: true });
            leave(event);
          });
          listenFirst(["prerenderingchange", "load"], loadWhenIdle);
          // One resource that never ends delays `load` without end.
          setTimeout(loadWhenIdle, ofDocument("readyState") == "complete" ? 0 : LOAD_MS);
          keepListening();
        },
      },
    },
    endpoint,
  );

  return async () => {
    await loadEngine();
    await (delivery ? delivery.sendAll() : send());
  };
}

/** How long the engine waits for the page's `load` event, in ms. */
const LOAD_MS = 5000;
/** When the engine is loaded a second and last time, in ms. */
const RETRY_MS = 10_000;
/** How long an error waits for others where there is no engine, in ms. */
const MINIMAL_MS = 500;
