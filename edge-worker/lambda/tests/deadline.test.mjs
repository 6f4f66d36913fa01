// Test of an export that takes longer than an invocation, in the build that is deployed.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, test } from "node:test";

const SECRET = "0123456789abcdef01234567";
const backend = createServer(() => {});
after(() => {
  backend.close();
  backend.closeAllConnections();
});

test("what has not ended when the time is over is dropped, logged and counted", async (context) => {
  backend.listen(0, "127.0.0.1");
  await once(backend, "listening");
  process.env.THROUGHLINE_CONFIG = `
    open = true
    [backend]
    url = "http://127.0.0.1:${backend.address().port}"
    [outcomes]
    stats_key = "a-key-for-the-counts"
    [lambda]
    origin_secrets = ["${SECRET}"]`;
  const { handler } = await import("../build/index.mjs");
  const logged = context.mock.method(console, "error", () => {});

  const post = JSON.parse(readFileSync(new URL("events/url-post-text.json", import.meta.url), "utf8"));
  post.headers["x-throughline-origin-secret"] = SECRET;
  delete post.headers["content-length"];
  const span = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", name: "tap", startTimeUnixNano: "1", endTimeUnixNano: "2" };
  post.body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  const begun = performance.now();
  const response = await handler(post, { getRemainingTimeInMillis: () => 1500 });
  const took = performance.now() - begun;
  assert.equal(response.statusCode, 200, response.body);
  assert.ok(took >= 1200, `the response waited for the export: ${took} ms`);
  assert.match(logged.mock.calls.map((call) => call.arguments[0]).join("\n"), /1 exports had not ended/);

  const get = JSON.parse(readFileSync(new URL("events/url-get-cookies.json", import.meta.url), "utf8"));
  get.rawPath = "/stats";
  get.headers = { "x-throughline-origin-secret": SECRET, authorization: "Bearer a-key-for-the-counts" };
  const counts = await handler(get, { getRemainingTimeInMillis: () => 10_000 });
  assert.equal(counts.statusCode, 200, counts.body);
  assert.match(counts.body, /"abandoned"/);
});
