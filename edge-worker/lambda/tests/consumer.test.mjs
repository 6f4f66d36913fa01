// Tests of the queue and its consumer, with an edge that ends each message as the test says.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Bucket } from "../src/aws/s3.mjs";
import { takeUpAll } from "../src/consumer.mjs";
import { MessageQueue } from "../src/message-queue.mjs";
import { Aws } from "./support/aws.mjs";
import { EventSource } from "./support/event-source.mjs";

const STATEMENTS = [
  { Effect: "Allow", Action: "sqs:*", Resource: "QUEUE" },
  { Effect: "Allow", Action: "s3:*", Resource: ["BUCKET", "BUCKET/*"] },
];
const context = { getRemainingTimeInMillis: () => 60_000 };
const LARGE = 768 * 1024;
let aws;
let bucket;
let queue;
let source;
/** The messages that the edge was given, and how it ends the next ones. */
let taken;
let ends;
const edge = {
  async takeUp(bytes, attempt, remaining) {
    taken.push({ bytes: Buffer.from(bytes), attempt, remaining });
    const end = ends.shift() ?? ["done"];
    if (end instanceof Error) throw end;
    return end;
  },
  get queue() {
    return queue;
  },
};
const poll = () => source.poll((event) => takeUpAll(event, edge, context));

before(async () => {
  aws = await Aws.start({ function: STATEMENTS });
  Object.assign(process.env, aws.environments.function);
  bucket = new Bucket("telemetry", "eu-west-1");
  source = new EventSource(aws.queueUrl);
});
after(() => aws.stop());
beforeEach(() => {
  queue = new MessageQueue(aws.queueUrl, "telemetry");
  [taken, ends, aws.faults, aws.requests] = [[], [], [], []];
});

test("a message of any bytes is taken up once", async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
  await queue.put(bytes);
  assert.deepEqual((await poll()).left, []);
  assert.deepEqual(taken, [{ bytes: Buffer.from(bytes), attempt: 1, remaining: 59_000 }]);
  assert.deepEqual((await poll()).received, []);
});

test("the largest message without an object fits, and a larger one has an object while it waits", async () => {
  const inline = Buffer.alloc(LARGE, 1);
  const large = Buffer.alloc(LARGE + 1, 2);
  await queue.put(inline);
  await queue.put(large);
  const objects = aws.requests.filter((request) => request.startsWith("PUT"));
  assert.equal(objects.length, 1);
  const key = objects[0].slice("PUT /telemetry/".length);
  assert.match(key, /^queue\//);
  assert.ok((await bucket.get(key)).equals(large));
  // In two events at most: moto gives out as many bytes as SQS does.
  while ((await poll()).received.length > 0);
  const sizes = taken.map(({ bytes }) => bytes.length).sort();
  assert.deepEqual(sizes, [LARGE, LARGE + 1]);
  assert.equal(await bucket.get(key), undefined);
});

test("without a bucket no message is larger than SQS takes", () => {
  assert.equal(new MessageQueue(aws.queueUrl).maxMessageBytes, LARGE);
  assert.ok(queue.maxMessageBytes > LARGE);
});

test("an object whose message was not stored is no message", async () => {
  aws.faults = ["", "500", "500", "500"];
  await assert.rejects(queue.put(Buffer.alloc(LARGE + 1)), { status: 500 });
  assert.deepEqual((await poll()).received, []);
});

test("a message is not stored any more once the edge exports its batch", async () => {
  aws.faults = ["hang", "hang", "hang"];
  const begun = performance.now();
  await assert.rejects(queue.put(Buffer.from("late")), { code: "ETIMEDOUT" });
  // PUT_TIMEOUT of crates/throughline-edge/src/exporter/durable
  assert.ok(performance.now() - begun < 4000);
});

test("a message that is to be tried again comes after its time, with its attempt", { timeout: 30_000 }, async () => {
  ends = [["retry", 800]];
  await queue.put(Buffer.from("later"));
  const first = await poll();
  assert.deepEqual(first.left, first.received);
  assert.deepEqual((await poll()).received, []);
  await until(async () => (await poll()).received.length > 0);
  assert.deepEqual(taken.map(({ attempt }) => attempt), [1, 2]);
});

test("one message that stays does not keep the others", async () => {
  ends = [["done"], ["retry", 3_600_000], ["refused"]];
  for (const text of ["a", "b", "c"]) await queue.put(Buffer.from(text));
  const { received, left } = await poll();
  assert.equal(received.length, 3);
  assert.equal(left.length, 1);
  assert.deepEqual((await poll()).received, []);
});

test("a message that is refused is kept as a dead letter", async (context) => {
  const logged = context.mock.method(console, "error", () => {});
  ends = [["refused"]];
  await queue.put(Buffer.from("poison"));
  const { received, left } = await poll();
  assert.deepEqual(left, []);
  const key = `dead-letters/${new Date().toISOString().slice(0, 10)}/${received[0]}`;
  assert.equal(String(await bucket.get(key)), "poison");
  assert.ok(logged.mock.calls[0].arguments[0].includes(key));
  assert.deepEqual((await poll()).received, []);
});

test("a refused message without a place leaves the queue, and the log says so", async (context) => {
  const logged = context.mock.method(console, "error", () => {});
  queue = new MessageQueue(aws.queueUrl);
  ends = [["refused"]];
  await queue.put(Buffer.from("poison"));
  assert.deepEqual((await poll()).left, []);
  assert.match(logged.mock.calls[0].arguments[0], /is refused, and dropped/);
  queue = new MessageQueue(aws.queueUrl, "telemetry");
  ends = [["refused"]];
  await queue.put(Buffer.from("poison"));
  const event = await source.receive();
  aws.faults = ["expired"];
  assert.deepEqual(await takeUpAll(event, edge, { getRemainingTimeInMillis: () => 60_000 }), { batchItemFailures: [] });
  assert.match(logged.mock.calls[1].arguments[0], /is refused, and lost: s3 responded with 403 ExpiredToken/);
  await source.call("PurgeQueue");
});

test("a text that somebody else sent is given to the edge as it is", async () => {
  const texts = ["{}", "not base64!", '{"key":"elsewhere/x"}', "AAE"];
  for (const text of texts) await source.call("SendMessage", { MessageBody: text });
  await poll();
  assert.deepEqual(taken.map(({ bytes }) => String(bytes)).sort(), texts.sort());
});

test("an object that is gone was delivered before", async () => {
  await source.call("SendMessage", { MessageBody: '{"key":"queue/00000000-0000-0000-0000-000000000000"}' });
  assert.deepEqual((await poll()).left, []);
  assert.deepEqual(taken, []);
});

test("a message that cannot be read, or whose export throws, stays", async () => {
  await queue.put(Buffer.alloc(LARGE + 1));
  const event = await source.receive();
  const [{ messageId }] = event.Records;
  aws.faults = ["500", "500", "500"];
  const stays = { batchItemFailures: [{ itemIdentifier: messageId }] };
  assert.deepEqual(await takeUpAll(event, edge, context), stays);
  ends = [new Error("a fault")];
  assert.deepEqual(await takeUpAll(event, edge, context), stays);
  // SQS takes the message as it is when it is not hidden for longer.
  ends = [["retry", 1000]];
  aws.faults = ["", "expired"];
  assert.deepEqual(await takeUpAll(event, edge, context), stays);
});

async function until(condition) {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
}
