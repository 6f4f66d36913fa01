// The late part of the errors signal and the engine.

import type { Delivery } from "../../capture.js";
import type { Endpoint } from "../../core/endpoint.js";
import { startDelivery } from "../../delivery/start.js";
import { late as errors } from "../../signals/errors/late.js";

/** Starts to send. */
export const start = (endpoint: Endpoint): Promise<Delivery> => startDelivery(endpoint, { errors });
