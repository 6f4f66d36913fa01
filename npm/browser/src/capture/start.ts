// In which order does capture begin, and when does the other half take over?

import type { Options, Throughline } from "../options.js";
import type { Delivery } from "../page/delivery.js";
import { identifyDocumentLoad } from "./document.js";
import { endpointOf, type Endpoint } from "./endpoint.js";
import { CAPTURED, captureErrors, recordException } from "./errors.js";
import { onFact, queue, record } from "./facts.js";
import { captureFetch, endRequests } from "./fetch.js";
import { guarded } from "./guarded.js";
import { idle } from "./idle.js";
import { captureInteractions, closeInteractions, notePresence } from "./interaction.js";
import { minimalOtlp, mustNotBeLost } from "./minimal-otlp.js";
import { now } from "./clock.js";

/** Brings the half that need not be there from the start. */
export type Load = (endpoint: Endpoint) => Promise<Delivery>;

/** Watches the page from here on. */
export function start(options: Options, load: Load): Throughline {
  const endpoint = endpointOf(options);
  let delivery: Delivery | undefined;
  let brought: Promise<void> | undefined;

  const bring = (): Promise<void> =>
    (brought ??= load(endpoint).then(
      (one) => {
        delivery = one;
      },
      // Without it, errors still go out when the page is left.
      () => {},
    ));

  const sendMinimal = (): unknown => {
    const facts = queue.filter(mustNotBeLost);
    if (!facts.length) return undefined;
    queue.splice(0, queue.length, ...queue.filter((fact) => !mustNotBeLost(fact)));
    return endpoint.post(endpoint.address("logs"), minimalOtlp(endpoint.resource, facts), "application/json");
  };

  onFact((kind) => {
    if (delivery) delivery.wake();
    // An error is worth the start of the engine even while the page is busy.
    else if (kind == "E") void bring();
  });
  identifyDocumentLoad();
  notePresence();
  captureErrors();
  captureFetch(endpoint);
  captureInteractions();

  /** Nobody knows whether a hidden page is ever shown again: all has to go now. */
  const leave = guarded(({ type }: Event): void => {
    if (type == "pagehide") endRequests();
    else if (document.visibilityState != "hidden") return;
    closeInteractions();
    if (delivery) delivery.leave(type);
    else {
      record("v", now());
      void sendMinimal();
    }
  });
  for (const type of ["visibilitychange", "pagehide"]) addEventListener(type, leave, true);

  // A page that is rendered ahead may never be shown; one that loads has better to do.
  const bringWhenIdle = (): void => {
    if (!document.prerendering) idle(bring);
  };
  document.addEventListener("prerenderingchange", bringWhenIdle);
  if (document.readyState == "complete") bringWhenIdle();
  else addEventListener("load", bringWhenIdle);

  return {
    captureException: guarded((error) => recordException(error, CAPTURED, performance.now())),
    async flush() {
      await bring();
      await (delivery ? delivery.flush() : sendMinimal());
    },
  };
}
