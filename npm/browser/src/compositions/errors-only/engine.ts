// The engine alone: the errors signal has no late part.

import type { Delivery } from "../../capture.js";
import type { Endpoint } from "../../core/endpoint.js";
import { startDelivery } from "../../delivery/start.js";

/** Starts to send. */
export const deliver = (endpoint: Endpoint): Promise<Delivery> => startDelivery(endpoint, {});
