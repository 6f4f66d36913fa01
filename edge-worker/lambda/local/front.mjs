// CloudFront and the URL of the function, in front of which they stand. Requests become events
// and results become responses, as AWS documents them.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
import vm from "node:vm";
import { code } from "../cloudfront/code.mjs";

/** The event of a request that CloudFront forwards. */
export function toEvent(request, body, { secret }) {
  const [path, query] = split(request.url);
  const headers = joined(request.rawHeaders);
  const cookies = headers.cookie?.split("; ");
  delete headers.cookie;
  atViewerRequest(headers, request.socket.remoteAddress);
  headers["x-throughline-origin-secret"] = secret;
  const now = new Date();
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: query,
    ...(cookies && { cookies }),
    headers,
    requestContext: {
      accountId: "anonymous",
      apiId: "local",
      domainName: headers.host,
      domainPrefix: "local",
      http: {
        method: request.method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress,
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: "local",
      routeKey: "$default",
      stage: "$default",
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
    ...encoded(body, headers["content-type"]),
  };
}

/** Sends a handler's result. */
export function sendResult(result, request, response) {
  const headers = [];
  for (const [name, value] of Object.entries(result.headers ?? {})) {
    // Lambda sets it of the body; that of a HEAD has none.
    if (name !== "content-length" || request.method === "HEAD") headers.push(name, latin1(value));
  }
  for (const cookie of result.cookies ?? []) headers.push("set-cookie", latin1(cookie));
  const body = Buffer.from(result.body ?? "", result.isBase64Encoded ? "base64" : "utf8");
  if (request.method !== "HEAD" && !WITHOUT_BODY.has(result.statusCode)) {
    headers.push("content-length", String(body.length));
  }
  response.writeHead(result.statusCode, headers);
  response.end(body);
}

/** Runs the CloudFront Function that is deployed. */
function atViewerRequest(headers, ip) {
  const entries = Object.entries(headers).map(([name, value]) => [name, { value }]);
  const changed = viewerRequest({ viewer: { ip }, request: { headers: Object.fromEntries(entries) } });
  for (const name of Object.keys(headers)) delete headers[name];
  for (const [name, { value }] of Object.entries(changed.headers)) headers[name] = value;
}

const viewerRequest = vm.runInNewContext(`${code("ingest")};handler`);

function split(target) {
  const at = target.indexOf("?");
  return at < 0 ? [target, ""] : [target.slice(0, at), target.slice(at + 1)];
}

/** One of each name, in lower case; repeated ones joined. Those of one connection end here. */
function joined(rawHeaders) {
  const headers = {};
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at].toLowerCase();
    const value = Buffer.from(rawHeaders[at + 1], "latin1").toString("utf8");
    const separator = name === "cookie" ? "; " : ",";
    if (!OF_CONNECTION.has(name)) headers[name] = name in headers ? headers[name] + separator + value : value;
  }
  return headers;
}

/** A body is text where its type says so, and base64 otherwise. */
function encoded(body, type = "") {
  if (body.length === 0) return { isBase64Encoded: false };
  const isText = /^(text\/|application\/(json|javascript|xml))/.test(type);
  return { body: body.toString(isText ? "utf8" : "base64"), isBase64Encoded: !isText };
}

function latin1(value) {
  return Buffer.from(value, "utf8").toString("latin1");
}

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html */
const OF_CONNECTION = new Set(["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "expect"]);
const WITHOUT_BODY = new Set([204, 304]);
