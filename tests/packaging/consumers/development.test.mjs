// @ts-check
// Tests that a page on Vite's development server reaches the `throughline dev` of this machine by its own path.

import assert from "node:assert/strict";
import { createServer as createReceiver } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { createServer } from "vite";
import { throughline } from "../../../npm/vite-plugin/dist/index.js";

const HERE = join(import.meta.dirname, "sourcemaps");

/** A development server with the plugin. @param {import("../../../npm/vite-plugin/dist/index.js").ThroughlineOptions} options */
async function start(options) {
  /** @type {string[]} */
  const warnings = [];
  const server = await createServer({
    root: HERE,
    configFile: false,
    plugins: [throughline(options)],
    server: { port: 0, host: "127.0.0.1", ws: false },
    optimizeDeps: { noDiscovery: true },
    customLogger: { info() {}, warn: (message) => void warnings.push(message), warnOnce() {}, error() {}, clearScreen() {}, hasErrorLogged: () => false, hasWarned: false },
  });
  await server.listen();
  const address = server.httpServer?.address();
  if (!address || typeof address === "string") throw new Error("no port");
  return { origin: `http://127.0.0.1:${address.port}`, warnings, close: () => server.close() };
}

test("what a page sends to /_t arrives without its prefix and its origin, and the response comes back", async () => {
  /** @type {{ method?: string | undefined, url?: string | undefined, origin?: string | undefined, type?: string | undefined, secrets: unknown[], body: string }[]} */
  const received = [];
  const receiver = createReceiver(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    received.push({ method: request.method, url: request.url, origin: request.headers.origin, type: request.headers["content-type"], secrets: [request.headers.cookie, request.headers.authorization].filter(Boolean), body });
    response.writeHead(202, { "x-from": "receiver" }).end("taken");
  });
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const address = receiver.address();
  if (!address || typeof address === "string") throw new Error("no port");
  const site = await start({ development: `http://127.0.0.1:${address.port}` });
  try {
    const response = await fetch(`${site.origin}/_t/v1/bundle?key=pk_shop`, {
      method: "POST",
      body: "facts",
      headers: { "content-type": "text/plain", origin: site.origin, cookie: "session=1", authorization: "Bearer mine" },
    });
    assert.deepEqual([response.status, response.headers.get("x-from"), await response.text()], [202, "receiver", "taken"]);
    assert.deepEqual(received, [{ method: "POST", url: "/v1/bundle?key=pk_shop", origin: undefined, type: "text/plain", secrets: [], body: "facts" }]);
    // A page of another site is told by its origin, and nothing but telemetry is forwarded.
    await fetch(`${site.origin}/_t/v1/facts`, { method: "POST", body: "x", headers: { origin: "https://evil.example" } });
    assert.equal(received[1]?.origin, "https://evil.example");
    for (const [path, method] of [["/_t/api/export", "GET"], ["/_t/mcp", "POST"], ["/_t/v1/traces", "GET"], ["/_t/v1/sourcemaps/x", "PUT"]])
      assert.notEqual((await fetch(`${site.origin}${path}`, { method })).headers.get("x-from"), "receiver", path);
    assert.equal(received.length, 2);
    assert.deepEqual(site.warnings, []);
  } finally {
    await site.close();
    receiver.close();
  }
});

test("where nothing receives, the page gets 503 and the developer one line", async () => {
  const site = await start({ development: "http://127.0.0.1:1" });
  try {
    for (let count = 0; count < 3; count++) assert.equal((await fetch(`${site.origin}/_t/v1/bundle`, { method: "POST", body: "x" })).status, 503);
    assert.equal(site.warnings.length, 1);
    assert.match(site.warnings[0] ?? "", /nothing responds at http:\/\/127\.0\.0\.1:1.*npx throughline dev/);
  } finally {
    await site.close();
  }
});

test("false forwards nothing, and another address than one of HTTP is refused at the start", async () => {
  const site = await start({ development: false });
  try {
    assert.notEqual((await fetch(`${site.origin}/_t/v1/bundle`, { method: "POST", body: "x" })).status, 503);
  } finally {
    await site.close();
  }
  for (const development of ["https://edge.example", "4318"]) assert.throws(() => throughline({ development }), /not the address of a `throughline dev`/);
});
