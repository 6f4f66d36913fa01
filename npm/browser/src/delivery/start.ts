// Starts delivery and the late part of each signal.

import type { Delivery } from "../capture.js";
import { startParts, type Parts } from "../context/degraded.js";
import type { Endpoint } from "../core/endpoint.js";
import type { LateSignal } from "../signals/signal.js";
import { retain, useFields } from "./encoder.js";
import { header } from "../core/header.js";
import type { Batcher } from "./plain-batcher.js";
import { schedule } from "./scheduler.js";

/** Starts the signals, then the batcher; resolves when facts are taken from the queue. */
export async function startDelivery(endpoint: Endpoint, signals: Parts<LateSignal>, makeBatcher: (endpoint: Endpoint) => Batcher | Promise<Batcher>): Promise<Delivery> {
  retain([header(endpoint)]);
  for (const { fields } of Object.values(signals)) useFields(fields);
  startParts(signals, endpoint);
  return schedule(endpoint, await makeBatcher(endpoint), signals);
}
