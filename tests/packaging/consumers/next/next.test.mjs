// @ts-check
// Tests the packages in a site of Next.js, with both of its bundlers: server components, hydration, and source maps.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile, rm } from "node:fs/promises";
import { request as send } from "node:http";
import { join } from "node:path";
import { before, test } from "node:test";
import { promisify } from "node:util";
import { useBrowser } from "../../../browser/chromium.mjs";
import { start } from "../../../browser/process.mjs";
import { listen, serve } from "../../../browser/site.mjs";
import { startEdge, UPLOAD_KEY } from "../edge.mjs";
import { install } from "../packed.mjs";
import { visit } from "../visit.mjs";

const HERE = import.meta.dirname;
const NEXT = join(HERE, "node_modules/.bin/next");
const browser = useBrowser();
before(() => install(HERE));

for (const bundler of ["turbopack", "webpack"])
  test(`Next.js with ${bundler}`, async (t) => {
    const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
    await rm(join(HERE, ".next"), { recursive: true, force: true });
    const { stdout, stderr } = await promisify(execFile)(NEXT, ["build", `--${bundler}`], { cwd: HERE, env, maxBuffer: 64 << 20 });
    const warnings = (stdout + stderr).split("\n").filter((line) => /⚠|warn|@throughline/i.test(line));
    assert.deepEqual(warnings, []);

    await t.test(`${bundler}: the page hydrates as the server has rendered it, and all arrives, its routes by their folders`, async (t) => {
      const upstream = await startNext(t);
      const site = await serve();
      t.after(() => site.stop());
      // An edge is in front of the site.
      const front = await listen((request, response) => forward(/^\/(_t|api)\//.test(request.url ?? "") ? site.origin : upstream, request, response));
      t.after(() => front.stop());
      assert.equal(await (await fetch(`${upstream}/server`)).text(), "from the server");
      await visit(browser(), `${front.origin}/`, site, { hasReact: true, hasErrorPage: true });
    });

    await t.test(`${bundler}: the edge makes errors of client components readable, by an upload as docs/source-maps.md has it`, async (t) => {
      const { origin, url, program, error } = await startEdge(t, await startNext(t));
      const run = (/** @type {string[]} */ ...args) => promisify(execFile)(program, ["sourcemaps", ...args, "--url", url], { cwd: HERE, env: { ...env, THROUGHLINE_UPLOAD_KEY: UPLOAD_KEY } });
      assert.match((await run("upload", ".", "--inject")).stdout, /^source maps: [1-9]\d* uploaded \([\d.]+ MB\), 0 stored already$/m);
      const files = await readdir(join(HERE, ".next/static"), { recursive: true });
      await Promise.all(files.filter((name) => name.endsWith(".map")).map((name) => rm(join(HERE, ".next/static", name))));
      await run("verify", ".", `${origin}/`);

      const context = await browser().newContext();
      t.after(() => context.close());
      const page = await context.newPage();
      await page.goto(`${origin}/`);
      await page.click("#pay");
      await checkFrame(await error("no price"), "pay", 'throw new TypeError("no price")');
      // While React renders it.
      await page.click("#crash");
      await page.waitForSelector("#again");
      await checkFrame(await error("no shop"), "Shop", 'throw new RangeError("no shop")');
    });
  });

/**
 * Starts the site that was built, and returns its origin.
 * @param {import("node:test").TestContext} t
 */
async function startNext(t) {
  const next = await start(NEXT, ["start", HERE, "--port", "0", "--hostname", "127.0.0.1"], /(http:\/\/127\.0\.0\.1:\d+)/, { NEXT_TELEMETRY_DISABLED: "1" });
  t.after(next.stop);
  return next.line[1] ?? "";
}

/**
 * Checks that the innermost frame of an error names the function, the file, the line and the lines around.
 * @param {any} error @param {string} name @param {string} statement
 */
async function checkFrame({ exception, attributes }, name, statement) {
  const lines = (await readFile(join(HERE, "app/shop.jsx"), "utf8")).split("\n");
  const line = lines.findIndex((text) => text.includes(statement)) + 1;
  const [, place] = exception.stacktrace.split("\n");
  assert.match(place, new RegExp(`^ +at ${name} \\(\\S*/app/shop\\.jsx:${line}:\\d+\\)$`), exception.stacktrace);
  assert.deepEqual([exception.frames[0].function, exception.frames[0].line], [name, line]);
  const frame = attributes["throughline.exception.frames"].at(-1);
  assert.deepEqual([frame.context_line, frame.pre_context.at(-1), frame.post_context[0], frame.in_app], [lines[line - 1], lines[line - 2], lines[line], true]);
  assert.match(frame.raw_filename, /\/_next\/static\/chunks\/\S+\.js$/);
}

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
