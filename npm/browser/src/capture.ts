// Starts capture, loads the engine when the page is idle, and sends what is left when the page is.

import { identifyDocumentLoad } from "./context/document.js";
import { recordPresence } from "./context/presence.js";
import { onFact } from "./context/record.js";
import { sessionId } from "./context/session.js";
import { endpointOf, type Endpoint } from "./core/endpoint.js";
import { guarded } from "./core/guarded.js";
import { idle } from "./core/idle.js";
import { isEssential, minimalOtlp } from "./core/minimal-otlp.js";
import { takeWhere } from "./core/queue.js";
import type { Options } from "./options.js";
import type { EarlySignal } from "./signals/signal.js";

/** Takes facts from the queue to the receiver. */
export interface Delivery {
  /** Reports that a fact waits. */
  wake(): void;
  /** Sends what waits; resolves when it was answered or dropped. Never rejects. */
  flush(): Promise<void>;
  /** Sends everything at once, because the page may be gone next. */
  leave(event: string): void;
}

/** Loads the chunk with the engine and the late part of each signal. */
export type LoadEngine = () => Promise<{ start(endpoint: Endpoint): Promise<Delivery> }>;

/** Starts to capture; returns the function that flushes. */
export function capture(options: Options, signals: readonly EarlySignal[], load: LoadEngine): () => Promise<void> {
  const endpoint = endpointOf(options);
  let delivery: Delivery | undefined;
  let loading: Promise<void> | undefined;

  const loadEngine = (): Promise<void> =>
    (loading ??= load()
      .then((engine) => engine.start(endpoint))
      .then(
        (started) => {
          delivery = started;
        },
        // Without the engine, errors still go out when the page is left.
        () => {},
      ));

  const sendMinimal = (): unknown => {
    const facts = takeWhere(isEssential);
    if (facts.length)
      return endpoint.post(endpoint.address("logs"), minimalOtlp(endpoint.resource, sessionId(), facts), "application/json");
    return undefined;
  };

  onFact((kind) => {
    if (delivery) delivery.wake();
    // An error is worth the start of the engine even while the page is busy.
    else if (kind == "E") void loadEngine();
  });
  identifyDocumentLoad();
  recordPresence();
  for (const { start } of signals) start?.(endpoint);

  /** A hidden page may never be shown again: everything has to go now. */
  const leave = guarded(({ type }: Event): void => {
    if (type != "pagehide" && document.visibilityState != "hidden") return;
    for (const signal of signals) signal.leave?.(type);
    if (delivery) delivery.leave(type);
    else void sendMinimal();
  });
  for (const type of ["visibilitychange", "pagehide"]) addEventListener(type, leave, true);

  // A prerendered page may never be shown; a page that loads needs the main thread itself.
  const loadWhenIdle = (): void => {
    if (!document.prerendering) idle(loadEngine);
  };
  document.addEventListener("prerenderingchange", loadWhenIdle);
  if (document.readyState == "complete") loadWhenIdle();
  else addEventListener("load", loadWhenIdle);

  return async () => {
    await loadEngine();
    await (delivery ? delivery.flush() : sendMinimal());
  };
}
