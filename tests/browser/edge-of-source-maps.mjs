// @ts-check
// A small edge that stores indexes of source maps, and is strict about what it is sent.

import { createServer } from "node:http";
import { once } from "node:events";

/** @typedef {{ method: string, path: string, key: string | undefined, body: Buffer }} Taken */

/**
 * Starts one on loopback, below `/_t`. `fault` is called with each request, and may answer it in the place of the edge:
 * `true` says that it has.
 * @param {import("node:test").TestContext} t
 * @param {(request: Taken, response: import("node:http").ServerResponse) => boolean | void} [fault]
 */
export async function startEdge(t, fault = () => {}) {
  /** @type {Map<string, Buffer>} */
  const stored = new Map();
  /** @type {Taken[]} */
  const requests = [];
  const server = createServer(async (request, response) => {
    const { method = "", url: path = "", headers } = request;
    /** @type {Buffer[]} */
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const taken = { method, path, key: headers.authorization, body: Buffer.concat(chunks) };
    requests.push(taken);
    if (fault(taken, response)) return;
    const [, id = ""] = /^\/_t\/v1\/sourcemaps\/([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/.exec(path) ?? [];
    const end = (/** @type {number} */ status, text = "") => void response.writeHead(status).end(text);
    if (!id) return end(404, "no such path");
    if (taken.key != `Bearer ${KEY}`) return end(401, "give an upload key of the project");
    if (method == "HEAD") return end(stored.has(id) ? 200 : 404);
    if (method != "PUT") return end(405, "PUT or HEAD");
    // The debug id stands behind magic and version.
    if (taken.body.subarray(0, 4).toString("latin1") != "TLSM" || !taken.body.includes(Buffer.from(id.replaceAll("-", ""), "hex"))) return end(400, "no index of this id");
    stored.set(id, taken.body);
    end(204);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}/_t`, stored, requests };
}

/** The one upload key. */
export const KEY = "uk_shop_secret";
