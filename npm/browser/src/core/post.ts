// Posts telemetry with the `fetch` of the browser.

/**
 * Posts a body; resolves with the response, or with nothing when there was none. Never rejects.
 * With a signal the request can be ended, and does not outlive the page: a browser never ends
 * a keepalive request, which then occupies one of its connections.
 */
export type Post = (path: string, body: Bytes, type?: string, signal?: AbortSignal) => Promise<Response | undefined>;

/** Makes a `Post` of the present `fetch`, which the page may replace later and we wrap for tracing. */
export function posting(base: string, query: string): Post {
  const native = window.fetch as typeof fetch | undefined;
  return async (path, body, type = "text/plain", signal) => {
    // A request that ends with the page takes none of the share.
    const size = signal ? 0 : body.length;
    inFlight += size;
    const address = base + path + query;
    try {
      // In a page without `fetch` the browser takes the body, and says no more.
      if (!native) return navigator.sendBeacon(address, new Blob([body], { type })) ? new Response() : undefined;
      // Without a prototype, because a property that the page has given to all objects is no
      // option of ours.
      return await native(address, {
        __proto__: null,
        method: "POST",
        body,
        headers: { "content-type": type },
        keepalive: !signal,
        signal,
      } as RequestInit);
    } catch {
      // Refused, blocked, offline: the caller retries or drops the body; the page sees no error.
    } finally {
      inFlight -= size;
    }
    return undefined;
  };
}

/** Bytes of requests that may outlive the page, without a response so far. */
export let inFlight = 0;

/** The body of a request. The size of a text is known only once it is encoded. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** A text in UTF-8. */
export const utf8 = (text: string): Bytes => new TextEncoder().encode(text);

/**
 * Bytes that may be in flight with `keepalive`. All such requests of a page together may have
 * 64 KiB (https://fetch.spec.whatwg.org/#http-network-or-cache-fetch): we never take more than
 * three quarters, so 16 KiB are always the page's own.
 */
export const SHARE = 48 * 1024;
