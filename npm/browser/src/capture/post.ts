// How does telemetry leave the page?

/** Posts a body; answers with the response, or nothing when there was none. Never rejects. */
export type Post = (address: string, body: string | Uint8Array<ArrayBuffer>, contentType?: string) => Promise<Response | undefined>;

/**
 * Posting with the `fetch` that is there now, so that our own requests are not traced.
 * A body that fits outlives the page: https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
 * allows 64 KiB in flight, of all keepalive requests together.
 */
export function postWith(native: typeof fetch): Post {
  let inFlight = 0;
  return async (address, body, contentType = "text/plain") => {
    // A character may take three bytes.
    const size = typeof body == "string" ? body.length * 3 : body.length;
    const keepalive = inFlight + size <= KEEPALIVE_LIMIT;
    if (keepalive) inFlight += size;
    try {
      return await native.call(window, address, {
        method: "POST",
        body,
        headers: { "content-type": contentType },
        keepalive,
      });
    } catch {
      // Refused, blocked, offline: the caller tries again or lets go. The page hears nothing.
      return undefined;
    } finally {
      if (keepalive) inFlight -= size;
    }
  };
}

/** Whether a later try may succeed: https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
export const mayRetry = (response: Response | undefined): boolean =>
  !response || [429, 502, 503, 504].includes(response.status);

const KEEPALIVE_LIMIT = 60_000;
