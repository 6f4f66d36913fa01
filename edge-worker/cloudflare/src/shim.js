// Entry of the Worker: passes requests to WebAssembly, and recovers from a trap.
//
// After a trap a new instance serves the requests that follow, and it forwards those in progress
// again, without telemetry, where they may be sent twice; the others get a 500.
import { fetch as handle, forward } from "edge";
import { takeUpAll } from "./consumer.js";
import { unlessTrapped } from "./trap.js";

export { Metrics } from "./metrics-object.js";
export { Quotas } from "./quota-object.js";
export { Traces } from "./traces-object.js";

export default {
  fetch(request, env, context) {
    const response = attempt(request, env, context);
    // When the client goes away the runtime must not cancel the request's telemetry.
    context.waitUntil(response);
    return response;
  },

  queue: takeUpAll,
};

async function attempt(request, env, context) {
  try {
    return await unlessTrapped(() => handle(request, env, context));
  } catch {
    return (await again(request, env, context)) ?? internalError();
  }
}

/**
 * The response of the upstream to a request whose instance has trapped. It is sent again only
 * where HTTP allows that, and where it has no body, which has gone with the instance.
 * https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
 */
async function again(request, env, context) {
  // A body of no bytes is a stream too.
  const hasBody = request.body && request.headers.get("content-length") !== "0";
  if (!REPEATABLE.has(request.method) || hasBody) return undefined;
  try {
    return await unlessTrapped(() => forward(request, env, context));
  } catch (error) {
    console.error("throughline: a request could not be forwarded again", error);
    return undefined;
  }
}

function internalError() {
  return new Response(INTERNAL_ERROR, { status: 500 });
}

const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

const INTERNAL_ERROR = "throughline: an internal error ended this request; the log says more\n";
