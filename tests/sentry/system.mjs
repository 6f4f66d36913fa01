// @ts-check
// The system under test: `throughline dev`, a site with the pages, and a service in Python.

import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { start } from "../browser/process.mjs";
import { until } from "../browser/until.mjs";
import { ALIAS } from "./programs.mjs";

/**
 * @typedef {{
 *   event_name: string, body: unknown, severity_number: number, trace_id: string, span_id: string,
 *   service: string, attributes: Record<string, any>, resource: Record<string, any>,
 * }} LogRecord
 * @typedef {{
 *   trace_id: string, span_id: string, parent_span_id: string | null, name: string, kind: string,
 *   service: string, attributes: Record<string, any>, trace_state: string,
 * }} Span
 */

/** Starts the system under test; `stop` ends it. */
export async function startSystem() {
  const dev = await start(await program(), ["dev", "--listen", "127.0.0.1:0"], /on (http:\S+?),/);
  const viewer = dev.line[1] ?? "";
  // Any key will do in development. The project is a number, as SDKs ask for.
  const dsn = viewer.replace("http://", "http://pk_dev@") + "/1";
  const python = join(import.meta.dirname, ".venv/bin/python");
  const pricing = await start(python, [join(import.meta.dirname, "pricing.py"), dsn], /on (http:\S+)/);
  const site = await startSite(viewer, pricing.line[1] ?? "");
  /** @param {string} path @returns {Promise<any>} */
  const read = async (path) => (await fetch(`${viewer}${path}`)).json();
  return {
    viewer,
    /** The address of a page. @param {string} name */
    page: (name) => `${site.origin}/${name}?dsn=${encodeURIComponent(dsn)}`,
    /** Resolves with the first log record that fits. @param {(log: LogRecord) => boolean} fits @param {string} what */
    log: (fits, what) =>
      until(
        async () => /** @type {LogRecord[]} */ ((await read("/api/logs")).logs).find(fits),
        what,
        () => read("/api/logs"),
      ),
    /** The spans of a trace, once they fit. @param {string} trace @param {(spans: Span[]) => boolean} fits @param {string} what */
    spans: (trace, fits, what) =>
      until(
        async () => {
          const spans = /** @type {Span[]} */ ((await read(`/api/traces/${trace}`)).spans ?? []);
          return fits(spans) && spans;
        },
        what,
        () => read(`/api/traces/${trace}`),
      ),
    async stop() {
      await site.stop();
      await pricing.stop();
      await dev.stop();
    },
  };
}

/**
 * A site with the pages. Its service `/orders` creates a span of its own in the trace that
 * `traceparent` names, and passes what Sentry sent to the service in Python.
 * @param {string} viewer @param {string} pricing
 */
async function startSite(viewer, pricing) {
  const options = /** @type {const} */ ({
    outdir: "/",
    bundle: true,
    write: false,
    format: "iife",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  const entryPoints = (/** @type {string[]} */ ...files) => files.map((file) => join(import.meta.dirname, "pages", file));
  const bundles = [await build({ ...options, entryPoints: entryPoints("shop.mjs", "react.jsx") }), await build({ ...options, entryPoints: entryPoints("migrated.mjs"), alias: ALIAS })];
  const scripts = new Map(bundles.flatMap(({ outputFiles }) => outputFiles).map(({ path, text }) => [path, text]));
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://site");
    const script = scripts.get(pathname);
    if (script) return response.setHeader("content-type", "text/javascript").end(script);
    if (pathname !== "/orders") {
      response.setHeader("content-type", "text/html");
      return response.end(`<!doctype html><html lang="en"><title>Shop</title><link rel="icon" href="data:,">
        <body><h1>Shop</h1><script src="${pathname}.js"></script></body></html>`);
    }
    const { traceparent, "sentry-trace": trace, baggage } = request.headers;
    await exportSpan(viewer, String(traceparent));
    const priced = await fetch(pricing, { headers: { "sentry-trace": String(trace), baggage: String(baggage) } });
    response.setHeader("content-type", "application/json").end(await priced.text());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Exports the span of a service of ours. @param {string} viewer @param {string} traceparent */
async function exportSpan(viewer, traceparent) {
  const [, traceId, parentSpanId] = traceparent.split("-");
  const now = `${Date.now()}000000`;
  const span = {
    ...{ traceId, parentSpanId, spanId: "00f067aa0ba902b7", name: "GET /orders", kind: 2 },
    ...{ startTimeUnixNano: now, endTimeUnixNano: now },
  };
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "orders" } }] };
  const response = await fetch(`${viewer}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
  });
  if (!response.ok) throw new Error(`the span was refused: ${response.status}`);
}

/** Builds `throughline`, and returns its path. */
async function program() {
  const { stdout } = await promisify(execFile)(
    "cargo",
    ["build", "--quiet", "--package", "throughline", "--message-format", "json"],
    { cwd: join(import.meta.dirname, "../.."), maxBuffer: 64 << 20 },
  );
  const built = stdout
    .split("\n")
    .filter((line) => line.includes('"executable":"'))
    .map((line) => JSON.parse(line));
  return /** @type {string} */ (built.find(({ target }) => target.name === "throughline").executable);
}
