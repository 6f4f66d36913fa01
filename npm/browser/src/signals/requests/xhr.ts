// Traces the page's requests by XMLHttpRequest.

import type { Endpoint } from "../../core/endpoint.js";
import { guarded } from "../../core/guarded.js";
import { changes, listen } from "../../core/platform.js";
import { begin, TRACEPARENT, type End } from "./span.js";

/** The call of an XMLHttpRequest that the page made last. */
interface Call {
  method: string;
  url: string;
  /** Whether the page has set `traceparent` itself. */
  own?: boolean;
  /** Set once it was sent. */
  end?: End;
}

/**
 * Wraps three methods of `XMLHttpRequest.prototype`, so that it does not matter which class of
 * a library inherits from it, and when. The page's handlers are left alone.
 */
export const wrapXhr = (endpoint: Endpoint): void => {
  const { prototype } = XMLHttpRequest;
  const { open, send, setRequestHeader } = prototype;
  const calls = new WeakMap<object, Call>();

  /** Ends a request by its event. One function for all: an object that is used again has it once. */
  const settle = guarded(({ target, type, timeStamp }: { target: XMLHttpRequest; type: string; timeStamp: number }) => {
    // Else it is not done: a handler has opened it again before this one was called.
    if (target.readyState == 4)
      calls.get(target)!.end!({ name: ({ error: "NetworkError", timeout: "TimeoutError" } as any)[type] }, target, timeStamp);
  });

  const traced = {
    open(this: XMLHttpRequest, method: string, url: string) {
      // Of a request that is under way there will be no event.
      calls.get(this)?.end?.(undefined, this);
      calls.set(this, { method, url });
      return open.apply(this, arguments as never) as unknown;
    },
    setRequestHeader(this: XMLHttpRequest, name: string, _value: string) {
      (calls.get(this) ?? ({} as Call)).own ||= /^traceparent$/i.test(name);
      return setRequestHeader.apply(this, arguments as never) as unknown;
    },
    send(this: XMLHttpRequest) {
      let end: End | undefined;
      try {
        const call = calls.get(this)!;
        if (!call.end) {
          call.end = end = begin(endpoint, call.url, call.method);
          // The first of them counts, so its time does not depend on how long the page's handlers take.
          // `loadend` is left after an abort, and where the page stops the event before it.
          ["error", "timeout", "load", "loadend"].forEach((type) => listen.call(this, type, settle as never));
          // A second value would be added to the page's own.
          if (end.traceHeader && !call.own) setRequestHeader.call(this, TRACEPARENT, end.traceHeader);
        }
      } catch {
        // The native function refuses what was not opened.
      }
      try {
        return send.apply(this, arguments as never) as unknown;
      } catch (error) {
        end?.(error);
        throw error;
      }
    },
  };
  changes.push([[], Object.assign(prototype, traced), { open, send, setRequestHeader }, traced]);
};
