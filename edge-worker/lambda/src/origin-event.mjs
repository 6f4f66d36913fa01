// Events and results of Lambda@Edge, between CloudFront and an origin.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
import { line, target } from "./lines.mjs";

/** The header in which a request carries what the function needs when its response is there. */
const STATE = "x-throughline-exchange";

/** Method, path with query, no protocol, client address, then name and value of each header. */
export function requestHead(request) {
  const path = target(request.uri, request.querystring);
  return `${line(request.method)}\n${path}\n\n${line(request.clientIp)}${headerLines(request.headers)}`;
}

/** Status, then name and value of each header. */
export function responseHead(response) {
  return `${line(response.status)}${headerLines(response.headers)}`;
}

/** The bytes of a request's body as far as they came; `undefined` without any. */
export function bodyOf(request) {
  const { data, encoding } = request.body ?? {};
  return data ? Buffer.from(data, encoding === "text" ? "utf8" : "base64") : undefined;
}

/** Removes the state, which no client may choose, and returns it. */
export function takeState(request) {
  const state = request.headers[STATE]?.[0]?.value;
  delete request.headers[STATE];
  return state;
}

/** Changes a request: state, then name and new value of headers, an empty one to remove it. */
export function change(request, lines) {
  const [state, ...changes] = lines.split("\n");
  for (let at = 0; at + 1 < changes.length; at += 2) {
    const [name, value] = [changes[at], changes[at + 1]];
    if (value) request.headers[name] = [{ key: name, value }];
    else delete request.headers[name];
  }
  request.headers[STATE] = [{ key: STATE, value: state }];
}

/** Gives a response headers: name and value, all values of a name. */
export function add(response, lines) {
  const headers = {};
  for (const [name, value] of pairs(lines)) (headers[name] ??= []).push({ key: name, value });
  Object.assign(response.headers, headers);
}

/** The response of a head and the bytes of a body, which CloudFront sends in an origin's place. */
export function generated(head, bytes) {
  const at = head.indexOf("\n");
  const response = { status: at < 0 ? head : head.slice(0, at), headers: {} };
  add(response, at < 0 ? "" : head.slice(at + 1));
  for (const name of Object.keys(response.headers)) {
    if (FORBIDDEN.test(name)) delete response.headers[name];
  }
  if (bytes.length > 0) {
    response.body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
    response.bodyEncoding = "base64";
  }
  return response;
}

function headerLines(headers) {
  let lines = "";
  for (const [name, values] of Object.entries(headers)) {
    for (const { value } of values) lines += `\n${line(name)}\n${line(value)}`;
  }
  return lines;
}

function* pairs(text) {
  const lines = text ? text.split("\n") : [];
  for (let at = 0; at + 1 < lines.length; at += 2) yield [lines[at], lines[at + 1]];
}

/**
 * Headers that a function may not add, for which CloudFront would respond with a 502, and those of
 * the body, which it adds itself.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
 */
const FORBIDDEN =
  /^(connection|content-length|expect|keep-alive|proxy-.*|trailer|transfer-encoding|upgrade|via|x-accel-.*|x-amz-cf-.*|x-amzn-.*|x-cache|x-edge-.*|x-forwarded-proto|x-real-ip)$/;
