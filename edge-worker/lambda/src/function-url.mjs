// Events and responses of a function's URL.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
import { line, target } from "./lines.mjs";

/**
 * Method, path with query, protocol, client address, then name and value of each header. Cookies
 * come apart from the headers.
 */
export function toHead(event) {
  const { http } = event.requestContext;
  const path = target(event.rawPath, event.rawQueryString);
  let lines = `${line(http.method)}\n${path}\n${line(http.protocol)}\n${line(http.sourceIp)}`;
  for (const [name, value] of Object.entries(event.headers ?? {})) {
    if (!(event.cookies && name.toLowerCase() === "cookie")) lines += `\n${line(name)}\n${line(value)}`;
  }
  if (event.cookies?.length) lines += `\ncookie\n${line(event.cookies.join("; "))}`;
  return lines;
}

/** The bytes of an event's body; `undefined` without one. */
export function toBody(event) {
  if (!event.body) return undefined;
  return Buffer.from(event.body, event.isBase64Encoded ? "base64" : "utf8");
}

/** The response of a head (status, then name and value of each header) and the bytes of a body. */
export function toResponse(head, bytes) {
  const [status, ...lines] = head.split("\n");
  const response = { statusCode: Number(status), headers: {}, ...encoded(bytes) };
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const [name, value] = [lines[at], lines[at + 1]];
    if (name === "set-cookie") (response.cookies ??= []).push(value);
    // One of each name: a list of values is joined, as HTTP allows.
    // https://www.rfc-editor.org/rfc/rfc9110#section-5.3
    else response.headers[name] = name in response.headers ? `${response.headers[name]}, ${value}` : value;
  }
  // Lambda reports a larger one as an error of the function, without a word to the client.
  const isSmall = bytes.length < MAX_RESPONSE_BYTES / 8;
  if (isSmall || Buffer.byteLength(JSON.stringify(response)) <= MAX_RESPONSE_BYTES) return response;
  console.error(`throughline: a response of ${bytes.length} bytes is larger than Lambda takes`);
  return text(502, "the response is larger than a Lambda function can return, 6 MB\n");
}

/** A body as text where it is one, otherwise in base64. */
function encoded(bytes) {
  if (bytes.length === 0) return { body: "", isBase64Encoded: false };
  try {
    return { body: UTF8.decode(bytes), isBase64Encoded: false };
  } catch {
    return { body: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64"), isBase64Encoded: true };
  }
}

function text(statusCode, body) {
  return { statusCode, headers: { "content-type": "text/plain; charset=utf-8" }, body, isBase64Encoded: false };
}

/** The response of a function whose configuration cannot be used. */
export const NOT_CONFIGURED = text(500, "throughline is not configured; the function's log says why\n");

/** A byte order mark stays: it is part of the body. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_RESPONSE_BYTES = 6 * 1024 * 1024;
