// Tests of source maps in a bucket of S3, from a function under AWS's runtime client: moto checks each
// signature, and what the role may do.
import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Instance } from "../local/instance.mjs";
import { Aws } from "./support/aws.mjs";

const path = (name) => new URL(name, import.meta.url).pathname;
const event = (name) => JSON.parse(readFileSync(path(`events/${name}.json`), "utf8"));
const INDEX = readFileSync(path("../../../tests/fixtures/source-maps/app.index"));
const DEBUG_ID = "85314830-023f-4cf1-a267-535f4e37bb17";
const ADDRESS = "https://shop.example/assets/app.js";
const STACK = `Error: x\n    at a (${ADDRESS}:1:21)\n    at c (${ADDRESS}:1:47)`;
const SECRET = "0123456789abcdef01234567";
const KEY = "uk_shop_0123456789abcdef";
const folder = mkdtempSync(join(tmpdir(), "throughline-maps-"));
/** The log records that the backend has got, as maps of their texts. */
let records = [];
let aws;

const backend = createServer(async (request, response) => {
  const body = JSON.parse(Buffer.concat(await request.toArray()).toString("utf8"));
  for (const { attributes } of (body.resourceLogs ?? []).flatMap(logRecords)) {
    records.push(Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value])));
  }
  response.writeHead(200, { "content-type": "application/json" }).end("{}");
});

const logRecords = ({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords);

before(async () => {
  const allow = (actions, resource) => ({ Effect: "Allow", Action: actions, Resource: resource });
  aws = await Aws.start({
    MapsRole: [allow(["s3:GetObject", "s3:PutObject"], "BUCKET/*"), allow(["s3:ListBucket"], "BUCKET")],
    OtherRole: [allow(["s3:GetObject"], "BUCKET/other/*")],
  });
  backend.listen(0, "127.0.0.1");
  await once(backend, "listening");
});
after(() => {
  aws?.stop();
  backend.close();
  backend.closeAllConnections();
  rmSync(folder, { recursive: true });
});

/** Starts a function with a role, and ends it with its test. */
async function start(context, role) {
  const own = mkdtempSync(join(folder, "function-"));
  for (const file of ["index.mjs", "edge_bg.wasm"]) cpSync(path(`../build/${file}`), join(own, file));
  writeFileSync(
    join(own, "throughline.toml"),
    `[[projects]]
    name = "shop"
    keys = ["pk_shop"]
    upload_keys = ["${KEY}"]
    [backend]
    url = "http://127.0.0.1:${backend.address().port}"
    encoding = "json"
    compression = "none"
    [outcomes]
    interval_ms = 0
    [sourcemaps]
    wait_ms = 2000
    [sourcemaps.s3]
    bucket = "telemetry"
    region = "eu-west-1"
    endpoint = "${aws.address}"
    access_key = "\${AWS_ACCESS_KEY_ID}"
    secret_key = "\${AWS_SECRET_ACCESS_KEY}"
    session_token = "\${AWS_SESSION_TOKEN}"
    [lambda]
    origin_secrets = ["${SECRET}"]`,
  );
  const client = path("../local/node_modules/aws-lambda-ric/bin/index.mjs");
  const environment = aws.environments[role];
  const instance = await Instance.start({ folder: own, client, handler: "index.handler", timeoutMs: 30_000, environment });
  context.after(() => instance.stop());
  [aws.requests, aws.faults, records] = [[], [], []];
  return instance;
}

function request(method, rawPath, query, headers, body) {
  const made = event("url-post-base64");
  const http = { ...made.requestContext.http, method, path: rawPath };
  return {
    ...made,
    rawPath,
    rawQueryString: query,
    headers: { host: made.headers.host, "x-throughline-origin-secret": SECRET, ...headers },
    requestContext: { ...made.requestContext, http },
    body: body.toString("base64"),
  };
}

/** The response to an upload. */
function upload(instance, method, body = Buffer.alloc(0)) {
  const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/octet-stream" };
  return instance.invoke(request(method, `/v1/sourcemaps/${DEBUG_ID}`, "", headers, body));
}

/** Sends the exception, and returns its record at the backend. */
async function send(instance) {
  const text = (key, stringValue) => ({ key, value: { stringValue } });
  const image = { values: [text("type", "sourcemap"), text("code_file", ADDRESS), text("debug_id", DEBUG_ID)] };
  const images = { arrayValue: { values: [{ kvlistValue: image }] } };
  const attributes = [text("exception.stacktrace", STACK), { key: "throughline.exception.images", value: images }];
  const body = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ eventName: "exception", attributes }] }] }] };
  const headers = { "content-type": "application/octet-stream", "x-throughline-content-type": "application/json" };
  const sent = request("POST", "/v1/logs", "key=pk_shop", headers, Buffer.from(JSON.stringify(body)));
  const { statusCode, body: response } = await instance.invoke(sent);
  assert.equal(statusCode, 200, response);
  assert.equal(records.length, 1);
  return records.pop();
}

test("an exception reads as source once its index is in the bucket", async (context) => {
  const instance = await start(context, "MapsRole");
  assert.equal((await upload(instance, "HEAD")).statusCode, 404);
  const put = await upload(instance, "PUT", INDEX);
  assert.equal(put.statusCode, 204, put.body);
  assert.equal((await upload(instance, "HEAD")).statusCode, 200);
  const key = `/telemetry/shop/${DEBUG_ID}`;
  assert.deepEqual(aws.requests, [`HEAD ${key}`, `PUT ${key}`, `HEAD ${key}`]);
  aws.requests = [];
  for (let times = 0; times < 2; times += 1) {
    const record = await send(instance);
    assert.equal(record["exception.stacktrace"], "Error: x\n    at addToBasket (src/cart.ts:2:9)\n    at onClick (src/cart.ts:6:3)");
    assert.equal(record["throughline.exception.raw_stacktrace"], STACK);
  }
  assert.deepEqual(aws.requests, [`GET ${key}`], "the second is from memory");
});

test("a bucket that fails costs no exception", async (context) => {
  for (const fault of ["500", "cut", "expired", "hang"]) {
    const instance = await start(context, "MapsRole");
    aws.faults = [fault];
    const record = await send(instance);
    assert.equal(record["exception.stacktrace"], STACK, fault);
    const expected = fault === "hang" ? "timed_out" : "store_failed";
    assert.match(JSON.stringify(record["throughline.exception.frames"]), new RegExp(expected), fault);
    instance.stop();
  }
});

test("a role that may not is named in the log, and the upload is refused", async (context) => {
  const instance = await start(context, "OtherRole");
  const put = await upload(instance, "PUT", INDEX);
  assert.equal(put.statusCode, 503);
  assert.match(put.body, /the store of source maps failed/);
});
