// @ts-check
// The site of a page: three origins, the page's own, one that may receive `traceparent`, and
// a foreign one.
//
// All respond alike, so a difference in their requests comes from the page. Each of them is a
// receiver of telemetry too (receiver.mjs).

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join, normalize, resolve } from "node:path";
import { createReceiver } from "./receiver.mjs";
import { until } from "./until.mjs";

/** @typedef {Awaited<ReturnType<typeof serve>>} Site */
/**
 * @typedef {{ body: string | Buffer, headers?: Record<string, string>, delayMs?: number, status?: number, firstStatus?: number, held?: boolean }} File
 * One that is `held` never comes; one request alone gets `firstStatus`.
 */
/** @typedef {import("node:http").IncomingMessage} Incoming */
/** @typedef {import("node:http").ServerResponse} Outgoing */
/** @typedef {{ origin: string, method: string, path: string, headers: import("node:http").IncomingHttpHeaders, body: string, gone: boolean }} ApiRequest */

/** The package under test. */
export const DIST = resolve(process.env.THROUGHLINE_DIST ?? join(import.meta.dirname, "../../npm/browser/dist"));

/** Starts the three origins on loopback. */
export async function serve() {
  /** @type {Map<string, File>} */
  const files = new Map();
  /** @type {ApiRequest[]} Requests below /api, to any of them. */
  const apiRequests = [];
  /** @type {(() => void)[]} */
  let held = [];
  const receiver = createReceiver();

  /** @param {Incoming} request @param {Outgoing} response */
  const answer = async (request, response) => {
    const origin = `http://${request.headers.host}`;
    const { pathname, searchParams } = new URL(request.url ?? "/", origin);
    // Everything is permitted, so that a request that is not made is the page's decision.
    response.setHeader("access-control-allow-origin", request.headers.origin ?? "*");
    response.setHeader("access-control-allow-credentials", "true");
    response.setHeader("access-control-allow-headers", request.headers["access-control-request-headers"] ?? "*");
    response.setHeader("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE");
    response.setHeader("timing-allow-origin", "*");
    if (receiver.isFor(pathname)) return receiver.take(request, response);
    if (pathname.startsWith("/api/")) return api(pathname.slice(5), searchParams, origin, request, response);
    await page(pathname, response);
  };

  /** @param {string} name @param {URLSearchParams} query @param {string} origin @param {Incoming} request @param {Outgoing} response */
  const api = async (name, query, origin, request, response) => {
    /** @type {ApiRequest} */
    const seen = {
      origin,
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      body: "",
      gone: false,
    };
    apiRequests.push(seen);
    response.on("close", () => (seen.gone = !response.writableFinished));
    if (request.method === "OPTIONS") return response.writeHead(204).end();
    for await (const chunk of request) seen.body += chunk;
    switch (name) {
      case "close":
        return request.socket.destroy();
      case "hold":
        held.push(() => response.end("held"));
        return;
      case "stream":
        response.writeHead(200, { "content-type": "text/event-stream" }).write("data: first\n\n");
        held.push(() => response.end("data: last\n\n"));
        return;
      case "slow":
        // Its head and the end of its body, each after as many milliseconds as a header says, and a type:
        // Chromium holds back the beginning of a text to guess what it is.
        await new Promise((resolve) => setTimeout(resolve, Number(request.headers["head"] ?? 0)));
        response.writeHead(200, { "content-type": String(request.headers["type"] ?? "text/plain") }).write("slow");
        await new Promise((resolve) => setTimeout(resolve, Number(request.headers["body"] ?? 0)));
        return response.end("er");
      case "once":
        // A path that a page may preload.
        response.setHeader("cache-control", "max-age=0");
        return response.end("once");
      case "redirect":
        return response.writeHead(302, { location: query.get("to") ?? "/" }).end();
      case "status":
        return response.writeHead(Number(query.get("code"))).end("status");
      case "in-trace":
        response.setHeader("server-timing", `trace;desc=${request.headers.traceparent}`);
        return response.end("in trace");
      case "named":
        // As an edge does that has continued the span of the request.
        response.setHeader("server-timing", `trace;desc=${request.headers.traceparent}, parent;desc=${request.headers.traceparent?.slice(36, 52)}`);
        return response.end("named");
      default:
        response.setHeader("content-type", "application/json");
        return response.end(JSON.stringify({ method: seen.method, headers: seen.headers, body: seen.body }));
    }
  };

  /** @param {string} path @param {Outgoing} response */
  const page = async (path, response) => {
    const file = files.get(path) ?? (await inDist(path));
    if (!file) return response.writeHead(404).end();
    if (file.held) return;
    if (file.delayMs) await new Promise((resolve) => setTimeout(resolve, file.delayMs));
    const type = TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "text/html; charset=utf-8";
    const { firstStatus: first } = file;
    delete file.firstStatus;
    response.writeHead(first ?? file.status ?? 200, { "content-type": type, ...file.headers }).end(file.body);
  };

  const servers = await Promise.all([1, 2, 3].map(() => listen(answer)));
  const [own, allowed, foreign] = servers.map(({ origin }) => origin);
  if (!own || !allowed || !foreign) throw new Error("a server did not start");

  return {
    origin: own,
    allowed,
    foreign,
    receiver,
    apiRequests,
    /**
     * Puts a file on all origins.
     * @param {string} path @param {File} file
     */
    put: (path, file) => void files.set(path, file),
    /** Responds to the requests that are held. */
    release: () => {
      held.forEach((go) => go());
      held = [];
    },
    /**
     * Resolves with the first request for such a path, preflights excluded.
     * @param {string} path
     */
    whenRequested: (path) =>
      until(
        () => apiRequests.find((one) => one.path.startsWith(path) && one.method !== "OPTIONS"),
        `a request for ${path}`,
        () => apiRequests.map(({ method, path }) => `${method} ${path}`),
      ),
    stop: async () => {
      receiver.closeHanging();
      await Promise.all(servers.map(({ stop }) => stop()));
    },
  };
}

/**
 * Starts an origin on a port of its own.
 * @param {(request: Incoming, response: Outgoing) => unknown} answer
 */
export async function listen(answer) {
  const server = createServer(answer);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    origin: `http://127.0.0.1:${port}`,
    /** Closes it and all its connections. */
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve(undefined));
        server.closeAllConnections();
      }),
  };
}

/** @param {string} path @returns {Promise<File | undefined>} */
async function inDist(path) {
  if (!path.startsWith("/dist/")) return undefined;
  try {
    return { body: await readFile(join(DIST, normalize(path.slice(5)))) };
  } catch {
    return undefined;
  }
}

/** @type {Record<string, string>} */
const TYPES = {
  js: "text/javascript; charset=utf-8",
  wasm: "application/wasm",
  png: "image/png",
};
