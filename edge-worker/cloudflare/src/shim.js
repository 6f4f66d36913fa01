// Entry of the Worker: passes requests to WebAssembly, and recovers from a trap.
//
// A Rust panic or any other trap leaves the instance unusable: every request in progress
// would never end. So those requests get a 500, and a new instance serves the ones that
// follow.
// https://github.com/cloudflare/workers-rs/issues/166
import { __wbg_reset_state as resetInstance, fetch as handle } from "edge";

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
  const broken = Promise.withResolvers();
  inProgress.add(broken.reject);
  try {
    return await Promise.race([handle(request, env, context), broken.promise]);
  } catch (error) {
    if (isTrap(error)) recover(error);
    return new Response(INTERNAL_ERROR, { status: 500 });
  } finally {
    inProgress.delete(broken.reject);
  }
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

const INTERNAL_ERROR = "throughline: an internal error ended this request; the log says more\n";
