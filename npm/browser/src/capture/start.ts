// In which order does capture begin, and when does the engine take over?

import type { Options, Throughline } from "../options.js";
import type { Delivery, StartDelivery } from "../page/delivery.js";
import { sendAlone } from "./alone.js";
import { now } from "./clock.js";
import { captureDocumentLoad, identifyDocumentLoad, recordDocumentLoad } from "./document-load.js";
import { endpointOf } from "./endpoint.js";
import { CAPTURED, captureErrors, recordException } from "./errors.js";
import { facts, onFact, open, record } from "./facts.js";
import { captureFetch, endRequests } from "./fetch.js";
import { guarded } from "./guarded.js";
import { header } from "./header.js";
import { randomHex } from "./ids.js";
import { captureInteractions, closeInteractions } from "./interaction.js";
import { idle, whenLoadedAndIdle, whenShown } from "./moments.js";
import { mayRetry, postWith } from "./post.js";
import { captureResources } from "./resources.js";
import { touchSession } from "./session.js";
import { captureVitals, recordHidden } from "./vitals.js";

/** Watches the page from here on; `load` brings the engine. */
export function start(options: Options, load: () => Promise<StartDelivery>): Throughline {
  const endpoint = endpointOf(options);
  const post = postWith(window.fetch);
  let delivery: Delivery | undefined;
  let engineAsked = false;
  let alone = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const flush = (leaving?: boolean): Promise<void> => delivery?.flush(leaving) ?? sendAlone(endpoint, post);

  /** Brings the engine, once; without it capture goes on alone. */
  const bringEngine = async (): Promise<void> => {
    if (engineAsked) return;
    engineAsked = true;
    try {
      const startDelivery = await load();
      delivery = await startDelivery({ endpoint, facts, post, mayRetry, randomHex, idle, failed, giveUp });
    } catch (reason) {
      giveUp("unavailable", reason);
    }
  };

  const failed = (why: string, reason: unknown): void => record("T", now(), why, reason);

  const giveUp = (why: string, reason: unknown): void => {
    delivery = undefined;
    alone = true;
    failed(why, reason);
  };

  onFact((kind) => {
    if (delivery) delivery.wake();
    else if (alone) timer ??= setTimeout(() => ((timer = undefined), void flush()), ALONE_MS);
    // An error is worth the engine's start even while the page is busy.
    else if (kind == "E") void bringEngine();
  });

  const leave = guarded((event: Event): void => {
    if (event.type == "pagehide") {
      recordDocumentLoad();
      endRequests();
    } else if (document.visibilityState != "hidden") return;
    closeInteractions();
    recordHidden();
    void flush(true);
  });

  identifyDocumentLoad();
  const previous = touchSession();
  open(header(endpoint));
  if (previous != undefined) record("S", now(), previous);
  captureErrors();
  captureFetch(endpoint);
  captureInteractions();
  whenShown(
    guarded(() => {
      captureVitals();
      captureResources(endpoint.isOurs);
      captureDocumentLoad();
      whenLoadedAndIdle(bringEngine);
    }),
  );
  // Nobody knows whether a hidden page is ever shown again.
  for (const type of ["visibilitychange", "pagehide"]) addEventListener(type, leave, true);

  return {
    captureException: guarded((error) => recordException(error, CAPTURED)),
    flush,
  };
}

/** How long facts gather when there is no engine to batch them. */
const ALONE_MS = 5000;
