// Shows requests by XMLHttpRequest to an optional part.

import type { Shared } from "../context/record.js";
import { guarded } from "../core/guarded.js";
import { listen, ofDocument } from "../core/platform.js";
import type { Call, Part } from "./call.js";
import { inContext } from "./context.js";

/** Wraps three methods of the prototype, which the client has wrapped; returns the function that undoes it. */
export function wrapXhr(shared: Shared, part: Part, stop: AbortSignal): () => void {
  if (typeof XMLHttpRequest != "function") return () => {};
  const { prototype } = XMLHttpRequest;
  const { open, setRequestHeader, send } = prototype;
  const requests = new WeakMap<XMLHttpRequest, { url: string; headers: Headers }>();
  /** Functions that tell of the response to the last request of each: one listener for all of them. */
  const responding = new WeakMap<XMLHttpRequest, () => void>();
  const listener = ({ target }: Event): void => {
    if ((target as XMLHttpRequest).readyState == HEADERS_RECEIVED) responding.get(target as XMLHttpRequest)?.();
  };
  const wrapped = {
    open(this: XMLHttpRequest, _method: string, url: string): void {
      guarded(() => requests.set(this, { url, headers: new Headers() }))();
      open.apply(this, arguments as never);
    },
    setRequestHeader(this: XMLHttpRequest, name: string, value: string): void {
      setRequestHeader.apply(this, arguments as never);
      guarded(() => requests.get(this)?.headers.append(name, value))();
    },
    send(this: XMLHttpRequest, body?: unknown): void {
      const given = arguments;
      const request = requests.get(this);
      const native = (): void => send.apply(this, given as never);
      if (!request || stop.aborted) return native();
      const { headers } = request;
      let url: URL;
      try {
        url = new URL(request.url, ofDocument("baseURI"));
      } catch {
        return native();
      }
      inContext(
        shared,
        (context, parent) => {
          const setHeader = (name: string, value: string): void => {
            // A second value would be added to the first.
            if (!headers.has(name)) setRequestHeader.call(this, name, value);
          };
          const call: Call = { url, context, parent, body, header: (name) => headers.get(name), setHeader };
          const own = part.see(call);
          if (part.responded) {
            responding.set(this, () => part.responded!(call, (name) => this.getResponseHeader(name), this));
            // Added once, however often the page sends.
            listen.call(this, "readystatechange", listener as EventListener, { signal: stop } as AddEventListenerOptions);
          }
          return own;
        },
        native,
      );
    },
  };
  try {
    Object.assign(prototype, wrapped);
  } catch {
    // A page may have frozen it.
    return () => {};
  }
  return () => {
    const now = prototype as unknown as Record<string, unknown>;
    for (const [name, native] of Object.entries({ open, setRequestHeader, send })) if (now[name] == wrapped[name as never]) now[name] = native;
  };
}

/** `XMLHttpRequest.HEADERS_RECEIVED`, which a page may have changed. */
const HEADERS_RECEIVED = 2;
