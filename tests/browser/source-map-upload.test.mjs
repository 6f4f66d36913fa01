// @ts-check
// Tests the upload of source maps by `@throughline/vite-plugin`: what a build says and does when the edge is slow, refuses or fails.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createIndex } from "../../npm/vite-plugin/dist/sourcemaps/create-index.js";
import { Outputs } from "../../npm/vite-plugin/dist/sourcemaps/outputs.js";
import { stamp } from "../../npm/vite-plugin/dist/sourcemaps/stamp.js";
import { upload } from "../../npm/vite-plugin/dist/sourcemaps/upload.js";
import { KEY, startEdge } from "./edge-of-source-maps.mjs";

/** Scripts with different texts. @param {number} count */
const scripts = (count) =>
  Array.from({ length: count }, (_, at) => {
    const stamped = stamp(`f(${at});`, '{"version":3,"sources":["a.ts"],"names":[],"mappings":"AAAA"}', true);
    return { ...(stamped ?? assert.fail("it can be stamped")), name: `assets/${at}.js` };
  });

/** Uploads; returns what was said last. @param {ReturnType<typeof scripts>} all @param {string} url */
async function run(all, url, key = KEY) {
  /** @type {string[]} */
  const said = [];
  await upload(all, { url, key }, createIndex, (line) => void said.push(line));
  return said.at(-1) ?? "";
}

test("upload: each map is stored once, and the next build uploads what is new", async (t) => {
  const { url, stored, requests } = await startEdge(t);
  const all = scripts(20);
  const summary = await run([...all, { ...(all[0] ?? assert.fail()), name: "assets/copy.js" }], `${url}/`);
  assert.match(summary, /^source maps: 20 uploaded \(\d+\.\d kB\), 0 stored already$/);
  assert.deepEqual([...stored.keys()].sort(), all.map(({ debugId }) => debugId).sort());
  requests.length = 0;
  assert.match(await run(scripts(21), url), /^source maps: 1 uploaded .*, 20 stored already$/);
  assert.equal(requests.filter(({ method }) => method == "PUT").length, 1);
});

test("upload: six requests are under way at a time", async (t) => {
  /** @type {(() => void)[]} */
  const waiting = [];
  let most = 0;
  const { url } = await startEdge(t, ({ method }, response) => {
    most = Math.max(most, waiting.push(() => void response.writeHead(method == "HEAD" ? 404 : 204).end()));
    // As many as there are six at a time: one fewer would wait for ever.
    if (waiting.length == 6) setImmediate(() => waiting.splice(0).forEach((end) => end()));
    return true;
  });
  await run(scripts(30), url);
  assert.equal(most, 6);
});

test("upload: a request that meets an overloaded edge, or none, is sent again", async (t) => {
  const faults = [503, 429, "reset"];
  const { url, stored } = await startEdge(t, ({ method }, response) => {
    const fault = method == "PUT" && faults.shift();
    if (!fault) return false;
    if (fault == "reset") response.destroy();
    else response.writeHead(Number(fault)).end();
    return true;
  });
  assert.match(await run(scripts(1), url), /^source maps: 1 uploaded/);
  assert.deepEqual([stored.size, faults], [1, []]);
});

test("upload: an edge that is asked to wait is not asked before", async (t) => {
  let first = 0;
  const { url } = await startEdge(t, (_, response) => {
    if (first) return false;
    first = performance.now();
    response.writeHead(503, { "retry-after": "2" }).end();
    return true;
  });
  await run(scripts(1), url);
  assert.ok(performance.now() - first >= 2000);
});

for (const [what, key, path, expected] of /** @type {const} */ ([
  ["a wrong key", "pk_shop", "", /assets\/0\.js is not uploaded: 401 Unauthorized of http:\S+: sourcemaps\.upload\.key is no key of that edge: it wants one of `upload_keys`/],
  ["an address without an edge", KEY, "/elsewhere", /404 Not Found of \S+elsewhere\/v1\/sourcemaps\S+: no such path/],
]))
  test(`upload: ${what} ends it at the first map, and says what to do`, async (t) => {
    const { url, requests } = await startEdge(t);
    await assert.rejects(run(scripts(30), url + path, key), expected);
    assert.ok(requests.length <= 12, `${requests.length}`);
  });

for (const [status, expected] of /** @type {const} */ ([[413, /413 Payload Too Large of \S+: an index may have 1 bytes/], [400, /400 Bad Request of \S+: an index may have 1 bytes/]]))
  test(`upload: a map that the edge refuses with ${status} is named and counted, and the others are uploaded`, async (t) => {
    const all = scripts(30);
    const refused = [all[3], all[20]].map((script) => script ?? assert.fail());
    const { url, stored } = await startEdge(t, ({ method, path }, response) => {
      const isRefused = method == "PUT" && refused.some(({ debugId }) => path.endsWith(debugId));
      if (isRefused) response.writeHead(status).end("an index may have 1 bytes");
      return isRefused;
    });
    /** @type {string[]} */
    const said = [];
    await assert.rejects(upload(all, { url, key: KEY }, createIndex, (line) => void said.push(line)), (/** @type {Error} */ error) => {
      assert.match(error.message, expected);
      assert.match(error.message, /^the source map of assets\/3\.js is not uploaded: .*; nor are those of 1 other scripts, which are named above$/);
      return true;
    });
    assert.equal(stored.size, 28);
    assert.match(said.at(-1) ?? "", /^source maps: 28 uploaded \(\d+\.\d kB\), 0 stored already, 2 not uploaded$/);
    for (const name of ["assets/3.js", "assets/20.js"]) assert.equal(said.filter((line) => line.startsWith(`the source map of ${name} is not uploaded: ${status} `)).length, 1, said.join("\n"));
  });

