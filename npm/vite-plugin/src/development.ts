// Forwards telemetry of a page on Vite's development server to the `throughline dev` of this machine.

import { request, type IncomingMessage, type ServerResponse } from "node:http";
import type { UnpluginOptions } from "unplugin";

/** The part of Vite's server that is used: https://vite.dev/guide/api-javascript#vitedevserver */
interface Server {
  middlewares: { use(path: string, handle: (request: IncomingMessage, response: ServerResponse, next: () => void) => void): void };
  config: { logger: { warn(message: string): void } };
}

/**
 * Forwards what a page sends to `/_t`, as an edge in front of the site takes it in production, so that the
 * page has one endpoint in both. Nothing is forwarded for a build, or in another bundler.
 *
 * @param address of `throughline dev`
 */
export function development(address: string): UnpluginOptions {
  const { protocol } = URL.canParse(address) ? new URL(address) : { protocol: "" };
  // Here and not when a server starts, which Vite would leave half open.
  if (protocol !== "http:") throw new Error(`throughline: development: ${JSON.stringify(address)} is not the address of a \`throughline dev\`, such as http://127.0.0.1:4318`);
  const vite: unknown = {
    apply: "serve",
    configureServer(server: Server) {
      server.middlewares.use(PATH, forwarder(address, (message) => server.config.logger.warn(message)));
    },
  };
  return { name: "throughline-development", vite: vite as NonNullable<UnpluginOptions["vite"]> };
}

function forwarder(address: string, warn: (message: string) => void): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
  const { hostname, port } = new URL(address);
  let isTold = false;
  return (from, to, next) => {
    // Telemetry alone: what else `throughline dev` has is for this machine, and a development server may be open to others.
    if (!TELEMETRY.test(from.url ?? "") || (from.method != "POST" && from.method != "OPTIONS")) return next();
    const { origin, host, cookie: _cookie, authorization: _authorization, ...headers } = from.headers;
    // A page of this site sends to its own site. Whether one of another may is for `throughline dev` to say.
    const isOwn = !origin || (URL.canParse(origin) && new URL(origin).host === host);
    const forwarded = request(
      { hostname: hostname.replace(/^\[|\]$/g, ""), port, method: from.method, path: from.url, headers: { ...headers, ...(!isOwn && { origin }) } },
      (response) => {
        to.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(to);
      },
    );
    forwarded.on("error", () => {
      // The page has gone, and with it the request.
      if (to.destroyed) return;
      if (!isTold) warn(`throughline: nothing responds at ${address}, so telemetry of this page is lost; \`npx throughline dev\` receives and shows it`);
      isTold = true;
      if (!to.headersSent) to.writeHead(503);
      to.end();
    });
    to.on("close", () => forwarded.destroy());
    from.pipe(forwarded);
  };
}

/** The paths to which a page sends. */
const TELEMETRY = /^\/v1\/(bundle|facts|traces|logs|metrics)(\?|$)/;
/** The usual endpoint of a page behind an edge. */
const PATH = "/_t";
