// Handlers of the functions that this zip is for.
import { readFileSync } from "node:fs";
import { ConsumerFunction, IngestFunction, OriginFunction, __wbg_reset_state as resetInstance, initSync } from "edge";
import { configuration } from "./configuration.mjs";
import { takeUpAll } from "./consumer.mjs";
import { NOT_CONFIGURED, toBody, toHead, toResponse } from "./function-url.mjs";
import { add, bodyOf, change, generated, requestHead, responseHead, takeState } from "./origin-event.mjs";

initSync({ module: readFileSync(new URL("edge_bg.wasm", import.meta.url)) });

/** The handler of a function with a URL behind CloudFront: `index.handler`. */
export async function handler(event, context) {
  const ingest = configured(IngestFunction);
  if (!ingest) return NOT_CONFIGURED;
  const [head, body] = await ingest.respond(toHead(event), toBody(event), context.getRemainingTimeInMillis());
  return toResponse(head, body);
}

/**
 * The handler for origin requests at the edge: `index.originRequest`. Telemetry gets its response
 * here; any other request goes on to its origin with its trace, and as it is when something fails.
 */
export async function originRequest(event, context) {
  const { request } = event.Records[0].cf;
  takeState(request);
  const edge = configured(OriginFunction);
  if (!edge) return request;
  try {
    const head = requestHead(request);
    if (edge.receives(head)) {
      const isTruncated = request.body?.inputTruncated === true;
      const remaining = context.getRemainingTimeInMillis();
      return generated(...(await edge.respond(head, bodyOf(request), isTruncated, remaining)));
    }
    const changes = edge.begin(head);
    if (changes) change(request, changes);
  } catch (error) {
    recover(error);
  }
  return request;
}

/** The handler for origin responses at the edge: `index.originResponse`. */
export async function originResponse(event, context) {
  const { request, response } = event.Records[0].cf;
  const state = takeState(request);
  const edge = state && configured(OriginFunction);
  if (!edge) return response;
  try {
    const remaining = context.getRemainingTimeInMillis();
    const headers = await edge.end(requestHead(request), state, responseHead(response), remaining);
    if (headers) add(response, headers);
  } catch (error) {
    recover(error);
  }
  return response;
}

/** The handler of a function whose event source is the queue: `index.consumer`. */
export async function consumer(event, context) {
  const edge = configured(ConsumerFunction);
  // All messages stay.
  if (!edge) throw new Error("throughline is not configured; the log says why");
  return takeUpAll(event, edge, context);
}

/**
 * The edge of this instance; `undefined` when its configuration cannot be used. The reason is
 * logged once, and only the operator can read it.
 */
function configured(Kind) {
  if (instance === null) {
    try {
      instance = new Kind(configuration());
    } catch (error) {
      console.error(`throughline: ${error.message}`);
      instance = undefined;
    }
  }
  return instance;
}

/** After a trap the module's instance is unusable: the next request gets another. */
function recover(error) {
  console.error("throughline: a request goes on without its trace", error);
  if (error instanceof WebAssembly.RuntimeError) {
    resetInstance();
    instance = null;
  }
}

/** One: an instance of Lambda has one handler. */
let instance = null;
