// Tests of the queue from a request to the backend: both functions under AWS's runtime client, with the
// roles of the template.
import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { Instance } from "../local/instance.mjs";
import { Bucket } from "../src/aws/s3.mjs";
import { Sqs } from "../src/aws/sqs.mjs";
import { Aws } from "./support/aws.mjs";
import { EventSource } from "./support/event-source.mjs";

const path = (name) => new URL(name, import.meta.url).pathname;
const event = (name) => JSON.parse(readFileSync(path(`events/${name}.json`), "utf8"));
const SECRET = "0123456789abcdef01234567";
const folder = mkdtempSync(join(tmpdir(), "throughline-queue-"));
/** The status of the backend's responses to traces, and the number of spans in those that it took. */
let status = 200;
let exported = 0;
/** The records that both functions have counted, by their end. */
const counts = {};
let aws;
let ingest;
let consumer;
let source;

const backend = createServer(async (request, response) => {
  const body = JSON.parse(Buffer.concat(await request.toArray()).toString("utf8"));
  if (request.url === "/v1/metrics") count(body);
  else if (status === 200) exported += spansOf(body).length;
  response.writeHead(request.url === "/v1/metrics" ? 200 : status, { "content-type": "application/json" }).end("{}");
});

before(async () => {
  aws = await Aws.start({ IngestRole: null, ConsumerRole: null });
  backend.listen(0, "127.0.0.1");
  await once(backend, "listening");
  ingest = await start("index.handler", "IngestRole");
  consumer = await start("index.consumer", "ConsumerRole");
  // Lambda receives and deletes by the role of the function.
  as("ConsumerRole");
  source = new EventSource(aws.queueUrl);
});
after(() => {
  for (const started of [ingest, consumer, aws]) started?.stop();
  backend.close();
  backend.closeAllConnections();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  [status, exported, aws.requests, aws.faults] = [200, 0, [], []];
});

/** Starts a function; that of Lambda@Edge has the queue in its file, and no variable. */
function start(handler, role, lambda = `origin_secrets = ["${SECRET}"]\nbucket = "telemetry"`, intervalMs = 1) {
  const own = mkdtempSync(join(folder, "function-"));
  for (const file of ["index.mjs", "edge_bg.wasm"]) cpSync(path(`../build/${file}`), join(own, file));
  writeFileSync(
    join(own, "throughline.toml"),
    `open = true
    [backend]
    url = "http://127.0.0.1:${backend.address().port}"
    encoding = "json"
    compression = "none"
    durable = true
    retry_for_ms = 0
    [outcomes]
    interval_ms = ${intervalMs}
    [[proxy.routes]]
    path = "/api/*"
    upstream = "https://example.org"
    [lambda]
    ${lambda}`,
  );
  const environment = { ...aws.environments[role] };
  if (!lambda.includes("queue_url")) environment.THROUGHLINE_QUEUE_URL = aws.queueUrl;
  const client = path("../local/node_modules/aws-lambda-ric/bin/index.mjs");
  return Instance.start({ folder: own, client, handler, timeoutMs: 30_000, environment });
}

function as(role) {
  Object.assign(process.env, aws.environments[role]);
}

const spansOf = ({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));

function count({ resourceMetrics }) {
  const metrics = resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
  for (const { sum } of metrics.filter(({ name }) => name === "throughline.edge.records")) {
    for (const { attributes, asInt } of sum.dataPoints) {
      const of = Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));
      if (of["throughline.signal"] !== "traces") continue;
      const end = of["throughline.reason"] ?? of["throughline.outcome"];
      counts[end] = (counts[end] ?? 0) + Number(asInt);
    }
  }
}

/** Sends spans to the function's URL; each has so many characters that do not compress. */
async function send(spans, characters = 8) {
  const post = event("url-post-text");
  post.headers["x-throughline-origin-secret"] = SECRET;
  delete post.headers["content-length"];
  const span = (at) => ({
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: (at + 1).toString(16).padStart(16, "0"),
    name: `${at} `.padEnd(characters, "x"),
    startTimeUnixNano: "1",
    endTimeUnixNano: "2",
  });
  post.body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: Array.from({ length: spans }, (_, at) => span(at)) }] }] });
  const { statusCode, body } = await ingest.invoke(post);
  assert.equal(statusCode, 200, body);
}

