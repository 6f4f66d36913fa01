// @ts-check
// Tests that a browser which has a version of `t.js` loads the next one as the difference to it.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { execFile, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { before, test } from "node:test";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { useBrowser } from "./chromium.mjs";
import { until } from "./until.mjs";

const ROOT = join(import.meta.dirname, "../..");
/** Addresses that scripts of the edge are dictionaries for, and that it has nothing at. */
const PROBE = "/t.probe";
const browser = useBrowser();
/** @typedef {{ name: string, hash: string, integrity: string }} Version */

/** @type {string} */
let edge;
before(async () => (edge = await build()));

/** A site whose scripts come from an edge that has those of two versions. */
async function serve() {
  /** @type {{ path: string, has: string | undefined, encoding: string | undefined, bytes: number }[]} */
  const loaded = [];
  /** The dictionaries that the browser named as it asked for a script that is none of the edge. @type {(string | undefined)[]} */
  const probed = [];
  let element = "";
  const server = createServer(async ({ url = "", headers }, response) => {
    if (!url.startsWith("/t.")) return response.setHeader("content-type", "text/html").end(`<!doctype html>${element}`);
    const has = /** @type {string | undefined} */ (headers["available-dictionary"]);
    if (url.startsWith(PROBE)) {
      probed.push(has);
      return response.writeHead(200, { "content-type": "text/javascript", "cache-control": "no-store" }).end();
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const { head, body } = await ask([`GET ${url} HTTP/1.1`, ...lines, "", ""].join("\r\n"));
    loaded.push({ path: url, has, encoding: head["content-encoding"], bytes: body.length });
    response.writeHead(200, head).end(body);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    origin: `http://127.0.0.1:${port}`,
    loaded,
    probed,
    /** The element of the pages from now on. @param {string} next */
    show: (next) => (element = next),
    stop: () => server.closeAllConnections() ?? server.close(),
  };
}

/** The response of the edge to a request. @param {string} request */
async function ask(request) {
  const program = spawn(edge, { stdio: ["pipe", "pipe", "inherit"] });
  program.stdin.end(request);
  const bytes = await buffer(program.stdout);
  const end = bytes.indexOf("\r\n\r\n");
  const [status = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  assert.match(status, /^HTTP\/1\.1 200 /);
  const head = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
  return { head, body: bytes.subarray(end + 4) };
}

/** The element of a version. @param {Version} version @param {string} more */
const of = ({ hash, integrity }, more) => `<script src="/t.${hash}.js" integrity="${integrity}" ${more} data-key="pk_test" async></script>`;

const crossorigin = `crossorigin="anonymous"`;
for (const [name, elements] of /** @type {[string, (versions: [Version, Version]) => string[]][]} */ ([
  ["at its own address", ([earlier, current]) => [of(earlier, crossorigin), of(current, crossorigin)]],
  ["without `crossorigin`", ([earlier, current]) => [of(earlier, ""), of(current, "")]],
]))
  test(`a browser that has the script of the version before loads the difference, ${name}`, async () => {
    const versions = await Promise.all([version("0.1.0"), version("0.2.0")]);
    const site = await serve();
    const context = await browser().newContext();
    try {
      const page = await context.newPage();
      /** @type {string[]} */
      const faults = [];
      page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
      for (const [place, element] of elements(versions).entries()) {
        site.show(element);
        await page.goto(site.origin);
        await page.waitForFunction("window.throughline?.version");
        // The browser stores a dictionary after the page has the script.
        await until(async () => {
          await page.addScriptTag({ url: `${PROBE}${site.probed.length}.js` });
          return site.probed.at(-1) === versions[place]?.name;
        }, "the dictionary");
      }
      const [first, second] = site.loaded;
      assert.deepEqual([first?.has, first?.encoding], [undefined, "br"]);
      assert.deepEqual([second?.has, second?.encoding], [versions[0]?.name, "dcb"]);
      assert.ok(second && first && second.bytes < 1000 && first.bytes > 5000, `${second?.bytes} and ${first?.bytes} bytes`);
      assert.deepEqual(faults, []);
    } finally {
      await context.close();
      site.stop();
    }
  });

/** A script of `tests/fixtures/scripts`: its name as a dictionary, hash and integrity. @param {string} version @returns {Promise<Version>} */
async function version(version) {
  const text = gunzipSync(await readFile(join(ROOT, "tests/fixtures/scripts/files", version, "t.js.gz")));
  const digest = createHash("sha384").update(text).digest();
  return {
    name: `:${createHash("sha256").update(text).digest("base64")}:`,
    hash: digest.toString("hex").slice(0, 16),
    integrity: `sha384-${digest.toString("base64")}`,
  };
}

/** Builds the program that responds as the edge does. */
async function build() {
  const args = ["build", "--quiet", "--package", "throughline-testkit", "--example", "scripts", "--message-format", "json"];
  const { stdout } = await promisify(execFile)("cargo", args, { cwd: ROOT, maxBuffer: 64 << 20 });
  const built = stdout.split("\n").filter((line) => line.includes('"executable":"'));
  return /** @type {string} */ (JSON.parse(built.at(-1) ?? "").executable);
}
