// Tests of the handlers of Lambda@Edge, in the build that is deployed.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

const event = (name) => JSON.parse(readFileSync(new URL(`events/${name}.json`, import.meta.url), "utf8"));
const context = { getRemainingTimeInMillis: () => 30_000 };
const CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const exported = [];
let edge;

const backend = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString("utf8");
  exported.push({ path: request.url, body });
  response.setHeader("content-type", "application/json").end("{}");
});

before(async () => {
  backend.listen(0, "127.0.0.1");
  await once(backend, "listening");
  process.env.THROUGHLINE_CONFIG = `
    [ingest]
    path = "/_t"
    [[projects]]
    name = "shop"
    keys = ["pk_shop"]
    allowed_origins = ["https://shop.example"]
    [backend]
    url = "http://127.0.0.1:${backend.address().port}"
    encoding = "json"
    compression = "none"
    [outcomes]
    interval_ms = 0
    [proxy]
    service_name = "shop-edge"
    [[proxy.routes]]
    path = "/api/*"
    upstream = "https://example.org"
    [lambda]
    site = "https://shop.example"`;
  edge = await import("../build/index.mjs");
});
after(() => {
  backend.close();
  backend.closeAllConnections();
});

function requestEvent(headers = {}, uri = "/api/basket") {
  const given = event("origin-request");
  const { request } = given.Records[0].cf;
  request.uri = uri;
  for (const [name, value] of Object.entries(headers)) request.headers[name] = [{ key: name, value }];
  return given;
}

/** The response of an origin to a request that went there. */
function responseEvent(request, status = "200") {
  const given = event("origin-response");
  Object.assign(given.Records[0].cf.request, { ...request, body: undefined });
  given.Records[0].cf.response.status = status;
  return given;
}

const value = (headers, name) => headers[name]?.[0].value;

test("a request goes on with its trace, and its response ends the spans", async () => {
  exported.length = 0;
  const given = requestEvent({ traceparent: CALLER, "sec-fetch-site": "same-origin" });
  const forwarded = await edge.originRequest(given, context);
  const traceparent = value(forwarded.headers, "traceparent");
  assert.match(traceparent, /^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
  assert.notEqual(traceparent, CALLER);
  assert.deepEqual(exported, [], "nothing is exported while the origin waits");

  const response = await edge.originResponse(responseEvent(forwarded), context);
  assert.equal(exported.length, 1);
  const spans = exported[0].body;
  assert.equal(exported[0].path, "/v1/traces");
  assert.ok(spans.includes('"name":"GET /api/*","kind":2'), spans);
  assert.ok(spans.includes(`"spanId":"${traceparent.slice(36, 52)}"`), spans);
  assert.ok(spans.includes('{"key":"client.address","value":{"stringValue":"203.0.113.0"}}'), spans);
  assert.ok(spans.includes('{"key":"server.address","value":{"stringValue":"shop.example"}}'), spans);
  assert.ok(!spans.includes("network.protocol.version"), "CloudFront does not tell it");
  const timing = response.headers["server-timing"].map((header) => header.value);
  assert.equal(timing[0], "db;dur=53");
  assert.match(timing[1], /^trace;desc=00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01, parent;desc=b7ad6b7169203331$/);
  assert.ok(spans.includes(`"spanId":"${timing[1].slice(47, 63)}"`), "the server's span");
});

test("the body, the origin and the other headers of a request stay as they are", async () => {
  const given = requestEvent();
  const { request } = given.Records[0].cf;
  request.method = "POST";
  request.body = { inputTruncated: true, action: "read-only", encoding: "base64", data: "AAEC" };
  const before = structuredClone(request);
  const forwarded = await edge.originRequest(given, context);
  const { traceparent, tracestate, "x-throughline-exchange": state, ...headers } = forwarded.headers;
  assert.ok(traceparent && tracestate && state);
  assert.deepEqual({ ...forwarded, headers }, before);
});

test("the span of a failed request is an error", async () => {
  exported.length = 0;
  const forwarded = await edge.originRequest(requestEvent(), context);
  await edge.originResponse(responseEvent(forwarded, "503"), context);
  assert.equal(exported[0].body.split('"status":{"code":2}').length, 3);
});

test("no client chooses the state", async () => {
  const given = requestEvent({ "x-throughline-exchange": "1.b7ad6b7169203331" }, "/elsewhere");
  const forwarded = await edge.originRequest(given, context);
  assert.equal(forwarded.headers["x-throughline-exchange"], undefined);
  assert.equal(forwarded.headers.traceparent, undefined, "what has no route goes on as it is");
  exported.length = 0;
  const response = await edge.originResponse(responseEvent(forwarded), context);
  assert.deepEqual(response.headers, event("origin-response").Records[0].cf.response.headers);
  assert.deepEqual(exported, []);
});

test("a header of AWS names the same trace and span", async () => {
  const xray = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
  const forwarded = await edge.originRequest(requestEvent({ "x-amzn-trace-id": xray, "sec-fetch-site": "same-origin" }), context);
  const [, traceId, spanId] = value(forwarded.headers, "traceparent").split("-");
  assert.equal(traceId, "5759e988bd862e3fe1be46a994272793");
  assert.match(value(forwarded.headers, "x-amzn-trace-id"), new RegExp(`Root=1-5759e988-bd862e3fe1be46a994272793;Parent=${spanId}`));
});

function telemetry(body) {
  const given = requestEvent({ "content-type": "application/json", origin: "https://shop.example" }, "/_t/v1/traces");
  const { request } = given.Records[0].cf;
  request.method = "POST";
  request.querystring = "key=pk_shop";
  request.body = { inputTruncated: false, action: "read-only", encoding: "base64", ...body };
  return given;
}

test("telemetry gets its response at the edge, once it is exported", async () => {
  exported.length = 0;
  const span = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", name: "tap", startTimeUnixNano: "1", endTimeUnixNano: "2" };
  const request = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
  const data = Buffer.from(JSON.stringify(request)).toString("base64");
  const response = await edge.originRequest(telemetry({ data }), context);
  assert.equal(response.status, "200");
  assert.equal(value(response.headers, "access-control-allow-origin"), "https://shop.example");
  assert.equal(response.bodyEncoding, "base64");
  assert.equal(Buffer.from(response.body, "base64").toString("utf8"), "{}");
  for (const name of Object.keys(response.headers)) assert.doesNotMatch(name, /^(content-length|via|connection)$/);
  assert.equal(exported.length, 1);
  assert.ok(exported[0].body.includes('"name":"tap"'));
});

test("a body that was cut off is refused, readably for the page", async () => {
  const response = await edge.originRequest(telemetry({ data: "AAEC", inputTruncated: true }), context);
  assert.equal(response.status, "413");
  assert.equal(value(response.headers, "access-control-allow-origin"), "https://shop.example");
  assert.match(Buffer.from(response.body, "base64").toString("utf8"), /1048576/);
});
