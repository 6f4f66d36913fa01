// What does a Worker do when its WebAssembly breaks?
//
// A Rust panic or any other trap leaves the instance unusable: everything that was under
// way in it would wait for ever. So those requests are answered with a 500, and the
// instance is made anew for the ones that follow.
// https://github.com/cloudflare/workers-rs/issues/166
import { __wbg_reset_state as renew, fetch as handle } from "edge";

/** How to fail each request that is under way, all of them in the present instance. */
const underWay = new Set();

// A trap in a future's poll belongs to no caller: it surfaces here alone.
addEventListener("error", (event) => {
  if (isTrap(event.error)) recover(event.error);
});
addEventListener("unhandledrejection", (event) => {
  if (isTrap(event.reason)) recover(event.reason);
});

export default {
  fetch(request, env, context) {
    const answer = attempt(request, env, context);
    // A client that goes away must not take with it what we have to tell of the request.
    context.waitUntil(answer);
    return answer;
  },
};

async function attempt(request, env, context) {
  const broken = Promise.withResolvers();
  underWay.add(broken.reject);
  try {
    return await Promise.race([handle(request, env, context), broken.promise]);
  } catch (error) {
    if (isTrap(error)) recover(error);
    return new Response(APOLOGY, { status: 500 });
  } finally {
    underWay.delete(broken.reject);
  }
}

function recover(error) {
  console.error("throughline: the instance broke and is made anew", error);
  for (const fail of underWay) fail(new Error("lost"));
  underWay.clear();
  renew();
}

function isTrap(error) {
  return (
    error instanceof WebAssembly.RuntimeError ||
    // How V8 says that the stack is full.
    (error instanceof RangeError && error.message.includes("call stack"))
  );
}

const APOLOGY = "throughline: an internal error ended this request; the log says more\n";
