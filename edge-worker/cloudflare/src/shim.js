// Entry of the Worker: passes requests to WebAssembly, and recovers from a trap.
//
// A Rust panic or any other trap leaves the instance unusable: every request in progress
// would never end. So a new instance serves the requests that follow, and it forwards those
// in progress again, without telemetry, where they may be sent twice; the others get a 500.
// https://github.com/cloudflare/workers-rs/issues/166
import { __wbg_reset_state as resetInstance, fetch as handle, forward } from "edge";

/** The reject functions of the requests in progress, all of them in the current instance. */
const inProgress = new Set();

// A trap in a future's poll has no caller: it is reported here only.
addEventListener("error", (event) => {
  if (isTrap(event.error)) recover(event.error);
});
addEventListener("unhandledrejection", (event) => {
  if (isTrap(event.reason)) recover(event.reason);
});

export default {
  fetch(request, env, context) {
    const response = attempt(request, env, context);
    // When the client goes away the runtime must not cancel the request's telemetry.
    context.waitUntil(response);
    return response;
  },
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

/** The result of `work` in the instance of now, or an exception when that traps. */
async function unlessTrapped(work) {
  const broken = Promise.withResolvers();
  inProgress.add(broken.reject);
  try {
    return await Promise.race([work(), broken.promise]);
  } catch (error) {
    if (isTrap(error)) recover(error);
    throw error;
  } finally {
    inProgress.delete(broken.reject);
  }
}

function internalError() {
  return new Response(INTERNAL_ERROR, { status: 500 });
}

function recover(error) {
  console.error("throughline: the instance trapped and is replaced", error);
  for (const fail of inProgress) fail(new Error("lost"));
  inProgress.clear();
  resetInstance();
}

function isTrap(error) {
  return (
    error instanceof WebAssembly.RuntimeError ||
    // V8 reports a stack overflow in WebAssembly so.
    (error instanceof RangeError && error.message.includes("call stack"))
  );
}

const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

const INTERNAL_ERROR = "throughline: an internal error ended this request; the log says more\n";
