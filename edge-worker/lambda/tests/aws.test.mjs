// Tests of the clients of SQS and S3, over the wire.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { send } from "../src/aws/client.mjs";
import { Bucket } from "../src/aws/s3.mjs";
import { signed } from "../src/aws/sign.mjs";
import { MAX_MESSAGE_BYTES, Sqs } from "../src/aws/sqs.mjs";
import { Aws } from "./support/aws.mjs";

const STATEMENTS = [
  { Effect: "Allow", Action: ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:ChangeMessageVisibility"], Resource: "QUEUE" },
  { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], Resource: "BUCKET/allowed/*" },
];
let aws;
let queue;
let bucket;

before(async () => {
  aws = await Aws.start({ function: STATEMENTS });
  Object.assign(process.env, aws.environments.function);
  queue = new Sqs(aws.queueUrl);
  bucket = new Bucket("telemetry", queue.region);
});
after(() => aws.stop());
beforeEach(() => {
  aws.faults = [];
  aws.requests = [];
});

async function received() {
  const url = new URL("/", aws.queueUrl);
  const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.ReceiveMessage" };
  const body = JSON.stringify({ QueueUrl: aws.queueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 60 });
  const response = await send({ method: "POST", url, headers, body }, { service: "sqs", region: queue.region });
  return JSON.parse(response.body).Messages ?? [];
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
test("signatures are those of AWS's examples", () => {
  const credentials = { accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
  const scope = { service: "s3", region: "us-east-1" };
  const now = new Date("2013-05-24T00:00:00Z");
  const url = (path) => new URL(path, "https://examplebucket.s3.amazonaws.com");
  const get = { method: "GET", url: url("/test.txt"), headers: { range: "bytes=0-9" }, body: "" };
  const put = {
    method: "PUT",
    url: url("/test%24file.text"),
    headers: { date: "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY" },
    body: "Welcome to Amazon S3.",
  };
  const signature = (request) => signed(request, scope, credentials, now).authorization.slice(-64);
  assert.equal(signature(get), "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  assert.equal(signature(put), "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
});

test("a message of the largest size arrives as it is, and one byte more is refused", async () => {
  const text = "A".repeat(MAX_MESSAGE_BYTES - 1) + "=";
  await queue.send(text);
  const [message] = await received();
  assert.ok(message.Body === text);
  await assert.rejects(queue.send(`${text}=`), { status: 400 });
});

test("a message that is hidden comes again after its time", async () => {
  await queue.send("again");
  const [message] = await received();
  assert.equal(message.Body, "again");
  assert.deepEqual(await received(), []);
  await queue.hide(message.ReceiptHandle, 0);
  assert.deepEqual((await received()).map(({ Body }) => Body), ["again"]);
});

test("an object is stored, read and removed", async () => {
  const bytes = Buffer.from([0, 255, 10, 13, 128]);
  await bucket.put("allowed/2026/a-key", bytes);
  assert.deepEqual(await bucket.get("allowed/2026/a-key"), bytes);
  await bucket.remove("allowed/2026/a-key");
  assert.equal(await bucket.get("allowed/2026/a-key"), undefined);
  await bucket.remove("allowed/2026/a-key");
});

test("what the role may not do is refused once, with the reason", async () => {
  await assert.rejects(bucket.put("elsewhere", "x"), { status: 403, code: "AccessDenied" });
  assert.equal(aws.requests.length, 1);
});

test("credentials that are wrong are refused", async () => {
  const { AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  try {
    process.env.AWS_SECRET_ACCESS_KEY = "another";
    await assert.rejects(queue.send("x"), { code: "SignatureDoesNotMatch" });
    process.env.AWS_SECRET_ACCESS_KEY = AWS_SECRET_ACCESS_KEY;
    process.env.AWS_SESSION_TOKEN = "another";
    await assert.rejects(queue.send("x"), { status: 403 });
  } finally {
    Object.assign(process.env, { AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN });
  }
});

test("a token that is expired is refused once, and the error says so", async () => {
  aws.faults = ["expired"];
  await assert.rejects(queue.send("x"), { status: 403, code: "ExpiredTokenException", message: /token .* is expired/ });
  aws.faults = ["expired"];
  await assert.rejects(bucket.get("allowed/x"), { status: 403, code: "ExpiredToken", message: /token .* is expired/ });
  assert.equal(aws.requests.length, 2);
});

for (const faults of [["cut", "500"], ["cut after"], ["hang"]]) {
  test(`a request is sent again after a fault: ${faults}`, async () => {
    aws.faults = [...faults];
    await bucket.put("allowed/again", `after ${faults}`);
    assert.equal(aws.requests.length, faults.length + 1);
    assert.equal(String(await bucket.get("allowed/again")), `after ${faults}`);
  });
}

test("after three attempts it is over, and the error names the last", async () => {
  aws.faults = ["500", "500", "cut"];
  await assert.rejects(queue.send("x"), { status: 0, code: "ECONNRESET", message: /^sqs did not respond \(ECONNRESET\)/ });
  aws.faults = ["cut", "cut", "500"];
  await assert.rejects(queue.send("x"), { status: 500 });
  assert.equal(aws.requests.length, 6);
  assert.deepEqual(await received(), []);
});

test("a queue's URL says its region", () => {
  for (const [url, region] of [
    ["https://sqs.us-east-1.amazonaws.com/123456789012/q", "us-east-1"],
    ["https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q", "cn-north-1"],
    ["https://sqs-fips.us-west-2.amazonaws.com/123456789012/q", "us-west-2"],
    ["https://sqs.us-east-2.api.aws/123456789012/q", "us-east-2"],
    ["http://127.0.0.1:9324/000000000000/q", "eu-west-1"],
  ]) {
    assert.equal(new Sqs(url, "eu-west-1").region, region);
  }
});
