// Shows requests by `fetch` to an optional part.

import type { Shared } from "../context/record.js";
import { ofDocument } from "../core/platform.js";
import { classOf } from "../core/promise.js";
import { isObject } from "../core/thrown.js";
import type { Call, Part } from "./call.js";
import { inContext } from "./context.js";

/** Wraps the page's `fetch`, which the client has wrapped; returns the function that undoes it. */
export function wrapFetch(shared: Shared, part: Part, stop: AbortSignal): () => void {
  const { fetch: native } = window;
  if (typeof native != "function") return () => {};
  const wrapped = {
    fetch(this: unknown, input: RequestInfo | URL) {
      let given: ArrayLike<unknown> = arguments;
      let call: Call | undefined;
      const send = (): Promise<Response> => native.apply(this, given as never);
      if (stop.aborted) return send();
      let url: URL;
      let init: RequestInit;
      let request: Partial<Request>;
      try {
        request = (isObject(input) && "url" in (input as object) ? input : {}) as Partial<Request>;
        // A Request that is sent with an init sends no referrer of its own. The browser would read what a library adds to `Object.prototype`.
        init = (given[1] ?? { __proto__: null, referrer: request.referrer, referrerPolicy: request.referrerPolicy }) as RequestInit;
        url = new URL(request.url ?? (input as string), ofDocument("baseURI"));
      } catch {
        // The native function refuses wrong arguments with its own error.
        return send();
      }
      let own: Headers | undefined;
      const headers = (): Headers => (own ??= new Headers(init.headers ?? request.headers));
      const setHeader = (name: string, value: string): void => {
        // An imitation of a Request or of an init is left to the library that knows it.
        if (!isObject(init) || (request.url && !(input instanceof Request))) return;
        headers().set(name, value);
        given = [input, { __proto__: init, ...init, headers: headers() }];
      };
      return inContext(
        shared,
        (context, parent) => {
          call = { url, context, parent, body: init.body, header: (name) => headers().get(name), setHeader };
          return part.see(call);
        },
        () => withResponse(send()),
      );

      function withResponse(returned: Promise<Response>): Promise<Response> {
        // A second branch of the promise would hide a rejection that nobody handles; one of a library stays the same.
        return part.responded && call && returned?.constructor == classOf(returned) && !Object.values(returned).some((member) => typeof member == "function")
          ? returned.then((response) => {
              try {
                part.responded?.(call!, (name) => response.headers.get(name), response);
              } catch {
                // It is no response.
              }
              return response;
            })
          : returned;
      }
    },
  }.fetch;
  const replace = (value: typeof fetch): boolean => Reflect.defineProperty(window, "fetch", { __proto__: null, value, writable: true } as PropertyDescriptor);
  // A page may have made it read-only.
  if (!replace(wrapped)) return () => {};
  return () => {
    if (window.fetch == wrapped) replace(native);
  };
}
