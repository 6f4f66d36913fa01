// Traces the page's `fetch` requests.

import type { Endpoint } from "../../core/endpoint.js";
import { changes } from "../../core/platform.js";
import { classOf } from "../../core/promise.js";
import { isObject } from "../../core/thrown.js";
import { begin, TRACEPARENT, type End } from "./span.js";

/**
 * Wraps the page's `fetch` in a span. The page gets what it would get without us: the
 * response is neither cloned nor read, an error is passed on as it is, a rejection that
 * nobody handles is still unhandled, and the request goes out even if tracing fails.
 */
export const wrapFetch = (endpoint: Endpoint): void => {
  // A replacement that a library puts in their place later is not the browser's own.
  const { fetch: native, Headers } = window;

  const traced = {
    // A method, because no minifier changes its name, and like the native function it is no
    // constructor.
    fetch(this: unknown, input: RequestInfo | URL) {
      // The arguments as the page wrote them: none at all is different from `undefined`.
      let call: ArrayLike<unknown> = arguments;
      let end: End | undefined;
      let returned: Promise<Response>;
      try {
        // Options that are not in `init` may be in a Request; a string or URL has none of these.
        // Nor has an init that the page does not give what is in `Object.prototype`.
        const request = ((input as Request | undefined)?.url ? input : { __proto__: null }) as Partial<Request>;
        // A Request that is sent with an init sends no referrer of its own.
        const init = (call[1] ?? {
          __proto__: null,
          referrer: request.referrer,
          referrerPolicy: request.referrerPolicy,
        }) as RequestInit;
        const { method = request.method ?? "GET", signal = request.signal, headers = request.headers } = init;
        if (call.length) end = begin(endpoint, request.url ?? (input as string), method, signal);
        // A Request of whichever window is one; an imitation is left to the library that has replaced `fetch`.
        if (end?.traceHeader && (!request.url || toString.call(input) == "[object Request]") && isObject(init)) {
          // A plain object, because Chromium takes some 10 µs longer to read a `Headers`, and no `fetch` an imitation of one.
          const added = { [TRACEPARENT]: end.traceHeader, ...Object.fromEntries(new Headers(headers)) };
          // Members that an init inherits count too.
          call = [input, { __proto__: init, ...init, headers: added }];
        }
      } catch {
        // The native function refuses wrong arguments with its own error.
      }
      try {
        returned = native.apply(this, call as never);
      } catch (error) {
        end?.(error);
        throw error;
      }
      if (end)
        try {
          const known = classOf(returned);
          if (returned.constructor == known && !Object.values(returned).some((member) => typeof member == "function"))
            // The page gets the derived promise: a second branch would either hide an unhandled
            // rejection or report a handled one.
            return returned.then(
              (response) => {
                end(undefined, response);
                return response;
              },
              (error: unknown) => {
                end(error);
                throw error;
              },
            );
          // A promise with methods of its own, of a library that has replaced `fetch`, stays the same one.
          known.prototype.then.call(returned, (response) => end(undefined, response as Response), end);
        } catch {
          // No promise at all: a stub.
          end(undefined, returned as never);
        }
      return returned;
    },
  };
  // A page may have none. The property is defined, because a setter of the page's own might put
  // ours below what we call ourselves; and without a prototype, because what the page adds to
  // `Object.prototype` is no part of it.
  if (typeof native == "function")
    changes.push([
      [],
      Object.defineProperty(window, "fetch", { __proto__: null, value: traced.fetch, writable: true } as PropertyDescriptor),
      { fetch: native },
      traced,
    ]);
};

const { toString } = Object.prototype;
