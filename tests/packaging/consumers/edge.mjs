// @ts-check
// Starts the native host, which stores indexes of source maps, in front of a site, with `throughline dev` behind it.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { start } from "../../browser/process.mjs";
import { build } from "../../viewer/program.mjs";

/** The upload key of the project. */
export const UPLOAD_KEY = "uk_shop_0123456789abcdef";

/**
 * Starts both. `origin` is that of the site for visitors, `url` the edge for uploads, `program` the path of `throughline`.
 * @param {import("node:test").TestContext} t @param {string} upstream @param {string} key that of pages
 */
export async function startEdge(t, upstream, key = "pk_shop") {
  const program = await build("throughline", "--package", "throughline");
  const folder = await mkdtemp(join(tmpdir(), "throughline-source-maps-"));
  t.after(() => rm(folder, { recursive: true }));
  const development = await start(program, ["dev", "--listen", "127.0.0.1:0", "--grpc", "127.0.0.1:0"], LISTENS);
  t.after(development.stop);
  const viewer = development.line[1] ?? "";
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const config = join(folder, "throughline.toml");
  await writeFile(
    config,
    `native.listen = "127.0.0.1:${port}"
ingest.path = "/_t"
backend.url = "${viewer}"
sourcemaps.directory = ${JSON.stringify(join(folder, "indexes"))}
[[projects]]
name = "shop"
keys = ["${key}"]
upload_keys = ["${UPLOAD_KEY}"]
allowed_origins = ["${origin}"]
[proxy]
service_name = "edge"
[[proxy.routes]]
path = "/*"
upstream = "${upstream}"
`,
  );
  t.after((await start(program, ["--config", config], LISTENS)).stop);

  /** Waits for an error with this message, and whatever else is wanted. @param {string} message @param {(latest: any) => boolean} is */
  const error = async (message, is = () => true) => {
    for (const end = Date.now() + 30_000; Date.now() < end; await pause(200)) {
      const { errors } = /** @type {any} */ (await (await fetch(`${viewer}/api/errors`)).json());
      const group = errors.find((/** @type {any} */ { latest }) => latest.exception.message == message && is(latest));
      if (group) return group.latest;
    }
    assert.fail(`no error "${message}" has arrived`);
  };
  return { program, origin, url: `${origin}/_t`, error };
}

/** A port that is free. @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await new Promise((closed) => server.close(closed));
  return port;
}

/** The line of a program with the address at which it listens. */
const LISTENS = /(?:listening|viewer and OTLP) on (http:[^\s,]+)/;
