// Recovery from a trap of WebAssembly.
//
// A Rust panic or any other trap leaves the instance unusable: what is in progress in it would
// never end. So a new instance takes its place, and all that is in progress fails.
// https://github.com/cloudflare/workers-rs/issues/166
import { __wbg_reset_state as resetInstance } from "edge";

/** The reject functions of the work in progress, all of it in the current instance. */
const inProgress = new Set();

// A trap in a future's poll has no caller: it is reported here only.
addEventListener("error", (event) => {
  if (isTrap(event.error)) recover(event.error);
});
addEventListener("unhandledrejection", (event) => {
  if (isTrap(event.reason)) recover(event.reason);
});

/** The result of `work` in the instance of now, or an exception when that traps. */
export async function unlessTrapped(work) {
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
