// @ts-check
// Tests the packages in a site of Next.js: server components and hydration, with both of its bundlers.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { request as send } from "node:http";
import { join } from "node:path";
import { before, test } from "node:test";
import { promisify } from "node:util";
import { useBrowser } from "../../../browser/chromium.mjs";
import { start } from "../../../browser/process.mjs";
import { listen, serve } from "../../../browser/site.mjs";
import { install } from "../packed.mjs";
import { visit } from "../visit.mjs";

const HERE = import.meta.dirname;
const NEXT = join(HERE, "node_modules/.bin/next");
const browser = useBrowser();
before(() => install(HERE));

for (const bundler of ["turbopack", "webpack"])
  test(`Next.js with ${bundler}: the page hydrates as the server has rendered it, and all arrives, its routes by their folders`, async () => {
    const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
    const { stdout, stderr } = await promisify(execFile)(NEXT, ["build", `--${bundler}`], { cwd: HERE, env, maxBuffer: 64 << 20 });
    const warnings = (stdout + stderr).split("\n").filter((line) => /⚠|warn|@throughline/i.test(line));
    assert.deepEqual(warnings, []);

    const next = await start(NEXT, ["start", HERE, "--port", "0", "--hostname", "127.0.0.1"], /(http:\/\/127\.0\.0\.1:\d+)/, { NEXT_TELEMETRY_DISABLED: "1" });
    const site = await serve();
    const upstream = /** @type {string} */ (next.line[1]);
    // An edge is in front of the site.
    const front = await listen((request, response) => forward(/^\/(_t|api)\//.test(request.url ?? "") ? site.origin : upstream, request, response));
    try {
      assert.equal(await (await fetch(`${upstream}/server`)).text(), "from the server");
      await visit(browser(), `${front.origin}/`, site, { hasReact: true, hasErrorPage: true });
    } finally {
      await front.stop();
      await site.stop();
      await next.stop();
    }
  });

/**
 * Forwards a request to an origin.
 * @param {string} origin @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response
 */
function forward(origin, request, response) {
  const { method, headers, url = "/" } = request;
  const forwarded = send(new URL(url, origin), { method, headers }, (got) => {
    response.writeHead(got.statusCode ?? 502, got.headers);
    got.pipe(response);
  });
  forwarded.on("error", () => response.destroy());
  request.pipe(forwarded);
}
