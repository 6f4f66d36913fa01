// Delivery for a page that records errors alone: a chunk that is loaded when the page is idle.

import type { Delivery } from "./capture.js";
import type { Endpoint } from "./core/endpoint.js";
import { makePlainBatcher } from "./delivery/plain-batcher.js";
import { startDelivery } from "./delivery/start.js";

/** Starts to send. */
export const deliver = (endpoint: Endpoint): Promise<Delivery> => startDelivery(endpoint, {}, ({ form }) => makePlainBatcher(form));
