// Posts telemetry with the `fetch` of the browser.

/** Posts a body; resolves with the response, or with nothing when there was none. Never rejects. */
export type Post = (
  address: string,
  body: string | Uint8Array<ArrayBuffer>,
  type?: string,
) => Promise<Response | undefined>;

/**
 * Makes a `Post` of the present `fetch`, which the page may replace later and we wrap for
 * tracing. A small body outlives the page: 64 KiB of all keepalive requests together may be
 * in flight (https://fetch.spec.whatwg.org/#http-network-or-cache-fetch).
 */
export function posting(): Post {
  const native = window.fetch;
  let inFlight = 0;
  return async (address, body, type = "text/plain") => {
    const { size } = new Blob([body]);
    const keepalive = inFlight + size < KEEPALIVE_LIMIT;
    if (keepalive) inFlight += size;
    try {
      return await native(address, { method: "POST", body, headers: { "content-type": type }, keepalive });
    } catch {
      // Refused, blocked, offline: the caller retries or drops the body; the page sees no error.
    } finally {
      if (keepalive) inFlight -= size;
    }
    return undefined;
  };
}

const KEEPALIVE_LIMIT = 60_000;
