// @ts-check
// The site of one visit: an origin with the page and what it fetches, and another one that collects telemetry.

import { readFile } from "node:fs/promises";
import { join, normalize } from "node:path";
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import { listen } from "../../browser/site.mjs";
import { html } from "./page.mjs";

/** @typedef {Awaited<ReturnType<typeof serve>>} Site */
/** @typedef {{ method: string, path: string, body: Buffer }} Received */

/** Starts both origins on loopback. @param {import("./programs.mjs").Program} program */
export async function serve(program) {
  /** @type {Received[]} */
  const received = [];
  const collector = await listen(async (request, response) => {
    response.setHeader("access-control-allow-origin", request.headers.origin ?? "*");
    response.setHeader("access-control-allow-credentials", "true");
    response.setHeader("access-control-allow-headers", request.headers["access-control-request-headers"] ?? "*");
    response.setHeader("access-control-allow-methods", "GET, POST");
    /** @type {Buffer[]} */
    const chunks = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // The page is gone before the end of the body.
    }
    received.push({ method: request.method ?? "", path: request.url ?? "", body: Buffer.concat(chunks) });
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  const page = await listen(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://page").pathname;
    for await (const _ of request);
    if (path.startsWith("/api/")) return response.writeHead(200, JSON_TYPE).end(ITEMS);
    if (path === "/") return response.writeHead(200, HTML).end(html(collector.origin, program.waited));
    // A page of the same process, from which a visit begins and to which it ends.
    if (path === "/blank") return response.writeHead(200, HTML).end("<!doctype html><title>Blank</title>");
    const file = await readFile(join(program.folder, normalize(path))).catch(() => undefined);
    response.writeHead(file ? 200 : 404, SCRIPT).end(file);
  });
  const posts = () => received.filter(({ method }) => method === "POST");
  return {
    origin: page.origin,
    /** Bytes and numbers of what has arrived. */
    traffic: () => ({
      bytes: posts().reduce((sum, { body }) => sum + body.length, 0),
      requests: posts().length,
      preflights: received.filter(({ method }) => method === "OPTIONS").length,
    }),
    /** Whether a text is in a body that has arrived. @param {string} text */
    has: (text) => posts().some(({ body }) => plain(body).includes(text)),
    stop: async () => void (await Promise.all([page.stop(), collector.stop()])),
  };
}

/** A body without its compression. @param {Buffer} body @returns {Buffer} */
function plain(body) {
  for (const decode of [gunzipSync, inflateSync, inflateRawSync, brotliDecompressSync])
    try {
      return decode(body);
    } catch {
      // It is compressed otherwise, or not at all.
    }
  return body;
}

const HTML = { "content-type": "text/html; charset=utf-8" };
const SCRIPT = { "content-type": "text/javascript; charset=utf-8" };
const JSON_TYPE = { "content-type": "application/json" };
const ITEMS = JSON.stringify(["lamp", "chair", "table"].map((name, id) => ({ id, name, price: 12.5, stock: 3 })));
