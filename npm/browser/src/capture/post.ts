// How does telemetry leave the page?

/** Posts a body; answers with the response, or nothing when there was none. Never rejects. */
export type Post = (
  address: string,
  body: string | Uint8Array<ArrayBuffer>,
  type?: string,
) => Promise<Response | undefined>;

/**
 * Posting with the `fetch` that is there now, so that our own requests are not traced.
 * A body that fits outlives the page: 64 KiB may be in flight, of all keepalive requests
 * together (https://fetch.spec.whatwg.org/#http-network-or-cache-fetch).
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
      // Refused, blocked, offline: the caller tries again or lets go; the page hears nothing.
    } finally {
      if (keepalive) inFlight -= size;
    }
    return undefined;
  };
}

const KEEPALIVE_LIMIT = 60_000;
