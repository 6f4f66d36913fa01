// Functions of Node that the module uses. Heads cross as one text of lines: a header can hold no
// line break. `node:http` and not `fetch`: bodies stay as they are on the wire, a GET may have a
// body, and headers keep their repetitions.
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { brotliDecompressSync } from "node:zlib";

/** A request in progress. */
export class Exchange {
  #request;
  #response;

  constructor(head, body, fresh) {
    const [method, target, ...headers] = head.split("\n");
    const url = new URL(target);
    const { request, agent } = url.protocol === "https:" ? SECURE : PLAIN;
    this.#request = request({
      method,
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port,
      path: pathOf(target),
      headers: framed(headers, url.host, method, body.length),
      agent: fresh ? false : agent,
    });
    this.head = new Promise((resolve, reject) => {
      this.#request.on("response", (response) => {
        this.#response = response;
        resolve([response.statusCode, ...response.rawHeaders].join("\n"));
      });
      // The edge refuses it: nobody here speaks another protocol.
      this.#request.on("upgrade", (response, socket) => {
        socket.destroy();
        this.#response = response;
        resolve([response.statusCode, ...response.rawHeaders].join("\n"));
      });
      this.#request.on("error", reject);
    });
    // Dropped before anybody waits, it is no unhandled rejection.
    this.head.catch(() => {});
    this.#request.end(body);
  }

  /** The body of the response, which has arrived. */
  body() {
    return new ChunkReader(this.#response);
  }

  abort() {
    this.#request.destroy();
  }
}

class ChunkReader {
  #response;
  #chunks;

  constructor(response) {
    this.#response = response;
    this.#chunks = response[Symbol.asyncIterator]();
  }

  /** The next chunk; `undefined` at the end. */
  async read() {
    const { value } = await this.#chunks.next();
    return value;
  }

  /** Ends the rest. One that was read to its end leaves its connection to the next request. */
  abandon() {
    if (!this.#response.readableEnded) this.#response.destroy();
  }
}

/** A timer that can be cleared. */
export class Timer {
  #id;

  constructor(milliseconds) {
    this.over = new Promise((resolve) => {
      this.#id = setTimeout(resolve, milliseconds);
    });
  }

  clear() {
    clearTimeout(this.#id);
  }
}

/**
 * The bytes of a whole body in brotli; throws where it is not complete, something follows it, or it
 * has more than `limit` bytes.
 */
export function decompressBrotli(compressed, limit) {
  const options = { info: true, maxOutputLength: Math.max(limit, 1) };
  const { buffer, engine } = brotliDecompressSync(compressed, options);
  if (engine.bytesWritten < compressed.length) throw new Error("something follows the body");
  return buffer;
}

/** A variable of the environment. */
export function variable(name) {
  return process.env[name];
}

/** The text of a file, whose path is relative to the function's folder. */
export function readText(path) {
  return readFileSync(new URL(path, import.meta.url), "utf8");
}

/** The path and query as they were written: a URL object would resolve them. */
function pathOf(target) {
  const authority = target.indexOf("//") + 2;
  const path = target.slice(authority).search(/[/?]/);
  const rest = path < 0 ? "" : target.slice(authority + path);
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/**
 * Headers as `node:http` takes them, with those of this connection. A body has its length, as
 * its sender announced or not: it is here whole.
 */
function framed(headers, host, method, length) {
  const framed = [];
  let announced = false;
  let named = false;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at];
    if (name === "content-length") announced = true;
    else {
      if (name === "host") named = true;
      framed.push(name, headers[at + 1]);
    }
  }
  if (!named) framed.push("host", host);
  if (length > 0 || announced || EXPECTS_BODY.has(method)) framed.push("content-length", String(length));
  return framed;
}

/** Methods whose requests say that they have no body. https://www.rfc-editor.org/rfc/rfc9110#section-8.6 */
const EXPECTS_BODY = new Set(["POST", "PUT", "PATCH"]);

/**
 * Shorter than the idle timeout of common servers: Node's own closes after 5 s. Between two
 * invocations the process stands still; its timers fire before the next one is read.
 */
const IDLE_MS = 4000;
const KEPT = { keepAlive: true, timeout: IDLE_MS, scheduling: "lifo" };
const PLAIN = { request: http.request, agent: new http.Agent(KEPT) };
const SECURE = { request: https.request, agent: new https.Agent(KEPT) };