const poll = () => source.poll((received) => consumer.invoke(received));

/** Polls until a condition holds, which it does within the test's time. */
async function pollUntil(condition) {
  while (!condition()) {
    await poll();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const deadLetters = () => aws.requests.filter((request) => request.startsWith("PUT /telemetry/dead-letters/"));

test("the response comes once the batch is stored, and the consumer exports it", async () => {
  await send(3);
  assert.equal(exported, 0);
  assert.deepEqual(aws.requests, ["POST AmazonSQS.SendMessage"]);
  assert.deepEqual((await poll()).left, []);
  assert.equal(exported, 3);
  assert.deepEqual((await poll()).received, []);
});

test("a batch that is too large for SQS has an object until it is exported", async () => {
  await send(1200, 700);
  const [put] = aws.requests.filter((request) => request.startsWith("PUT"));
  assert.match(put, /^PUT \/telemetry\/queue\//);
  await poll();
  assert.equal(exported, 1200);
  as("ConsumerRole");
  assert.equal(await new Bucket("telemetry", "eu-west-1").get(put.slice("PUT /telemetry/".length)), undefined);
});

test("a message that is delivered twice is exported and counted twice", async () => {
  await send(2);
  const received = await source.receive();
  for (const _ of ["first", "second"]) {
    assert.deepEqual(await consumer.invoke(received), { batchItemFailures: [] });
  }
  assert.equal(exported, 4);
  await source.call("DeleteMessage", { ReceiptHandle: received.Records[0].receiptHandle });
});

test("a message that is none is kept as a dead letter, and the others are exported", async () => {
  as("IngestRole");
  const queue = new Sqs(aws.queueUrl);
  await queue.send("AAEC");
  await queue.send("somebody else's");
  as("ConsumerRole");
  await send(1);
  assert.deepEqual((await poll()).left, []);
  assert.equal(exported, 1);
  assert.equal(deadLetters().length, 2);
});

test("what the backend refuses is kept as a dead letter", async () => {
  status = 400;
  await send(5);
  assert.deepEqual((await poll()).left, []);
  assert.equal(deadLetters().length, 1);
});

test("while the backend is down messages stay, and once it is back each is exported once", { timeout: 60_000 }, async () => {
  status = 503;
  await send(4);
  await send(3);
  const { received, left } = await poll();
  assert.deepEqual(left.sort(), received.sort());
  assert.equal(exported, 0);
  status = 200;
  await pollUntil(() => exported >= 7);
  await poll();
  assert.equal(exported, 7);
});

test("while the queue is down batches are exported before the response", async () => {
  aws.faults = ["500", "500", "500"];
  await send(6);
  assert.equal(exported, 6);
  aws.faults = ["expired"];
  await send(1);
  assert.equal(exported, 7);
  assert.deepEqual((await poll()).received, []);
});

test("spans of Lambda@Edge go through the same queue", async () => {
  const handlers = ["index.originRequest", "index.originResponse"];
  const [first, second] = await Promise.all(handlers.map((handler) => start(handler, "IngestRole", `queue_url = "${aws.queueUrl}"`, 0)));
  try {
    const request = event("origin-request");
    request.Records[0].cf.request.uri = "/api/basket";
    const response = event("origin-response");
    response.Records[0].cf.request = await first.invoke(request);
    await second.invoke(response);
    assert.equal(exported, 0);
    await poll();
    assert.equal(exported, 2);
  } finally {
    for (const started of [first, second]) started.stop();
  }
});

test("each record is counted: what was handed over, exported and refused", async () => {
  // Counts leave with an invocation that comes after them.
  await send(1);
  await poll();
  await send(1);
  await poll();
  const [stored, again, refused, direct] = [3 + 1200 + 2 + 1 + 5 + 7 + 2, 2, 5, 7];
  const spansAtEdge = 2;
  assert.deepEqual(counts, {
    handed_over: stored,
    exported: stored + spansAtEdge + again + direct - refused,
    backend_refused: refused,
  });
});
