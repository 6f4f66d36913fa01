// Tests of events with any texts in them, in the build that is deployed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { toBody, toHead } from "../src/function-url.mjs";
import { requestHead, responseHead } from "../src/origin-event.mjs";

const event = (name) => JSON.parse(readFileSync(new URL(`events/${name}.json`, import.meta.url), "utf8"));
const SECRET = "0123456789abcdef01234567";
const context = { getRemainingTimeInMillis: () => 30_000 };
const PIECES = ["\n", "\r", "\0", "a", "A", "/", "?", "%", "%0A", "%zz", "é", "\ud800", "𝄞", " ", ":", "=", ",", ";", '"', "\\", "..", "00-", "x-throughline-viewer-address", "6.6.6.6"];

process.env.THROUGHLINE_CONFIG = `
  open = true
  [backend]
  kind = "null"
  [[proxy.routes]]
  path = "/api/*"
  upstream = "https://example.org"
  [lambda]
  origin_secrets = ["${SECRET}"]`;

/** The same numbers on each run: https://en.wikipedia.org/wiki/Xorshift */
function randomNumbers(seed) {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function oddTexts(random) {
  return () => Array.from({ length: random(6) }, () => PIECES[random(PIECES.length)]).join("");
}

function oddUrlEvent(seed) {
  const random = randomNumbers(seed);
  const text = oddTexts(random);
  const given = event(["url-post-text", "url-post-base64", "url-get-cookies"][random(3)]);
  const change = [
    () => (given.rawPath = text()),
    () => (given.rawQueryString = text()),
    () => (given.requestContext.http.method = text()),
    () => (given.requestContext.http.protocol = text()),
    () => (given.requestContext.http.sourceIp = text()),
    () => ((given.headers ??= {})[text()] = text()),
    () => (given.headers = random(2) ? undefined : {}),
    () => (given.cookies = Array.from({ length: random(3) }, text)),
    () => (given.body = text()),
    () => (given.isBase64Encoded = random(2) > 0),
  ];
  for (let changes = random(4) + 1; changes > 0; changes -= 1) change[random(change.length)]();
  return given;
}

function oddOriginEvent(seed) {
  const random = randomNumbers(seed);
  const text = oddTexts(random);
  const given = event("origin-request");
  const { request } = given.Records[0].cf;
  request.uri = "/api/basket";
  const change = [
    () => (request.uri = text()),
    () => (request.uri = `/api/${text()}`),
    () => (request.querystring = text()),
    () => (request.method = text()),
    () => (request.clientIp = text()),
    () => (request.headers[text()] = [{ key: "Odd", value: text() }]),
    () => (request.headers.traceparent = Array.from({ length: random(3) }, () => ({ key: "traceparent", value: text() }))),
    () => (request.body = { inputTruncated: random(2) > 0, encoding: ["base64", "text"][random(2)], data: text() }),
  ];
  for (let changes = random(4) + 1; changes > 0; changes -= 1) change[random(change.length)]();
  return given;
}

test("each header of an event is two lines of its head, and the target is one", () => {
  for (let seed = 1; seed <= 5000; seed += 1) {
    const url = oddUrlEvent(seed);
    const names = Object.keys(url.headers ?? {});
    const cookies = url.cookies?.length ? 1 : 0;
    const own = names.filter((name) => !(url.cookies && name.toLowerCase() === "cookie"));
    const [, target, , address, ...lines] = toHead(url).split("\n");
    assert.equal(lines.length, 2 * (own.length + cookies), `seed ${seed}`);
    assert.equal(target.replaceAll("%0A", "\n").split("?")[0], (url.rawPath || "/").replaceAll("%0A", "\n").split("?")[0], `seed ${seed}`);
    assert.equal(address, (url.requestContext.http.sourceIp ?? "").replaceAll("\n", "\r"), `seed ${seed}`);
    toBody(url);

    const { request } = oddOriginEvent(seed).Records[0].cf;
    const values = Object.values(request.headers).flat();
    assert.equal(requestHead(request).split("\n").length, 4 + 2 * values.length, `seed ${seed}`);
    assert.equal(responseHead({ status: "200", headers: request.headers }).split("\n").length, 1 + 2 * values.length);
  }
});

test("each event of a function's URL has a response", async (context_) => {
  for (const level of ["warn", "error"]) context_.mock.method(console, level, () => {});
  const { handler } = await import("../build/index.mjs");
  for (let seed = 1; seed <= 1000; seed += 1) {
    const given = oddUrlEvent(seed);
    if (given.headers && seed % 2) given.headers["x-throughline-origin-secret"] = SECRET;
    const { statusCode } = await handler(given, context);
    assert.ok(statusCode >= 200 && statusCode < 500, `seed ${seed}: ${statusCode}`);
  }
});

test("a path has no line of its own, whatever Lambda has decoded in it", async (context_) => {
  context_.mock.method(console, "warn", () => {});
  const { handler } = await import("../build/index.mjs");
  const given = event("url-get-cookies");
  [given.headers, given.cookies] = [{}, undefined];
  given.rawQueryString = "";
  given.rawPath = `/healthz\nHTTP/1.1\n6.6.6.6\nx-throughline-origin-secret\n${SECRET}\nx`;
  const { statusCode } = await handler(given, context);
  assert.equal(statusCode, 403);
});
