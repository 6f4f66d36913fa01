// Tests of events and responses of a function's URL.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { toBody, toHead, toResponse } from "../src/function-url.mjs";

const event = (name) => JSON.parse(readFileSync(new URL(`events/${name}.json`, import.meta.url), "utf8"));
const bytes = (...values) => Uint8Array.from(values);

test("an event becomes a head, with its cookies once", () => {
  const [method, target, protocol, address, ...headers] = toHead(event("url-get-cookies")).split("\n");
  assert.equal(method, "GET");
  assert.equal(target, "/my/path?parameter1=value1&parameter1=value2&parameter2=value");
  assert.equal(protocol, "HTTP/1.1");
  assert.equal(address, "123.123.123.123");
  assert.equal(headers.filter((line) => line === "cookie").length, 1);
  assert.equal(headers[headers.indexOf("cookie") + 1], "cookie1=a; cookie2=b");
  assert.equal(headers[headers.indexOf("header2") + 1], "value1,value2");
});

test("a body is text or base64, or there is none", () => {
  assert.deepEqual(toBody(event("url-post-base64")), Buffer.from([0xff, 0x00, 0xfe, 0x80]));
  assert.equal(toBody(event("url-post-text")).toString("utf8"), '{"name":"grün"}');
  assert.equal(toBody(event("url-get-cookies")), undefined);
});

test("a response has its cookies apart, and lists of values joined", () => {
  const head = "201\nset-cookie\na=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT\nvary\norigin\nset-cookie\nb=2\nvary\naccept";
  assert.deepEqual(toResponse(head, Buffer.from("grün")), {
    statusCode: 201,
    headers: { vary: "origin, accept" },
    cookies: ["a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT", "b=2"],
    body: "grün",
    isBase64Encoded: false,
  });
});

test("a body that is no text is in base64, whatever its type says", () => {
  const response = toResponse("200\ncontent-type\ntext/plain", bytes(0xff, 0x00));
  assert.equal(response.isBase64Encoded, true);
  assert.equal(response.body, "/wA=");
  assert.deepEqual(Buffer.from(response.body, "base64"), Buffer.from([0xff, 0x00]));
});

test("a byte order mark stays", () => {
  const response = toResponse("200", bytes(0xef, 0xbb, 0xbf, 0x61));
  assert.deepEqual(Buffer.from(response.body, "utf8"), Buffer.from([0xef, 0xbb, 0xbf, 0x61]));
});

test("a response that Lambda would not take is a 502 that says so", (context) => {
  const logged = context.mock.method(console, "error", () => {});
  const fits = toResponse("200", Buffer.alloc(6 * 1024 * 1024 - 200, "a"));
  assert.equal(fits.statusCode, 200);
  for (const large of [Buffer.alloc(6 * 1024 * 1024, "a"), Buffer.alloc(5 * 1024 * 1024, 0xff)]) {
    const response = toResponse("200", large);
    assert.equal(response.statusCode, 502);
    assert.match(response.body, /6 MB/);
  }
  assert.equal(logged.mock.callCount(), 2);
});
