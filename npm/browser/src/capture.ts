// Starts capture, loads the engine when the page is idle, and sends the rest when the page is left.

import { startParts, type Parts } from "./context/degraded.js";
import { onFact } from "./context/record.js";
import { sessionId } from "./context/session.js";
import { endpointOf, type Endpoint } from "./core/endpoint.js";
import { guarded } from "./core/guarded.js";
import { isEssential, minimalOtlp } from "./core/minimal-otlp.js";
import { idle, keepListening, listen, listenFirst, ofDocument, setTimeout } from "./core/platform.js";
import { takeWhere } from "./core/queue.js";
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

/** Loads the chunk with the engine and the late part of each signal. */
export type LoadEngine = () => Promise<{ deliver(endpoint: Endpoint): Promise<Delivery> }>;

/** Starts to capture; returns the function that flushes. */
export function capture(options: Options, signals: Parts<EarlySignal>, load: LoadEngine): () => Promise<void> {
  const endpoint = endpointOf(options);
  let delivery: Delivery | undefined;
  let loading: Promise<void> | undefined;
  /** The event of a page that ends. */
  let end: Event | undefined;

  const start = async (): Promise<void> => {
    try {
      delivery = await (await load()).deliver(endpoint);
    } catch {
      // Without the engine, errors still go out when the page is left.
    }
  };
  const loadEngine = (): Promise<void> => (loading ??= start());

  const sendMinimal = (): unknown => {
    const facts = takeWhere(isEssential);
    return facts.length && endpoint.post(endpoint.address("logs"), minimalOtlp(endpoint.resource, sessionId, facts), "application/json");
  };

  onFact((kind) => {
    if (delivery) delivery.wake(kind);
    // An error is worth the start of the engine even while the page is busy.
    else if (kind == "E") void loadEngine();
  });

  /** A hidden page may never be shown again: everything has to go now. */
  const leave = guarded((event: Event): void => {
    if (event.type == "pagehide") end = event;
    else if (ofDocument("visibilityState") != "hidden") return (end = undefined);
    // A page that ends is hidden once more after `pagehide`.
    const last = end ?? event;
    Object.values(signals).forEach(guarded(({ leave }) => leave?.(last.type)));
    if (delivery) delivery.leave(last);
    else void sendMinimal();
  });

  // A prerendered page may never be shown; a page that loads needs the main thread itself.
  const loadWhenIdle = (): void => {
    if (!ofDocument("prerendering")) idle(loadEngine);
  };

  startParts(
    {
      ...signals,
      delivery: {
        start() {
          for (const type of ["visibilitychange", "pagehide"])
            listenFirst(type, (event: Event) => {
              // Once more after the page's own handlers, for what they do.
              listen.call(window, type, leave, { once: true });
              leave(event);
            });
          for (const type of ["prerenderingchange", "load"]) listenFirst(type, loadWhenIdle);
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
    await (delivery ? delivery.sendAll() : sendMinimal());
  };
}

/** How long the engine waits for the page's `load` event, in ms. */
const LOAD_MS = 5000;
