// Functions of the runtime that the `worker` crate does not bind, or binds at one crossing
// per header. Heads cross as one text of lines: a header can hold no line break.

/**
 * Method, URL, protocol, client address, client location, then name and value of each header.
 *
 * workerd on its own has the client address in `cf.clientIp`, Cloudflare in a header,
 * from which it has removed what the client claimed.
 * https://developers.cloudflare.com/fundamentals/reference/http-headers/#cf-connecting-ip
 */
export function requestHead(request) {
  const { cf, headers } = request;
  const client = cf?.clientIp ?? headers.get("cf-connecting-ip") ?? "";
  const protocol = cf?.httpProtocol ?? "";
  return `${request.method}\n${request.url}\n${protocol}\n${client}\n${location(cf)}${headerLines(headers)}`;
}

/**
 * Where the client is, in one line with tabs.
 * https://developers.cloudflare.com/workers/runtime-apis/request/#incomingrequestcfproperties
 */
function location(cf) {
  const known = [cf?.continent, cf?.country, cf?.regionCode, cf?.city, cf?.timezone, cf?.asn, cf?.asOrganization];
  return known.map((value) => String(value ?? "").replace(/[\t\n]/g, " ")).join("\t");
}

/** Status, then name and value of each header; `set-cookie` comes once per cookie. */
export function responseHead(response) {
  return `${response.status}${headerLines(response.headers)}`;
}

/**
 * Sends a request. The response's body stays as it is on the wire, so that it agrees
 * with its content-encoding wherever it goes next.
 * https://developers.cloudflare.com/workers/runtime-apis/request/#requestinit
 */
export async function send(head, body, signal) {
  const [method, url, ...lines] = head.split("\n");
  return fetch(url, {
    method,
    headers: headerPairs(lines),
    body,
    signal,
    redirect: "manual",
    encodeResponseBody: "manual",
  });
}

/**
 * The response. Its body is not compressed again: an encoded body stays as it is. In place of
 * a body it takes the connection that `changedConnection` returned.
 */
export function respond(head, body) {
  const [status, ...lines] = head.split("\n");
  const webSocket = body instanceof WebSocket ? body : null;
  return new Response(webSocket ? null : body, {
    status: Number(status),
    headers: headerPairs(lines),
    encodeBody: "manual",
    webSocket,
  });
}

/**
 * The connection of a response with status 101, which the runtime joins to the client's;
 * `null` for any other response.
 * https://developers.cloudflare.com/workers/runtime-apis/websockets/
 */
export function changedConnection(response) {
  return response.webSocket;
}

/**
 * Decompresses a whole body by the runtime's own decoder, which needs `nodejs_compat`: the
 * default from compatibility date 2026-08-04 on.
 *
 * It is used as `node:zlib` itself does. The functions on top of it keep all that they have
 * decompressed, and streams do so without any limit: a body of a few bytes would fill the memory.
 * https://github.com/cloudflare/workerd/blob/main/src/node/internal/internal_zlib_base.ts
 */
export class BrotliReader {
  /** One decoder for all bodies: the memory of each would be freed with the garbage alone. */
  static #stream;

  #decoder;
  /** Bytes of the buffer that are free, and of the input that are left. */
  #state;
  isBroken = false;

  constructor() {
    // At the first such body, because loading it takes time.
    BrotliReader.#stream ??= process.getBuiltinModule("node:zlib").createBrotliDecompress();
    const stream = BrotliReader.#stream;
    this.#decoder = stream._handle;
    this.#state = stream._writeState;
    this.#decoder.setErrorHandler(() => {
      this.isBroken = true;
    });
  }

  get unread() {
    return this.#state[1];
  }

  /** Decompresses the rest of a body until `buffer` is full; returns the bytes written. */
  read(rest, buffer) {
    this.#state.fill(0);
    try {
      this.#decoder.writeSync(FINISH, rest, 0, rest.length, buffer, 0, buffer.length);
    } catch {
      this.isBroken = true;
    }
    return this.isBroken ? 0 : buffer.length - this.#state[0];
  }

  /** Frees the memory of the body, and begins anew; after a broken one with another decoder. */
  close() {
    this.#decoder.reset();
    if (this.isBroken) BrotliReader.#stream = undefined;
  }
}

/**
 * Reads large chunks: the default reader hands out 4 KiB at a time, each of them two
 * crossings.
 */
export class ChunkReader {
  #reader;

  constructor(stream) {
    this.#reader = stream.getReader({ mode: "byob" });
  }

  /** The next chunk; an empty one is the end. */
  async read() {
    const { value, done } = await this.#reader.read(new Uint8Array(CHUNK_BYTES));
    return done ? new Uint8Array() : value;
  }

  /** Ends the reading, and gives the stream back with its rest. */
  release() {
    this.#reader.releaseLock();
  }

  /** Cancels the rest, so that its connection is free again. */
  abandon() {
    this.#reader.cancel().catch(() => {});
  }

  /** Cancels an unread body. */
  static abandon(stream) {
    stream.cancel().catch(() => {});
  }
}

