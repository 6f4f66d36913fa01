// The late part of the default signals and the engine: a chunk that is loaded when the page is idle.

import type { Delivery } from "./capture.js";
import type { Endpoint } from "./core/endpoint.js";
import { makeBatcher } from "./delivery/batcher.js";
import { startDelivery } from "./delivery/start.js";
import { late as documentLoad } from "./signals/document-load/late.js";
import { late as interactions } from "./signals/interactions/late.js";
import { late as requests } from "./signals/requests/late.js";
import { late as vitals } from "./signals/vitals/late.js";

/** Starts to observe and to send. */
export async function deliver(endpoint: Endpoint): Promise<Delivery> {
  // What cannot be loaded is loaded again later, as the engine is.
  const makeWriter = endpoint.webAssembly == false ? undefined : await endpoint.form.loadWriter?.();
  return startDelivery(endpoint, { requests, presence: interactions, vitals, documentLoad }, (one) => makeBatcher(one, makeWriter));
}
