// @ts-check
// Which site does the page belong to, and who is there besides?
//
// Three origins: the page's own, one that may be told of the trace, and a stranger. All
// answer alike, so that a difference in what they are asked is the page's doing. Each of
// them is a receiver of telemetry also (receiver.mjs).

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join, normalize, resolve } from "node:path";
import { createReceiver } from "./receiver.mjs";
import { until } from "./until.mjs";

/** @typedef {Awaited<ReturnType<typeof serve>>} Site */
/** @typedef {{ body: string | Buffer, headers?: Record<string, string>, delayMs?: number, status?: number }} File */
/** @typedef {import("node:http").IncomingMessage} Incoming */
/** @typedef {import("node:http").ServerResponse} Outgoing */
/** @typedef {{ origin: string, method: string, path: string, headers: import("node:http").IncomingHttpHeaders, body: string, gone: boolean }} Asked */

/** The package under test. */
export const DIST = resolve(process.env.THROUGHLINE_DIST ?? join(import.meta.dirname, "../../npm/browser/dist"));

/** Starts the three on loopback. */
export async function serve() {
  /** @type {Map<string, File>} */
  const files = new Map();
  /** @type {Asked[]} What was asked below /api, of any of them. */
  const asked = [];
  /** @type {(() => void)[]} */
  let held = [];
  const receiver = createReceiver();

  /** @param {Incoming} request @param {Outgoing} response */
  const answer = async (request, response) => {
    const origin = `http://${request.headers.host}`;
    const { pathname, searchParams } = new URL(request.url ?? "/", origin);
    // Whoever asks may read, so that what is not asked is not for want of permission.
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
    /** @type {Asked} */
    const seen = {
      origin,
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      body: "",
      gone: false,
    };
    asked.push(seen);
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
      case "redirect":
        return response.writeHead(302, { location: query.get("to") ?? "/" }).end();
      case "status":
        return response.writeHead(Number(query.get("code"))).end("status");
      case "in-trace":
        response.setHeader("server-timing", `trace;desc=${request.headers.traceparent}`);
        return response.end("in trace");
      default:
        response.setHeader("content-type", "application/json");
        return response.end(JSON.stringify({ method: seen.method, headers: seen.headers, body: seen.body }));
    }
  };

  /** @param {string} path @param {Outgoing} response */
  const page = async (path, response) => {
    const file = files.get(path) ?? (await inDist(path));
    if (!file) return response.writeHead(404).end();
    if (file.delayMs) await new Promise((resolve) => setTimeout(resolve, file.delayMs));
    const type = TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "text/html; charset=utf-8";
    response.writeHead(file.status ?? 200, { "content-type": type, ...file.headers }).end(file.body);
  };

  const servers = await Promise.all([1, 2, 3].map(() => listen(answer)));
  const [own, allowed, stranger] = servers.map(({ origin }) => origin);
  if (!own || !allowed || !stranger) throw new Error("a server did not start");

  return {
    origin: own,
    allowed,
    stranger,
    receiver,
    asked,
    /**
     * Puts a file on all origins.
     * @param {string} path @param {File} file
     */
    put: (path, file) => void files.set(path, file),
    /** Lets what was held be answered. */
    release: () => {
      held.forEach((go) => go());
      held = [];
    },
    /**
     * The first request for such a path, once it has come; a preflight is none.
     * @param {string} path
     */
    whenAsked: (path) =>
      until(
        () => asked.find((one) => one.path.startsWith(path) && one.method !== "OPTIONS"),
        `a request for ${path}`,
        () => asked.map(({ method, path }) => `${method} ${path}`),
      ),
    stop: async () => {
      receiver.letGo();
      await Promise.all(servers.map(({ stop }) => stop()));
    },
  };
}

/**
 * An origin on a port of its own.
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