/**
 * A body that is written chunk by chunk. `readable` is its other side; what is written waits
 * until that is read.
 */
export class ChunkWriter {
  #stream = new IdentityTransformStream();
  #writer = this.#stream.writable.getWriter();

  get readable() {
    return this.#stream.readable;
  }

  write(chunk) {
    return this.#writer.write(chunk);
  }

  end() {
    return this.#writer.close();
  }

  /** The reader learns that the body is not whole. */
  fail(reason) {
    this.#writer.abort(new Error(reason)).catch(() => {});
  }

  /** Lets the runtime pump the rest by itself; whether that broke off. */
  pump(rest, clientGone) {
    this.#writer.releaseLock();
    return passOn(rest, this.#stream.writable, clientGone);
  }
}

/** A body that the runtime pumps by itself, and of which we learn how it ended. */
export class WatchedBody {
  constructor(body, length, clientGone) {
    // With its length, the response is not sent in chunks where the upstream's was not.
    const stream = length === undefined ? new IdentityTransformStream() : new FixedLengthStream(length);
    this.readable = stream.readable;
    this.brokeOff = passOn(body, stream.writable, clientGone);
  }
}

/**
 * Whether a body broke off. A client that goes away cancels it: that is an end like any other. The
 * runtime would notice it with the next bytes alone, hence the signal.
 */
async function passOn(body, writable, clientGone) {
  try {
    await body.pipeTo(writable, { signal: clientGone });
    return false;
  } catch {
    if (clientGone?.aborted) return false;
    return body.getReader().closed.then(
      () => false,
      () => true,
    );
  }
}

/**
 * Settles when the client of the request no longer waits for its response. It needs the
 * compatibility flag `enable_request_signal`; without it, never.
 * https://developers.cloudflare.com/workers/runtime-apis/request/#the-signal-property
 */
export function clientGone(signal) {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** The Durable Objects of one class, as their binding is. */
export class ObjectNamespace {
  /** Gives a message to the object of this name, which responds with bytes. */
  static async call(namespace, name, message) {
    const object = namespace.get(namespace.idFromName(name));
    const signal = AbortSignal.timeout(CALL_MS);
    const url = `https://object.invalid/${encodeURIComponent(name)}`;
    const response = await object.fetch(url, { method: "POST", body: message, signal });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (!response.ok) throw new Error(`its status was ${response.status}`);
    return bytes;
  }
}

/** A queue and a bucket, as their bindings are. */
export class MessageQueue {
  /** Stores a message: in the queue, or in the bucket if one is given, with its key in the queue. */
  static async put(queue, bucket, bytes) {
    if (!bucket) return queue.send(bytes, { contentType: "bytes" });
    const key = `queue/${crypto.randomUUID()}`;
    await bucket.put(key, bytes);
    try {
      await queue.send({ key }, { contentType: "json" });
    } catch (error) {
      // Its records are exported directly.
      await bucket.delete(key).catch(() => {});
      throw error;
    }
  }
}

/** A bucket for the indexes of source maps, as its binding is. */
export class IndexBucket {
  /** Bytes of an object, fewer at its end, and their version; `null` where there is no object. */
  static async read(bucket, key, offset, length) {
    const object = await bucket.get(key, { range: { offset, length } });
    if (object === null) return null;
    return [new Uint8Array(await object.arrayBuffer()), object.etag];
  }

  static async put(bucket, key, bytes) {
    await bucket.put(key, bytes);
  }

  /** Whether there is an object. */
  static async contains(bucket, key) {
    return (await bucket.head(key)) !== null;
  }
}

/** A limit of requests, as its binding is. */
export class RateLimit {
  /** Counts a request of this sender; whether it is within the limit. A fault refuses nobody. */
  static async admits(limiter, sender) {
    try {
      return (await limiter.limit({ key: sender })).success;
    } catch (error) {
      console.error("throughline: no limit of requests", error);
      return true;
    }
  }
}

/**
 * A notification from one request to another. A promise that another request settles
 * continues in the request that waits for it; work that is woken otherwise would continue
 * in the one that wakes it, and end with that.
 * https://developers.cloudflare.com/workers/configuration/compatibility-flags/#handling-cross-request-promise-resolution
 */
export class Notification {
  constructor() {
    const { promise, resolve } = Promise.withResolvers();
    this.notified = promise;
    this.notify = resolve;
  }
}

function headerLines(headers) {
  let lines = "";
  for (const [name, value] of headers) {
    lines += `\n${name}\n${value}`;
  }
  return lines;
}

function headerPairs(lines) {
  const pairs = [];
  for (let at = 0; at + 1 < lines.length; at += 2) {
    pairs.push([lines[at], lines[at + 1]]);
  }
  return pairs;
}

const CHUNK_BYTES = 65536;

/** How long a Durable Object may take, in ms. */
const CALL_MS = 10000;

/** No more input follows: `zlib.constants.BROTLI_OPERATION_FINISH`. */
const FINISH = 2;