test("upload: a build with a script that the edge refuses warns of what is not uploaded, or fails", async (t) => {
  let refused = "";
  const { url, stored } = await startEdge(t, ({ method, path }, response) => method == "PUT" && path.endsWith(refused) && !!response.writeHead(413).end());
  for (const failBuild of [false, true]) {
    stored.clear();
    const outputs = new Outputs({ upload: { url, key: KEY, failBuild } }, false);
    for (const name of ["small", "big", "other"]) {
      const { text = "" } = outputs.finish(`${name}.js`, `f("${name}");`, '{"version":3,"sources":["a.ts"],"names":[],"mappings":"AAAA"}');
      if (name == "big") refused = /debugId=(\S+)/.exec(text)?.[1] ?? assert.fail(text);
    }
    /** @type {string[]} */
    const warnings = [];
    const uploading = outputs.upload((message) => void warnings.push(message));
    if (failBuild) await assert.rejects(uploading, /the source map of big\.js is not uploaded: 413/);
    else await uploading;
    assert.equal(warnings.filter((message) => /^the source map of big\.js is not uploaded: 413 .*\. Stacks of what is not uploaded stay minified$/.test(message)).length, failBuild ? 0 : 1, warnings.join());
    assert.equal(stored.size, 2);
  }
});

test("upload: a map of which no index can be made costs the others nothing", async (t) => {
  const { url, stored } = await startEdge(t);
  const all = scripts(20).map((script, at) => (at ? script : { ...script, map: '{"version":2}' }));
  await assert.rejects(run(all, url), /^UploadError: the source map of assets\/0\.js is not uploaded: .*version/);
  assert.equal(stored.size, 19);
});

test("upload: a key that the edge refuses ends it, whatever else is wrong", async (t) => {
  const { url, requests } = await startEdge(t, ({ method }, response) => method == "PUT" && !!response.writeHead(403).end());
  await assert.rejects(run(scripts(30), url), /403 Forbidden of \S+: sourcemaps\.upload\.key may not upload/);
  assert.ok(requests.length <= 12, `${requests.length}`);
});

test("upload: a server that is no edge is told from one", async (t) => {
  // That of a single-page application responds to every path with its page.
  const app = await startEdge(t, (_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>");
    return true;
  });
  await assert.rejects(run(scripts(1), app.url), /assets\/0\.js is not uploaded: http:\S+\/_t is no edge, but says of any path that it is there: see whether the address has the prefix/);
  for (const [method, expected] of /** @type {const} */ ([["HEAD", /is no edge, but says 202 to HEAD/], ["PUT", /is no edge, but says 202 to PUT/]])) {
    const { url } = await startEdge(t, (request, response) => request.method == method && !!response.writeHead(202).end());
    await assert.rejects(run(scripts(1), url), expected);
  }
});

test("upload: an edge is asked once whether it is one", async (t) => {
  const { url, requests } = await startEdge(t);
  await run(scripts(20), url);
  requests.length = 0;
  await run(scripts(20), url);
  assert.equal(requests.length, 21);
});

test("upload: a key with a line break is in no message, and in no request", async (t) => {
  const { url, requests } = await startEdge(t);
  for (const key of [`${KEY}\n`, "uk_shop\nsecret", "uk_shop secret", "uk_shop_sécret", ""])
    await assert.rejects(run(scripts(1), url, key), (/** @type {Error} */ error) => {
      assert.match(error.message, /^sourcemaps\.upload\.key has a character that no key has, such as a line break/);
      assert.doesNotMatch(String(error.stack) + String(error.cause), /uk_|cret/);
      return true;
    });
  assert.deepEqual(requests, []);
});

test("upload: a key goes nowhere else", async (t) => {
  const other = await startEdge(t);
  const { url } = await startEdge(t, (_, response) => {
    response.writeHead(307, { location: other.url }).end();
    return true;
  });
  await assert.rejects(run(scripts(1), url), /307 .*: it redirects to http:\S+: give that address/);
  assert.deepEqual(other.requests, []);
});

test("upload: an address that is none is named", async () => {
  await assert.rejects(run(scripts(1), "shop.example/_t"), /sourcemaps\.upload\.url is no address of an edge.*"shop\.example\/_t"/);
});

test("upload: a map that is wrong is named with what is wrong", async (t) => {
  const { url } = await startEdge(t);
  const [script] = scripts(1);
  await assert.rejects(run([{ ...(script ?? assert.fail()), map: '{"version":2}' }], url), /the source map of assets\/0\.js is not uploaded: .*version/);
});
