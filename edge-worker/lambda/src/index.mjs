// Handlers of the functions that this zip is for.
import { IngestFunction } from "edge";
import { configuration } from "./configuration.mjs";
import { NOT_CONFIGURED, toBody, toHead, toResponse } from "./function-url.mjs";

/** The handler of a function with a URL behind CloudFront: `index.handler`. */
export async function handler(event, context) {
  const ingest = configured();
  if (!ingest) return NOT_CONFIGURED;
  const [head, body] = await ingest.respond(toHead(event), toBody(event), context.getRemainingTimeInMillis());
  return toResponse(head, body);
}

/**
 * The edge of this instance; `undefined` when its configuration cannot be used. The reason is
 * logged once, and only the operator can read it.
 */
function configured() {
  if (instance === null) {
    try {
      instance = new IngestFunction(configuration());
    } catch (error) {
      console.error(`throughline: ${error.message}`);
      instance = undefined;
    }
  }
  return instance;
}

let instance = null;
