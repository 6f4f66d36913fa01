// What is brought into the page once it has time?

import type { Endpoint } from "../capture/endpoint.js";
import { deliver, type Delivery } from "./delivery.js";
import { captureDocumentLoad } from "./document-load.js";
import { header } from "./header.js";
import { makeReader } from "./reader.js";
import { captureResources } from "./resources.js";
import { keep } from "./text.js";
import { captureVitals } from "./vitals.js";

/** Begins to measure, and to send. */
export async function bring(endpoint: Endpoint): Promise<Delivery> {
  keep([header(endpoint)]);
  captureVitals();
  captureResources(endpoint);
  captureDocumentLoad();
  return deliver(endpoint, await makeReader(endpoint));
}
